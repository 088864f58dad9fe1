"""Leases keep two runs from doing, and paying for, the same item at the same time.

One document per item in `astra_leases` (`_id` = item id): `run_id`, `claimed_until`, and `executions`, the
LLM executions paid for but not yet stored, so that a run that takes over an expired lease collects them
instead of paying again.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.mongo import LEASES
from astra_pipeline.store.queries import chunks

if TYPE_CHECKING:
    from pymongo import UpdateOne
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

_CHUNK = 5_000


async def claim(
    db: AsyncDatabase[dict[str, Any]],
    items: Sequence[str],
    *,
    run_id: str,
    seconds: float,
    now: dt.datetime,
    at_most: int | None = None,
) -> set[str]:
    """Lease each item that is free, expired, or already this run's, the first `at_most` of them; returns those this
    run holds now.

    Atomic per item: the upsert's filter leaves out a lease that another run holds, so the insert it
    falls back to collides with the unique `_id`.
    """
    from pymongo import UpdateOne
    from pymongo.errors import BulkWriteError

    until = now + dt.timedelta(seconds=seconds)
    held: set[str] = set()
    left = list(items)
    while left and (at_most is None or len(held) < at_most):
        size = _CHUNK if at_most is None else min(_CHUNK, at_most - len(held))
        chunk, left = left[:size], left[size:]
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


async def leave(db: AsyncDatabase[dict[str, Any]], items: Sequence[str], *, run_id: str) -> None:
    """Give back items with the executions paid for on their behalf, whose answers somebody may still collect."""
    now = dt.datetime.now(dt.UTC)
    for chunk in chunks(items):
        await db[LEASES].update_many(
            {"_id": {"$in": list(chunk)}, "run_id": run_id, "executions": {"$gt": {}}},
            {"$set": {"claimed_until": now}, "$unset": {"run_id": ""}},
        )
    await release(db, items, run_id=run_id)


def held_by_others(db: Database[dict[str, Any]], items: Sequence[str], *, now: dt.datetime) -> set[str]:
    """Those of `items` that some run holds at `now` (for the sensor)."""
    return {
        lease["_id"]
        for chunk in chunks(items)
        for lease in db[LEASES].find({"_id": {"$in": list(chunk)}, "claimed_until": {"$gt": now}}, {"_id": 1})
    }


class Ledger:
    """The executions paid for on behalf of this run's leased items, kept in their leases until the answers are
    stored. Make it before the first item is worked on and use it for the whole batch. `anew`: what earlier runs
    left is not collected, because it answers what was asked then."""

    def __init__(self, db: AsyncDatabase[dict[str, Any]], *, run_id: str, anew: bool = False) -> None:
        self._db = db
        self._run_id = run_id
        self._anew = anew
        self._inheritance: asyncio.Task[dict[str, dict[str, str]]] | None = None
        self._changes: list[UpdateOne] = []
        self._writing = asyncio.Lock()

    async def pending(self, item: str, task_id: str) -> str | None:
        """The execution of this task an earlier run left behind; None when there is none."""
        if self._anew:
            return None
        if self._inheritance is None:
            self._inheritance = asyncio.create_task(self._inherited())
        return (await asyncio.shield(self._inheritance)).get(item, {}).get(task_id)

    async def _inherited(self) -> dict[str, dict[str, str]]:
        left = self._db[LEASES].find({"run_id": self._run_id, "executions": {"$exists": True}}, {"executions": 1})
        return {lease["_id"]: lease["executions"] async for lease in left}

    async def note(self, item: str, task_id: str, execution_id: str) -> None:
        """Remember an execution just created."""
        await self._change(item, {"$set": {f"executions.{task_id}": execution_id}})

    async def forget(self, item: str, task_id: str) -> None:
        """Drop an execution that gave no usable answer."""
        if self._inheritance is not None:
            (await self._inheritance).get(item, {}).pop(task_id, None)
        await self._change(item, {"$unset": {f"executions.{task_id}": ""}})

    async def _change(self, item: str, change: dict[str, Any]) -> None:
        from pymongo import UpdateOne

        self._changes.append(UpdateOne({"_id": item, "run_id": self._run_id}, change))
        async with self._writing:
            # Those that came while the last ones were being written go together.
            changes, self._changes = self._changes, []
            if changes:
                await self._db[LEASES].bulk_write(changes, ordered=True)


async def release_all(db: AsyncDatabase[dict[str, Any]], *, run_id: str) -> None:
    """Give back everything this run holds: its last step is done."""
    await db[LEASES].delete_many({"run_id": run_id})
