"""`astra_daily_sky`: one document a UTC date, `_id` its ISO date; and how charts are spread over ascendants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.errors import NotFound
from astra_pipeline.store.collections import SKIES, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

Skies = Mapping[dt.date, Mapping[str, Any]]
"""UTC date -> the stored sky of it."""


def missing(db: Database[dict[str, Any]], dates: Sequence[dt.date]) -> list[dt.date]:
    """Those of `dates` whose sky is not stored, or was computed by another version of the engine."""
    from astra_pipeline.astrology.ephemeris import VERSION

    wanted = [date.isoformat() for date in dates]
    stored = db[SKIES].find({"_id": {"$in": wanted}, "engine.version": VERSION}, {"_id": 1})
    present = {document["_id"] for document in stored}
    return [date for date in dates if date.isoformat() not in present]


def refresh(db: Database[dict[str, Any]], dates: Sequence[dt.date], *, force: bool = False) -> BatchResult:
    """Compute and store the skies of `dates` that are missing (all, when forced)."""
    result = BatchResult()
    due = set(dates if force else missing(db, dates))
    for date in dates:
        if date not in due:
            result.unchanged.append(date.isoformat())
            continue
        from astra_pipeline.astrology import sky  # not for skies that are there

        document = sky.day(date)
        db[SKIES].replace_one({"_id": document["date"]}, document | {"_id": document["date"]}, upsert=True)
        result.done.append(document["date"])
    return result


def of(db: Database[dict[str, Any]], date: dt.date) -> dict[str, Any]:
    """The stored sky of a date. Raises NotFound."""
    document = db[SKIES].find_one({"_id": date.isoformat()})
    if document is None:
        raise NotFound(f"astra_daily_sky has no {date}: materialise daily_sky for it")
    return document


def around(db: Database[dict[str, Any]], dates: Iterable[dt.date]) -> Skies:
    """The skies of the UTC dates around local dates: computed and stored where they are missing."""
    step = dt.timedelta(days=1)
    wanted = sorted({date + step * days for date in dates for days in (-1, 0, 1)})
    refresh(db, wanted)
    found = db[SKIES].find({"_id": {"$in": [date.isoformat() for date in wanted]}})
    return {dt.date.fromisoformat(document["_id"]): document for document in found}


def ascendants(db: Database[dict[str, Any]], cohorts: Sequence[str]) -> dict[str, int]:
    """Vedic ascendant -> users of the cohorts, the most frequent first."""
    groups = db[USERS].aggregate(
        [
            {"$match": {"astra.cohort": {"$in": list(cohorts)}, "user_overview.birth_chart.engine": {"$ne": None}}},
            {"$group": {"_id": "$user_overview.birth_chart.vedic.ascendant", "users": {"$sum": 1}}},
            {"$sort": {"users": -1, "_id": 1}},
        ]
    )
    # An old document may hold anything there.
    return {group["_id"]: group["users"] for group in groups if isinstance(group["_id"], str)}
