"""The service of weekly reports: writes them into `astra_weekly_reports`, and the newest four into the overview."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.cohort_texts import content_of as stored_content
from astra_pipeline.batches.cohort_texts import members, previewed, refused_texts, with_isolated_name
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.transactions import Write
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.counters import WRITES, count
from astra_pipeline.errors import Conflict, NotReady
from astra_pipeline.judge.input import judge_input
from astra_pipeline.judge.review import Judged, Reading, composed_answer, run_judged
from astra_pipeline.language.composing import Memory
from astra_pipeline.llm.runner import workers
from astra_pipeline.people.person import Person
from astra_pipeline.people.room import make_room
from astra_pipeline.reports import rules
from astra_pipeline.reports.due import due, lacking, late
from astra_pipeline.reports.input import ReportInput
from astra_pipeline.reports.items import KIND, item_of
from astra_pipeline.reports.last_letter import carried_over
from astra_pipeline.reports.rules import Talk
from astra_pipeline.reports.talks import talks_of
from astra_pipeline.reports.task import TASK, WeeklyReportText
from astra_pipeline.reports.weeks import Week, weeks
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.collections import NOT_ERASED, REPORTS, USERS
from astra_pipeline.store.present import stored as stored_already

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

__all__ = ["KIND", "content_of", "due", "is_past", "item_of", "lacking", "late", "preview", "refused", "write"]

_WRITE_ATTEMPTS = 8
_READ: dict[str, Any] = dict.fromkeys(
    (
        "id",
        "name",
        "timezone",
        "birth_timezone",
        "astra.cohort",
        "astra.care",
        "astra.report_week",
        "user_overview.preferences",
        "user_overview.gamification",
        "user_overview.recent_conversations",
        "user_overview.birth_chart",
        "user_overview.latest_weekly_report.week_start",
        "user_overview.weekly_reports.week_start",
        "astra.set_aside.user_overview_recent_conversations",
    ),
    1,
)


@dataclass(frozen=True)
class Wanted:
    """A report to be written: its person, its week and the conversations of the week."""

    cell: CohortDate
    person: Person
    talks: Sequence[Talk]


async def write(work: Work, scope: Scope) -> BatchResult:
    """Write the reports that the people of the scope's cells lack; all of them when forced.

    The overview's reports are brought up to date. An item is `item_of(user, Monday)`. No report is written before
    its Sunday evening, forced or not: the rest of the week would be missing.
    """
    batch = await _read(work, scope)
    figures = await asyncio.to_thread(weeks, work.sync, list(batch.wanted.values()), work.now)
    subjects = [Subject(item, user_id=one.person.id) for item, one in batch.wanted.items()]
    result = await work.through(
        _Writing(work, scope, batch.wanted, figures),
        subjects,
        scope,
        concurrency=workers(),
        patience=rules.CAUGHT_UP_FOR,
    )
    await leases.release_all(work.db, run_id=work.run_id)
    result.add(batch.result)
    return result


async def preview(work: Work, items: Sequence[str]) -> Preview:
    """A few of the reports, by person."""
    return await previewed(work.db[REPORTS], items)


async def refused(db: Database, *, at_most: int) -> list[dict[str, str]]:
    """{item, problem} of the reports written last that break their contract."""
    return await refused_texts(db[REPORTS], TASK.output_model, at_most=at_most)


async def content_of(db: Database, item: str) -> str | None:
    """The text of a stored report."""
    return await stored_content(db[REPORTS], item)


def is_past(cell: CohortDate, now: dt.datetime) -> bool:
    """True unless the cell's week is the one whose report is due now in the cohort's zone."""
    return rules.due_week(now, cell.zone) != cell.date


@dataclass
class _Batch:
    """The reports to be written, and the outcome for everybody else."""

    wanted: dict[str, Wanted] = field(default_factory=dict)
    result: BatchResult = field(default_factory=BatchResult)


async def _read(work: Work, scope: Scope) -> _Batch:
    """Sort the people of the scope's cells: to be written for, skipped with a reason, or served already."""
    batch = _Batch()
    for cell in scope.cohort_dates:
        people = [Person.read(document) for document in await members(work.db, cell, scope, _READ)]
        talks = await talks_of(work.db, cell, people)
        written: Mapping[str, Any] = {}
        if not scope.force:
            written = await stored_already(work.db[REPORTS], [item_of(one.id, cell.date) for one in people])
        for person in people:
            await _sort_in(work, scope, batch, Wanted(cell, person, talks.get(person.id, [])), written)
    return batch


async def _sort_in(
    work: Work, scope: Scope, batch: _Batch, one: Wanted, written: Mapping[str, Mapping[str, Any]]
) -> None:
    cell, person = one.cell, one.person
    item, result = item_of(person.id, cell.date), batch.result
    result.cohort_dates[item] = cell
    if reason := rules.why_not(one.talks):
        result.skipped[item] = reason
    elif work.now < rules.due_at(cell.date, cell.zone):
        result.skipped[item] = "not before Sunday evening"
    elif (stored := written.get(item)) is not None:
        if person.marks.report_week is None or person.marks.report_week < cell.date:
            await _project(work.db, stored)
        result.unchanged.append(item)
    elif not scope.force and cell.date in rules.listed_weeks(person):
        # The old system's report is there: it is kept, and none is paid for.
        await work.db[USERS].update_one(
            {"id": person.id} | NOT_ERASED, {"$max": {"astra.report_week": cell.date.isoformat()}}
        )
        result.unchanged.append(item)
    else:
        batch.wanted[item] = one


