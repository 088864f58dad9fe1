"""The state of each day: the numbers of its conversations that passed each stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, NOT_ERASED, TRANSCRIPTS

_DAY = dt.timedelta(days=1)
# A run over so few days counts all of them. One over more counts the days on which something happened.
_FEW = dt.timedelta(days=7)
# So many single days are looked up one by one. More of them are read as the whole range.
_SINGLE_DAYS = 60


async def state(work: Work, scope: Scope, done: Sequence[str]) -> dict[str, dict[str, int]]:
    """UTC day (YYYY-MM-DD) -> the number of conversations completed that day, and the numbers of those with a
    transcript, with insights, and in their user's overview.

    `done` names the items that this run did. Of a long range only the days are counted on which it did something.
    """
    in_time = await _in_time(work, scope, done)
    if in_time is None:
        return {}
    counts = (
        ("completed", CONVERSATIONS, in_time | {"status": "completed"} | NOT_ERASED),
        ("transcripts", TRANSCRIPTS, in_time),
        ("insights", INSIGHTS, in_time),
        ("in_overviews", INSIGHTS, in_time | {"folded_at": {"$ne": None}}),
    )
    state: dict[str, dict[str, int]] = {}
    day = {"$dateToString": {"date": "$ended_at", "format": "%Y-%m-%d"}}
    for name, collection, query in counts:
        pipeline = [{"$match": query}, {"$group": {"_id": day, "count": {"$sum": 1}}}]
        async for group in await work.db[collection].aggregate(pipeline):
            state.setdefault(group["_id"], {})[name] = group["count"]
    return state


async def _in_time(work: Work, scope: Scope, done: Sequence[str]) -> dict[str, Any] | None:
    """The condition for documents of the days to count; None when there is none."""
    days = scope.days
    assert days is not None, "a scope of conversations has days"
    if days.end - days.start <= _FEW:
        return {"ended_at": scope.in_days}
    changed = await _changed(work, scope, done)
    if len(changed) > _SINGLE_DAYS:
        return {"ended_at": scope.in_days}
    ranges = [{"ended_at": dict(Days(day, day + _DAY).query)} for day in sorted(changed)]
    return {"$or": ranges} if ranges else None


async def _changed(work: Work, scope: Scope, done: Sequence[str]) -> set[dt.datetime]:
    """The beginnings (UTC) of the days of the scope on which this run stored a fact, or folded one."""
    stored = [{"_id": {"$in": list(chunk)}, "ended_at": scope.in_days} for chunk in chunks(done)]
    folded = {"folded_at": {"$gte": work.now}, "ended_at": scope.in_days}
    found = set()
    for collection, query in [*((TRANSCRIPTS, query) for query in stored), (INSIGHTS, folded)]:
        async for document in work.db[collection].find(query, {"ended_at": 1, "_id": 0}):
            found.add(document["ended_at"].replace(hour=0, minute=0, second=0, microsecond=0))
    return found
