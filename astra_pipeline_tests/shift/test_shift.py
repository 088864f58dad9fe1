"""A live run stays for the conversations that end while it works. One run at a time does."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import dagster as dg
import pytest
from pymongo.errors import AutoReconnect

from astra_pipeline.batches import leases
from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.gamification import write as gamification
from astra_pipeline.gamification.write import Refreshed
from astra_pipeline.orchestration import conversation_run
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.shift import turn
from astra_pipeline.shift.flow import Flow
from astra_pipeline.shift.run import Shift, run
from astra_pipeline_tests.batches.test_paid_once import until
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, recently
from astra_pipeline_tests.pipeline import ASSETS, materializations_of, metadata_of, run_pipeline
from astra_pipeline_tests.requests.asking import ask, outcome
from astra_pipeline_tests.working import work

T = TypeVar("T")


def on_db(work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
    async def run() -> T:
        async with MongoResource().connect() as db:
            return await work(db)

    return asyncio.run(run())


def stays(
    monkeypatch: pytest.MonkeyPatch, *, seconds: float = 60.0, linger: float, report_every: float = 60.0
) -> None:
    shift = Shift(seconds, linger, report_every)
    monkeypatch.setattr(conversation_run, "_shift", lambda: shift)


def ticked(instance: dg.DagsterInstance) -> dg.SensorResult:
    result = new_conversations(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return result


class OnShift:
    """A run on shift, in a thread of its own."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self.results: list[dg.ExecuteInProcessResult] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.results.append(run_pipeline(self._instance, config={"stay": True}))

    def begin(self) -> None:
        self._thread.start()
        until(lambda: on_db(turn.is_on))

    def end(self) -> dg.ExecuteInProcessResult:
        self._thread.join(timeout=60)
        (result,) = self.results
        return result


@pytest.fixture
def on_shift(instance: dg.DagsterInstance) -> OnShift:
    return OnShift(instance)


def is_told(world: World, user_id: str) -> bool:
    return bool(world.overview(user_id).get("recent_conversations"))


def test_a_run_on_shift_takes_a_conversation_that_ends_meanwhile(
    world: World, on_shift: OnShift, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, linger=3.0)
    for user_id in ("user_asha", "user_ravi"):
        world.join(user_id)
    world.talk("user_asha", "I love my new job.")
    on_shift.begin()
    until(lambda: is_told(world, "user_asha"))
    world.talk("user_ravi", "I lost my job.")
    until(lambda: is_told(world, "user_ravi"))
    result = on_shift.end()
    assert result.success
    assert [metadata_of(result, asset)["done"] for asset in ASSETS[:3]] == [2, 2, 2]
    assert world.overview("user_ravi")["gamification"]["streak_days"] == 1
    assert not on_db(turn.is_on)
    assert world.db["astra_leases"].count_documents({}) == 0


def test_a_shift_reports_what_it_did_while_it_goes_on(
    world: World, on_shift: OnShift, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, linger=4.0, report_every=0.5)
    world.join("user_asha")
    world.talk("user_asha", "I love my new job.", ended_at=recently(seconds=1))
    today = recently(seconds=1).date().isoformat()
    on_shift.begin()
    until(lambda: is_told(world, "user_asha"))
    result = on_shift.end()
    for asset in ASSETS[:3]:
        *meanwhile, last = materializations_of(result, asset)
        done = [one for one in meanwhile if one.metadata.get("done") == dg.IntMetadataValue(1)]
        assert [one.partition for one in done] == [today]
        assert last.metadata["done"] == dg.IntMetadataValue(0), "it was told already"


def test_while_a_run_is_on_shift_a_tick_asks_only_for_older_days(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_SENSOR_INTERVAL_SECONDS", "1")
    environment.setenv("ASTRA_LEASE_SECONDS", "600")  # nobody renews the other run's turn
    environment.setenv("ASTRA_START_DATE", (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=30)).isoformat())
    forget_settings()
    world.join("user_asha")
    world.talk("user_asha", "I love my new job.")
    assert on_db(lambda db: turn.take(db, "another run"))
    assert "shift" in str(ticked(instance).skip_reason)
    world.talk("user_asha", "I lost my job.", ended_at=recently(days=5))
    (request,) = ticked(instance).run_requests or []
    assert request.tags["astra/lane"] == "backlog"
    on_db(lambda db: turn.end(db, "another run"))
    asked = [one.tags["astra/lane"] for one in ticked(instance).run_requests or []]
    assert "live" in asked


