"""Texts on request, by the way the assets write them: one person's (`astra horoscope`, `astra report`), and for the
demo everybody's."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import dagster as dg

from astra_pipeline.batches.cohort_dates import Cell, Chosen
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.charts import skies
from astra_pipeline.cli import stack
from astra_pipeline.defs.conversations.sensors import FIRST_DAY_TAG, LAST_DAY_TAG
from astra_pipeline.errors import NotWritten
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.llm.runner import TaskRunner, TaskRunnerResource
from astra_pipeline.orchestration.cohort_texts import GRID_TAGS
from astra_pipeline.people import cohorts
from astra_pipeline.reports import rules as report_rules
from astra_pipeline.reports import write as reports
from astra_pipeline.store.mongo import HOROSCOPES, REPORTS, MongoResource
from astra_pipeline.zones import week_of

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    SyncDatabase = Database[dict[str, Any]]

Write = Callable[[Any, TaskRunner], Awaitable[tuple[BatchResult, dict[str, Cell]]]]


def horoscope(home: Path, user_id: str, *, date: dt.date | None, force: bool) -> str:
    """The horoscope of a local date (default: today's). Raises NotWritten with the reason, NotFound."""
    now = dt.datetime.now(dt.UTC)
    with _database(home) as db:
        cohort, zone = _cohort(db, user_id)
        cell = Cell(date or now.astimezone(ZoneInfo(zone)).date(), cohort, zone)
        chosen, run_id = Chosen((user_id,), force), _run_id()

        async def write(connected: Any, runner: TaskRunner) -> tuple[BatchResult, dict[str, Cell]]:
            around = await skies.around(connected, [cell.date])
            return await horoscopes.write(connected, [cell], around, runner, run_id=run_id, chosen=chosen, now=now)

        return _text(db, HOROSCOPES, horoscopes.item_of(user_id, cell.date), write)


def report(home: Path, user_id: str, *, week: dt.date | None, force: bool) -> str:
    """The report on the local week a date lies in (default: the last one due). Raises NotWritten, NotFound."""
    now = dt.datetime.now(dt.UTC)
    with _database(home) as db:
        cohort, zone = _cohort(db, user_id)
        cell = Cell(week_of(week) if week else report_rules.last_due(now, zone), cohort, zone)
        chosen, run_id = Chosen((user_id,), force), _run_id()

        def write(connected: Any, runner: TaskRunner) -> Awaitable[tuple[BatchResult, dict[str, Cell]]]:
            return reports.write(connected, [cell], db, runner, run_id=run_id, chosen=chosen, now=now)

        return _text(db, REPORTS, reports.item_of(user_id, cell.date), write)


@contextmanager
def _database(home: Path) -> Iterator[SyncDatabase]:
    """The database, and the runner your services name; with the embedded one the rules the sandbox works by."""
    embedded = {} if os.environ.get("MONGODB_URI") else {"ASTRA_TASK_RUNNER": "offline"}
    with stack.environment(**embedded), stack.database(home) as db:
        yield db


def _cohort(db: SyncDatabase, user_id: str) -> tuple[str, str]:
    key = cohorts.place(db, user_id)
    return key, cohorts.zones(db)[key]


def _run_id() -> str:
    return f"cli-{uuid.uuid4()}"


def _text(db: SyncDatabase, collection: str, item: str, write: Write) -> str:
    async def run() -> BatchResult:
        async with MongoResource().connect() as connected, TaskRunnerResource().open() as runner:
            result, _ = await write(connected, runner)
            return result

    result = asyncio.run(run())
    stored = db[collection].find_one({"_id": item})
    reasons = [*result.skipped.values(), *result.waiting.values(), *(f.message for f in result.failed)]
    if stored is None or reasons:
        raise NotWritten(f"{item}: {result.rejected or '; '.join(reasons) or 'nobody of this id in the cohort'}")
    return stored["content"]


def everyones(db: SyncDatabase, instance: dg.DagsterInstance, log: Path, *, at: dt.datetime) -> list[str]:
    """Run the jobs for everybody's horoscope of the local date, and report on the last local week, as of `at`;
    returns the items that are still lacking. What Dagster says goes to `log`.

    One run a date over all cohorts, rather than one a cell: each would take a process of its own.
    """
    with log.open("w") as said, redirect_stderr(said):
        return _everyones(db, instance, at)


def _everyones(db: SyncDatabase, instance: dg.DagsterInstance, at: dt.datetime) -> list[str]:
    from astra_pipeline.definitions import defs

    zones = cohorts.zones(db)
    today = [Cell(at.astimezone(ZoneInfo(zone)).date(), key, zone) for key, zone in zones.items()]
    weeks = [Cell(report_rules.last_due(at, zone), key, zone) for key, zone in zones.items()]
    for asset, dimension, cells in (("daily_horoscopes", "date", today), ("weekly_reports", "week", weeks)):
        # The date most people have comes last: it is what the asset's page opens with.
        for date, _ in reversed(Counter(cell.date for cell in cells).most_common()):
            keys = [dg.MultiPartitionKey({dimension: date.isoformat(), "cohort": key}) for key in zones]
            defs.resolve_job_def(f"{asset}_job").execute_in_process(
                instance=instance, tags=dict(GRID_TAGS) | {FIRST_DAY_TAG: keys[0], LAST_DAY_TAG: keys[-1]}
            )

    async def look() -> list[str]:
        async with MongoResource().connect() as connected:
            without = [horoscopes.item_of(u, cell.date) for u, cell in await horoscopes.lacking(connected, today)]
            return without + [reports.item_of(u, cell.date) for u, cell in await reports.lacking(connected, weeks)]

    return asyncio.run(look())
