"""Leases keep two runs from doing, and paying for, the same item at the same time.

A document of `astra_leases` (`_id` = item id): `run_id` and `claimed_until` of its holder, `fence`, which grows by
one with each takeover, and `executions`, the LLM executions asked for and not stored yet. Times are the server's. A
run that was paused, or whose clock is wrong, finds another fence in the lease: it may neither pay nor write then.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import LeaseLost
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import LEASES
from astra_pipeline.store.sessions import end_sessions

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_CHUNK = 5_000
# Leases are renewed three times before they end.
_RENEWALS = 3
# How long the server keeps a lease after it ended, and how long one that holds paid executions.
_SWEPT_AFTER_MS = 3_600_000
PAID_KEPT_MS = 30 * 24 * 3_600_000
# A write of a document that a transaction holds waits for the end of it, and the sensor must not.
_FREED_WITHIN_SECONDS = 5.0
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Lease:
    """One item that a run holds. The fence tells this holding from every other one."""

    item: str
    run_id: str
    fence: int
    executions: MutableMapping[str, Any] = field(default_factory=dict, compare=False)
    """Task -> the execution that was asked for when the run took the item, and whose answer is not stored."""
    asked_at: dt.datetime | None = field(default=None, compare=False)
    """The moment (UTC) of the last such request."""

    @property
    def query(self) -> dict[str, Any]:
        """The filter that matches as long as the run holds the item."""
        return {"_id": self.item, "run_id": self.run_id, "fence": self.fence}


async def claim(
    db: Database, items: Sequence[str], *, run_id: str, seconds: float, at_most: int | None = None
) -> dict[str, Lease]:
    """Lease each item that is free, expired, or already this run's, the first `at_most` of them. Returns the leases
    this run holds now, by item.

    Atomic per item: one update decides by the server's clock whether the item is free, and takes it.
    """
    from pymongo import UpdateOne
    from pymongo.errors import BulkWriteError

    held: dict[str, Lease] = {}
    left = list(items)
    while left and (at_most is None or len(held) < at_most):
        size = _CHUNK if at_most is None else min(_CHUNK, at_most - len(held))
        chunk, left = left[:size], left[size:]
        taking = _taking(run_id, seconds)
        try:
            await db[LEASES].bulk_write(
                [UpdateOne({"_id": item}, taking, upsert=True) for item in chunk], ordered=False
            )
        except BulkWriteError as error:
            # Another run was the first to lease an item that had no lease: it is theirs.
            if any(problem["code"] != 11000 for problem in error.details["writeErrors"]):
                raise
        fields = {"fence": 1, "executions": 1, "asked_at": 1}
        mine = db[LEASES].find({"_id": {"$in": list(chunk)}, "run_id": run_id}, fields)
        held |= {lease["_id"]: _held(lease, run_id) async for lease in mine}
    return held


def _held(lease: dict[str, Any], run_id: str) -> Lease:
    executions = lease.get("executions") or {}
    return Lease(lease["_id"], run_id, lease["fence"], executions, lease.get("asked_at"))


def _taking(run_id: str, seconds: float) -> list[dict[str, Any]]:
    """The update that takes an item when it is free, and leaves it alone when another run holds it."""
    is_mine = {"$eq": ["$run_id", run_id]}
    is_over = {"$lte": [{"$ifNull": ["$claimed_until", _NEVER]}, "$$NOW"]}
    is_free = {"$or": [is_mine, is_over, {"$eq": [{"$ifNull": ["$run_id", None]}, None]}]}
    fence = {"$ifNull": ["$fence", 0]}
    return [
        {"$set": {"taken": is_free, "taken_over": {"$and": [is_free, {"$not": [is_mine]}]}}},
        {
            "$set": {
                "fence": {"$cond": ["$taken_over", {"$add": [fence, 1]}, fence]},
                "claimed_until": {"$cond": ["$taken", _in(seconds), "$claimed_until"]},
                "run_id": {"$cond": ["$taken", run_id, "$run_id"]},
                "expires_at": _swept(seconds),
            }
        },
        {"$unset": ["taken", "taken_over"]},
    ]


def _in(seconds: float) -> dict[str, Any]:
    return {"$add": ["$$NOW", round(seconds * 1000)]}


def _swept(seconds: float) -> dict[str, Any]:
    """When the server may drop the lease: an hour after its end, or a month when something was paid for."""
    paid = {"$gt": [{"$size": {"$objectToArray": {"$ifNull": ["$executions", {}]}}}, 0]}
    soon = round(seconds * 1000) + _SWEPT_AFTER_MS
    return {"$add": ["$$NOW", {"$cond": [paid, PAID_KEPT_MS, soon]}]}


# The stage of an update by which nobody holds a lease any more.
_FREED: dict[str, Any] = {"$set": {"claimed_until": "$$NOW", "run_id": None, "expires_at": _swept(0)}}


@asynccontextmanager
async def renewed(db: Database, *, run_id: str, seconds: float) -> AsyncIterator[None]:
    """While the block runs, every lease of the run is renewed long before it ends.

    A renewal that fails is tried again. When none succeeds before the leases end, the block is cancelled, because
    another run may take its items, and LeaseLost is raised.
    """
    try:
        async with asyncio.TaskGroup() as group:
            renewal = group.create_task(_renew(db, run_id, seconds))
            yield
            renewal.cancel()
    except BaseExceptionGroup as failures:
        # One cause ends the block. The step's error should name it.
        raise failures.exceptions[0] from None


async def _renew(db: Database, run_id: str, seconds: float) -> None:
    from pymongo.errors import ConnectionFailure, OperationFailure

    renewed_at = time.monotonic()
    pause = seconds / _RENEWALS
    while True:
        await asyncio.sleep(pause)
        try:
            await db[LEASES].update_many(
                {"run_id": run_id}, [{"$set": {"claimed_until": _in(seconds), "expires_at": _swept(seconds)}}]
            )
        except (ConnectionFailure, OperationFailure) as error:
            if time.monotonic() - renewed_at >= seconds:
                raise LeaseLost(f"the run's leases could not be renewed: {type(error).__name__}") from None
            pause = min(1.0, seconds / _RENEWALS / 4)
        else:
            renewed_at, pause = time.monotonic(), seconds / _RENEWALS


async def touch(db: Database, held: Sequence[tuple[Lease, bool]], session: AsyncClientSession) -> None:
    """Make a transaction conflict with whoever takes one of the leases. Raises LeaseLost when somebody did.

    `held` has each lease, and whether the transaction stores the answer that was paid for, so that nothing is owed
    to its item any more.
    """
    from pymongo import UpdateOne

    if not held:
        return
    touching: dict[str, Any] = {"$set": {"touched_at": "$$NOW"}}
    settling = [touching, {"$unset": "executions"}]
    touches = [UpdateOne(lease.query, settling if settled else [touching]) for lease, settled in held]
    touched = await db[LEASES].bulk_write(touches, ordered=False, session=session)
    if touched.matched_count < len(held):
        raise LeaseLost("another run took the item over")


async def release(db: Database, items: Sequence[str], *, run_id: str) -> None:
    """Give back the items this run holds. Executions whose answers are not stored stay noted for who comes next."""
    for chunk in chunks(items):
        await _give_back(db, {"_id": {"$in": list(chunk)}, "run_id": run_id})


async def release_all(db: Database, *, run_id: str) -> None:
    """Give back everything this run holds: its last step is done."""
    await _give_back(db, {"run_id": run_id})


async def _give_back(db: Database, query: dict[str, Any]) -> None:
    await db[LEASES].update_many(query | {"executions": {"$gt": {}}}, [_FREED])
    await db[LEASES].delete_many(query | {"executions": {"$not": {"$gt": {}}}})


async def holders(db: Database) -> set[str]:
    """The runs that hold something."""
    return {run_id for run_id in await db[LEASES].distinct("run_id") if run_id is not None}


async def abandon(db: Database, run_ids: Sequence[str]) -> int:
    """Free at once what dead runs hold, with the executions asked for; returns how many items there were.

    Their items are taken up by the next run instead of when the leases end. The transactions that the runs left
    open are ended first: they hold leases, and the documents of people. What one of them holds nevertheless is left
    for the next call.
    """
    import pymongo
    from pymongo.errors import PyMongoError

    await end_sessions(db, run_ids)
    try:
        with pymongo.timeout(_FREED_WITHIN_SECONDS):
            freed = await db[LEASES].update_many(
                {"run_id": {"$in": list(run_ids)}},
                [_FREED],
            )
    except PyMongoError as error:
        if not error.timeout:
            raise
        return 0
    return freed.matched_count


async def fence_off(db: Database, query: dict[str, Any], *, session: AsyncClientSession | None = None) -> int:
    """Take the leases that the query matches away from whoever holds them; returns how many there were.

    The holder can neither pay for these items nor write them any more.
    """
    fence = {"$add": [{"$ifNull": ["$fence", 0]}, 1]}
    fenced = await db[LEASES].update_many(
        query, [{"$set": {"fence": fence, "run_id": None, "claimed_until": "$$NOW"}}], session=session
    )
    return fenced.matched_count


@dataclass(frozen=True)
class Standing:
    """The state of an item's lease."""

    is_held: bool
    fence: int


async def standing(db: Database, items: Sequence[str], *, now: dt.datetime) -> dict[str, Standing]:
    """The leases that there are of `items`, and whether some run holds them at `now`, for the sensor."""
    fields = {"claimed_until": 1, "run_id": 1, "fence": 1}
    return {
        lease["_id"]: Standing(
            is_held=lease.get("run_id") is not None and lease["claimed_until"] > now, fence=lease.get("fence", 0)
        )
        for chunk in chunks(items)
        async for lease in db[LEASES].find({"_id": {"$in": list(chunk)}}, fields)
    }