def test_a_run_asked_for_by_the_sensor_stays_over_yesterday_and_today(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha")
    world.talk("user_asha", "I love my new job.")
    (request,) = ticked(instance).run_requests or []
    assert request.run_config["ops"]["conversations"]["config"]["stay"] is True
    today = dt.datetime.now(dt.UTC).date()
    assert request.tags["dagster/asset_partition_range_end"] == today.isoformat()
    assert request.tags["dagster/asset_partition_range_start"] == (today - dt.timedelta(days=1)).isoformat()


def test_only_one_run_stays_and_another_ends_with_its_batch(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_LEASE_SECONDS", "600")  # nobody renews the other run's turn
    forget_settings()
    stays(monkeypatch, linger=3600.0)  # the test would end by its time-out
    world.join("user_asha")
    world.talk("user_asha", "I love my new job.")
    assert on_db(lambda db: turn.take(db, "another run"))
    assert run_pipeline(instance, config={"stay": True}).success
    assert is_told(world, "user_asha")
    assert on_db(turn.is_on), "it is the other run's"


def test_a_shift_ends_with_its_time_however_much_comes(
    world: World, on_shift: OnShift, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, seconds=1.5, linger=3600.0)
    world.join("user_asha")
    on_shift.begin()
    world.talk("user_asha", "I love my new job.")
    assert on_shift.end().success
    assert is_told(world, "user_asha")


def test_the_turn_of_a_run_that_was_killed_is_free_with_what_it_held(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    run = dg.DagsterRun(job_name="conversation_pipeline", status=dg.DagsterRunStatus.STARTED)
    instance.add_run(run)
    world.join("user_asha")
    conversation_id = world.talk("user_asha", "I love my new job.")
    # Nobody renews it; it is not over in the time of the test.
    environment.setenv("ASTRA_LEASE_SECONDS", "600")
    forget_settings()
    assert on_db(lambda db: turn.take(db, run.run_id))
    assert on_db(lambda db: leases.claim(db, [conversation_id], run_id=run.run_id, seconds=3600))
    assert not ticked(instance).run_requests
    instance.report_run_failed(run, "the process was killed")
    (request,) = ticked(instance).run_requests or []
    assert request.tags["astra/lane"] == "live"
    assert not on_db(turn.is_on)


def test_a_shift_in_which_a_service_refuses_our_key_ends_red_at_once(
    world: World, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, linger=3600.0)  # the test would end by its time-out
    world.join("user_asha")
    world.talk("user_asha", "I love my new job.")
    world.sandbox.configure(reject_keys=True)
    result = run_pipeline(instance, config={"stay": True}, raise_on_error=False)
    assert not result.success
    assert world.db["astra_failures"].count_documents({}) == 0


def test_a_shift_takes_what_somebody_asked_for_and_tells_the_request(
    world: World, on_shift: OnShift, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, linger=4.0)
    world.join("user_asha")
    on_shift.begin()
    request_id = ask("transcript", "user_asha", world.talk("user_asha", "I love my new job."))
    until(lambda: outcome(world, request_id) == ("succeeded", None))
    assert not on_shift.results, "the shift goes on"
    assert on_shift.end().success


def test_what_ends_while_a_report_is_made_is_in_the_next_one(
    world: World, on_shift: OnShift, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, linger=4.0, report_every=0.01)
    world.join("user_asha")
    for number in range(6):
        world.talk("user_asha", "I love my new job.", ended_at=recently(seconds=number))
    on_shift.begin()
    until(lambda: len(world.overview("user_asha").get("recent_conversations") or []) == 6)
    result = on_shift.end()
    for asset in ASSETS[:2]:
        done = [one.metadata["done"].value for one in materializations_of(result, asset) if "done" in one.metadata]
        assert sum(int(str(value)) for value in done) == 6


def test_a_shift_in_which_most_went_well_is_not_red_for_one_bad_moment(
    world: World, on_shift: OnShift, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, linger=4.0, report_every=0.2)
    world.join("user_asha")
    world.talk("user_asha", "I love my new job.")
    on_shift.begin()
    until(lambda: is_told(world, "user_asha"))
    world.db["elevenlabs_conversations"].insert_many([conversation("user_asha"), conversation("user_asha")])
    until(lambda: world.db["astra_failures"].count_documents({}) == 2)
    assert on_shift.end().success, "two calls that ElevenLabs does not know are their own trouble"


def test_a_run_that_is_restricted_takes_no_turn(
    world: World, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    stays(monkeypatch, linger=3600.0)  # the test would end by its time-out
    world.join("user_asha")
    world.talk("user_asha", "I love my new job.")
    assert run_pipeline(instance, config={"stay": True, "user_ids": ["user_asha"]}).success
    assert run_pipeline(instance, config={"stay": True, "limit": 5}).success
    selected = run_pipeline(instance, config={"stay": True}, assets=["transcripts", "conversation_insights"])
    assert selected.success


def test_a_limit_bounds_what_is_paid_for(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_asha")
    for number in range(6):
        world.talk("user_asha", "I love my new job.", ended_at=recently(minutes=number))
    assert run_pipeline(instance, assets=["transcripts"]).success
    assert run_pipeline(instance, config={"limit": 2}).success
    assert world.db["astra_insights"].count_documents({}) == 2
    assert len(world.overview("user_asha")["recent_conversations"]) == 2


def test_insights_are_folded_although_another_conversation_of_the_person_is_left_alone(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha")
    told = world.talk("user_asha", "I love my new job.")
    assert run_pipeline(instance, assets=["transcripts", "conversation_insights"]).success
    parked = conversation("user_asha")
    world.db["elevenlabs_conversations"].insert_one(parked)
    assert on_db(lambda db: leases.claim(db, [parked["conversation_id"]], run_id="another", seconds=3600))
    assert run_pipeline(instance).success
    assert [one["conversation_id"] for one in world.overview("user_asha")["recent_conversations"]] == [told]


def test_a_forced_step_that_is_tried_again_pays_for_nothing_twice(
    world: World, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("user_asha")
    conversation_id = world.talk("user_asha", "I love my new job.")
    assert run_pipeline(instance).success
    times: list[int] = []

    def away_once(*_: object, **__: object) -> object:
        times.append(1)
        if len(times) == 1:
            raise AutoReconnect("away")
        return Refreshed()

    monkeypatch.setattr(gamification, "refresh", away_once)
    with work("forced") as opened:
        scope = Scope(days=Days(recently(days=1), recently(seconds=-60)), force=True)
        for _ in range(2):  # as Dagster tries a step again, with the run's id
            with suppress(AutoReconnect):
                opened.run(run(opened, scope, ASSETS, whole_days=False, report=no_report))
    assert len(times) == 2
    assert world.executions(conversation_id) == 2


async def no_report(_flow: Flow) -> bool:
    return True


def test_a_shift_that_is_interrupted_gives_back_its_turn_and_its_items(world: World) -> None:
    world.join("user_asha")
    world.sandbox.configure(faults=[{"service": "julep", "rate": 1, "kinds": ["hang"]}])
    conversation_id = world.talk("user_asha", "I love my new job.")
    shift, days = Shift(60.0, 60.0, 60.0), Days(recently(days=1), recently(days=-1))

    async def interrupted(opened: Work) -> None:
        at_work = asyncio.create_task(
            run(opened, Scope(days=days), ASSETS, whole_days=False, report=no_report, shift=shift)
        )
        held = {"_id": conversation_id, "run_id": "interrupted"}
        while not await opened.db["astra_leases"].find_one(held):  # noqa: ASYNC110 - MongoDB tells nobody
            await asyncio.sleep(0.05)
        at_work.cancel()
        with suppress(asyncio.CancelledError):
            await at_work
        assert not await turn.is_on(opened.db)

    with work("interrupted") as opened:
        opened.run(interrupted(opened))
    assert world.db["astra_leases"].count_documents({"run_id": "interrupted"}) == 0


def test_one_at_a_time_everywhere_still_gets_all_through(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_ELEVENLABS_CONCURRENCY", "1")
    environment.setenv("ASTRA_LLM_CONCURRENCY", "1")
    forget_settings()
    world.join("user_asha")
    for number in range(8):
        world.talk("user_asha", f"I love my new job number {number}.", ended_at=recently(minutes=9 - number))
    assert run_pipeline().success
    assert world.db["astra_insights"].count_documents({"folded_at": {"$ne": None}}) == 8
