"""The people who lack a report, read through indexes.

`astra.report_week` of a user is the Monday of the newest week with a report for them, so that an index finds users
without one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.cohort_dates import CohortDate, DueDate
from astra_pipeline.batches.cohort_texts import with_retries
from astra_pipeline.people.field_rules import METRICS
from astra_pipeline.people.person import Person
from astra_pipeline.reports import rules
from astra_pipeline.reports.items import KIND, item_of, monday_of
from astra_pipeline.reports.talks import talks_of
from astra_pipeline.store.collections import USERS
from astra_pipeline.zones import CLOCKS_APART

if TYPE_CHECKING:
    from pymongo.asynchronous.cursor import AsyncCursor
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

# People who are looked at together until one of them makes their cohort due. Nearly always the first does.
_LOOKED_AT, _LOOKED_AT_THEN = 20, 500


async def due(db: Database, zones: dict[str, str], *, now: dt.datetime) -> list[DueDate]:
    """The cells of the ending week in which a report is lacking, and cells with a due retry.

    A cell is due from Sunday 18:00 for two days when somebody in it talked and lacks a report. A person who must
    wait for a retry makes no cell due. This reads, through an index, at most as far into each cohort as the first
    person who makes it due.
    """
    current = [cell for cell in ending(zones, now) if await _is_lacked(db, cell, now)]
    return await with_retries(db, KIND, current, zones, date_of=monday_of, now=now)


async def late(db: Database, zones: dict[str, str], *, at: dt.datetime) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody without the ending week's report that was due at that moment."""
    return await lacking(db, ending(zones, at))


def ending(zones: dict[str, str], now: dt.datetime) -> list[CohortDate]:
    """The cells of the ending week, of the cohorts in which its report is due."""
    return [CohortDate(week, key, zone) for key, zone in zones.items() if (week := rules.due_week(now, zone))]


async def lacking(db: Database, cells: Iterable[CohortDate]) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody who should have a report on the cell's week and has none."""
    return [
        (user_id, cell)
        for cell in cells
        for user_id in await _with_a_talk(db, cell, await _without(db, cell).to_list())
    ]


async def _is_lacked(db: Database, cell: CohortDate, now: dt.datetime) -> bool:
    """Whether somebody of the cell should have a report, has none, and need not wait for a retry."""
    first = await _without(db, cell).limit(_LOOKED_AT).to_list()
    if await _are_due(db, cell, first, now):
        return True
    if len(first) < _LOOKED_AT:
        return False
    people = _without(db, cell).skip(_LOOKED_AT).batch_size(_LOOKED_AT_THEN)
    async with people:
        while page := await people.to_list(_LOOKED_AT_THEN):
            if await _are_due(db, cell, page, now):
                return True
    return False


async def _are_due(db: Database, cell: CohortDate, users: Sequence[dict[str, Any]], now: dt.datetime) -> bool:
    by_item = {item_of(str(user["id"]), cell.date): user for user in users}
    held = await failures.held(db, KIND, items=list(by_item), now=now)
    return bool(await _with_a_talk(db, cell, [user for item, user in by_item.items() if item not in held]))


def _without(db: Database, cell: CohortDate) -> AsyncCursor[dict[str, Any]]:
    """Users of the cell who talked in its week or later and have no report on it."""
    start, _ = rules.window(cell.date, cell.zone)
    week = cell.date.isoformat()
    # A call counts by the date of its own place, which the last day tells; the index knows moments.
    earliest = start - CLOCKS_APART
    return db[USERS].find(
        {
            "astra.cohort": cell.cohort,
            f"{METRICS}.last_conversation_date": {"$gte": earliest},
            f"{METRICS}.last_conversation_day": {"$not": {"$lt": week}},
            "$or": [{"astra.report_week": None}, {"astra.report_week": {"$lt": week}}],
        },
        {"id": 1},
    )


async def _with_a_talk(db: Database, cell: CohortDate, users: Iterable[dict[str, Any]]) -> list[str]:
    """Of the users, those whose talks in the cell's week make a report."""
    people = [Person.read(user) for user in users]
    talks = await talks_of(db, cell, people)
    return [one.id for one in people if rules.why_not(talks.get(one.id, [])) is None]
