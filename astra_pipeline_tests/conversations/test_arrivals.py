"""A tick that finds nothing waits for conversations to end, and asks for a run at once."""

from __future__ import annotations

import datetime as dt
import threading

import dagster as dg
import pytest

from astra_pipeline.conversations.arrivals import arrivals
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
    environment.setenv("ASTRA_SENSOR_INTERVAL_SECONDS", "3600")  # the test would end by its time-out
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


def test_an_end_is_an_arrival_however_it_is_written_and_nothing_else_is(world: World) -> None:
    conversations, now = world.db["elevenlabs_conversations"], dt.datetime.now(dt.UTC)
    for of_old in ("closed", "touched"):
        conversations.insert_one({"conversation_id": of_old, "user_id": "user_asha"})
    with work() as opened:

        def arrives(write: object) -> bool:
            del write
            return opened.run(ended.wait())

        with opened.opened(arrivals(opened.db, 2.0)) as ended:
            closed = {"$set": {"status": "completed", "ended_at": now}}
            assert arrives(conversations.update_one({"conversation_id": "closed"}, closed))
            touched = {"$set": {"astra.retry_at": now}}
            assert not arrives(conversations.update_one({"conversation_id": "touched"}, touched))
            assert not arrives(conversations.insert_one({"conversation_id": "open", "user_id": "user_asha"}))
            over = {"conversation_id": "over", "user_id": "user_asha", "status": "completed", "ended_at": now}
            assert arrives(conversations.insert_one(over))
