"""A conversation that runs pass over becomes a failure, and is not asked for every minute (F7)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Subject
from astra_pipeline.conversations import planning
from astra_pipeline.errors import NotFound
from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.orchestration.checks import parked_result
from astra_pipeline.orchestration.requested_runs import ended_well
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import REQUEST_TAG
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.conversations.test_new_conversations import days_of, insert, tick
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.working import work

SUCCESS, FAILURE = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request may be repeated at once, and not after a minute."""
    monkeypatch.setattr(planning, "_REPEAT_AFTER", dt.timedelta(microseconds=1))


def ran(instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus = SUCCESS) -> None:
    """A run came from the request, ended so, and did nothing."""
    create_run_for_test(instance, job_name="conversation_pipeline", tags=dict(request.tags), status=status)


def asked_in_vain(instance: dg.DagsterInstance, *, status: dg.DagsterRunStatus = SUCCESS, at_most: int = 12) -> int:
    """The number of runs that the sensor asks for, each in vain, before it asks no more."""
    for count in range(at_most):
        requests = tick(instance)
        if not requests:
            return count
        for request in requests:
            ran(instance, request, status)
    return at_most


def the_failure(world: World) -> dict[str, Any]:
    (stored,) = world.db[FAILURES].find()
    return stored


def make_due(world: World) -> None:
    now = recently()
    world.db[FAILURES].update_one({}, {"$set": {"next_attempt_at": now}})


def test_three_runs_without_effect_are_a_failure_that_is_tried_again_later_and_parked(
    world: World, instance: dg.DagsterInstance
) -> None:
    (passed_over,) = insert(world, 1)
    assert asked_in_vain(instance) == 3
    stored = the_failure(world)
    assert (stored["_id"], stored["error"], stored["attempt"]) == (f"transcripts:{passed_over}", "NoEffect", 1)
    assert stored["user_id"] == "user_0"
    assert stored["next_attempt_at"] > stored["last_failed_at"]
    assert read_holdings(world.db, now=dt.datetime.now(dt.UTC)).retrying_items == 1
    for attempt in range(2, 7):
        make_due(world)
        assert asked_in_vain(instance) == 1, "each retry that does nothing is a failed one"
        assert the_failure(world)["attempt"] == attempt
    holdings = read_holdings(world.db, now=dt.datetime.now(dt.UTC))
    assert (holdings.parked, holdings.waiting, holdings.parked_items) == (1, 0, {"transcripts": 1})
    assert not parked_result(MongoResource(), "transcripts").passed
    assert asked_in_vain(instance) == 0
    assert failures.retry_now(world.db, [passed_over]) == 1
    assert len(tick(instance)) == 1


def test_one_passed_over_holds_up_no_other(world: World, instance: dg.DagsterInstance) -> None:
    insert(world, 1)
    assert asked_in_vain(instance) == 3
    insert(world, 1)
    (request,) = tick(instance)
    assert request.tags["astra/conversations"] == "1"


def test_a_run_counts_once_however_often_the_sensor_looks(world: World, instance: dg.DagsterInstance) -> None:
    """Within a minute a request has the same key, and Dagster makes no second run of it."""
    insert(world, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "_REPEAT_AFTER", dt.timedelta(days=365))
        (request,) = tick(instance)
        ran(instance, request)
        for _ in range(5):
            assert [one.run_key for one in tick(instance)] == [request.run_key]
    assert world.db[FAILURES].count_documents({}) == 0


@pytest.mark.parametrize("status", [FAILURE, dg.DagsterRunStatus.CANCELED])
def test_a_run_that_did_not_end_well_counts_for_nothing(
    status: dg.DagsterRunStatus, world: World, instance: dg.DagsterInstance
) -> None:
    insert(world, 1)
    assert asked_in_vain(instance, status=status, at_most=5) == 5
    assert world.db[FAILURES].count_documents({}) == 0


