"""The end of Dagster's old runs: after ASTRA_RUN_RETENTION_DAYS they go with all they left."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import sqlalchemy as sql
from dagster import RunsFilter
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.runs.schema import BackfillTagsTable, BulkActionsTable

from astra_pipeline.personal_data.dagster_names import slices
from astra_pipeline.personal_data.dagster_overwriting import overwriting
from astra_pipeline.personal_data.dagster_runs import delete_runs
from astra_pipeline.personal_data.dagster_tables import Storage
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    import dagster as dg

_AT_ONCE = 200
_FINISHED_BACKFILLS = [status.value for status in BULK_ACTION_TERMINAL_STATUSES]


def delete_old_runs(
    instance: dg.DagsterInstance, *, now: dt.datetime, seconds: float = 3_000.0, besides: str | None = None
) -> int:
    """Delete the finished runs and backfills that began before the retention, oldest first; returns how many runs.

    Assets keep their materialised partitions, their last materialisation, and the newest result of each check. It
    ends after `seconds`; the next one goes on.
    """
    storage, began, gone = Storage.of(instance), time.monotonic(), 0
    before = now - dt.timedelta(days=settings().astra_run_retention_days)
    old = RunsFilter(created_before=before, statuses=list(FINISHED_STATUSES))
    while time.monotonic() - began < seconds:
        records = instance.get_run_records(old, limit=_AT_ONCE, ascending=True)
        run_ids = [record.dagster_run.run_id for record in records if record.dagster_run.run_id != besides]
        if not run_ids:
            break
        delete_runs(storage, run_ids, keep_last_checks=True)
        gone += len(run_ids)
    _delete_backfills(storage, before)
    storage.overwrite_deleted()
    storage.give_back_space()
    return gone


def _delete_backfills(storage: Storage, before: dt.datetime) -> None:
    action = BulkActionsTable.c
    old = (action.status.in_(_FINISHED_BACKFILLS), action.timestamp < before.replace(tzinfo=None))
    with storage.runs.connect() as runs:
        overwriting(runs)
        keys = [row.key for row in runs.execute(sql.select(action.key).where(*old))]
        for some in slices(keys):
            runs.execute(sql.delete(BackfillTagsTable).where(BackfillTagsTable.c.backfill_id.in_(some)))
            runs.execute(sql.delete(BulkActionsTable).where(action.key.in_(some)))
