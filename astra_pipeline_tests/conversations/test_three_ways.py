"""A conversation exactly as the web app writes it becomes an updated overview, whichever way its end is learned."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.api.webhooks import PATH
from astra_pipeline.conversations import events
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.ending import Closing, EndedCall, close
from astra_pipeline.conversations.reconcile import reconcile
from astra_pipeline.conversations.webhook import read_event
from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.settings import forget_settings, settings
from astra_pipeline.store.collections import CONVERSATIONS, EVENTS, INSIGHTS, TRANSCRIPTS
from astra_pipeline_tests.api.serving import webhook
from astra_pipeline_tests.calls import SECRET, Db, at_elevenlabs, closed, new_id, on_db, opened, post_call, stored
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.conversations.test_new_conversations import days_of, tick
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline

ASHA, SAID = "user_asha", "I love talking about love and Venus."


@pytest.fixture(autouse=True)
def _our_agent(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_WEBHOOK_AGENT_IDS", f"agent_{new_id()}")
    environment.setenv("ELEVENLABS_WEBHOOK_SECRETS", SECRET)
    forget_settings()


def called(world: World, key: str, end: dt.datetime) -> dict[str, Any]:
    """The call at ElevenLabs, with our agent."""
    (agent_id,) = settings().astra_webhook_agent_ids
    answer = at_elevenlabs(world, ASHA, key, SAID, ended_at=end) | {"agent_id": agent_id}
    world.sandbox.add_conversations([answer])
    return answer


def began(end: dt.datetime) -> dt.datetime:
    return end - dt.timedelta(minutes=5, seconds=2)


def work_off(instance: dg.DagsterInstance, *, at_most: int = 5) -> int:
    """Run what the sensor asks for until it asks for nothing; returns the number of runs."""
    runs = 0
    while requests := tick(instance):
        for request in requests:
            first, last = map(dt.date.fromisoformat, days_of(request))
            assert run_pipeline(instance, first, last, tags=dict(request.tags)).success
            runs += 1
        assert runs <= at_most, "the sensor does not stop asking"
    return runs


@contextmanager
def told_by_elevenlabs(world: World) -> Iterator[None]:
    """The webhook at work, and ElevenLabs configured to use it."""
    with webhook() as client:
        world.sandbox.set_webhook(f"{client.base_url}{PATH}", SECRET)
        try:
            yield
        finally:
            world.sandbox.delete_webhook()


def by_client(world: World, key: str) -> None:
    assert closed(conversation_id=key, source="client", user_id=ASHA) is Closing.CLOSED


def by_webhook(world: World, key: str) -> None:
    with told_by_elevenlabs(world):
        assert world.sandbox.deliver(key) == [200]


def by_reconciler(world: World, key: str) -> None:
    done = on_db(lambda db: reconcile(db, None, now=dt.datetime.now(dt.UTC)))
    assert done.closings == {Closing.CLOSED: 1}


def assert_is_told_once(world: World, key: str, end: dt.datetime) -> None:
    """One fact, one entry and one paid execution, on the day on which the call ended where the person lives."""
    document = stored(world, key)
    assert (document["ended_at"], document["status"]) == (end, "completed")
    assert document["metadata"]["transcript_processed"] is True
    assert (document["workflow_id"], document["user_id"]) == ("astra-responder", ASHA)
    (entry,) = world.overview(ASHA)["recent_conversations"]
    assert (entry["conversation_id"], entry["date"]) == (key, end)
    for collection in (TRANSCRIPTS, INSIGHTS):
        (fact,) = world.db[collection].find()
        assert (fact["_id"], fact["ended_at"]) == (key, end)
    metrics = world.overview(ASHA)["gamification"]
    assert (metrics["total_conversations"], metrics["last_conversation_date"]) == (1, end)
    # Three days ago: told as of today, it would be a streak of today's.
    assert (metrics["streak_days"], metrics["best_streak"]) == (0, 1)
    assert world.executions(key) == 1
    holdings = read_holdings(world.db, now=dt.datetime.now(dt.UTC))
    assert (holdings.processed, holdings.waiting, holdings.parked) == (1, 0, 0)


@pytest.mark.parametrize("way", [by_client, by_webhook, by_reconciler])
def test_each_way_alone_leads_to_the_overview(way: Any, world: World, instance: dg.DagsterInstance) -> None:
    world.join(ASHA)
    end = recently(days=3).replace(microsecond=0)
    key = opened(world, ASHA, started_at=began(end))
    called(world, key, end)
    assert tick(instance) == [], "an open conversation waits for nothing"
    way(world, key)
    work_off(instance)
    assert_is_told_once(world, key, end)


def test_all_three_at_once_and_again_afterwards_are_one(world: World, instance: dg.DagsterInstance) -> None:
    world.join(ASHA)
    end = recently(days=3).replace(microsecond=0)
    key = opened(world, ASHA, started_at=began(end))
    body = post_call(called(world, key, end))
    event = read_event(body, digest="", signed_at=recently())
    client = EndedCall(conversation_id=key, source="client", user_id=ASHA)

    async def tell(db: Db) -> None:
        now = dt.datetime.now(dt.UTC)
        twice = [close(db, client), close(db, client), events.receive(db, event), events.receive(db, event)]
        await asyncio.gather(*twice, reconcile(db, None, now=now))

    on_db(tell)
    work_off(instance)
    on_db(tell)
    work_off(instance)
    assert_is_told_once(world, key, end)
    assert world.db[EVENTS].count_documents({"_id": f"post_call_transcription:{key}", "deliveries": 4}) == 1


def test_an_end_told_after_the_processing_moves_the_facts_and_costs_nothing(
    world: World, instance: dg.DagsterInstance
) -> None:
    """ElevenLabs answered without the call's times first."""
    world.join(ASHA)
    end = recently(days=3).replace(microsecond=0)
    key = opened(world, ASHA, started_at=began(end))
    call = called(world, key, end)
    world.sandbox.add_conversations([call | {"metadata": {"start_time_unix_secs": 0, "call_duration_secs": 300}}])
    by_client(world, key)
    work_off(instance)
    assert world.overview(ASHA)["gamification"]["streak_days"] == 1
    called(world, key, end)
    by_webhook(world, key)
    work_off(instance)
    assert_is_told_once(world, key, end)


def test_a_workspace_that_keeps_nothing_is_served_from_the_event(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join(ASHA)
    end = recently(days=3).replace(microsecond=0)
    key = opened(world, ASHA, started_at=began(end))
    called(world, key, end)
    by_webhook(world, key)

    async def forget(_: Db) -> bool:
        async with ElevenLabsClient() as elevenlabs:
            return await elevenlabs.delete(key)

    assert on_db(forget)
    work_off(instance)
    assert_is_told_once(world, key, end)


def test_an_event_without_its_words_is_asked_for(world: World, instance: dg.DagsterInstance) -> None:
    world.join(ASHA)
    end = recently(days=3).replace(microsecond=0)
    key = opened(world, ASHA, started_at=began(end))
    called(world, key, end)
    with told_by_elevenlabs(world):
        assert world.sandbox.deliver(key, exclude_transcript=True) == [200]
    work_off(instance)
    assert_is_told_once(world, key, end)


def test_a_call_that_the_app_never_recorded_is_told_all_the_same(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join(ASHA)
    end = recently(days=3).replace(microsecond=0)
    called(world, key := new_id(), end)
    by_webhook(world, key)
    world.db[CONVERSATIONS].update_one({"conversation_id": key}, {"$set": {"workflow_id": "astra-responder"}})
    work_off(instance)
    assert_is_told_once(world, key, end)
