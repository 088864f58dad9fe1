"""The asset `personas` on every runner, its sensor, its checks, the person's word on it, and its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from astra_pipeline.batches.scope import Scope
from astra_pipeline.definitions import defs
from astra_pipeline.defs.users.checks import claims_have_their_evidence, nothing_of_excluded_subjects
from astra_pipeline.defs.users.sensors import persona_due
from astra_pipeline.errors import Unforeseen
from astra_pipeline.orchestration.partitions import open_cohorts
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.cohorts import place
from astra_pipeline.personal_data.holdings import empty
from astra_pipeline.personal_data.tombstone import Tombstone
from astra_pipeline.personas import correct
from astra_pipeline.personas import write as personas
from astra_pipeline.requests.results import result_of
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.requests import asking
from astra_pipeline_tests.working import work

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

CONCISE = "response_style.concise"
_SAID = ("Keep it short, please.", "I was thinking about my career and about what to do next year.")


@pytest.fixture
def asha(world: World, environment: pytest.MonkeyPatch) -> str:
    """Somebody with six conversations of the last hours that rules have processed, and a seat in a cohort."""
    environment.setenv("ASTRA_TASK_RUNNER", "offline")
    forget_settings()
    world.join("user_asha")
    for number in range(6):
        world.talk("user_asha", *_SAID, ended_at=recently(hours=1 + number))
    run_pipeline(None, recently().date() - dt.timedelta(days=1), recently().date())
    place(world.db, "user_asha")
    environment.setenv("ASTRA_TASK_RUNNER", "julep")
    forget_settings()
    return "user_asha"


def enrich(user_id: str, db: Database[dict[str, Any]], *, force: bool = False) -> Any:
    scope = Scope(user_ids=(user_id,), force=force, cohorts=(place(db, user_id),))
    with work() as opened:
        return opened.run(personas.enrich(opened, scope))


def persona_of(db: Database[dict[str, Any]], user_id: str) -> dict[str, Any]:
    return db["astra_personas"].find_one({"_id": user_id}) or {}


def statuses(db: Database[dict[str, Any]], user_id: str) -> dict[str, str]:
    return {claim["id"]: claim["status"] for claim in persona_of(db, user_id).get("claims", ())}


def marks(db: Database[dict[str, Any]], user_id: str) -> dict[str, Any]:
    return (db["user"].find_one({"id": user_id}) or {}).get("astra", {})


def test_a_stated_wish_reaches_the_overview_once_and_is_paid_for_once(
    world: World, asha: str, environment: pytest.MonkeyPatch
) -> None:
    assert marks(world.db, asha)["persona_due"] is True
    paid = world.executions(asha)
    assert enrich(asha, world.db).done == [asha]
    shown = world.overview(asha)["persona"]
    assert shown["response_length"] == "concise"
    assert shown["hints"].startswith("Keep answers short.")
    assert (shown["conversations"], statuses(world.db, asha)[CONCISE]) == (6, "active")
    assert marks(world.db, asha)["persona_based_on"] == 6
    assert "persona_due" not in marks(world.db, asha)
    again = enrich(asha, world.db)
    assert (again.done, again.unchanged) == ([], [asha])
    assert world.executions(asha) == paid + 1
    _checks_pass(world.db)


def _checks_pass(db: Database[dict[str, Any]]) -> None:
    mongo = MongoResource()
    assert db is not None
    for check in (claims_have_their_evidence, nothing_of_excluded_subjects):
        result = check(mongo)
        assert isinstance(result, dg.AssetCheckResult)
        assert result.passed, result.metadata


@pytest.mark.parametrize("name", ["model", "offline"])
def test_every_other_runner_learns_the_same(
    world: World, asha: str, environment: pytest.MonkeyPatch, name: str
) -> None:
    environment.setenv("ASTRA_TASK_RUNNER", name)
    forget_settings()
    assert enrich(asha, world.db).done == [asha]
    assert statuses(world.db, asha)[CONCISE] == "active"


def test_the_sensor_asks_for_one_run_a_cohort_and_the_run_says_what_it_learnt(
    world: World, asha: str, instance: dg.DagsterInstance
) -> None:
    cohort = place(world.db, asha)
    open_cohorts(instance, [cohort])
    context = dg.build_sensor_context(instance=instance, resources={"mongo": MongoResource()})
    result = persona_due(context)
    assert isinstance(result, dg.SensorResult)
    assert [request.partition_key for request in result.run_requests or ()] == [cohort]
    run = defs.resolve_job_def("personas_job").execute_in_process(instance=instance, partition_key=cohort)
    (made,) = run.get_asset_materialization_events()
    metadata = made.step_materialization_data.materialization.metadata
    assert metadata["done"].value == 1
    assert int(str(metadata["claims/response_style"].value)) >= 1
    assert "Keep it short" not in str(metadata)
    assert all(check.passed for check in run.get_asset_check_evaluations())
    quiet = persona_due(context)
    assert isinstance(quiet, dg.SensorResult)
    assert not quiet.run_requests


def test_who_switches_personalization_off_has_no_persona_any_more(
    world: World, asha: str, instance: dg.DagsterInstance
) -> None:
    enrich(asha, world.db)
    world.db["user"].update_one({"id": asha}, {"$set": {"user_overview.preferences.personalization": False}})
    open_cohorts(instance, [place(world.db, asha)])
    result = persona_due(dg.build_sensor_context(instance=instance, resources={"mongo": MongoResource()}))
    assert isinstance(result, dg.SensorResult)
    assert len(result.run_requests or ()) == 1
    left = enrich(asha, world.db)
    assert left.skipped == {asha: personas.OFF}
    assert persona_of(world.db, asha) == {}
    assert "persona" not in world.overview(asha)
    world.talk(asha, *_SAID)
    run_pipeline(None, recently().date() - dt.timedelta(days=1), recently().date())
    assert "persona_due" not in marks(world.db, asha)


def test_a_request_of_the_api_is_one_run_and_its_result_is_what_was_learnt(
    world: World, asha: str, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_TASK_RUNNER", "offline")
    forget_settings()
    open_cohorts(instance, [place(world.db, asha)])
    request = asking.ask("persona", asha, asha)
    (run,) = asking.tick(instance)
    assert run.job_name == "personas_job"
    assert asking.launch(instance, run).success
    assert asking.outcome(world, request) == ("succeeded", None)
    with work() as opened:
        told = opened.run(result_of(opened.db, "persona", asha))
    assert told is not None
    assert (told["conversations_analyzed"], told["preferences_update"]["response_length"]) == (6, "concise")
    assert asking.tick(instance) == []


def test_fewer_than_five_conversations_are_skipped_with_the_reason(world: World) -> None:
    world.join("user_new")
    result = enrich("user_new", world.db, force=True)
    assert result.skipped == {"user_new": "fewer than 5 processed conversations"}


def test_the_word_of_the_person_stands_also_when_it_is_learnt_anew(world: World, asha: str) -> None:
    enrich(asha, world.db)
    with work() as opened:
        opened.run(correct.judge(opened.db, asha, CONCISE, "wrong"))
    assert statuses(world.db, asha)[CONCISE] == "retired"
    assert world.overview(asha).get("persona", {}).get("response_length") != "concise"
    assert enrich(asha, world.db, force=True).done == [asha]
    assert statuses(world.db, asha)[CONCISE] == "retired"
    with work() as opened:
        opened.run(correct.delete(opened.db, asha, CONCISE))
    enrich(asha, world.db, force=True)
    assert CONCISE not in statuses(world.db, asha)


def test_an_erased_conversation_takes_its_evidence_along(world: World, asha: str) -> None:
    enrich(asha, world.db)
    told = [part["conversation_id"] for claim in persona_of(world.db, asha)["claims"] for part in claim["evidence"]]
    gone = sorted(set(told))[:5]
    world.db["astra_insights"].delete_many({"_id": {"$in": gone}})
    lost = claims_have_their_evidence(MongoResource())
    assert isinstance(lost, dg.AssetCheckResult)
    assert not lost.passed
    stone = Tombstone(asha, recently(days=9), tuple(gone), stands=False)
    with work() as opened:
        opened.run(empty(opened.db, stone))
    left = {part["conversation_id"] for c in persona_of(world.db, asha)["claims"] for part in c["evidence"]}
    assert left
    assert not left & set(gone)
    _checks_pass(world.db)


def test_an_erased_person_has_no_persona(world: World, asha: str) -> None:
    enrich(asha, world.db)
    with work() as opened:
        opened.run(empty(opened.db, Tombstone(asha, recently(), stands=True)))
    assert persona_of(world.db, asha) == {}


def _switch_off(db: Database[dict[str, Any]], user_id: str) -> None:
    db["user"].update_one({"id": user_id}, {"$set": {"user_overview.preferences.personalization": False}})


def _call_wrong(user_id: str, claims: Iterable[str]) -> None:
    with work() as opened:
        for claim in claims:
            opened.run(correct.judge(opened.db, user_id, claim, "wrong"))


def _asked_of(world: World, instance: dg.DagsterInstance, user_id: str) -> list[str | None]:
    """The cohorts for which the sensor asks for a run."""
    open_cohorts(instance, [place(world.db, user_id)])
    result = persona_due(dg.build_sensor_context(instance=instance, resources={"mongo": MongoResource()}))
    assert isinstance(result, dg.SensorResult)
    return [request.partition_key for request in result.run_requests or ()]


def test_a_persona_of_which_nothing_is_shown_goes_too_when_it_is_switched_off(
    world: World, asha: str, instance: dg.DagsterInstance
) -> None:
    enrich(asha, world.db)
    _call_wrong(asha, statuses(world.db, asha))
    assert "persona" not in world.overview(asha)
    _switch_off(world.db, asha)
    assert _asked_of(world, instance, asha) == [place(world.db, asha)]
    enrich(asha, world.db)
    assert persona_of(world.db, asha) == {}
    assert _asked_of(world, instance, asha) == []


def test_a_persona_that_is_switched_off_while_it_is_learnt_is_not_shown_and_goes(
    world: World, asha: str, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = personas.run_task

    async def switched_off_meanwhile(*given: Any, **named: Any) -> Any:
        answer = await answered(*given, **named)
        _switch_off(world.db, asha)
        return answer

    monkeypatch.setattr(personas, "run_task", switched_off_meanwhile)
    enrich(asha, world.db)
    assert "persona" not in world.overview(asha)
    world.db["user"].update_one({"id": asha}, {"$unset": {"astra.persona_due": ""}})
    assert _asked_of(world, instance, asha) == [place(world.db, asha)]
    enrich(asha, world.db)
    assert persona_of(world.db, asha) == {}


def test_a_mark_of_more_conversations_than_there_are_asks_for_one_run_and_not_for_one_every_tick(
    world: World, asha: str, instance: dg.DagsterInstance
) -> None:
    gone = [one["_id"] for one in world.db["astra_insights"].find({"user_id": asha}).limit(3)]
    world.db["astra_insights"].delete_many({"_id": {"$in": gone}})
    assert _asked_of(world, instance, asha) == [place(world.db, asha)]
    assert enrich(asha, world.db).skipped == {asha: "fewer than 5 processed conversations"}
    assert _asked_of(world, instance, asha) == []


def test_a_correction_that_is_cut_off_leaves_the_persona_and_what_is_shown_of_it_alike(
    world: World, asha: str
) -> None:
    enrich(asha, world.db)
    # A write that MongoDB refuses is as good as a killed process between the two.
    world.db.command("collMod", "user", validator={"$nor": [{"user_overview.persona": {"$exists": False}}]})
    try:
        with pytest.raises(Unforeseen):
            _call_wrong(asha, statuses(world.db, asha))
    finally:
        world.db.command("collMod", "user", validator={})
    shown, stored = world.overview(asha)["persona"], statuses(world.db, asha)
    assert [name for name, status in stored.items() if status == "active"] != []
    assert (shown["response_length"] == "concise") == (stored[CONCISE] == "active")
