"""A tick that finds nothing waits for conversations to end, and asks for a run at once."""

from __future__ import annotations

import datetime as dt
import threading

import dagster as dg
import pytest

from astra_pipeline.conversations import arrivals as followed
from astra_pipeline.conversations.arrivals import arrivals
from astra_pipeline.defs.conversations import sensors
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.working import work


def tick(instance: dg.DagsterInstance) -> dg.SensorResult:
    result = new_conversations(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return result


def test_a_tick_asks_for_a_conversation_that_ends_while_it_waits(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    environment.setenv("ASTRA_SENSOR_INTERVAL_SECONDS", "21")
    forget_settings()
    world.join("user_asha")
    talk = threading.Timer(1.0, world.talk, ("user_asha", "I lost my job."))
    talk.start()
    (request,) = tick(instance).run_requests or []
    assert request.tags["astra/conversations"] == "1"


def test_a_tick_that_finds_nothing_ends_with_its_interval(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    environment.setenv("ASTRA_SENSOR_INTERVAL_SECONDS", "2")
    forget_settings()
    world.join("user_asha")
    assert tick(instance).skip_reason is not None


def test_a_tick_waits_no_longer_than_dagster_does_whatever_its_interval(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "WAIT_AT_MOST", 1.0)
    environment.setenv("ASTRA_SENSOR_INTERVAL_SECONDS", "3600")  # the test would end by its time-out
    forget_settings()
    world.join("user_asha")
    assert tick(instance).skip_reason is not None


def test_where_ends_cannot_be_followed_a_tick_asks_for_what_is_there(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "_COMPLETED", [{"$out": "a stage that no change stream may have"}])
    environment.setenv("ASTRA_SENSOR_INTERVAL_SECONDS", "21")
    forget_settings()
    world.join("user_asha")
    assert tick(instance).skip_reason is not None
    world.talk("user_asha", "I lost my job.")
    assert len(tick(instance).run_requests or []) == 1


def test_a_stream_that_ended_with_its_collection_is_not_asked_again(world: World) -> None:
    # The test would end by its time-out.
    with work() as opened, opened.opened(arrivals(opened.db, 3600.0, slice_seconds=1.0)) as ended:
        world.db["elevenlabs_conversations"].insert_one({"conversation_id": "one"})
        world.db["elevenlabs_conversations"].drop()
        while ended.can_be_followed:
            assert not opened.run(ended.next())
        assert not opened.run(ended.next())


def test_an_end_is_an_arrival_however_it_is_written_and_nothing_else_is(world: World) -> None:
    conversations, now = world.db["elevenlabs_conversations"], dt.datetime.now(dt.UTC)
    for of_old in ("closed", "touched"):
        conversations.insert_one({"conversation_id": of_old, "user_id": "user_asha"})
    with work() as opened:

        def arrives(write: object) -> bool:
            del write
            return opened.run(ended.next())

        with opened.opened(arrivals(opened.db, 60.0, slice_seconds=2.0)) as ended:
            closed = {"$set": {"status": "completed", "ended_at": now}}
            assert arrives(conversations.update_one({"conversation_id": "closed"}, closed))
            touched = {"$set": {"astra.retry_at": now}}
            assert not arrives(conversations.update_one({"conversation_id": "touched"}, touched))
            assert not arrives(conversations.insert_one({"conversation_id": "open", "user_id": "user_asha"}))
            over = {"conversation_id": "over", "user_id": "user_asha", "status": "completed", "ended_at": now}
            assert arrives(conversations.insert_one(over))
