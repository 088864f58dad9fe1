"""The figures of each wanted week, and the inputs of the task. It blocks: call it in a thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.gamification.progress import progress_of
from astra_pipeline.reports import rules
from astra_pipeline.reports.input import ReportInput, report_input
from astra_pipeline.reports.items import item_of
from astra_pipeline.reports.last_letter import WEEKS_BACK
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import REPORTS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    from astra_pipeline.reports.write import Wanted

_DAY, _WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
_LETTER = {"user_id": 1, "week_start": 1, "asked": 1, "used_phrases": 1}


@dataclass(frozen=True)
class Week:
    """One person's week: the task's input, and the figures stored beside the report."""

    task_input: ReportInput
    stats: dict[str, Any]


def weeks(db: Database[dict[str, Any]], wanted: Sequence[Wanted], now: dt.datetime) -> dict[str, Week]:
    """Item -> week. The sky of the following week is searched once a week, streaks are counted once a cell."""
    found: dict[str, Week] = {}
    skies: dict[dt.date, list[SkyEvent]] = {}
    for cell in dict.fromkeys(one.cell for one in wanted):
        if cell.date not in skies:
            skies[cell.date] = _events_after(cell.date)
        of_cell = [one for one in wanted if one.cell == cell]
        found |= _of_cell(db, cell, of_cell, skies[cell.date], now)
    return found


def _of_cell(
    db: Database[dict[str, Any]],
    cell: CohortDate,
    wanted: Sequence[Wanted],
    events: Sequence[SkyEvent],
    now: dt.datetime,
) -> dict[str, Week]:
    _, end = rules.window(cell.date, cell.zone)
    as_of = min(now, end - dt.timedelta(milliseconds=1))
    progress = progress_of(db, [one.person for one in wanted], as_of=as_of)
    letters = _letters_before(db, cell.date, [one.person.id for one in wanted])
    found = {}
    for one in wanted:
        then = progress[one.person.id]
        stats = rules.stats(one.person, one.talks, cell.date, cell.zone, streak=then.streak_days)
        task_input = report_input(
            one.person,
            one.talks,
            cell.date,
            cell.zone,
            week=stats,
            total=then.total_conversations,
            events=events,
            before=letters.get(one.person.id),
        )
        found[item_of(one.person.id, cell.date)] = Week(task_input, stats)
    return found


def _letters_before(
    db: Database[dict[str, Any]], monday: dt.date, users: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """User -> their newest letter of the weeks before `monday`, as far as one is taken up."""
    weeks_back = [monday - number * _WEEK for number in range(1, WEEKS_BACK + 1)]
    items = [item_of(user, week) for user in dict.fromkeys(users) for week in weeks_back]
    found: dict[str, dict[str, Any]] = {}
    for chunk in chunks(items):
        for letter in db[REPORTS].find({"_id": {"$in": list(chunk)}}, _LETTER):
            known = found.get(letter["user_id"])
            if known is None or known["week_start"] < letter["week_start"]:
                found[letter["user_id"]] = letter
    return found


def _events_after(monday: dt.date) -> list[SkyEvent]:
    """Phases and stations of the week after the one that begins on `monday`, in every time zone."""
    from astra_pipeline.astrology.sky import events

    following = dt.datetime.combine(monday + 7 * _DAY, dt.time(), tzinfo=dt.UTC)
    found = events(following - _DAY, following + 8 * _DAY, kinds=("phase", "station"))
    return [SkyEvent.read(event) for event in found]
