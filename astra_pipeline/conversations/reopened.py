"""Conversations that were taken up again, or whose end was corrected, after they were processed: they wait again.

A fold notes in the conversation's document the end it was processed with (`astra.processed_end`). Another end in
the same document means that somebody talked on, or that the day it counts for is another one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from astra_pipeline.batches.scope import Days
from astra_pipeline.batches.transactions import Write
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, LEASES, NOT_ERASED

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

SAME_END = dt.timedelta(seconds=1)
"""Two ends of a conversation within this are one: the app writes it twice, and rounds it."""
PROCESSED_END = "astra.processed_end"
# The time before the last look that the sensor looks back at each tick. A run looks through all of its days.
_RECENT = dt.timedelta(hours=2)


async def reopen(db: Database, days: Days) -> int:
    """Make those of the conversations that ended in these days wait again whose end is another one than that they
    were processed with. Returns their number."""
    return await _reopen(db, {"ended_at": {"$gte": days.start, "$lt": days.end}})


async def reopen_recent(db: Database, *, now: dt.datetime, last_look: dt.datetime | None = None) -> int:
    """The same for the conversations that ended, or that the app changed, since two hours before `last_look`.

    Returns their number.
    """
    since = min(last_look or now, now) - _RECENT
    changed = {"updated_at": {"$gte": since}, "ended_at": {"$type": "date"}}
    return await reopen(db, Days(since, now + _RECENT)) + await _reopen(db, changed)


def last_look(cursor: str | None) -> dt.datetime | None:
    """The time (UTC) in the sensor's cursor; None for a cursor that holds none."""
    try:
        at = dt.datetime.fromisoformat(cursor or "")
    except ValueError:
        return None
    return at if at.tzinfo else None


async def _reopen(db: Database, among: Mapping[str, Any]) -> int:
    # MongoDB may look at the expression before it looks at the types.
    are_dates = {"$and": [{"$eq": [{"$type": f"${field}"}, "date"]} for field in ("ended_at", PROCESSED_END)]}
    moved = {"$cond": [are_dates, {"$abs": {"$subtract": ["$ended_at", f"${PROCESSED_END}"]}}, 0]}
    query = {
        "status": "completed",
        PROCESSED_END: {"$type": "date"},
        "metadata.transcript_processed": True,
        "$expr": {"$gt": [moved, round(SAME_END.total_seconds() * 1000)]},
        **among,
        **NOT_ERASED,
    }
    reopened = await db[CONVERSATIONS].update_many(query, {"$set": {"metadata.transcript_processed": False}})
    return reopened.modified_count


def is_same_end(stored: object, end: dt.datetime) -> bool:
    """Whether a transcript that was taken when the conversation had ended at `stored` is one of this end.

    One of an earlier end may lack words. One of a later end belongs to another day, in which no run looks for it.
    """
    return isinstance(stored, dt.datetime) and abs(end - stored) <= SAME_END


def digest_of(turns: Sequence[Mapping[str, Any]]) -> str:
    """A digest of a transcript's words: insights with the same digest are of the same words."""
    words = [[turn.get("role"), turn.get("message")] for turn in turns]
    return hashlib.sha256(orjson.dumps(words)).hexdigest()


def writes_of_insights(before: Mapping[str, Any], digest: str, end: dt.datetime) -> list[Write]:
    """The writes that go with a transcript fetched again: `before` is the stored one, `digest` of the new words.

    Insights of the same words get the new end and are folded again. Insights of other words keep the digest of
    those, so that they are made anew; an execution over the old words is not collected.
    """
    was = before.get("digest") or digest_of(before.get("turns") or [])
    query = {"_id": before["_id"]}
    if was == digest:
        moved = {"ended_at": end, "folded_at": None, "basis": digest}
        return [Write(INSIGHTS, query | {"ended_at": {"$ne": end}}, {"$set": moved})]
    return [
        Write(INSIGHTS, query | {"basis": None}, {"$set": {"basis": was}}),
        Write(LEASES, query, {"$unset": {"executions": ""}}),
    ]