class _Writing(Stage):
    kind = KIND

    def __init__(self, work: Work, scope: Scope, wanted: Mapping[str, Wanted], figures: Mapping[str, Week]) -> None:
        self._work, self._scope, self._wanted, self._weeks = work, scope, wanted, figures
        self._executions = work.executions(scope)

    async def do(self, subject: Subject) -> bool:
        one = self._wanted[subject.item]
        if reason := rules.unready(one.talks):
            raise NotReady(reason)
        week = self._weeks[subject.item]
        reading = _reading(week.task_input)
        text = await run_judged(
            self._work, TASK, week.task_input, reading, item=subject.item, ledger=self._executions
        )
        stored = _stored(subject.item, one, week, text, run_id=self._work.run_id)
        written = Write(REPORTS, {"_id": subject.item}, stored, upsert=True, replaces=True)
        await self._work.write(subject, [written], settled=True)
        await _project(self._work.db, stored)
        return True

    async def done_meanwhile(self, items: Sequence[str]) -> Collection[str]:
        if self._scope.force:
            return ()
        faster = await stored_already(self._work.db[REPORTS], items)
        for stored in faster.values():
            await _project(self._work.db, stored)
        return set(faster)


def _reading(task_input: ReportInput) -> Reading[WeeklyReportText]:
    """The judge's view of a report."""
    care, name = task_input.care, task_input.name
    return Reading(
        of=lambda text: judge_input("weekly report", text.content, task_input, care=care, name=name),
        composed=lambda _: composed_answer(TASK, task_input),
    )


def _stored(item: str, one: Wanted, week: Week, text: Judged[WeeklyReportText], *, run_id: str) -> dict[str, Any]:
    """The document of a report."""
    generated, kept = clock.now(), settings().astra_report_retention_days
    return {
        "_id": item,
        "user_id": one.person.id,
        "week_start": week.task_input.week_start,
        "week_end": week.task_input.week_end,
        "cohort": one.cell.cohort,
        "timezone": one.cell.zone,
        "content": with_isolated_name(text.answer.content, one.person),
        "stats": week.stats,
        "asked": carried_over(text.answer.content, week.task_input.intention),
        "used_phrases": _memory(week, text.answer),
        "conversation_ids": [talk.conversation_id for talk in one.talks],
        "input": week.task_input.model_dump(),
        "generated_at": generated,
        "expires_at": generated + dt.timedelta(days=kept) if kept else None,
        "task_id": str(TASK.task_id),
        "run_id": run_id,
    } | text.marks


def _memory(week: Week, answer: WeeklyReportText) -> dict[str, str]:
    """The phrases that the composer used in this letter and the ones before, for the next one to avoid."""
    monday = dt.date.fromisoformat(week.task_input.week_start)
    return Memory.read(week.task_input.used_phrases).with_day(monday, [answer.phrases]).as_stored()


async def _project(db: Database, stored: Mapping[str, Any]) -> None:
    """Bring the overview's reports up to date, and mark the week as done.

    They are computed from all of the person's reports, and written unless the overview was written in between.
    Raises Conflict after several tries.
    """
    user_id = stored["user_id"]
    person = {"id": user_id} | NOT_ERASED
    for _ in range(_WRITE_ATTEMPTS):
        await make_room(db, user_id)
        user = await db[USERS].find_one(
            person, {"user_overview.weekly_reports": 1, "user_overview.latest_weekly_report": 1}
        )
        if user is None:
            return  # erased meanwhile
        overview = user.get("user_overview") or {}
        ours = db[REPORTS].find({"user_id": user_id}).sort("week_start", -1).limit(rules.KEPT_IN_OVERVIEW)
        shown = [rules.shown(report) async for report in ours]
        listed, latest = rules.newest(shown, overview.get("weekly_reports"), overview.get("latest_weekly_report"))
        written = await db[USERS].update_one(
            person
            | {
                "user_overview.weekly_reports": overview.get("weekly_reports"),
                "user_overview.latest_weekly_report": overview.get("latest_weekly_report"),
            },
            {
                "$set": {
                    "user_overview.weekly_reports": listed,
                    "user_overview.latest_weekly_report": latest,
                    "user_overview.last_updated": stored["generated_at"],
                    "user_overview.updated_by": stored["run_id"],
                },
                "$max": {"astra.report_week": stored["week_start"]},
            },
        )
        if written.matched_count:
            return
        count(WRITES, outcome="conflict")
    count(WRITES, outcome="failed")
    raise Conflict(f"user_overview changed under {_WRITE_ATTEMPTS} attempts to show a report in it")
