"""The stored skies, `astra_daily_sky`: one document a UTC date, whose `_id` is the ISO date.

Only `refresh`, the service of the asset `daily_sky`, stores any. Readers that find none compute it for themselves.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.charts.sky import Sky, computed
from astra_pipeline.store.collections import SKIES

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

Skies = Mapping[dt.date, Sky]
"""UTC date -> its sky."""

_DAY = dt.timedelta(days=1)


def missing(db: Database[dict[str, Any]], dates: Sequence[dt.date]) -> list[dt.date]:
    """The UTC dates whose sky is not stored, or was computed by another version of the engine."""
    present = {document["_id"] for document in db[SKIES].find(_of_this_engine(dates), {"_id": 1})}
    return [date for date in dates if date.isoformat() not in present]


def refresh(db: Database[dict[str, Any]], dates: Sequence[dt.date], *, force: bool = False) -> BatchResult:
    """Compute and store the skies of the UTC dates that are missing; of all of them when forced.

    An item is a date.
    """
    result = BatchResult()
    due = set(dates if force else missing(db, dates))
    for date in dates:
        item = date.isoformat()
        if date in due:
            db[SKIES].replace_one({"_id": item}, {**computed(date).document, "_id": item}, upsert=True)
            result.done.append(item)
        else:
            result.unchanged.append(item)
    return result


async def stored(db: AsyncDatabase[dict[str, Any]], dates: Sequence[dt.date]) -> dict[dt.date, Sky]:
    """UTC date -> its stored sky, of the dates that have one by this version of the engine."""
    found = db[SKIES].find(_of_this_engine(dates))
    return {sky.date: sky async for sky in (Sky.read(document) async for document in found)}


async def around(db: AsyncDatabase[dict[str, Any]], dates: Iterable[dt.date]) -> Skies:
    """The skies of local dates and of the UTC dates next to them, whatever the time zone.

    A sky that is not stored is computed in a thread, and not stored. Raises BadBirth for a date that the ephemeris
    does not cover.
    """
    wanted = sorted({date + step * _DAY for date in dates for step in (-1, 0, 1)})
    found = await stored(db, wanted)
    lacking = [date for date in wanted if date not in found]
    return found | await asyncio.to_thread(_computed, lacking) if lacking else found


def _computed(dates: Sequence[dt.date]) -> dict[dt.date, Sky]:
    return {date: computed(date) for date in dates}


def _of_this_engine(dates: Sequence[dt.date]) -> dict[str, Any]:
    from astra_pipeline.astrology.sky import SKY_VERSION

    return {"_id": {"$in": [date.isoformat() for date in dates]}, "engine.version": SKY_VERSION}
