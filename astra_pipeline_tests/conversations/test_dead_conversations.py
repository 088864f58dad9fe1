"""Conversations that cannot be taken now, or ever, cost a tick of the sensor nothing (F8)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.batches import failures
from astra_pipeline.batches.retry_marks import BEFORE_START, PARKED
from astra_pipeline.batches.work import open_work
from astra_pipeline.conversations.backlog import waiting_conversations
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, failure, recently
from astra_pipeline_tests.pipeline import run_pipeline

OLD = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
DEAD = 300


def waiting(world: World, *, at_most: int = 2_000, now: dt.datetime | None = None) -> set[str]:
    with open_work(MongoResource(), run_id="test") as work:
        at = now or dt.datetime.now(dt.UTC)
        found = work.run(waiting_conversations(work.db, now=at, at_most=at_most))
    return {item.conversation_id for item in found}


def examined(world: World) -> dict[str, int]:
    """The documents, and keys, that MongoDB looked at in a tick of the sensor, and how many it returned."""
    world.db.command("profile", 2)
    found = waiting(world)
    world.db.command("profile", 0)
    reads = list(world.db["system.profile"].find({"op": {"$in": ["query", "getmore", "update"]}}))
    world.db["system.profile"].drop()
    counts = {name: sum(read.get(name, 0) for read in reads) for name in ("docsExamined", "keysExamined")}
    return counts | {"found": len(found)}


def mark_of(world: World, conversation_id: str) -> Any:
    document = world.db[CONVERSATIONS].find_one({"conversation_id": conversation_id}) or {}
    return (document.get("astra") or {}).get("retry_at")


def insert(world: World, count: int, **fields: Any) -> list[str]:
    documents = [conversation(f"user_{number % 7}") | fields for number in range(count)]
    world.db[CONVERSATIONS].insert_many(documents)
    return [document["conversation_id"] for document in documents]


def park(world: World, ids: list[str]) -> None:
    world.db[FAILURES].insert_many([failure("transcripts", one, parked=True, conversation_id=one) for one in ids])


def nothing(world: World) -> None:
    pass


def parked(world: World) -> None:
    park(world, insert(world, DEAD))


def later(world: World) -> None:
    held = [failure("transcripts", one, parked=False, conversation_id=one) for one in insert(world, DEAD)]
    world.db[FAILURES].insert_many(held)


def of_a_parked_person(world: World) -> None:
    insert(world, DEAD, user_id="user_odd")
    world.db[FAILURES].insert_one(failure("user_overviews", "user_odd", parked=True, user_id="user_odd"))


def before_the_first_day(world: World) -> None:
    insert(world, DEAD, ended_at=OLD)


def undated_before_the_first_day(world: World) -> None:
    insert(world, DEAD, ended_at=None, started_at=OLD)


def unreadable(world: World) -> None:
    documents = [{"status": "completed", "user_id": 5, "ended_at": "soon", "metadata": None} for _ in range(DEAD)]
    ids = list(map(str, world.db[CONVERSATIONS].insert_many(documents).inserted_ids))
    park(world, ids)


def erased(world: World) -> None:
    insert(world, DEAD, metadata={}, astra={"erased_at": recently()})


def processed(world: World) -> None:
    insert(world, DEAD, metadata={"transcript_processed": True})


@pytest.mark.parametrize(
    "dead",
    [
        nothing,
        parked,
        later,
        of_a_parked_person,
        before_the_first_day,
        undated_before_the_first_day,
        unreadable,
        erased,
        processed,
    ],
)
def test_what_cannot_be_taken_is_not_read(world: World, dead: Any) -> None:
    dead(world)
    free = insert(world, 2)
    assert waiting(world) == set(free)
    counts = examined(world)
    assert counts["found"] == 2
    assert counts["docsExamined"] <= 12
    assert counts["keysExamined"] <= 30


def test_stored_failures_are_taken_over_once_and_live_conversations_do_not_wait_for_it(world: World) -> None:
    """Ticks are bounded: whatever a first one leaves is for the next."""
    park(world, insert(world, 300, ended_at=recently(minutes=1)))
    (free,) = insert(world, 1, ended_at=recently(seconds=1))
    assert free in waiting(world, at_most=1)
    assert waiting(world) == {free}
    assert world.db[CONVERSATIONS].count_documents({"astra.retry_at": PARKED}) == 300


@pytest.mark.parametrize("astra", [{}, {"astra": None}, {"astra": {"note": 1}}])
def test_a_failure_marks_its_conversation_and_success_removes_the_mark(
    world: World, instance: dg.DagsterInstance, astra: dict[str, Any]
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "My job interview is on Monday.", **astra)
    world.sandbox.configure(faults=[{"service": "elevenlabs", "rate": 1, "kinds": ["500"]}])
    run_pipeline(instance, raise_on_error=False)
    (stored,) = world.db[FAILURES].find()
    assert mark_of(world, talk) == stored["next_attempt_at"]
    assert waiting(world) == set()
    assert waiting(world, now=stored["next_attempt_at"] + dt.timedelta(seconds=1)) == {talk}

    world.sandbox.configure(faults=[])
    assert failures.retry_now(world.db, [talk]) == 1
    assert mark_of(world, talk) is None
    assert waiting(world) == {talk}
    assert run_pipeline(instance).success
    assert waiting(world) == set()
    document = world.db[CONVERSATIONS].find_one({"conversation_id": talk}) or {}
    assert "retry_at" not in document["astra"]
    assert document["astra"].get("note") == (astra.get("astra") or {}).get("note")


def test_what_is_parked_is_free_when_an_operator_asks_for_a_retry(world: World) -> None:
    one, two = insert(world, 2, user_id="user_odd")
    nameless = world.db[CONVERSATIONS].insert_one({"status": "completed", "ended_at": recently()}).inserted_id
    park(world, [one, str(nameless)])
    world.db[FAILURES].insert_one(failure("user_overviews", "user_odd", parked=True, user_id="user_odd"))
    assert waiting(world) == set()
    assert {mark_of(world, one), mark_of(world, two)} == {PARKED}
    assert failures.retry_now(world.db, []) == 3
    assert waiting(world) == {one, two, str(nameless)}


def test_a_failure_made_due_by_hand_frees_its_conversation(world: World) -> None:
    (one,) = insert(world, 1)
    park(world, [one])
    assert waiting(world) == set()
    now = dt.datetime.now(dt.UTC)
    world.db[FAILURES].update_one({}, {"$set": {"next_attempt_at": now, "parked_at": None}})
    assert waiting(world, now=now) == {one}
    assert mark_of(world, one) == now.replace(microsecond=now.microsecond // 1000 * 1000)


def test_an_end_that_moves_past_the_first_day_frees_a_conversation(world: World) -> None:
    (one,) = insert(world, 1, ended_at=None, started_at=OLD)
    assert waiting(world) == set()
    assert mark_of(world, one) == BEFORE_START
    world.db[CONVERSATIONS].update_one({"conversation_id": one}, {"$set": {"ended_at": recently()}})
    assert waiting(world) == {one}


def test_a_first_day_that_moves_back_frees_conversations(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_START_DATE", "2026-01-01")
    forget_settings()
    dated = insert(world, 1, ended_at=dt.datetime(2025, 6, 1, tzinfo=dt.UTC))
    assert waiting(world) == set()
    environment.setenv("ASTRA_START_DATE", "2025-01-01")
    forget_settings()
    assert waiting(world) == set(dated)
