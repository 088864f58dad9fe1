"""The people who lack a report, read through indexes.

`astra.report_week` of a user is the Monday of the newest week with a report for them, so that an index finds users
without one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.cohort_dates import CohortDate, DueDate
from astra_pipeline.batches.cohort_texts import with_retries
from astra_pipeline.people.person import Person
from astra_pipeline.reports import rules
from astra_pipeline.reports.items import KIND, item_of, monday_of
from astra_pipeline.reports.talks import talks_of
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]


async def due(db: Database, zones: dict[str, str], *, now: dt.datetime) -> list[DueDate]:
    """The cells of the ending week in which a report is lacking, and cells with a due retry.

    A cell is due from Sunday 18:00 for two days when somebody in it talked and lacks a report. A person who must
    wait for a retry makes no cell due.
    """
    held = await failures.held(db, KIND, now=now)
    cells = ending(zones, now)
    without = await lacking(db, cells)
    lacking_one = {cell for user_id, cell in without if item_of(user_id, cell.date) not in held}
    current = [cell for cell in cells if cell in lacking_one]
    return await with_retries(db, KIND, current, zones, date_of=monday_of, now=now)


async def late(db: Database, zones: dict[str, str], *, at: dt.datetime) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody without the ending week's report that was due at that moment."""
    return await lacking(db, ending(zones, at))


def ending(zones: dict[str, str], now: dt.datetime) -> list[CohortDate]:
    """The cells of the ending week, of the cohorts in which its report is due."""
    return [CohortDate(week, key, zone) for key, zone in zones.items() if (week := rules.due_week(now, zone))]


async def lacking(db: Database, cells: Iterable[CohortDate]) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody who should have a report on the cell's week and has none."""
    found: list[tuple[str, CohortDate]] = []
    for cell in cells:
        start, _ = rules.window(cell.date, cell.zone)
        week = cell.date.isoformat()
        without = db[USERS].find(
            {
                "astra.cohort": cell.cohort,
                "user_overview.gamification.last_conversation_date": {"$gte": start},
                "$or": [{"astra.report_week": None}, {"astra.report_week": {"$lt": week}}],
            },
            {"id": 1},
        )
        people = [Person.read(user) async for user in without]
        talks = await talks_of(db, cell, people)
        found += [(one.id, cell) for one in people if rules.why_not(talks.get(one.id, [])) is None]
    return found
