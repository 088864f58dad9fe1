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
from astra_pipeline.personal_data.dagster_overwriting import give_back_space, overwrite_deleted, overwriting

Connect = Callable[[], AbstractContextManager[sql.Connection]]

# The attribute of an instance that says that all its connections overwrite what they delete.
OVERWRITES = "overwrites_deleted"
# The query for events that were reported without a run.
NO_RUN = SqlEventLogStorageTable.c.run_id == RUNLESS_RUN_ID
_SQLITE_WAITS_SECONDS = 30
_ROWS_AT_ONCE = 1_000
# The name of the column by which `rows` goes on.
_PLACE = "place"
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
        """Take deleted bytes out of the SQLite databases that all runs share."""
        overwrite_deleted(self._shared_files(), all_overwrite=getattr(self.instance, OVERWRITES, False))

    def give_back_space(self) -> None:
        """Make the SQLite databases that all runs share shorter where they are mostly free."""
        give_back_space(self._shared_files())

    def _shared_files(self) -> list[Path]:
        if not isinstance(self.events, SqliteEventLogStorage):
            return []
        shared = [Path(self.events.path_for_shard(shard)) for shard in (INDEX_SHARD_NAME, RUNLESS_RUN_ID)]
        for connect in [self.runs.connect, *([self.ticks.connect] if self.ticks else [])]:
            with connect() as connection:
                if connection.dialect.name == "sqlite" and (name := connection.engine.url.database):
                    shared.append(Path(name))
        return [path for path in dict.fromkeys(shared) if path.is_file()]


def rows(
    connection: sql.Connection,
    names: Names,
    text: sql.Column[Any],
    *others: sql.Column[Any],
    only: sql.ColumnElement[bool] | None = None,
) -> list[sql.Row[Any]]:
    """Rows whose `text` names somebody. Each text is read once, however many ids there are, and some at a time."""
    id_ = text.table.c.id
    wanted = sql.select(text, *others, id_.label(_PLACE)).where(
        text.is_not(None), names.condition(connection, text), sql.true() if only is None else only
    )
    found: list[sql.Row[Any]] = []
    last = 0
    while page := connection.execute(wanted.where(id_ > last).order_by(id_).limit(_ROWS_AT_ONCE)).all():
        found += [row for row in page if names.are_in(row[0])]
        last = page[-1]._mapping[_PLACE]
    return found


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