@pytest.mark.parametrize("kind", ["conversation_insights", "user_overviews"])
def test_a_run_that_tried_it_had_an_effect(kind: Any, world: World, instance: dg.DagsterInstance) -> None:
    """A failure of the conversation, or of its person, says so, whatever became of it since."""
    (tried,) = insert(world, 1)
    of_person = kind == "user_overviews"
    subject = Subject("user_0" if of_person else tried, None if of_person else tried, "user_0")
    for _ in range(5):
        (request,) = tick(instance)
        with work() as at_work:
            at_work.run(failures.record(at_work.db, kind, subject, NotFound("not there"), run_id="test"))
        ran(instance, request)
        world.db[FAILURES].update_one({}, {"$set": {"next_attempt_at": recently(), "attempt": 1}})
    assert world.db[FAILURES].distinct("error") == ["NotFound"]


def test_a_run_that_stored_a_fact_had_an_effect(world: World, instance: dg.DagsterInstance) -> None:
    """It may have been stopped by what is not the conversation's: another run took it over."""
    world.join("user_asha")
    talk = world.talk("user_asha", "My job interview is on Monday.")
    for assets in (["transcripts"], ["conversation_insights"]):
        (request,) = tick(instance)
        assert run_pipeline(instance, assets=assets).success
        ran(instance, request)
    assert asked_in_vain(instance) == 3
    assert the_failure(world)["conversation_id"] == talk


def test_a_run_with_a_limit_may_have_taken_others(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_BATCH_LIMIT", "2")
    forget_settings()
    insert(world, 3)
    assert asked_in_vain(instance, at_most=4) == 4
    assert world.db[FAILURES].count_documents({}) == 0


@pytest.mark.parametrize(("days_ago", "expected"), [(0, {False, True}), (5, {False})])
def test_a_run_over_the_past_may_have_had_no_executions_left(
    days_ago: float, expected: set[bool], world: World, instance: dg.DagsterInstance
) -> None:
    """It ends well then, and leaves the rest for the next hour."""
    insert(world, 1, days_ago=days_ago)
    (request,) = tick(instance)
    ran(instance, request)
    key = request.tags[REQUEST_TAG]

    def counts(*, is_spent: bool = False, is_over: bool = False) -> bool:
        return key in ended_well(instance, {key}, is_spent=lambda _: is_spent, is_over=lambda _: is_over)

    assert {spent for spent in (False, True) if counts(is_spent=spent)} == expected
    assert not counts(is_over=True), "the day's money holds the present up, too"


@pytest.mark.parametrize("end", [None, "2026-11-20T10:00:00Z"])
@pytest.mark.parametrize("moves", [True, False])
def test_whatever_a_conversation_says_of_its_end_it_is_processed_or_a_failure(
    end: str | None, moves: bool, world: World, instance: dg.DagsterInstance
) -> None:
    """The web app replaced `metadata` after the conversation was processed, and writes into its document."""
    world.join("user_asha")
    talk = world.talk("user_asha", "My job interview is on Monday.")
    known = {"conversation_id": talk}
    start = None if moves else recently(minutes=9)
    odd = {"ended_at": end, "started_at": start, "updated_at": recently(days=3)}
    world.db[CONVERSATIONS].update_one(known, {"$set": odd})
    for _ in range(2):
        for _ in range(5):
            requests = tick(instance)
            for request in requests:
                first, last = map(dt.date.fromisoformat, days_of(request))
                assert run_pipeline(instance, first, last, tags=dict(request.tags)).success
        assert tick(instance) == []
        document = world.db[CONVERSATIONS].find_one(known) or {}
        assert document["metadata"]["transcript_processed"] or the_failure(world)["error"] == "NoEffect"
        world.db[CONVERSATIONS].update_one(known, {"$set": {"metadata": {"rating": 5}, "updated_at": recently()}})
    assert world.executions(talk) == 1


def test_what_was_passed_over_and_is_processed_after_all_is_no_failure_any_more(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "My job interview is on Monday.")
    assert asked_in_vain(instance) == 3
    assert the_failure(world)["conversation_id"] == talk
    make_due(world)
    assert run_pipeline(instance).success
    document = world.db[CONVERSATIONS].find_one({"conversation_id": talk}) or {}
    assert document["metadata"]["transcript_processed"]
    assert document["astra"].keys() == {"processed_end"}
    assert world.db[FAILURES].count_documents({}) == 0
