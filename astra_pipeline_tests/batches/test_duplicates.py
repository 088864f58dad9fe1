"""Ids that two documents share, and documents without one, are nobody else's trouble (F4)."""

from __future__ import annotations

import datetime as dt

import dagster as dg
import pytest

from astra_pipeline.defs.astrology.sensors import birth_data_completed
from astra_pipeline.defs.gamification.schedules import daily_rollover_schedule
from astra_pipeline.defs.horoscopes.assets import DAILY_HOROSCOPES
from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.sandbox.process import Control
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, USERS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, recently, user
from astra_pipeline_tests.pipeline import run_pipeline


@pytest.fixture
def unguarded(environment: pytest.MonkeyPatch, sandbox: Control) -> World:
    """A world in which duplicates came before our indexes."""
    db = MongoResource().untouched
    db[USERS].insert_many([user("user_twin"), user("user_twin", name="Another")])
    return World(db, sandbox)


def failures_of(world: World) -> dict[str, str]:
    return {failure["_id"]: failure["message"] for failure in world.db[FAILURES].find()}


def test_two_people_with_one_id_are_a_failure_and_the_rest_goes_on(
    unguarded: World, instance: dg.DagsterInstance
) -> None:
    unguarded.join("user_asha")
    unguarded.talk("user_asha", "My job interview is on Monday.")
    theirs = unguarded.talk("user_twin", "I miss my grandmother.")
    assert run_pipeline(instance).success
    assert len(unguarded.overview("user_asha")["recent_conversations"]) == 1
    assert failures_of(unguarded) == {f"transcripts:{theirs}": "two documents of `user` have this id"}
    assert unguarded.db[USERS].count_documents({"id": "user_twin", "user_overview": {"$exists": True}}) == 0


def test_metrics_of_two_people_with_one_id_ask_for_no_run(unguarded: World, instance: dg.DagsterInstance) -> None:
    unguarded.db[USERS].update_many({"id": "user_twin"}, {"$set": {"astra.gamification_due": "folded"}})
    context = dg.build_schedule_context(instance, scheduled_execution_time=dt.datetime.now(dt.UTC))
    assert isinstance(daily_rollover_schedule(context, mongo=MongoResource()), dg.SkipReason)


def test_two_conversations_with_one_id_are_a_failure_and_the_rest_goes_on(
    unguarded: World, instance: dg.DagsterInstance
) -> None:
    unguarded.join("user_asha")
    fine = unguarded.talk("user_asha", "My job interview is on Monday.")
    double = unguarded.talk("user_asha", "I miss my grandmother.")
    again = conversation("user_asha", conversation_id=double, ended_at=recently(minutes=2))
    unguarded.db[CONVERSATIONS].insert_one(again)
    assert run_pipeline(instance).success
    assert [entry["conversation_id"] for entry in unguarded.overview("user_asha")["recent_conversations"]] == [fine]
    problem = "two documents of `elevenlabs_conversations` have this conversation_id"
    assert failures_of(unguarded) == {f"transcripts:{double}": problem}


def cursor_after(sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None) -> str | None:
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = sensor(context, mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return result.cursor


def test_people_without_an_id_and_odd_zones_stop_no_tick(world: World, instance: dg.DagsterInstance) -> None:
    born = {"date_of_birth": "1990-05-17", "birth_time": "14:30", "birth_location": "Mumbai, India"}
    sensors = (birth_data_completed, new_users)
    cursors = [cursor_after(sensor, instance, None) for sensor in sensors]
    world.db[USERS].insert_many([{"name": "Asha", **born}, {"name": "Binod", **born}, {"id": None, **born}])
    zones = ["Asia/Kolkata", "Asia/Dubai"]
    world.join("user_odd", timezone=zones, birth_timezone=zones)
    world.join("user_fine", **born)
    for sensor, cursor in zip(sensors, cursors, strict=True):
        assert cursor_after(sensor, instance, cursor) != cursor
    assert world.db[USERS].count_documents({"astra.cohort": "asia-kolkata-001"}) == 2
    at = dt.datetime.now(dt.UTC)
    for schedule in (daily_rollover_schedule, DAILY_HOROSCOPES.schedule):
        with dg.build_schedule_context(instance, scheduled_execution_time=at) as context:
            assert schedule(context, mongo=MongoResource())
