"""`astra_promises`: the figures of each day (UTC), a document a day, `_id` "2026-11-28"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.promises.table import Figure, Measured
from astra_pipeline.store.collections import PROMISES

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]


def write(db: Database[Document], measured: Measured) -> bool:
    """Store a day's figures; whether they differ from what was stored."""
    stored = {
        "figures": _stored(measured.figures),
        "assets": _stored(measured.assets),
    }
    before = db[PROMISES].find_one({"_id": measured.day}, {"figures": 1, "assets": 1})
    if before is not None and {name: before.get(name) for name in stored} == stored:
        return False
    document = stored | {"computed_at": measured.computed_at}
    db[PROMISES].replace_one({"_id": measured.day}, document, upsert=True)
    return True


def to_measure(db: Database[Document], now: dt.datetime) -> str | None:
    """The day (UTC) that lacks its figures at `now`: yesterday once it is over, else today so far; or none."""
    yesterday, today = ((now - dt.timedelta(days=days)).date().isoformat() for days in (1, 0))
    found = {one["_id"]: one["computed_at"] for one in db[PROMISES].find({"_id": {"$in": [yesterday, today]}})}
    if yesterday not in found or found[yesterday].date().isoformat() <= yesterday:
        return yesterday
    return None if today in found else today


def is_over(measured: Measured) -> bool:
    """Whether the day was over when it was measured."""
    return measured.computed_at.date().isoformat() > measured.day


def latest(db: Database[Document]) -> Measured | None:
    """The newest day that was measured; None when none was."""
    return next(iter(newest(db, 1)), None)


def newest(db: Database[Document], days: int) -> list[Measured]:
    """The newest days that were measured, the newest first."""
    return [_measured(document) for document in db[PROMISES].find().sort("_id", -1).limit(days)]


def _stored(figures: Mapping[str, Figure]) -> Document:
    return {name: {"value": figure.value, "of": figure.of} for name, figure in figures.items()}


def _measured(document: Document) -> Measured:
    return Measured(
        day=document["_id"],
        computed_at=document["computed_at"],
        figures={name: Figure(**figure) for name, figure in (document.get("figures") or {}).items()},
        assets={name: Figure(**figure) for name, figure in (document.get("assets") or {}).items()},
    )
