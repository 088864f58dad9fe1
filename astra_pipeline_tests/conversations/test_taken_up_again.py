"""A conversation that is taken up again after it was processed loses nothing and repeats nothing (F16)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, TRANSCRIPTS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, recently
from astra_pipeline_tests.pipeline import contents, run_pipeline

_FIRST = ("I love talking about love and Venus.",)
_BOTH = (*_FIRST, "My job interview is tomorrow and I am worried.")


def ends_again(world: World, conversation_id: str, said: tuple[str, ...]) -> dt.datetime:
    """The web app completes the conversation a second time, 20 minutes later; ElevenLabs has all of its words."""
    world.db[CONVERSATIONS].update_one({"conversation_id": conversation_id}, {"$set": {"status": "active"}})
    end = recently(minutes=1)
    world.db[CONVERSATIONS].update_one(
        {"conversation_id": conversation_id}, {"$set": {"status": "completed", "ended_at": end}}
    )
    document = world.db[CONVERSATIONS].find_one({"conversation_id": conversation_id})
    assert document is not None
    world.sandbox.add_conversations([call(document, said)])
    return end


def the(world: World, collection: str) -> dict[str, Any]:
    (stored,) = world.db[collection].find()
    return stored


def test_the_second_half_is_fetched_extracted_and_folded_once(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_asha")
    conversation_id = world.talk("user_asha", *_FIRST, ended_at=recently(minutes=21))
    assert run_pipeline(instance).success
    end = ends_again(world, conversation_id, _BOTH)
    assert run_pipeline(instance).success

    assert "interview" in str(the(world, TRANSCRIPTS)["turns"])
    insights = the(world, INSIGHTS)
    assert (insights["ended_at"], insights["basis"]) == (end, the(world, TRANSCRIPTS)["digest"])
    overview = world.overview("user_asha")
    (entry,) = overview["recent_conversations"]
    assert (entry["conversation_id"], entry["date"]) == (conversation_id, end)
    assert entry["summary"] == insights["output"]["summary"]
    told = [one["content"] for one in overview["insights"]]
    assert len(told) == len(set(told))
    assert [one["title"] for one in overview["incident_map"]] == [
        one["title"] for one in insights["output"]["incidents"]
    ]
    assert overview["gamification"]["total_conversations"] == 1
    assert world.executions(conversation_id) == 2

    before = contents(world.db)
    assert run_pipeline(instance).success
    assert contents(world.db) == before
    holdings = read_holdings(world.db, now=dt.datetime.now(dt.UTC))
    assert (holdings.processed, holdings.waiting) == (1, 0)


def test_a_later_end_alone_is_taken_over_and_costs_no_execution(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_asha")
    conversation_id = world.talk("user_asha", *_FIRST, ended_at=recently(minutes=21))
    assert run_pipeline(instance).success
    # As it was stored before insights noted the words they are of.
    world.db[INSIGHTS].update_one({}, {"$unset": {"basis": ""}})
    world.db[TRANSCRIPTS].update_one({}, {"$unset": {"digest": ""}})
    end = ends_again(world, conversation_id, _FIRST)
    assert run_pipeline(instance).success
    (entry,) = world.overview("user_asha")["recent_conversations"]
    assert entry["date"] == end == the(world, INSIGHTS)["ended_at"]
    assert world.executions(conversation_id) == 1


@pytest.mark.parametrize("days", [2, -2])
def test_an_end_that_moves_to_another_day_before_the_insights_is_processed_once(
    days: int, world: World, instance: dg.DagsterInstance
) -> None:
    """The transcript carries the end it was fetched with. The run of the new day finds it all the same (F7)."""
    world.join("user_asha")
    fetched_with, end = recently(days=3), recently(days=3 - days)
    conversation_id = world.talk("user_asha", *_FIRST, ended_at=fetched_with)
    assert run_pipeline(instance, fetched_with.date(), assets=["transcripts"]).success
    world.db[CONVERSATIONS].update_one({"conversation_id": conversation_id}, {"$set": {"ended_at": end}})
    assert run_pipeline(instance, end.date()).success
    (entry,) = world.overview("user_asha")["recent_conversations"]
    assert entry["date"] == end == the(world, INSIGHTS)["ended_at"]
    assert the(world, CONVERSATIONS)["metadata"]["transcript_processed"] is True
    assert world.executions(conversation_id) == 1


@pytest.mark.parametrize("ago", [dt.timedelta(days=2, minutes=-30), dt.timedelta(days=4)], ids=["later", "earlier"])
def test_an_end_that_is_corrected_after_the_call_was_processed_is_taken_over(
    ago: dt.timedelta, world: World, instance: dg.DagsterInstance
) -> None:
    """Also of a call of another day, which no sensor looks at for its end: it was changed just now."""
    world.join("user_asha")
    ended = recently(days=2)
    conversation_id = world.talk("user_asha", *_FIRST, ended_at=ended)
    assert run_pipeline(instance, ended.date()).success
    end = dt.datetime.now(dt.UTC).replace(microsecond=0) - ago
    corrected = {"ended_at": end, "updated_at": dt.datetime.now(dt.UTC)}
    world.db[CONVERSATIONS].update_one({"conversation_id": conversation_id}, {"$set": corrected})
    ticked = new_conversations(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(ticked, dg.SensorResult)
    assert [request.partition_key for request in ticked.run_requests or ()] == [end.date().isoformat()]
    assert run_pipeline(instance, end.date(), tags={"astra/lane": "live"}).success
    (entry,) = world.overview("user_asha")["recent_conversations"]
    assert entry["date"] == end == the(world, INSIGHTS)["ended_at"]
    assert world.overview("user_asha")["gamification"]["last_conversation_date"] == end
    assert world.executions(conversation_id) == 1
    ticked = new_conversations(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(ticked, dg.SensorResult)
    assert not ticked.run_requests, "it waits no longer"


def test_what_was_corrected_while_no_sensor_looked_is_found_by_its_cursor(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha")
    ended = recently(days=2)
    world.talk("user_asha", *_FIRST, ended_at=ended)
    assert run_pipeline(instance, ended.date()).success
    end = ended - dt.timedelta(hours=1)
    world.db[CONVERSATIONS].update_one({}, {"$set": {"ended_at": end, "updated_at": recently(hours=9)}})

    def tick(cursor: str | None) -> dg.SensorResult:
        ticked = new_conversations(dg.build_sensor_context(instance=instance, cursor=cursor), mongo=MongoResource())
        assert isinstance(ticked, dg.SensorResult)
        return ticked

    for cursor in (None, "no time", recently(hours=5).isoformat()):
        assert not tick(cursor).run_requests
    found = tick(recently(hours=10).isoformat())
    assert [request.partition_key for request in found.run_requests or ()] == [end.date().isoformat()]
    assert found.cursor is not None
    assert dt.datetime.fromisoformat(found.cursor) > recently(minutes=5)
