"""Erasing a person from what Dagster keeps of its runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sql
from dagster import DagsterInstance
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES
from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.event_log.schema import AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.runs.schema import BulkActionsTable, RunsTable

from astra_pipeline.personal_data.dagster_names import Names
from astra_pipeline.personal_data.dagster_runs import delete_checks, delete_runs, unlink_file
from astra_pipeline.personal_data.dagster_tables import (
    NO_RUN,
    Storage,
    checks_that_name,
    events_in,
    rows,
    text_of,
)
from astra_pipeline.personal_data.run_people import Named

_FINISHED = [status.value for status in BULK_ACTION_TERMINAL_STATUSES]
_TRIES = 5


@dataclass(frozen=True)
class TracesErased:
    """The fate of a person's traces."""

    runs: int = 0
    """Runs that were deleted."""
    left: int = 0
    """Runs and backfills that name the person and are not finished. They are for a later look."""
    at_work: frozenset[str] = frozenset()
    """The runs among these."""


class Traces:
    """The traces of a person in Dagster's storage, by the ids that name them.

    Runs that name the person go as a whole, with their checks and what they printed, since they hold the person's
    words. Records about many (ticks, backfills) hold ids only, and another word takes the ids' place.
    """

    def __init__(
        self,
        instance: DagsterInstance,
        ids: Iterable[str],
        *,
        named: Named = Named(),  # noqa: B008  (frozen)
        besides: str | None = None,
    ) -> None:
        """`besides` is the run that erases, which stays. Raises SettingError for a storage without tables."""
        self._storage = Storage.of(instance)
        self._names = Names(ids)
        self._named = named
        self._besides = besides

    def runs(self) -> set[str]:
        """The runs that name the person: by our index, their configuration and tags, or their checks; those of
        before the index also by their events and output."""
        storage = self._storage
        found = storage.present(self._named.runs)
        with storage.runs.connect() as runs:
            found |= {row.run_id for row in rows(runs, self._names, RunsTable.c.run_body, RunsTable.c.run_id)}
        checked = {run for run in checks_that_name(storage, self._names).values() if run}
        found |= storage.present(checked)
        if old := self._before_the_index() - found:
            found |= self._search(old)
        return found - {self._besides, RUNLESS_RUN_ID}

    def unfinished(self, run_ids: Collection[str]) -> set[str]:
        """Those of the runs that still work."""
        return set(run_ids) & self._storage.run_ids(statuses=NOT_FINISHED_STATUSES)

    def erase(self, *, overwrite: bool = True) -> TracesErased:
        """Erase all there is of the person, but for runs that still work.

        `overwrite`: also overwrite what was deleted earlier by somebody else, for which SQLite's files are written
        anew. Killed and repeated it goes on.
        """
        found = self.runs()
        left = self.unfinished(found)
        found -= left
        storage, event = self._storage, SqlEventLogStorageTable.c
        with storage.events.index_connection() as events:
            by_hand = [row.id for row in rows(events, self._names, event.event, event.id, only=NO_RUN)]
        delete_runs(storage, found, keep_last_checks=False, besides_runless=by_hand)
        delete_checks(storage, list(checks_that_name(storage, self._names)))
        self._forget_last()
        storage.erase_runless(self._names)
        self._erase_output()
        self._erase_left_files()
        in_use = self._hide_ids()
        if overwrite:
            storage.overwrite_deleted()
        return TracesErased(runs=len(found), left=len(left) + in_use, at_work=frozenset(left))

    def _before_the_index(self) -> set[str]:
        since = self._named.since
        return self._storage.run_ids(**({"created_before": since} if since else {}))

    def _search(self, run_ids: Collection[str]) -> set[str]:
        """Those of the runs whose events or output name the person. It reads all they left."""
        storage, event, run_id = self._storage, SqlEventLogStorageTable.c.event, SqlEventLogStorageTable.c.run_id
        found = {
            run
            for run, folder in storage.printed()
            if run in run_ids
            and any(self._names.are_in(text_of(path)) for path in folder.rglob("*") if path.is_file())
        }
        files = [path for run, path in storage.files() if run in run_ids]
        for path in files:
            found |= {run for run, text in events_in(path) if self._names.are_in(text)}
        with storage.events.index_connection() as events:
            found |= {row.run_id for row in rows(events, self._names, event, run_id)}
        return found & set(run_ids)

    def _forget_last(self) -> None:
        """Blank the copies of assets' last materialisations that name the person."""
        asset = AssetKeyTable.c
        with self._storage.index() as events:
            for row in rows(events, self._names, asset.last_materialization, asset.id):
                blank = sql.update(AssetKeyTable).values(last_materialization=None)
                events.execute(blank.where(asset.id == row.id))

    def _erase_output(self) -> None:
        """Delete what ticks printed, or runs that are gone, where it names the person."""
        known = self._storage.run_ids()
        for run, folder in self._storage.printed():
            if run in known:
                continue
            for path in folder.rglob("*"):
                if path.is_file() and self._names.are_in(text_of(path)):
                    path.unlink()

    def _erase_left_files(self) -> None:
        """Delete files of runs that were deleted earlier and left something of the person."""
        # In this order: a run that begins meanwhile is known before its file is.
        files = list(self._storage.files())
        known = self._storage.run_ids()
        for run_id, path in files:
            if run_id not in known and self._names.are_left_in(path):
                unlink_file(self._storage, run_id)

    def _hide_ids(self) -> int:
        """Put another word in the place of the ids in records about many. Returns how many records are in use, and
        may name the person again."""
        in_use = self._open_backfills()
        for connect, text in self._storage.texts_about_many():
            id_ = text.table.c.id
            for _ in range(_TRIES):
                with connect() as connection:
                    named = rows(connection, self._names, text, id_)
                    for before, row_id, _ in named:
                        # Unless the daemon has written it meanwhile.
                        same = (id_ == row_id, text == before)
                        hidden = {text.name: self._names.hidden(before)}
                        connection.execute(sql.update(text.table).where(*same).values(hidden))
                if not named:
                    break
            else:
                in_use += 1
        return in_use

    def _open_backfills(self) -> int:
        body, status = BulkActionsTable.c.body, BulkActionsTable.c.status
        with self._storage.runs.connect() as runs:
            return len(rows(runs, self._names, body, only=status.not_in(_FINISHED)))
