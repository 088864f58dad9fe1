"""A call that is over closes its document once, whoever tells it, and with ElevenLabs' own end."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest

from astra_pipeline.batches.failures import Subject, record
from astra_pipeline.conversations.ending import Closing, EndedCall, close
from astra_pipeline.errors import NotFound
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, USERS
from astra_pipeline_tests.calls import AGENT, Db, closed, new_id, on_db, opened, stored
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, recently

ASHA = "user_asha"
TELLING: list[Any] = ["webhook", "reconciler"]


def whole(value: dt.datetime) -> dt.datetime:
    return value.replace(microsecond=0)


def times(end: dt.datetime) -> dict[str, Any]:
    return {"started_at": end - dt.timedelta(minutes=5), "ended_at": end, "duration_ms": 300_000}


def test_a_client_closes_an_open_conversation_provisionally(world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    before = recently()
    assert closed(conversation_id=key, source="client", user_id=ASHA) is Closing.CLOSED
    document = stored(world, key)
    assert document["status"] == "completed"
    assert before <= document["ended_at"] <= recently()
    assert document["updated_at"] == document["ended_at"]
    assert document["metadata"] is None
    assert document["astra"]["ended_at_source"] == "client"
    assert closed(conversation_id=key, source="client", user_id=ASHA) is Closing.ALREADY_CLOSED
    assert stored(world, key) == document


@pytest.mark.parametrize("source", TELLING)
def test_elevenlabs_end_closes_and_is_never_the_present(source: Any, world: World) -> None:
    world.join(ASHA)
    end = whole(recently(hours=3))
    key = opened(world, ASHA, started_at=end - dt.timedelta(minutes=5, seconds=1))
    assert closed(conversation_id=key, source=source, **times(end)) is Closing.CLOSED
    document = stored(world, key)
    assert (document["status"], document["ended_at"], document["duration_ms"]) == ("completed", end, 300_000)
    assert document["started_at"] == end - dt.timedelta(minutes=5, seconds=1), "the app's own start stays"
    assert document["astra"]["ended_at_source"] == "elevenlabs"


def test_a_clients_end_is_corrected_once(world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    closed(conversation_id=key, source="client", user_id=ASHA)
    end, later = whole(recently(days=1)), whole(recently(hours=1))
    assert closed(conversation_id=key, source="webhook", **times(end)) is Closing.CORRECTED
    document = stored(world, key)
    assert (document["ended_at"], document["duration_ms"]) == (end, 300_000)
    assert closed(conversation_id=key, source="reconciler", **times(later)) is Closing.ALREADY_CLOSED
    assert stored(world, key) == document


def test_an_end_of_the_app_is_never_touched(world: World) -> None:
    world.join(ASHA)
    theirs = recently(minutes=7)
    kept = {"metadata": {"mood": "calm"}, "duration_ms": 12, "agent_id": "agent_of_the_app"}
    key = opened(world, ASHA, ended_at=theirs, **kept)
    assert closed(conversation_id=key, source="client", user_id=ASHA) is Closing.CLOSED
    assert (
        closed(conversation_id=key, source="webhook", agent_id=AGENT, **times(recently())) is Closing.ALREADY_CLOSED
    )
    document = stored(world, key)
    assert document["ended_at"] == theirs
    assert "ended_at_source" not in document["astra"]
    assert {name: document[name] for name in kept} == kept


def test_an_end_that_the_app_wrote_over_ours_is_the_apps(world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    closed(conversation_id=key, source="client", user_id=ASHA)
    theirs = recently(minutes=2)
    world.db[CONVERSATIONS].update_one({"conversation_id": key}, {"$set": {"ended_at": theirs}})
    assert closed(conversation_id=key, source="webhook", **times(recently(days=1))) is Closing.ALREADY_CLOSED
    assert stored(world, key)["ended_at"] == theirs


def test_a_correction_after_the_processing_makes_the_conversation_wait_again(world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    closed(conversation_id=key, source="client", user_id=ASHA)
    processed = {"metadata": {"transcript_processed": True, "mood": "calm"}}
    end = stored(world, key)["ended_at"]
    world.db[CONVERSATIONS].update_one({"conversation_id": key}, {"$set": processed | {"astra.processed_end": end}})
    closed(conversation_id=key, source="webhook", **times(whole(recently(days=1))))
    assert stored(world, key)["metadata"] == {"transcript_processed": False, "mood": "calm"}


def test_nobody_closes_the_conversation_of_somebody_else(world: World) -> None:
    world.join(ASHA)
    world.join("user_ravi")
    key = opened(world, ASHA)
    before = stored(world, key)
    for conversation_id, user_id in ((key, "user_ravi"), (new_id(), ASHA), (key, None)):
        assert closed(conversation_id=conversation_id, source="client", user_id=user_id) is Closing.NOT_FOUND
    assert stored(world, key) == before
    assert world.db[CONVERSATIONS].count_documents({}) == 1


def test_the_owner_is_the_documents_and_not_the_one_the_call_names(world: World) -> None:
    world.join(ASHA)
    world.join("user_ravi")
    key = opened(world, ASHA)
    assert closed(conversation_id=key, source="webhook", user_id="user_ravi", **times(recently())) is Closing.CLOSED
    assert stored(world, key)["user_id"] == ASHA


@pytest.mark.parametrize("source", TELLING)
def test_a_document_that_the_app_failed_to_write_is_created_for_the_person_named(source: Any, world: World) -> None:
    world.join(ASHA)
    key, end = new_id(), whole(recently(minutes=3))
    call = {"conversation_id": key, "source": source, "user_id": "user_gone", "agent_id": AGENT, **times(end)}
    assert closed(**call) is Closing.UNKNOWN_OWNER
    assert world.db[CONVERSATIONS].count_documents({}) == 0
    assert closed(**call, also_named=("nobody", ASHA)) is Closing.CREATED
    document = stored(world, key)
    assert {name: document[name] for name in ("user_id", "agent_id", "status", "ended_at", "duration_ms")} == {
        "user_id": ASHA,
        "agent_id": AGENT,
        "status": "completed",
        "ended_at": end,
        "duration_ms": 300_000,
    }


def test_a_client_creates_a_document_only_when_elevenlabs_names_them(world: World) -> None:
    world.join(ASHA)
    key = new_id()
    assert closed(conversation_id=key, source="client", user_id=ASHA) is Closing.NOT_FOUND
    assert closed(conversation_id=key, source="client", user_id=ASHA, verified=True) is Closing.CREATED
    assert closed(conversation_id=key, source="client", user_id="user_ravi", verified=True) is Closing.NOT_FOUND


def test_a_person_whose_id_the_app_has_not_set_yet_is_known_by_their_document(world: World) -> None:
    _id = world.db[USERS].insert_one({"name": "Asha", "email": "asha@example.com"}).inserted_id
    key = new_id()
    assert closed(conversation_id=key, source="webhook", user_id=str(_id), **times(recently())) is Closing.CREATED
    assert stored(world, key)["user_id"] == str(_id)


def test_an_id_that_looks_like_a_field_is_an_id(world: World) -> None:
    world.join("$status")
    key = "$$NOW"
    call = {"conversation_id": key, "source": "webhook", "user_id": "$status", "agent_id": "$user_id"}
    assert closed(**call) is Closing.CREATED
    assert (stored(world, key)["user_id"], stored(world, key)["agent_id"]) == ("$status", "$user_id")


def test_nothing_is_written_of_a_call_of_before_the_persons_erasure(world: World) -> None:
    erased_at = recently(minutes=10)
    world.join(ASHA, astra={"erased_at": erased_at})
    before, since = recently(minutes=11), recently(minutes=9)
    key = new_id()
    assert closed(conversation_id=key, source="webhook", user_id=ASHA, **times(before)) is Closing.ERASED
    assert world.db[CONVERSATIONS].count_documents({}) == 0
    # A record that the app wrote late is marked, and waits for nothing.
    opened(world, ASHA, key)
    assert closed(conversation_id=key, source="webhook", user_id=ASHA, **times(before)) is Closing.ERASED
    assert (stored(world, key)["astra"]["erased_at"], "status" in stored(world, key)) == (erased_at, False)
    assert closed(conversation_id=key, source="client", user_id=ASHA) is Closing.ERASED
    # What they said since is theirs again, and makes nothing theirs of what they said before.
    assert closed(conversation_id=new_id(), source="webhook", user_id=ASHA, **times(since)) is Closing.CREATED
    talked_again = {"$set": {"astra.erased_before": erased_at}, "$unset": {"astra.erased_at": ""}}
    world.db[USERS].update_one({"id": ASHA}, talked_again)
    assert closed(conversation_id=new_id(), source="webhook", user_id=ASHA, **times(before)) is Closing.ERASED


def test_a_call_that_was_never_taken_is_abandoned(world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA, metadata={"mood": "calm"})
    assert closed(conversation_id=key, source="webhook", connected=False) is Closing.ABANDONED
    document = stored(world, key)
    assert (document["status"], document["metadata"], "ended_at" in document) == (
        "abandoned",
        {"mood": "calm"},
        False,
    )
    assert closed(conversation_id=new_id(), source="webhook", connected=False) is Closing.NOT_FOUND
    # A client cannot make a call of it in which nobody talked; somebody who did talk is heard after all.
    assert closed(conversation_id=key, source="client", user_id=ASHA) is Closing.ALREADY_CLOSED
    assert stored(world, key)["status"] == "abandoned"
    assert closed(conversation_id=key, source="webhook", **times(recently())) is Closing.CLOSED


def test_a_status_of_the_app_stays(world: World) -> None:
    world.join(ASHA)
    for status in ("completed", "abandoned"):
        document = conversation(ASHA, status=status)
        world.db[CONVERSATIONS].insert_one(document)
        key = document["conversation_id"]
        assert closed(conversation_id=key, source="webhook", **times(recently())) is Closing.ALREADY_CLOSED
        assert stored(world, key) == document


def test_all_who_tell_it_at_once_leave_one_closed_document(world: World) -> None:
    world.join(ASHA)
    end = whole(recently(minutes=2))
    for key in (new_id(), opened(world, ASHA)):
        told: list[tuple[Any, dict[str, Any]]] = [("client", {}), *((source, times(end)) for source in TELLING)]
        calls = [
            EndedCall(conversation_id=key, source=source, user_id=ASHA, verified=True, **given)
            for source, given in told
            for _ in range(5)
        ]

        async def at_once(db: Db, calls: list[EndedCall] = calls) -> list[Closing]:
            return await asyncio.gather(*(close(db, call) for call in calls))

        outcomes = on_db(at_once)
        assert sum(outcome in (Closing.CLOSED, Closing.CREATED) for outcome in outcomes) == 1
        assert outcomes.count(Closing.CORRECTED) <= 1
        assert (stored(world, key)["ended_at"], stored(world, key)["status"]) == (end, "completed")
    assert world.db[CONVERSATIONS].count_documents({}) == 2


def test_the_failure_of_a_call_nobody_was_known_for_is_over_when_it_is_closed(world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    on_db(lambda db: record(db, "webhooks", Subject(key), NotFound("nobody"), run_id="webhook"))
    assert world.db[FAILURES].count_documents({}) == 1
    closed(conversation_id=key, source="client", user_id=ASHA)
    assert world.db[FAILURES].count_documents({}) == 0
