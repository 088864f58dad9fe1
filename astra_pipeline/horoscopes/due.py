"""The people who lack a horoscope, read through indexes.

`astra.horoscope_date` of a user is the newest local date with a horoscope of theirs, so that an index finds users
without one for today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.cohort_dates import CohortDate, DueDate
from astra_pipeline.batches.cohort_texts import with_retries
from astra_pipeline.horoscopes import rules
from astra_pipeline.horoscopes.items import KIND, date_of, item_of
from astra_pipeline.horoscopes.rules import Reader
from astra_pipeline.people.person import Person
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

# People who are looked at together until one of them makes their cohort due. Nearly always the first does.
_LOOKED_AT, _LOOKED_AT_THEN = 5, 50
_CHART = "user_overview.birth_chart"
_HAS_CHART = {_CHART: {"$type": "object"}}
_SIGNS = tuple(
    f"{_CHART}.{system}.{part}"
    for system in ("vedic", "western")
    for part in ("sun_sign", "moon_sign", "rising_sign", "ascendant")
)
# The fields by which `rules.reader_of` decides.
READER_FIELDS = dict.fromkeys(("id", "user_overview.preferences.astrology_system", f"{_CHART}.engine", *_SIGNS), 1)


async def due(db: Database, zones: dict[str, str], *, now: dt.datetime) -> list[DueDate]:
    """Today's cells, where it is 06:00 or later, in which somebody lacks a horoscope, and cells with a due retry.
    retry that is due.

    A person who cannot have a horoscope, or whose retry is not due, makes no cell due. Each cohort is read through
    an index, at most as far as the first person who makes its cell due.
    """
    lacking_one = [cell for cell in today(zones, now) if await _is_lacked(db, cell, now)]
    return await with_retries(db, KIND, lacking_one, zones, date_of=date_of, now=now)


async def late(db: Database, zones: dict[str, str], *, at: dt.datetime) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody without the horoscope that was due at that moment."""
    return await lacking(db, today(zones, at), charted_by=at)


async def lacking(
    db: Database, cells: Iterable[CohortDate], *, charted_by: dt.datetime | None = None
) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody who should have a horoscope of the cell's date and has none."""
    return [
        (user["id"], cell)
        for cell in cells
        async for user in db[USERS].find(without(cell, charted_by=charted_by), READER_FIELDS)
        if can_have_one(user)
    ]


def today(zones: dict[str, str], now: dt.datetime) -> list[CohortDate]:
    """The cells of the local date, of the cohorts in which it is 06:00 or later."""
    return [CohortDate(date, key, zone) for key, zone in zones.items() if (date := rules.due_date(now, zone))]


def without(cell: CohortDate, *, charted_by: dt.datetime | None = None) -> dict[str, Any]:
    """The query for users of the cell with a chart (at that moment, if one is given) and without its horoscope."""
    return without_any([cell.cohort], cell.date, charted_by=charted_by)


def without_any(cohorts: Sequence[str], day: dt.date, *, charted_by: dt.datetime | None = None) -> dict[str, Any]:
    """The same of several cohorts with one local date."""
    date = day.isoformat()
    older = {"$or": [{"astra.horoscope_date": None}, {"astra.horoscope_date": {"$lt": date}}]}
    in_time = {f"{_CHART}.calculated_at": {"$not": {"$gt": charted_by}}} if charted_by else {}
    theirs = cohorts[0] if len(cohorts) == 1 else {"$in": list(cohorts)}
    return {"astra.cohort": theirs} | older | _HAS_CHART | in_time


def can_have_one(user: dict[str, Any]) -> bool:
    """True when a horoscope can be written for the user, of whom READER_FIELDS were read."""
    return isinstance(rules.reader_of(Person.read(user)), Reader)


async def _is_lacked(db: Database, cell: CohortDate, now: dt.datetime) -> bool:
    """Whether somebody of the cell can have its horoscope, has none, and need not wait for a retry."""
    first = await db[USERS].find(without(cell), READER_FIELDS).limit(_LOOKED_AT).to_list()
    if await _one_is_due(db, cell, first, now):
        return True
    if len(first) < _LOOKED_AT:
        return False
    others = db[USERS].find(without(cell), READER_FIELDS).skip(_LOOKED_AT).batch_size(_LOOKED_AT_THEN)
    async with others:
        while page := await others.to_list(_LOOKED_AT_THEN):
            if await _one_is_due(db, cell, page, now):
                return True
    return False


async def _one_is_due(db: Database, cell: CohortDate, users: Sequence[dict[str, Any]], now: dt.datetime) -> bool:
    items = [item_of(user["id"], cell.date) for user in users if can_have_one(user)]
    held = await failures.held(db, KIND, items=items, now=now)
    return any(item not in held for item in items)
