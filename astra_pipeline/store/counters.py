"""Counters in MongoDB: a document for each series, which any number of processes count up, and one for its day.

`astra_metrics` has the totals and is never emptied, so that no erasure, no TTL and no restart lowers a counter.
`astra_metric_days` has the same of one day (UTC), for figures over the last days, and keeps it for a year.

A process writes its counts as one bulk under a token. What a lost connection leaves open is written again under the
same token, which the documents remember, so it is counted once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.counters import CATALOG, TALLY, Count
from astra_pipeline.store import clock
from astra_pipeline.store.beside import beside
from astra_pipeline.store.collections import METRIC_DAYS, METRICS
from astra_pipeline.store.outages import is_outage

if TYPE_CHECKING:
    from pymongo import UpdateOne
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

log = structlog.get_logger(__name__)

# A series: the counter's name, then the values of its labels.
Series = tuple[str, ...]

FLUSHED_EVERY_SECONDS = 5.0
_DAYS_KEPT = 366
# Tokens that a series remembers: as many processes may write between a try and the next one.
_TOKENS_KEPT = 64
_DUPLICATE_KEY = 11000


@dataclass
class _Batch:
    """Counts that are written together, and are known by the token. Once it was tried, it stays as it is."""

    token: str
    day: str
    counts: dict[Series, Count]
    tried: bool = False

    def add(self, counts: Mapping[Series, Count]) -> None:
        """Count these as well."""
        for series, more in counts.items():
            self.counts.setdefault(series, Count()).add(more)


class Outbox:
    """The counts of a process on their way into MongoDB."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: list[_Batch] = []

    async def flush(self, db: AsyncDatabase[Document]) -> bool:
        """Write what was counted. False when MongoDB is away: the next call writes it, and counts nothing twice."""
        if counts := TALLY.take():
            self._keep(counts, clock.now().date().isoformat())
        while batch := self._next():
            try:
                await _write(db, batch)
            except BaseException as error:
                # Also when it is cut off: nobody knows whether it was written, and the token settles that.
                self._put_back(batch)
                if is_outage(error):
                    return False
                raise
        return True

    def forget(self) -> None:
        """Drop what was not written (tests)."""
        TALLY.take()
        with self._lock:
            self._batches.clear()

    def _keep(self, counts: dict[Series, Count], day: str) -> None:
        """Keep counts until they are written. However long MongoDB is away, those of a day are one batch."""
        with self._lock:
            last = self._batches[-1] if self._batches else None
            if last is not None and last.day == day and not last.tried:
                last.add(counts)
            else:
                self._batches.append(_Batch(uuid.uuid4().hex, day, counts))

    def _next(self) -> _Batch | None:
        with self._lock:
            if not self._batches:
                return None
            batch = self._batches.pop(0)
            batch.tried = True
            return batch

    def _put_back(self, batch: _Batch) -> None:
        with self._lock:
            self._batches.insert(0, batch)


OUTBOX = Outbox()


@asynccontextmanager
async def counting(db: AsyncDatabase[Document]) -> AsyncIterator[None]:
    """For the block, the process's counts are written every few seconds, and once more at its end."""
    try:
        async with beside(_keep_flushing(db)):
            yield
    finally:
        await flush(db)


async def _keep_flushing(db: AsyncDatabase[Document]) -> None:
    while True:
        await asyncio.sleep(FLUSHED_EVERY_SECONDS)
        await flush(db)


async def flush(db: AsyncDatabase[Document]) -> None:
    """Write what was counted. A fault in it is no fault of the work that was counted."""
    try:
        await OUTBOX.flush(db)
    except Exception as error:  # noqa: BLE001  (counts wait for the next try, whatever it is)
        log.warning("counts could not be written", error=type(error).__name__)


def read_totals(db: Database[Document]) -> dict[Series, Count]:
    """The total of each series that was ever counted."""
    return {tuple(document["series"]): _count(document) for document in db[METRICS].find({}, {"applied": 0})}


def read_days(db: Database[Document], first: dt.date, last: dt.date) -> dict[Series, Count]:
    """The counts of the days (UTC) from `first` to `last`, both included."""
    found: dict[Series, Count] = {}
    query = {"day": {"$gte": first.isoformat(), "$lte": last.isoformat()}}
    for document in db[METRIC_DAYS].find(query, {"applied": 0}):
        found.setdefault(tuple(document["series"]), Count()).add(_count(document))
    return found


def _count(document: Mapping[str, Any]) -> Count:
    buckets = {int(bucket): int(seen) for bucket, seen in (document.get("buckets") or {}).items()}
    return Count(document.get("value", 0.0), document.get("sum", 0.0), buckets)


async def _write(db: AsyncDatabase[Document], batch: _Batch) -> None:
    kept_until = dt.datetime.fromisoformat(batch.day).replace(tzinfo=dt.UTC) + dt.timedelta(days=_DAYS_KEPT)
    of_day = {"day": batch.day, "expires_at": kept_until}
    await _apply(db, METRICS, batch, "", {})
    await _apply(db, METRIC_DAYS, batch, f"{batch.day}|", of_day)


async def _apply(
    db: AsyncDatabase[Document], collection: str, batch: _Batch, prefix: str, fields: Mapping[str, Any]
) -> None:
    from pymongo.errors import BulkWriteError

    everything = list(batch.counts)
    try:
        await db[collection].bulk_write(
            list(_updates(batch, everything, prefix, fields, upsert=True)), ordered=False
        )
    except BulkWriteError as error:
        refused = error.details.get("writeErrors") or []
        if not refused or any(one.get("code") != _DUPLICATE_KEY for one in refused):
            raise
        # The document is there: this batch is counted in it already, or another process made it just now.
        again = [everything[one["index"]] for one in refused]
        await db[collection].bulk_write(list(_updates(batch, again, prefix, fields, upsert=False)), ordered=False)


def _updates(
    batch: _Batch, which: Sequence[Series], prefix: str, fields: Mapping[str, Any], *, upsert: bool
) -> Iterator[UpdateOne]:
    from pymongo import UpdateOne

    for series in which:
        count = batch.counts[series]
        amounts: dict[str, float] = {"value": count.value}
        if CATALOG[series[0]].buckets:
            amounts |= {"sum": count.sum} | {f"buckets.{bucket}": seen for bucket, seen in count.buckets.items()}
        update = {
            "$inc": amounts,
            "$push": {"applied": {"$each": [batch.token], "$slice": -_TOKENS_KEPT}},
            "$setOnInsert": {"series": list(series)} | dict(fields),
        }
        yield UpdateOne({"_id": prefix + "|".join(series), "applied": {"$ne": batch.token}}, update, upsert=upsert)
