"""`astra.retry_at` of a conversation: when it may be taken again, copied from the failures that hold it up.

The failures decide. The copy lets an index leave out what cannot be taken now, so that no sensor reads it. It is
computed from all failures and written as a whole, so it may be made twice, and late. A copy that is missing is made
when the sensor reads the conversation. A copy that holds too long is taken back when the failure is due.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.bson_documents import object_ids
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, NOT_PROCESSED
from astra_pipeline.store.updates import merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

RETRY_AT = "astra.retry_at"
# The time of what waits for a person, and of what is left alone for good: it ended before ASTRA_START_DATE, or its
# person was erased.
PARKED = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
BEFORE_START = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
ERASED = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)

# The fields of a failure that tell what it holds up.
HOLDING = dict.fromkeys(("kind", "conversation_id", "user_id"), 1)
# A failure of a person's overview holds up all of their conversations.
_OF_PEOPLE = "user_overviews"
_KINDS = ("transcripts", "conversation_insights", _OF_PEOPLE)
_UNPROCESSED = {"status": "completed"} | NOT_PROCESSED
_REMOVED = {"$unset": {RETRY_AT: ""}}


async def held_until(db: AsyncDatabase[Document], people: Mapping[str, str | None]) -> dict[str, dt.datetime]:
    """Conversation -> when it may be taken again, of those that some failure is about. `people` gives the user of
    each conversation."""
    users = list({user for user in people.values() if user})
    of_conversations = await _latest(db, "conversation_id", list(people), {})
    of_users = await _latest(db, "user_id", users, {"kind": _OF_PEOPLE})
    found = {}
    for item, user in people.items():
        times = [times[key] for times, key in ((of_conversations, item), (of_users, user)) if key in times]
        if times:
            found[item] = max(times)
    return found


async def _latest(
    db: AsyncDatabase[Document], field: str, values: Sequence[str], also: Mapping[str, Any]
) -> dict[str | None, dt.datetime]:
    """Value of `field` -> the latest time at which one of its failures allows another attempt."""
    latest: dict[str | None, dt.datetime] = {}
    for chunk in chunks(values):
        query = {field: {"$in": list(chunk)}, **also}
        async for failure in db[FAILURES].find(query, {field: 1, "next_attempt_at": 1}):
            key, upcoming = failure[field], failure["next_attempt_at"] or PARKED
            latest[key] = max(upcoming, latest.get(key, upcoming))
    return latest


async def copy(db: AsyncDatabase[Document], kind: str, item: str) -> None:
    """Bring the copies up to date that a failure of this kind and item bears on."""
    if query := _held_by(kind, [item]):
        await _copy(db, query)


async def lift(db: AsyncDatabase[Document], kind: str, item: str) -> None:
    """Remove the copies that a failure of this kind and item bears on, before the failure itself goes. The sensor
    makes them again where another failure holds the conversation up."""
    if query := _held_by(kind, [item]):
        await db[CONVERSATIONS].update_many(query | {RETRY_AT: {"$exists": True}}, _REMOVED)


def lift_all(db: Database[Document], failures: Sequence[Mapping[str, Any]]) -> None:
    """The same for failures that were made due at once."""
    for kind, of_kind in _by_kind(failures).items():
        for chunk in chunks(of_kind):
            if query := _held_by(kind, chunk):
                db[CONVERSATIONS].update_many(query | {RETRY_AT: {"$exists": True}}, _REMOVED)


async def uncover(db: AsyncDatabase[Document], *, now: dt.datetime, within: dt.timedelta, at_most: int) -> None:
    """Bring copies up to date that hold conversations although their failure became due `within` the last time."""
    recently = {"next_attempt_at": {"$gt": now - within, "$lte": now}}
    due = db[FAILURES].find({"kind": {"$in": list(_KINDS)}} | recently, HOLDING)
    for kind, of_kind in _by_kind(await due.to_list(at_most)).items():
        if query := _held_by(kind, of_kind):
            await _copy(db, query | {RETRY_AT: {"$gt": now}})


def _by_kind(failures: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Kind -> the conversations, or people, that failures of it are about."""
    found: dict[str, list[str]] = {}
    for failure in failures:
        if held := failure.get("user_id" if failure["kind"] == _OF_PEOPLE else "conversation_id"):
            found.setdefault(failure["kind"], []).append(held)
    return found


def _held_by(kind: str, items: Sequence[str]) -> Document | None:
    """The query for the conversations that failures of these items hold up; None for a kind that holds up none."""
    if kind == _OF_PEOPLE:
        return {"user_id": {"$in": list(items)}} | _UNPROCESSED
    return of_items(items) if kind in _KINDS else None


def of_items(items: Sequence[str]) -> Document:
    """The query for the conversations with these ids. A document without one goes by its `_id`."""
    nameless = {"_id": {"$in": [*items, *object_ids(items)]}, "conversation_id": {"$not": {"$gt": ""}}}
    return {"$or": [{"conversation_id": {"$in": list(items)}}, nameless]}


async def _copy(db: AsyncDatabase[Document], query: Document) -> None:
    fields = {"conversation_id": 1, "user_id": 1, RETRY_AT: 1}
    documents = await db[CONVERSATIONS].find(query, fields).to_list()
    items = {document["_id"]: item_of(document) for document in documents}
    people = {items[document["_id"]]: _text(document.get("user_id")) for document in documents}
    until = await held_until(db, people)
    await write(db, {_id: until.get(item) for _id, item in items.items()})


async def write(db: AsyncDatabase[Document], times: Mapping[Any, dt.datetime | None]) -> None:
    """Set `astra.retry_at` of conversations, given by `_id`; None removes it."""
    from pymongo import UpdateMany

    by_time: dict[dt.datetime | None, list[Any]] = {}
    for _id, time in times.items():
        by_time.setdefault(time, []).append(_id)
    operations = [
        UpdateMany({"_id": {"$in": list(chunk)}, RETRY_AT: {"$ne": time}}, _update(time))
        for time, ids in by_time.items()
        for chunk in chunks(ids)
    ]
    if operations:
        await db[CONVERSATIONS].bulk_write(operations, ordered=False)


def _update(time: dt.datetime | None) -> Any:
    if time is None:
        return _REMOVED
    return [{"$set": {"astra": merged("astra", {"retry_at": time})}}]


def item_of(document: Mapping[str, Any]) -> str:
    """The id by which failures and leases name a conversation: its own, or its document's where it has none."""
    return _text(document.get("conversation_id")) or str(document["_id"])


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
