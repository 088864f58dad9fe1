"""The tables and files of Dagster's storage, for what no API of Dagster's reaches.

Dagster deletes a run with its events and nothing else: results of asset checks, ticks with the runs they asked for,
and backfills with their configuration outlive it, SQLite keeps the bytes of what was deleted, and the file of a run
stays. The tables are the same in SQLite and PostgreSQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from dagster import DagsterInstance, RunsFilter
from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._core.storage.runs.schema import (
    BackfillTagsTable,
    BulkActionsTable,
    DaemonHeartbeatsTable,
    KeyValueStoreTable,
)
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage
from dagster._core.storage.schedules.schema import (
    AssetDaemonAssetEvaluationsTable,
    InstigatorsTable,
    JobTable,
    JobTickTable,
)
from dagster._core.storage.schedules.sql_schedule_storage import SqlScheduleStorage

from astra_pipeline.errors import SettingError
from astra_pipeline.personal_data.dagster_names import Names, slices

Connect = Callable[[], AbstractContextManager[sql.Connection]]

# The query for events that were reported without a run.
NO_RUN = SqlEventLogStorageTable.c.run_id == RUNLESS_RUN_ID
_SQLITE_WAITS_SECONDS = 30
_TEXTS_OF_RUNS = (
    BulkActionsTable.c.body,
    BackfillTagsTable.c.value,
    KeyValueStoreTable.c.value,
    DaemonHeartbeatsTable.c.body,
)
_TEXTS_OF_EVENTS = (AssetEventTagsTable.c.value,)
_TEXTS_OF_TICKS = (
    JobTickTable.c.tick_body,
    JobTable.c.job_body,
    InstigatorsTable.c.instigator_body,
    AssetDaemonAssetEvaluationsTable.c.asset_evaluation_body,
)


@dataclass(frozen=True)
class Storage:
    """An instance and its SQL storages."""

    instance: DagsterInstance
    events: SqlEventLogStorage
    runs: SqlRunStorage
    ticks: SqlScheduleStorage | None

    @classmethod
    def of(cls, instance: DagsterInstance) -> Storage:
        """The storages of an instance. Raises SettingError for a storage without tables."""
        events, runs, ticks = instance.event_log_storage, instance.run_storage, instance._schedule_storage
        if not isinstance(events, SqlEventLogStorage) or not isinstance(runs, SqlRunStorage):
            raise SettingError(f"erasing knows Dagster's SQL storages, which {type(events).__name__} is not one of")
        return cls(instance, events, runs, ticks if isinstance(ticks, SqlScheduleStorage) else None)

    @contextmanager
    def index(self) -> Iterator[sql.Connection]:
        """The database of all events, in which deleted bytes are overwritten."""
        with self.events.index_connection() as connection:
            overwriting(connection)
            yield connection

    def run_ids(self, **wanted: Any) -> set[str]:
        """The ids of the runs that a RunsFilter finds."""
        return set(self.instance.get_run_ids(RunsFilter(**wanted)))

    def present(self, run_ids: Iterable[str]) -> set[str]:
        """Those of the runs that Dagster still has."""
        return {run for some in slices(run_ids) for run in self.run_ids(run_ids=some)}

    def files(self) -> Iterator[tuple[str, Path]]:
        """(run, file) of each run's own SQLite database; nothing where events are elsewhere."""
        if isinstance(self.events, SqliteEventLogStorage):
            for path in Path(self.events.path_for_shard(INDEX_SHARD_NAME)).parent.glob("*.db"):
                if (run_id := path.name.removesuffix(".db")) not in (INDEX_SHARD_NAME, RUNLESS_RUN_ID):
                    yield run_id, path

    def file_of(self, run_id: str) -> Path | None:
        """The SQLite database of one run's events; None where events are elsewhere."""
        events = self.events
        return Path(events.path_for_shard(run_id)) if isinstance(events, SqliteEventLogStorage) else None

    def printed(self) -> Iterator[tuple[str, Path]]:
        """(run, or the first part of a tick's key; folder) of what was printed and is kept on this machine."""
        manager = self.instance.compute_log_manager
        if isinstance(manager, LocalComputeLogManager):
            base = Path(manager.get_captured_local_path(["any"], "out")).parent
            yield from ((path.name, path) for path in base.glob("*"))

    def texts_about_many(self) -> list[tuple[Connect, sql.Column[Any]]]:
        """Columns of records that are about many runs."""
        return [
            *((self.runs.connect, text) for text in _TEXTS_OF_RUNS),
            *((self.events.index_connection, text) for text in _TEXTS_OF_EVENTS),
            *((self.ticks.connect, text) for text in _TEXTS_OF_TICKS if self.ticks),
        ]

    def erase_runless(self, names: Names) -> int:
        """Delete the events that were reported without a run and name somebody; returns how many."""
        event, shards = SqlEventLogStorageTable.c, [self.events.index_connection]
        if isinstance(self.events, SqliteEventLogStorage):
            shards.append(lambda: self.events.run_connection(RUNLESS_RUN_ID))
        gone = 0
        for connect in shards:
            with connect() as events:
                overwriting(events)
                found = [row.id for row in rows(events, names, event.event, event.id, only=NO_RUN)]
                gone += len(found)
                for some in slices(found):
                    events.execute(sql.delete(SqlEventLogStorageTable).where(event.id.in_(some)))
                    events.execute(sql.delete(AssetEventTagsTable).where(AssetEventTagsTable.c.event_id.in_(some)))
        return gone

    def overwrite_deleted(self) -> None:
        """Write the SQLite databases that all runs share anew: deleted bytes stay in the file until something else
        takes their place."""
        if not isinstance(self.events, SqliteEventLogStorage):
            return
        shared = [Path(self.events.path_for_shard(shard)) for shard in (INDEX_SHARD_NAME, RUNLESS_RUN_ID)]
        for connect in [self.runs.connect, *([self.ticks.connect] if self.ticks else [])]:
            with connect() as connection:
                if connection.dialect.name == "sqlite" and (name := connection.engine.url.database):
                    shared.append(Path(name))
        for path in dict.fromkeys(shared):
            if path.is_file():
                with closing(sqlite3.connect(path, timeout=_SQLITE_WAITS_SECONDS, isolation_level=None)) as file:
                    file.execute("VACUUM")
                    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def overwriting(connection: sql.Connection) -> None:
    """Have SQLite overwrite what this connection deletes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def rows(
    connection: sql.Connection,
    names: Names,
    text: sql.Column[Any],
    *others: sql.Column[Any],
    only: sql.ColumnElement[bool] | None = None,
) -> list[sql.Row[Any]]:
    """Rows whose `text` names somebody: the server looks for the ids, and longer ids are sorted out here."""
    wanted = sql.select(text, *others).where(sql.true() if only is None else only)
    return [
        row
        for condition in names.conditions(connection, text)
        for row in connection.execute(wanted.where(condition))
        if names.are_in(row[0])
    ]


def checks_that_name(storage: Storage, names: Names) -> dict[int, str | None]:
    """Id -> run of the results of asset checks that name somebody."""
    check = AssetCheckExecutionsTable.c
    with storage.events.index_connection() as events:
        return {row.id: row.run_id for row in rows(events, names, check.evaluation_event, check.id, check.run_id)}


def events_in(path: Path) -> Iterator[tuple[str, str]]:
    """(run, event) of a run's own SQLite database."""
    with closing(sqlite3.connect(path, timeout=_SQLITE_WAITS_SECONDS)) as file:
        try:
            yield from file.execute(f"SELECT run_id, event FROM {SqlEventLogStorageTable.name}")
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):  # just made
                raise


def text_of(path: Path) -> str:
    """The bytes of a file; none when it is gone."""
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""
