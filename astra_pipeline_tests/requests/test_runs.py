"""Requests become runs, and what the runs did is written back: on a real database, by real runs."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import dagster as dg
import pytest

from astra_pipeline.orchestration.tags import LANE_TAG
from astra_pipeline.sandbox.process import Control
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import USERS
from astra_pipeline.zones import at_local, week_of
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, failure, recently
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.requests.asking import ask, launch, outcome, state, tick, written

KOLKATA = "asia-kolkata-001"
TODAY = recently().astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))).date()


def opened(instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("cohorts", [KOLKATA])


def test_fifty_requests_for_transcripts_are_one_run_and_fifty_outcomes(
    world: World, instance: dg.DagsterInstance
) -> None:
    people = [world.join(f"user_{number}") for number in range(10)]
    talks = [(user, world.talk(user, "I miss my grandmother.")) for user in people for _ in range(5)]
    ids = [ask("transcript", user, talk) for user, talk in talks]
    (request,) = tick(instance)
    assert (request.job_name, request.tags[LANE_TAG]) == ("conversation_pipeline", "live")
    assert request.tags["astra/requests"] == "50"
    assert {outcome(world, one) for one in ids} == {("running", None)}
    result = launch(instance, request)
    assert result.success
    for (_, talk), one in zip(talks, ids, strict=True):
        stored = state(world, one)
        assert (stored["status"], stored["run_id"]) == ("succeeded", result.run_id)
        assert stored["result"] == {"collection": "astra_insights", "id": talk}
        assert stored["requested_at"] <= stored["started_at"] <= stored["finished_at"] < stored["expires_at"]
    assert world.overview("user_0")["gamification"]["total_conversations"] == 5
    assert tick(instance) == []


def test_a_horoscope_and_a_chart_are_written_for_those_who_asked_and_nobody_else(
    world: World, instance: dg.DagsterInstance
) -> None:
    opened(instance)
    born = dt.datetime(1994, 3, 12, tzinfo=dt.UTC)
    for user in ("user_a", "user_b"):
        join(world, user)
    join(world, "user_c", chart={"vedic": {}}, date_of_birth=born, birth_time="07:15", birth_location="Pune")
    text = ask("horoscope", "user_a", f"user_a@{TODAY}")
    chart = ask("chart", "user_c", "user_c")
    charts, texts = tick(instance)
    assert (charts.job_name, texts.job_name) == ("birth_charts_job", "daily_horoscopes_job")
    assert launch(instance, texts).success
    assert launch(instance, charts).success
    assert outcome(world, text) == outcome(world, chart) == ("succeeded", None)
    assert world.overview("user_a")["latest_horoscope"]["date"] == TODAY.isoformat()
    assert "latest_horoscope" not in world.overview("user_b")
    assert world.overview("user_c")["birth_chart"]["engine"]


def test_a_forced_horoscope_is_written_anew_once_and_paid_for_once(
    world: World, instance: dg.DagsterInstance
) -> None:
    opened(instance)
    join(world, "user_forced")
    item = f"user_forced@{TODAY}"
    ask("horoscope", "user_forced", item)
    assert launch(instance, tick(instance)[0]).success
    first = world.db["astra_horoscopes"].find_one({"_id": item})
    assert first is not None
    before = world.executions(item)
    anew = ask("horoscope", "user_forced", item, force=True)
    (request,) = tick(instance)
    result = launch(instance, request)
    assert outcome(world, anew) == ("succeeded", None)
    stored = world.db["astra_horoscopes"].find_one({"_id": item})
    assert stored is not None
    assert stored["run_id"] == result.run_id != first["run_id"]
    assert world.executions(item) == before + 1


def test_a_weekly_report_waits_for_conversations_that_are_not_processed_and_comes_then(
    world: World, instance: dg.DagsterInstance
) -> None:
    opened(instance)
    join(world, "user_w")
    monday = week_of(TODAY) - dt.timedelta(weeks=1)
    ended = [at_local(monday + dt.timedelta(days=day), dt.time(12), "Asia/Kolkata") for day in (1, 2)]
    for end in ended:
        world.talk("user_w", "I have an exam.", ended_at=end)
    run_pipeline(instance, ended[0].date())
    report = ask("weekly-report", "user_w", f"user_w@{monday:%G-W%V}")
    (request,) = tick(instance)
    assert launch(instance, request).success
    assert outcome(world, report) == ("running", None), "one of two is not processed yet"
    assert tick(instance) == [], "the ledger looks again, the request does not"
    run_pipeline(instance, ended[1].date())
    world.db["astra_failures"].update_many({}, {"$set": {"next_attempt_at": recently()}})
    # What the schedule asks for when the retry is due.
    assert launch(instance, request).success
    assert tick(instance) == []
    assert outcome(world, report) == ("succeeded", None)
    assert state(world, report)["result"]["id"] == f"user_w@{monday:%G-W%V}"


def test_a_request_lifts_the_items_backoff_for_one_attempt_and_tells_how_that_failed(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_a")
    talk = world.talk("user_a", "I worry.")
    world.db["astra_failures"].insert_one(
        failure("transcripts", talk, parked=True, conversation_id=talk, user_id="user_a")
    )
    again = ask("transcript", "user_a", talk)
    assert launch(instance, tick(instance)[0]).success
    assert outcome(world, again) == ("succeeded", None)
    assert world.db["astra_failures"].count_documents({}) == 0

    unheard = conversation("user_a")
    world.db["elevenlabs_conversations"].insert_one(unheard)
    lost = unheard["conversation_id"]
    gone = ask("transcript", "user_a", lost)
    launch(instance, tick(instance)[0])
    assert outcome(world, gone) == ("failed", "NotFound")
    assert "user_a" not in state(world, gone)["error"]["message"]
    (kept,) = world.db["astra_failures"].find()
    assert kept["attempt"] == 1, "the ledger goes on by itself"


def test_a_text_that_breaks_its_contract_fails_its_request_without_a_word_of_it(
    world: World, instance: dg.DagsterInstance, sandbox: Control, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_ANSWER_ATTEMPTS", "1")
    environment.setenv("ASTRA_RETRY_ATTEMPTS", "1")
    forget_settings()
    opened(instance)
    join(world, "user_t")
    sandbox.configure(faults=[{"service": "julep", "rate": 1, "kinds": ["one_paragraph"]}])
    text = ask("horoscope", "user_t", f"user_t@{TODAY}")
    launch(instance, tick(instance)[0])
    status, error = outcome(world, text)
    assert (status, error) == ("failed", "BadAnswer")
    (kept,) = world.db["astra_failures"].find()
    assert kept["parked_at"] is not None


def test_somebody_who_cannot_have_it_is_skipped_with_the_reason(world: World, instance: dg.DagsterInstance) -> None:
    opened(instance)
    join(world, "user_s", chart={"vedic": {}, "western": {}})
    text = ask("horoscope", "user_s", f"user_s@{TODAY}")
    launch(instance, tick(instance)[0])
    assert outcome(world, text) == ("skipped", "Skipped")
    assert state(world, text)["error"]["message"] == "birth chart without Sun and Moon sign"


def test_the_same_asked_twice_or_by_twenty_at_once_is_one_request(world: World) -> None:
    world.join("user_a")
    talk = world.talk("user_a", "I worry.")
    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda _: written("transcript", "user_a", talk), range(20)))
    assert len({answer.request.id for answer in answers}) == 1
    assert sum(answer.is_new for answer in answers) == 1
    assert ask("chart", "user_a", "user_a") != ask("chart", "user_a", "user_a", force=True)


def test_who_has_no_cohort_yet_waits_for_one(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_new")
    chart = ask("chart", "user_new", "user_new")
    assert tick(instance) == []
    assert outcome(world, chart) == ("queued", None)


def test_who_has_no_id_yet_waits_for_one(world: World, instance: dg.DagsterInstance) -> None:
    key = str(world.db[USERS].insert_one({"name": "Asha"}).inserted_id)
    chart = ask("chart", key, key)
    assert tick(instance) == []
    assert outcome(world, chart) == ("queued", None)
    unknown = ask("chart", "0" * 24, "0" * 24)
    assert tick(instance) == []
    assert outcome(world, unknown)[0] == "failed"


def test_a_conversation_of_before_the_first_day_is_skipped_at_once(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_a")
    talk = world.talk("user_a", "Long ago.", ended_at=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    old = ask("transcript", "user_a", talk)
    assert tick(instance) == []
    assert outcome(world, old) == ("skipped", "TooEarly")
