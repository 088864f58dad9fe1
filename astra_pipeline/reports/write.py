"""Weekly reports: whose is due, writing a batch of them, `astra_weekly_reports`, the newest four in the overview.

`astra.report_week` of a user is the Monday of the newest week they have a report on, so that an index tells who
has none yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures, leases
from astra_pipeline.batches.cohort_dates import CohortDate, DueDate
from astra_pipeline.batches.cohort_texts import members, with_isolated_name, with_retries
from astra_pipeline.batches.cohort_texts import stored as stored_already
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.leases import Ledger
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import work_through
from astra_pipeline.errors import Conflict, NotReady
from astra_pipeline.gamification import write as metrics
from astra_pipeline.llm.runner import TaskRunner, run_task, workers
from astra_pipeline.people.room import make_room
from astra_pipeline.reports import rules as reports
from astra_pipeline.reports.input import ReportInput, report_input
from astra_pipeline.reports.rules import Talk
from astra_pipeline.reports.task import TASK
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, INSIGHTS, NOT_ERASED, REPORTS, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database as SyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

KIND = "weekly_reports"
_WRITE_ATTEMPTS = 8
_READ: dict[str, Any] = dict.fromkeys(
    (
        "id",
        "name",
        "timezone",
        "birth_timezone",
        "astra.cohort",
        "astra.report_week",
        "user_overview.preferences",
        "user_overview.gamification",
        "user_overview.recent_conversations",
        "user_overview.latest_weekly_report.week_start",
        "user_overview.weekly_reports.week_start",
        "astra.set_aside.user_overview_recent_conversations",
    ),
    1,
)


def item_of(user_id: str, monday: dt.date) -> str:
    """The id of a report, in `astra_weekly_reports`, leases and failures: the ISO week keeps it apart from a
    horoscope of its Monday."""
    return f"{user_id}@{monday:%G-W%V}"


def _monday_of(item: str) -> dt.date:
    return dt.date.fromisoformat(f"{item.rpartition('@')[2]}-1")


async def due(db: Database, zones: dict[str, str], *, now: dt.datetime) -> list[DueDate]:
    """Cells of the week that ends, where it is Sunday 18:00 or up to two days later, in which somebody who talked
    lacks a report, and other cells with a retry that is due. Who must wait for a retry makes no cell due."""
    held = await failures.held_items(db, KIND, now=now)
    cells = [CohortDate(week, key, zone) for key, zone in zones.items() if (week := reports.due_week(now, zone))]
    late = await lacking(db, cells)
    lacking_one = {cell for user_id, cell in late if item_of(user_id, cell.date) not in held}
    current = [cell for cell in cells if cell in lacking_one]
    return await with_retries(db, KIND, current, zones, date_of=_monday_of, now=now)


async def lacking(db: Database, cells: Iterable[CohortDate]) -> list[tuple[str, CohortDate]]:
    """(user, cell) of everybody who should have a report on the cell's week and has none."""
    found: list[tuple[str, CohortDate]] = []
    for cell in cells:
        start, _ = reports.window(cell.date, cell.zone)
        week = cell.date.isoformat()
        late = db[USERS].find(
            {
                "astra.cohort": cell.cohort,
                "user_overview.gamification.last_conversation_date": {"$gte": start},
                "$or": [{"astra.report_week": None}, {"astra.report_week": {"$lt": week}}],
            },
            {"id": 1},
        )
        users = await late.to_list()
        talks = await _talks(db, cell, users)
        found += [(user["id"], cell) for user in users if reports.why_not(talks.get(user["id"], [])) is None]
    return found


