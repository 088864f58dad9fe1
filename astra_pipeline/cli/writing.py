"""Texts on request, by the services that the assets call: one person's, and for the demo everybody's."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import dagster as dg

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Work, open_work
from astra_pipeline.cli import stack
from astra_pipeline.errors import NotWritten
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.tags import GRID_TAGS, range_tags
from astra_pipeline.people import cohorts
from astra_pipeline.personas import read as personas_read
from astra_pipeline.personas import write as personas
from astra_pipeline.reports import rules as report_rules
from astra_pipeline.reports import write as reports
from astra_pipeline.zones import week_of

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    SyncDatabase = Database[dict[str, Any]]


def horoscope(home: Path, user_id: str, *, date: dt.date | None, force: bool) -> str:
    """The horoscope of a local date (default: today's). Raises NotWritten with the reason, NotFound."""
    with _work(home) as work:
        cohort, zone = _cohort(work, user_id)
        day = date or work.now.astimezone(ZoneInfo(zone)).date()
        result = work.run(horoscopes.write(work, _scope(user_id, force, CohortDate(day, cohort, zone))))
        item = horoscopes.item_of(user_id, day)
        return _content(item, work.run(horoscopes.content_of(work.db, item)), result)


def report(home: Path, user_id: str, *, week: dt.date | None, force: bool) -> str:
    """The report on the local week a date lies in (default: the last one due). Raises NotWritten, NotFound."""
    with _work(home) as work:
        cohort, zone = _cohort(work, user_id)
        monday = week_of(week) if week else report_rules.last_due(work.now, zone)
        result = work.run(reports.write(work, _scope(user_id, force, CohortDate(monday, cohort, zone))))
        item = reports.item_of(user_id, monday)
        return _content(item, work.run(reports.content_of(work.db, item)), result)


def persona(home: Path, user_id: str, *, force: bool) -> Mapping[str, Any]:
    """The stored persona of a person, learnt now if it is due. Raises NotWritten with the reason, NotFound."""
    with _work(home) as work:
        cohort, _ = _cohort(work, user_id)
        result = work.run(personas.enrich(work, Scope(user_ids=(user_id,), force=force, cohorts=(cohort,))))
        stored = work.run(personas_read.stored_of(work.db, [user_id])).get(user_id)
    if stored is None or result.failed or result.rejected:
        reasons = [*result.skipped.values(), *result.waiting.values(), *(f.message for f in result.failed)]
        raise NotWritten(f"{user_id}: {result.rejected or '; '.join(reasons) or 'nobody of this id in the cohort'}")
    return stored


@contextmanager
def _work(home: Path) -> Iterator[Work]:
    """A Work on your services, or on the embedded database with the rules the sandbox works by, or your model."""
    own = os.environ.get("MONGODB_URI") or os.environ.get("ASTRA_TASK_RUNNER") == "model"
    embedded = {} if own else {"ASTRA_TASK_RUNNER": "offline"}
    with (
        stack.environment(**embedded),
        stack.database(home),
        open_work(MongoResource(), LlmResource(), run_id=_run_id()) as work,
    ):
        yield work


def _cohort(work: Work, user_id: str) -> tuple[str, str]:
    """(key, zone) of the person's cohort. Raises NotFound."""
    key = cohorts.place(work.sync, user_id)
    return key, cohorts.zones(work.sync)[key]


def _scope(user_id: str, force: bool, cell: CohortDate) -> Scope:
    return Scope(user_ids=(user_id,), force=force, cohort_dates=(cell,))


def _run_id() -> str:
    return f"cli-{uuid.uuid4()}"


def _content(item: str, content: str | None, result: BatchResult) -> str:
    """The text. Raises NotWritten with the reasons when it could not be written."""
    reasons = [*result.skipped.values(), *result.waiting.values(), *(f.message for f in result.failed)]
    if content is None or reasons or result.rejected:
        raise NotWritten(f"{item}: {result.rejected or '; '.join(reasons) or 'nobody of this id in the cohort'}")
    return content


def everyones(db: SyncDatabase, instance: dg.DagsterInstance, log: Path, *, at: dt.datetime) -> list[str]:
    """Run the jobs for everybody's horoscope of the local date, and report on the last local week, as of `at`.

    Returns the items that are still lacking. Dagster's output goes to `log`. One run covers a date over all
    cohorts: a run for each cell would take a process of its own.
    """
    with log.open("w") as output, redirect_stderr(output):
        return _everyones(db, instance, at)


def _everyones(db: SyncDatabase, instance: dg.DagsterInstance, at: dt.datetime) -> list[str]:
    from astra_pipeline.definitions import defs

    zones = cohorts.zones(db)
    today = [CohortDate(at.astimezone(ZoneInfo(zone)).date(), key, zone) for key, zone in zones.items()]
    weeks = [CohortDate(report_rules.last_due(at, zone), key, zone) for key, zone in zones.items()]
    for asset, dimension, cells in (("daily_horoscopes", "date", today), ("weekly_reports", "week", weeks)):
        # The date most people have comes last: it is what the asset's page opens with.
        for date, _ in reversed(Counter(cell.date for cell in cells).most_common()):
            keys = [dg.MultiPartitionKey({dimension: date.isoformat(), "cohort": key}) for key in zones]
            defs.resolve_job_def(f"{asset}_job").execute_in_process(
                instance=instance, tags={**GRID_TAGS, **range_tags(keys[0], keys[-1])}
            )

    with open_work(MongoResource(), run_id=_run_id()) as work:
        late = work.run(horoscopes.lacking(work.db, today))
        without_report = work.run(reports.lacking(work.db, weeks))
    return [
        *(horoscopes.item_of(user, cell.date) for user, cell in late),
        *(reports.item_of(user, cell.date) for user, cell in without_report),
    ]


def everyones_personas(db: SyncDatabase, instance: dg.DagsterInstance, log: Path) -> None:
    """Run the job for everybody's persona, in one run over all cohorts. Dagster's output goes to `log`."""
    from astra_pipeline.definitions import defs

    known = cohorts.zones(db)
    keys = [key for key in instance.get_dynamic_partitions("cohorts") if key in known]
    with log.open("w") as output, redirect_stderr(output):
        defs.resolve_job_def("personas_job").execute_in_process(
            instance=instance, tags={**GRID_TAGS, **range_tags(keys[0], keys[-1])}
        )
