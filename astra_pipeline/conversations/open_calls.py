"""Conversations that nobody closed, and when the reconciler asks ElevenLabs about each of them.

The index `astra_open` holds documents without a status, by `astra.look_at`, the time of the next look, and by their
start. So a tick reads the documents that it looks up, and neither the history nor what was looked up lately.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.ending import LOOK_AT
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import CONVERSATIONS
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.updates import merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

OPEN_FOR = dt.timedelta(minutes=30)
"""A conversation that has been open for so long may be over."""
# The pause between two looks grows with the age of the conversation, up to this.
_LONGEST_PAUSE = dt.timedelta(hours=6)
_OPEN = {"status": {"$in": [None, "active"]}}
_FIELDS = dict.fromkeys(("conversation_id", "started_at", "updated_at", "astra.erased_at"), 1)
# Conversations without a start leave the larger part of a tick to the others.
_SHARE = 4


@dataclass(frozen=True)
class OpenCall:
    """A conversation that nobody closed. `began` is its start (UTC), as well as it is known."""

    key: Any
    """The `_id` of its document."""
    conversation_id: str | None
    began: dt.datetime
    was_erased: bool

    def next_look(self, now: dt.datetime) -> dt.datetime:
        """When to look again at a call that is not over: sooner at a young one."""
        return now + min(max(OPEN_FOR, (now - self.began) / 4), _LONGEST_PAUSE)


async def open_calls(db: Database, *, now: dt.datetime, at_most: int) -> list[OpenCall]:
    """Conversations that were open for half an hour at `now` and are due: those looked at before, then the newest.

    Conversations that began before ASTRA_START_DATE are left alone.
    """
    if at_most <= 0:
        return []
    first = dt.datetime.combine(settings().astra_start_date, dt.time(), tzinfo=dt.UTC)
    dated = {"started_at": {"$gte": first, "$lte": now - OPEN_FOR}}
    undated = {"started_at": {"$not": {"$gte": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}}}
    some = at_most // _SHARE + 1
    found = await _found(db, {LOOK_AT: {"$lte": now}}, {LOOK_AT: 1}, at_most - some)
    strangers = await _found(db, {LOOK_AT: None} | undated, {}, some)
    young = [one for one in strangers if one.began > now - OPEN_FOR]
    for one in young:
        await look_again(db, one, one.began + OPEN_FOR)
    found += [one for one in strangers if one not in young]
    found += await _found(db, {LOOK_AT: None} | dated, {"started_at": -1}, at_most - len(found))
    return list({one.key: one for one in found}.values())[:at_most]


async def _found(db: Database, query: Document, order: dict[str, int], at_most: int) -> list[OpenCall]:
    if at_most <= 0:
        return []
    cursor = db[CONVERSATIONS].find(_OPEN | query, _FIELDS).limit(at_most)
    if order:
        cursor = cursor.sort(list(order.items()))
    return [_read(document) async for document in cursor]


def _read(document: Mapping[str, Any]) -> OpenCall:
    conversation_id = document.get("conversation_id")
    return OpenCall(
        key=document["_id"],
        conversation_id=conversation_id if isinstance(conversation_id, str) and conversation_id else None,
        began=_began(document),
        was_erased=at_path(document, "astra.erased_at") is not None,
    )


def _began(document: Mapping[str, Any]) -> dt.datetime:
    """The start of a conversation, else its last update, else the making of its document."""
    from bson import ObjectId

    for field in ("started_at", "updated_at"):
        if isinstance(value := document.get(field), dt.datetime):
            return value
    key = document["_id"]
    return key.generation_time if isinstance(key, ObjectId) else dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


async def look_again(db: Database, one: OpenCall, at: dt.datetime) -> None:
    """Note when the conversation is looked at again, while it is open."""
    later = [{"$set": {"astra": merged("astra", {"look_at": at})}}]
    await db[CONVERSATIONS].update_one({"_id": one.key} | _OPEN, later)