async def write(
    db: Database,
    cells: Sequence[CohortDate],
    sync: SyncDatabase[dict[str, Any]],
    runner: TaskRunner,
    *,
    run_id: str,
    chosen: Scope,
    now: dt.datetime,
    progress: Callable[[BatchResult], None] | None = None,
) -> tuple[BatchResult, dict[str, CohortDate]]:
    """Write the reports of the cells' people that are not there yet (all, when forced), and bring
    `latest_weekly_report` and `weekly_reports` up to date. Items are `item_of(user, Monday)`; the second value says
    of which cell each is. None is written before its Sunday evening, forced or not: the rest of the week would be
    missing.
    """
    result = BatchResult()
    cell_of: dict[str, CohortDate] = {}
    wanted: dict[str, tuple[CohortDate, dict[str, Any], list[Talk]]] = {}
    there: dict[str, dict[str, Any]] = {}
    for cell in cells:
        users = await members(db, cell, chosen, _READ)
        talks = await _talks(db, cell, users)
        if not chosen.force:
            there |= await stored_already(db[REPORTS], [item_of(user["id"], cell.date) for user in users])
        week = cell.date.isoformat()
        for user in users:
            item, mine = item_of(user["id"], cell.date), talks.get(user["id"], [])
            cell_of[item] = cell
            if reason := reports.why_not(mine):
                result.skipped[item] = reason
            elif now < reports.due_at(cell.date, cell.zone):
                result.skipped[item] = "not before Sunday evening"
            elif (stored := there.get(item)) is not None:
                if (at_path(user, "astra.report_week") or "") < week:
                    await _project(db, stored)
                result.unchanged.append(item)
            elif not chosen.force and cell.date in reports.listed_weeks(user):
                # The old system's is there: it is kept, and none is paid for.
                await db[USERS].update_one({"id": user["id"]}, {"$max": {"astra.report_week": week}})
                result.unchanged.append(item)
            else:
                wanted[item] = cell, user, mine
    inputs = _inputs(sync, wanted, now)
    subjects = [Subject(item, user_id=user["id"]) for item, (_, user, _) in wanted.items()]
    ledger = Ledger(db, run_id=run_id, anew=chosen.force)

    async def done_meanwhile(items: Sequence[str]) -> set[str]:
        faster = await stored_already(db[REPORTS], items)
        for stored in faster.values():
            await _project(db, stored)
        return set(faster)

    async def compose(subject: Subject) -> bool:
        cell, user, talks = wanted[subject.item]
        if reason := reports.unready(talks):
            raise NotReady(reason)
        task_input, stats = inputs[subject.item]
        text = await run_task(runner, TASK, task_input, item=subject.item, ledger=ledger)
        generated = dt.datetime.now(dt.UTC)
        kept = settings().astra_report_retention_days
        stored = {
            "_id": subject.item,
            "user_id": user["id"],
            "week_start": task_input.week_start,
            "week_end": task_input.week_end,
            "cohort": cell.cohort,
            "timezone": cell.zone,
            "content": with_isolated_name(text.content, user),
            "stats": stats,
            "conversation_ids": [talk.conversation_id for talk in talks],
            "input": task_input.model_dump(),
            "generated_at": generated,
            "expires_at": generated + dt.timedelta(days=kept) if kept else None,
            "task_id": str(TASK.task_id),
            "run_id": run_id,
        }
        await db[REPORTS].replace_one({"_id": subject.item}, stored, upsert=True)
        await _project(db, stored)
        return True

    worked = await work_through(
        db,
        KIND,
        subjects,
        compose,
        run_id=run_id,
        concurrency=workers(),
        even_if_held=chosen.insists,
        limit=chosen.limit,
        patience=reports.CAUGHT_UP_FOR,
        done_meanwhile=None if chosen.force else done_meanwhile,
        progress=progress,
    )
    await leases.release_all(db, run_id=run_id)
    worked.skipped |= result.skipped
    worked.unchanged += result.unchanged
    return worked, cell_of


