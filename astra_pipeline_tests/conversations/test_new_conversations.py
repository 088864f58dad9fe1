"""The sensor asks for runs by what is in MongoDB."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.definitions import defs
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG, RANGE_END_TAG, RANGE_START_TAG
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, LEASES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, recently
from astra_pipeline_tests.pipeline import run_pipeline


def tick(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    result = new_conversations(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or [])


def days_of(request: dg.RunRequest) -> tuple[str, str]:
    if request.partition_key:
        return request.partition_key, request.partition_key
    return request.tags[RANGE_START_TAG], request.tags[RANGE_END_TAG]


def insert(world: World, count: int, *, days_ago: float = 0.0, **fields: Any) -> list[str]:
    documents = [
        conversation(f"user_{number % 7}", ended_at=recently(days=days_ago, seconds=5 + number % 50), **fields)
        for number in range(count)
    ]
    world.db[CONVERSATIONS].insert_many(documents)
    return [document["conversation_id"] for document in documents]


def test_nothing_new_asks_for_nothing(world: World, instance: dg.DagsterInstance) -> None:
    insert(world, 3, status="active")
    insert(world, 3, metadata={"transcript_processed": True})
    assert tick(instance) == []


def test_all_that_is_new_is_one_run_and_the_past_is_another(world: World, instance: dg.DagsterInstance) -> None:
    insert(world, 30)
    insert(world, 5, days_ago=1)
    insert(world, 5, days_ago=690)
    request, past = tick(instance)
    oldest, newest = recently(days=1, seconds=9), recently(seconds=5)
    assert days_of(request) == (oldest.date().isoformat(), newest.date().isoformat())
    assert (request.tags[LANE_TAG], request.tags["astra/conversations"]) == ("live", "35")
    first, last = map(dt.date.fromisoformat, days_of(past))
    assert (last - first).days <= 1
    assert (past.tags[LANE_TAG], past.tags["astra/conversations"]) == ("backlog", "5")


def test_a_repeated_tick_asks_with_the_same_key(world: World, instance: dg.DagsterInstance) -> None:
    insert(world, 3)
    (first,), (second,) = tick(instance), tick(instance)
    assert first.run_key == second.run_key
    insert(world, 1)
    (third,) = tick(instance)
    assert third.run_key != first.run_key


def test_past_the_limit_live_days_go_first_and_months_become_one_range(
    world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    environment.setenv("ASTRA_BATCH_LIMIT", "20")
    forget_settings()
    insert(world, 5)
    for days_ago in range(10, 90):
        insert(world, 2, days_ago=days_ago)
    live, backlog = tick(instance)
    assert live.tags[LANE_TAG] == "live"
    assert live.tags["astra/conversations"] == "5"
    assert backlog.tags[LANE_TAG] == "backlog"
    first, last = days_of(backlog)
    assert first == recently(days=89, seconds=5).date().isoformat()
    # The newest of them; how far the range reaches in between is known by its ends alone.
    assert last == recently(days=10, seconds=5).date().isoformat()


def test_leased_items_and_retries_that_are_not_due_are_left_alone(
    world: World, instance: dg.DagsterInstance
) -> None:
    leased, failing, parked, free = insert(world, 4)
    now = dt.datetime.now(dt.UTC)
    world.db[LEASES].insert_one({"_id": leased, "run_id": "r", "claimed_until": now + dt.timedelta(minutes=1)})
    common = {"kind": "transcripts", "attempt": 1, "looks": 0, "error": "NotFound", "message": "-"}
    later = now + dt.timedelta(minutes=1)
    world.db["astra_failures"].insert_many(
        [
            common | {"_id": f"transcripts:{failing}", "conversation_id": failing, "next_attempt_at": later},
            common | {"_id": f"transcripts:{parked}", "conversation_id": parked, "next_attempt_at": None},
        ]
    )
    (request,) = tick(instance)
    assert request.tags["astra/conversations"] == "1"
    world.db[CONVERSATIONS].update_one(
        {"conversation_id": free}, {"$set": {"metadata": {"transcript_processed": True}}}
    )
    assert tick(instance) == []

    world.db[LEASES].update_one({"_id": leased}, {"$set": {"claimed_until": now - dt.timedelta(seconds=1)}})
    world.db["astra_failures"].update_one({"conversation_id": failing}, {"$set": {"next_attempt_at": now}})
    (request,) = tick(instance)
    assert request.tags["astra/conversations"] == "2"


def test_what_a_run_about_to_start_will_take_is_not_asked_for_again(
    world: World, instance: dg.DagsterInstance
) -> None:
    insert(world, 3, days_ago=5)
    (request,) = tick(instance)
    day, _ = days_of(request)
    starting = instance.create_run_for_job(
        defs.resolve_job_def("conversation_pipeline"),
        tags={**request.tags, "dagster/partition": day},
        status=dg.DagsterRunStatus.STARTING,
    )
    assert tick(instance) == []
    instance.report_run_failed(starting)
    assert len(tick(instance)) == 1


def test_the_request_the_sensor_makes_is_a_run_that_works(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_asha")
    for days_ago in (0, 40, 42):
        world.talk("user_asha", "I miss my grandmother.", ended_at=recently(days=days_ago, minutes=1))
    requests = tick(instance)
    assert len(requests) == 2
    for request in requests:
        first, last = map(dt.date.fromisoformat, days_of(request))
        assert run_pipeline(instance, first, last, tags=dict(request.tags)).success
    assert tick(instance) == []
    assert len(world.overview("user_asha")["recent_conversations"]) == 3


def test_the_sensors_query_reads_only_what_waits(world: World, instance: dg.DagsterInstance) -> None:
    """Its cost does not grow with history."""
    insert(world, 200, days_ago=1, metadata={"transcript_processed": True})
    insert(world, 4)
    MongoResource()  # indexes exist since the first use of the database
    world.db.command("profile", 2)
    try:
        assert len(tick(instance)) == 1
    finally:
        world.db.command("profile", 0)
    reads = list(world.db["system.profile"].find({"op": "query", "ns": f"{world.db.name}.{CONVERSATIONS}"}))
    assert reads
    assert sum(read["docsExamined"] for read in reads) <= 8
    assert sum(read["keysExamined"] for read in reads) <= 20
