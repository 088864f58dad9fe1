"""Emptying our collections of an erased person: what is of before the erasure goes, what they said since stays."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.personal_data.person_ids import items_of
from astra_pipeline.personal_data.tombstone import Tombstone
from astra_pipeline.personas import correct as personas
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import (
    CONVERSATIONS,
    EVENTS,
    FAILURES,
    FEEDBACK,
    HOROSCOPES,
    INSIGHTS,
    LEASES,
    NOT_ERASED,
    PERSONAS,
    REPORTS,
    TASK_REQUESTS,
    TRANSCRIPTS,
)
from astra_pipeline.store.updates import merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]


async def empty(db: Database, stone: Tombstone) -> Counter[str]:
    """Take the person's leases from whoever holds them, then empty the collections. Returns how many documents were
    deleted or cleared, by collection."""
    gone: Counter[str] = Counter()
    ids = await _of_before(db, stone)
    await _fence_off(db, stone, ids)
    gone[CONVERSATIONS] = await _clear_records(db, stone, ids)
    for collection in (TRANSCRIPTS, INSIGHTS):
        queries: list[Document] = [{"ended_at": {"$not": {"$gt": stone.at}}}, *_among("_id", ids)]
        gone[collection] = await _delete(db, collection, stone, queries)
    for collection, moment in (
        (HOROSCOPES, "generated_at"),
        (REPORTS, "generated_at"),
        (PERSONAS, "computed_at"),
        (FEEDBACK, "at"),
        (FAILURES, "first_failed_at"),
        (TASK_REQUESTS, "requested_at"),
    ):
        # While the tombstone stands nothing new is theirs.
        of_before: Document = {} if stone.stands else {moment: {"$not": {"$gt": stone.at}}}
        gone[collection] = await _delete(db, collection, stone, [of_before])
    for chunk in chunks(ids):
        # A persona that was learnt since may rest on conversations of before.
        gone[PERSONAS] += await personas.forget(db, stone.user_id, chunk)
    # What an admin asked for others is theirs, and stays without the admin's id.
    asked = {"requested_by.id": stone.user_id, "requested_at": {"$not": {"$gt": stone.at}}}
    await db[TASK_REQUESTS].update_many(asked, {"$set": {"requested_by.id": None}})
    gone[EVENTS] = await _delete(db, EVENTS, stone, [{"ended_at": {"$not": {"$gt": stone.at}}}])
    for query in _among("conversation_id", ids):
        # Failures, and events, of conversations whose person was not known then.
        gone[FAILURES] += (await db[FAILURES].delete_many({"user_id": None} | query)).deleted_count
        gone[EVENTS] += (await db[EVENTS].delete_many(query)).deleted_count
    for query in _among("_id", [f"webhooks:{one}" for one in ids]):
        gone[FAILURES] += (await db[FAILURES].delete_many(query)).deleted_count
    return gone


def _among(field: str, ids: list[str]) -> list[Document]:
    return [{field: {"$in": list(chunk)}} for chunk in chunks(ids)]


async def _delete(db: Database, collection: str, stone: Tombstone, queries: list[Document]) -> int:
    of_person = {"user_id": stone.user_id}
    return sum([(await db[collection].delete_many(of_person | query)).deleted_count for query in queries])


def _over(stone: Tombstone) -> Document:
    """The query for records of conversations of before the erasure.

    A record without an end is dated by its start, one with neither by its last change, as everywhere. Those of
    before that were changed since are among the ids of the tombstone.
    """
    no_end, no_start = ({field: {"$not": {"$type": "date"}}} for field in ("ended_at", "started_at"))
    return {
        "user_id": stone.user_id,
        "$or": [
            {"ended_at": {"$lte": stone.at}},
            {**no_end, "started_at": {"$lte": stone.at}},
            {**no_end, **no_start, "updated_at": {"$not": {"$gt": stone.at}}},
        ],
    }


async def _of_before(db: Database, stone: Tombstone) -> list[str]:
    """The conversations of before the erasure, also those that the app recorded late."""
    late = [
        one.get("conversation_id") async for one in db[CONVERSATIONS].find(_over(stone), {"conversation_id": 1})
    ]
    return list(dict.fromkeys([*stone.conversation_ids, *(one for one in late if isinstance(one, str) and one)]))


async def _fence_off(db: Database, stone: Tombstone, ids: list[str]) -> None:
    """Take the leases of the person's items from their runs, and drop them."""
    held = await items_of(db, LEASES, ids, user_id=stone.user_id if stone.stands else None)
    for query in _among("_id", held):
        await leases.fence_off(db, query)
        # A run that took the item up in this very moment keeps its lease; the tombstone refuses what it writes.
        await db[LEASES].delete_many(query | {"run_id": None})


async def _clear_records(db: Database, stone: Tombstone, ids: list[str]) -> int:
    """Take our summary out of the app's records of the person's conversations, and mark them: they wait for no run.

    The summary is taken out again where somebody wrote it after the record was marked."""
    done = merged("metadata", {"transcript_processed": True})
    marked = merged("astra", {"erased_at": stone.at})
    update = [{"$set": {"metadata": done, "astra": marked}}, {"$unset": "metadata.conversation_summary"}]
    of_person = {"user_id": stone.user_id}
    queries = [_over(stone), *(of_person | query for query in _among("conversation_id", ids))]
    cleared = 0
    for query in queries:
        cleared += (await db[CONVERSATIONS].update_many(query | NOT_ERASED, update)).modified_count
        written = {"metadata.conversation_summary": {"$exists": True}, "astra.erased_at": {"$type": "date"}}
        again = await db[CONVERSATIONS].update_many(
            query | written, {"$unset": {"metadata.conversation_summary": ""}}
        )
        cleared += again.modified_count
    return cleared
