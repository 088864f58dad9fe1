"""Leases keep two runs from doing, and paying for, the same item at the same time.

One document per item in `astra_leases` (`_id` = item id): `run_id`, `claimed_until`, and `executions`, the
LLM executions paid for but not yet stored, so that a run that takes over an expired lease collects them
instead of paying again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from astra_pipeline.resources.mongo import LEASES

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

_CHUNK = 5_000


def chunks(items: Sequence[str], size: int = _CHUNK) -> Iterable[Sequence[str]]:
    """`items` in slices of at most `size`, to keep single commands below MongoDB's limits."""
    return (items[start : start + size] for start in range(0, len(items), size))


async def claim(
    db: AsyncDatabase[dict[str, Any]], items: Sequence[str], *, run_id: str, seconds: float, now: dt.datetime
) -> set[str]:
    """Lease each item that is free, expired, or already this run's; returns those this run holds now.

    Atomic per item: the upsert's filter leaves out a lease that another run holds, so the insert it
    falls back to collides with the unique `_id`.
    """
    from pymongo import UpdateOne
    from pymongo.errors import BulkWriteError

    until = now + dt.timedelta(seconds=seconds)
    held: set[str] = set()
    for chunk in chunks(items):
        operations = [
            UpdateOne(
                {"_id": item, "$or": [{"run_id": run_id}, {"claimed_until": {"$lte": now}}]},
                {"$set": {"run_id": run_id, "claimed_until": until}},
                upsert=True,
            )
            for item in chunk
        ]
        try:
            await db[LEASES].bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            if any(problem["code"] != 11000 for problem in error.details["writeErrors"]):
                raise
        mine = db[LEASES].find({"_id": {"$in": list(chunk)}, "run_id": run_id}, {"_id": 1})
        held.update([lease["_id"] async for lease in mine])
    return held


@asynccontextmanager
async def renewed(db: AsyncDatabase[dict[str, Any]], *, run_id: str, seconds: float) -> AsyncIterator[None]:
    """While the block runs, every lease of the run is renewed long before it ends."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(seconds / 3)
            until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
            await db[LEASES].update_many({"run_id": run_id}, {"$set": {"claimed_until": until}})

    renewal = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewal.cancel()
        await asyncio.gather(renewal, return_exceptions=True)


async def release(db: AsyncDatabase[dict[str, Any]], items: Sequence[str], *, run_id: str) -> None:
    """Give back the items this run holds."""
    for chunk in chunks(items):
        await db[LEASES].delete_many({"_id": {"$in": list(chunk)}, "run_id": run_id})


def held_by_others(db: Database[dict[str, Any]], items: Sequence[str], *, now: dt.datetime) -> set[str]:
    """Those of `items` that some run holds at `now` (for the sensor)."""
    return {
        lease["_id"]
        for chunk in chunks(items)
        for lease in db[LEASES].find({"_id": {"$in": list(chunk)}, "claimed_until": {"$gt": now}}, {"_id": 1})
    }


class Ledger:
    """The executions paid for on behalf of one leased item, kept in its lease until the answer is stored."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]], item: str) -> None:
        self._db = db
        self._item = item

    async def pending(self, task_id: str) -> str | None:
        """The execution of this task an earlier, killed run left behind; None when there is none."""
        lease = await self._db[LEASES].find_one({"_id": self._item}, {f"executions.{task_id}": 1})
        return ((lease or {}).get("executions") or {}).get(task_id)

    async def note(self, task_id: str, execution_id: str | None) -> None:
        """Remember an execution just created, or (None) forget one that gave no usable answer."""
        path = f"executions.{task_id}"
        change = {"$set": {path: execution_id}} if execution_id else {"$unset": {path: ""}}
        await self._db[LEASES].update_one({"_id": self._item}, change)


async def release_all(db: AsyncDatabase[dict[str, Any]], *, run_id: str) -> None:
    """Give back everything this run holds: its last step is done."""
    await db[LEASES].delete_many({"run_id": run_id})
