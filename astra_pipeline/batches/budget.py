"""`astra_budget`: the number of LLM executions that runs over the past started in each hour (UTC).

One document an hour, counted up before each execution, so that any number of runs together stay under the limit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import BudgetSpent
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.collections import BUDGET

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

Spend = Callable[[], Awaitable[None]]

LANES = ("backlog", "backfill")
"""Runs over the past, by their tag `astra/lane`."""
_KEPT = dt.timedelta(days=30)


def spending(db: AsyncDatabase[dict[str, Any]], lane: str | None) -> Spend | None:
    """The function that a run of the lane calls before it pays for an execution; None when nothing limits it."""
    limit = settings().astra_backfill_max_calls_per_hour
    if limit is None or lane not in LANES:
        return None

    async def spend() -> None:
        await _spend(db, limit, clock.now())

    return spend


def is_spent(db: Database[dict[str, Any]], *, now: dt.datetime) -> bool:
    """Whether runs over the past have to wait for the next hour."""
    limit = settings().astra_backfill_max_calls_per_hour
    if limit is None:
        return False
    spent = db[BUDGET].find_one({"_id": _hour(now)}) or {"calls": 0}
    return spent["calls"] >= limit


def spent_this_hour(db: Database[dict[str, Any]], *, now: dt.datetime) -> int:
    """The executions that runs over the past started in this hour; 0 without a limit, when nobody counts."""
    spent = db[BUDGET].find_one({"_id": _hour(now)})
    return spent["calls"] if spent else 0


async def _spend(db: AsyncDatabase[dict[str, Any]], limit: int, now: dt.datetime) -> None:
    from pymongo.errors import DuplicateKeyError

    hour = _hour(now)
    until = hour + dt.timedelta(hours=1)
    spent = BudgetSpent(f"ASTRA_BACKFILL_MAX_CALLS_PER_HOUR={limit} is spent; it goes on at {until:%H:%M} UTC")
    if limit == 0:
        raise spent
    try:
        await db[BUDGET].update_one(
            {"_id": hour, "calls": {"$lt": limit}},
            {"$inc": {"calls": 1}, "$setOnInsert": {"expires_at": hour + _KEPT}},
            upsert=True,
        )
    except DuplicateKeyError:
        # The hour is there and does not match: it is full. Or another run was the first in it just now.
        again = await db[BUDGET].update_one({"_id": hour, "calls": {"$lt": limit}}, {"$inc": {"calls": 1}})
        if not again.matched_count:
            raise spent from None


def _hour(now: dt.datetime) -> dt.datetime:
    return now.replace(minute=0, second=0, microsecond=0)
