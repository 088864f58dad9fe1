"""People who lack a report, read through indexes.

`astra.report_week` of a user is the Monday of the newest week they have a report on, so that an index tells who has
none yet.
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
    """The cells of the week that ends, where it is Sunday 18:00 or up to two days later, in which somebody who
    talked lacks a report, and other cells with a retry that is due. A person who must wait for a retry makes no
    cell due."""
    held = await failures.held(db, KIND, now=now)
    cells = ending(zones, now)
    without = await lacking(db, cells)
    lacking_one = {cell for user_id, cell in without if item_of(user_id, cell.date) not in held}
    current = [cell for cell in cells if cell in lacking_one]
    return await with_retries(db, KIND, current, zones, date_of=monday_of, now=now)


async def late(db: Database, zones: dict[str, str], *, at: dt.datetime) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody who should have had the ending week's report at that moment, and has none."""
    return await lacking(db, ending(zones, at))


def ending(zones: dict[str, str], now: dt.datetime) -> list[CohortDate]:
    """The cells of the week that ends, of the cohorts where its report is due."""
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
