"""`astra_budget`, its documents of money: what the LLM's answers of a day (UTC) cost, and of each hour what for.

`_id` "money:2026-11-29" has `cost_usd`, with what is set aside for answers under way. `_id` "usage:2026-11-29T08"
has `calls`, `tokens_in`, `tokens_out` and `cost_usd` of the answers that arrived in the hour. What a killed run had
set aside stays counted: the provider counts it as well.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import BudgetSpent
from astra_pipeline.llm.usage import Usage
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.collections import BUDGET

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

_KEPT = dt.timedelta(days=30)
_BOOKED_EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Spent:
    """The LLM's cost on one day (UTC), in US dollars, and its limit; None: no limit."""

    cost_usd: float = 0.0
    limit: float | None = None
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more is paid for today."""
        return self.limit is not None and self.cost_usd >= self.limit


@asynccontextmanager
async def purse(db: AsyncDatabase[dict[str, Any]]) -> AsyncIterator[DayPurse]:
    """The money of the day, for one run. It is booked with the block."""
    opened = DayPurse(db, settings().astra_max_cost_per_day)
    try:
        yield opened
    finally:
        await opened.book()


class DayPurse:
    """The day's money, shared by all runs: set aside before each answer, on the condition that it suffices.

    Without a limit nothing is set aside. The figures of answers that arrived are written every few seconds.
    """

    def __init__(self, db: AsyncDatabase[dict[str, Any]], limit: float | None) -> None:
        self._db = db
        self._limit = limit
        self._arrived, self._answers, self._owed = Usage(), 0, 0.0
        self._booked_at = time.monotonic()
        self._booking = asyncio.Lock()

    @property
    def is_limited(self) -> bool:
        """Whether money has to be set aside."""
        return self._limit is not None

    async def reserve(self, estimate: float) -> float:
        """Set money aside for one answer; returns how much. Raises BudgetSpent when the day's limit is reached."""
        if self._limit is None:
            return 0.0
        if not await self._set_aside(estimate, self._limit):
            # What this run was given back may not be written yet.
            await self.book()
            if not await self._set_aside(estimate, self._limit):
                raise BudgetSpent(spent_words(self._limit))
        return estimate

    async def _set_aside(self, estimate: float, limit: float) -> bool:
        from pymongo.errors import DuplicateKeyError

        now = clock.now()
        if limit == 0:
            return False
        below = {"_id": _day(now), "cost_usd": {"$lt": limit}}
        update = {"$inc": {"cost_usd": estimate}, "$setOnInsert": {"expires_at": now + _KEPT}}
        try:
            await self._db[BUDGET].update_one(below, update, upsert=True)
        except DuplicateKeyError:
            # The day is there and full, or another run was the first in it just now.
            again = await self._db[BUDGET].update_one(below, {"$inc": {"cost_usd": estimate}})
            return again.matched_count > 0
        return True

    async def pay(self, usage: Usage, reserved: float) -> None:
        """Book an answer that arrived, in place of what was set aside for it."""
        self._arrived += Usage(usage.tokens_in, usage.tokens_out, usage.cost_usd or 0.0)
        self._answers += bool(usage.tokens_in or usage.tokens_out)
        self._owed += (usage.cost_usd or 0.0) - reserved
        if time.monotonic() - self._booked_at >= _BOOKED_EVERY_SECONDS:
            await self.book()

    async def book(self) -> None:
        """Write down what has not been written yet."""
        async with self._booking:
            arrived, answers, owed = self._arrived, self._answers, self._owed
            if not answers and not owed:
                return
            self._arrived, self._answers, self._owed = Usage(), 0, 0.0
            self._booked_at = time.monotonic()
            now = clock.now()
            kept = {"$setOnInsert": {"expires_at": now + _KEPT}}
            await self._db[BUDGET].update_one({"_id": _day(now)}, {"$inc": {"cost_usd": owed}} | kept, upsert=True)
            figures = {
                "calls": answers,
                "tokens_in": arrived.tokens_in,
                "tokens_out": arrived.tokens_out,
                "cost_usd": arrived.cost_usd,
            }
            await self._db[BUDGET].update_one({"_id": _hour(now)}, {"$inc": figures} | kept, upsert=True)


def spent_words(limit: float) -> str:
    """The sentence that says why nothing more is paid for today."""
    return f"ASTRA_MAX_COST_PER_DAY={limit:g} is spent; it goes on at 00:00 UTC"


def spent_today(db: Database[dict[str, Any]], *, now: dt.datetime) -> Spent:
    """The LLM's cost on the day (UTC) of `now`, by all runs."""
    day = db[BUDGET].find_one({"_id": _day(now)}) or {}
    hours = [f"usage:{now:%Y-%m-%d}T{hour:02}" for hour in range(24)]
    used = list(db[BUDGET].find({"_id": {"$in": hours}}))
    calls, tokens_in, tokens_out = (
        sum(hour.get(name, 0) for hour in used) for name in ("calls", "tokens_in", "tokens_out")
    )
    limit = settings().astra_max_cost_per_day
    return Spent(max(float(day.get("cost_usd", 0.0)), 0.0), limit, calls, tokens_in, tokens_out)


def is_over(db: Database[dict[str, Any]], *, now: dt.datetime) -> bool:
    """Whether the day's money is spent: whatever needs the LLM waits for the next day (UTC)."""
    limit = settings().astra_max_cost_per_day
    if limit is None or settings().astra_task_runner != "model":
        return False
    day = db[BUDGET].find_one({"_id": _day(now)}) or {"cost_usd": 0.0}
    return day["cost_usd"] >= limit


def untold(db: Database[dict[str, Any]], *, now: dt.datetime) -> str | None:
    """The words for an alert that the day's money is spent; None when it is not, or when that was told."""
    limit = settings().astra_max_cost_per_day
    if limit is None or not is_over(db, now=now):
        return None
    day = db[BUDGET].find_one({"_id": _day(now)}) or {}
    return None if day.get("told") else spent_words(limit)


def note_told(db: Database[dict[str, Any]], *, now: dt.datetime) -> None:
    """Note that the alert was taken."""
    update = {"$set": {"told": True}, "$setOnInsert": {"cost_usd": 0.0, "expires_at": now + _KEPT}}
    db[BUDGET].update_one({"_id": _day(now)}, update, upsert=True)


def _day(now: dt.datetime) -> str:
    return f"money:{now:%Y-%m-%d}"


def _hour(now: dt.datetime) -> str:
    return f"usage:{now:%Y-%m-%dT%H}"