async def _talks(db: Database, cell: CohortDate, users: Sequence[Mapping[str, Any]]) -> dict[str, list[Talk]]:
    """User -> their completed conversations of the local week, with what was told of each, by us or before us; and
    those of the evening before it that came too late for the report of then."""
    by_id = {user["id"]: user for user in users}
    _, end = reports.window(cell.date, cell.zone)
    start, monday = reports.told_late(cell.date, cell.zone)
    documents = [
        document
        for chunk in chunks(list(by_id))
        async for document in db[CONVERSATIONS].find(
            {"user_id": {"$in": list(chunk)}, "status": "completed", "ended_at": {"$gte": start, "$lt": end}}
            | NOT_ERASED,
            {"conversation_id": 1, "user_id": 1, "ended_at": 1, "metadata.transcript_processed": 1},
        )
        if isinstance(document.get("conversation_id"), str)
    ]
    told_then = await _told_then(db, cell, [d["user_id"] for d in documents if d["ended_at"] < monday])
    documents = [
        document
        for document in documents
        if document["ended_at"] >= monday
        or document["conversation_id"] not in told_then.get(document["user_id"], {document["conversation_id"]})
    ]
    ids = [document["conversation_id"] for document in documents]
    outputs = {
        insight["_id"]: insight["output"]
        for chunk in chunks(ids)
        async for insight in db[INSIGHTS].find({"_id": {"$in": list(chunk)}}, {"output": 1})
    }
    parked = {
        failure["conversation_id"]
        for chunk in chunks(ids)
        async for failure in db[FAILURES].find(
            {"conversation_id": {"$in": list(chunk)}, "parked_at": {"$ne": None}}, {"conversation_id": 1}
        )
    }
    talks: dict[str, list[Talk]] = {}
    for document in documents:
        key = document["conversation_id"]
        output = outputs.get(key)
        if output is None and at_path(document, "metadata.transcript_processed"):
            output = reports.told_before(by_id[document["user_id"]], key, document["ended_at"])
        talk = Talk(key, document["ended_at"], output, key in parked, late=document["ended_at"] < monday)
        talks.setdefault(document["user_id"], []).append(talk)
    return talks


async def _told_then(db: Database, cell: CohortDate, users: Sequence[str]) -> dict[str, set[str]]:
    """User -> conversations that the report on the week before the cell's tells, of those who have one."""
    before = cell.date - dt.timedelta(weeks=1)
    written = await stored_already(db[REPORTS], [item_of(user, before) for user in dict.fromkeys(users)])
    return {report["user_id"]: set(report["conversation_ids"]) for report in written.values()}


def _inputs(
    db: SyncDatabase[dict[str, Any]],
    wanted: Mapping[str, tuple[CohortDate, dict[str, Any], list[Talk]]],
    now: dt.datetime,
) -> dict[str, tuple[ReportInput, dict[str, Any]]]:
    """Item -> (task input, stats). The sky of the week to come is searched once, streaks are counted per cell."""
    from astra_pipeline.astrology.sky import events

    step = dt.timedelta(days=1)
    inputs: dict[str, tuple[ReportInput, dict[str, Any]]] = {}
    skies: dict[dt.date, list[dict[str, Any]]] = {}
    for cell in dict.fromkeys(cell for cell, _, _ in wanted.values()):
        mine = {item: (user, talks) for item, (its, user, talks) in wanted.items() if its == cell}
        _, end = reports.window(cell.date, cell.zone)
        if cell.date not in skies:
            following = dt.datetime.combine(cell.date + 7 * step, dt.time(), tzinfo=dt.UTC)
            skies[cell.date] = events(following - step, following + 8 * step, kinds=("phase", "station"))
        as_of = min(now, end - dt.timedelta(milliseconds=1))
        standings = metrics.standings(db, [user for user, _ in mine.values()], as_of=as_of)
        for item, (user, talks) in mine.items():
            then = standings[user["id"]]
            week = reports.stats(user, talks, cell.date, cell.zone, streak=then.streak_days)
            task_input = report_input(
                user,
                talks,
                cell.date,
                cell.zone,
                week=week,
                total=then.total_conversations,
                events=skies[cell.date],
            )
            inputs[item] = task_input, week
    return inputs


async def _project(db: Database, stored: Mapping[str, Any]) -> None:
    """Bring the overview's reports up to date, and mark the week as done.

    Computed from all of the person's reports and written on the condition that nobody wrote in between. Raises
    Conflict after several tries.
    """
    user_id = stored["user_id"]
    for _ in range(_WRITE_ATTEMPTS):
        await make_room(db, user_id)
        user = await db[USERS].find_one(
            {"id": user_id}, {"user_overview.weekly_reports": 1, "user_overview.latest_weekly_report": 1}
        )
        overview = (user or {}).get("user_overview") or {}
        ours = db[REPORTS].find({"user_id": user_id}).sort("week_start", -1).limit(reports.KEPT_IN_OVERVIEW)
        shown = [reports.shown(report) async for report in ours]
        listed, latest = reports.newest(shown, overview.get("weekly_reports"), overview.get("latest_weekly_report"))
        written = await db[USERS].update_one(
            {
                "id": user_id,
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
    raise Conflict(f"user_overview changed under {_WRITE_ATTEMPTS} attempts to show a report in it")
