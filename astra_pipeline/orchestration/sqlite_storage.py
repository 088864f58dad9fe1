"""Dagster's SQLite storage without its repetitions: for each database one engine and one look at its version.

Dagster makes an engine for each question, which compiles each statement anew. It reads ninety migrations whenever
a process opens its instance, as the code server does for each tick. It stores the events of a run over many
partitions one by one, with three connections and two commits each. Files and tables stay Dagster's own: either
class reads what the other wrote.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sql
from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import create_db_conn_string
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, SqliteStorageConfig
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import NullPool

T = TypeVar("T")
_WAITS_SECONDS = 30
# So many databases are asked in turn without an engine made anew: each run has one.
_ENGINES = 64
_TOGETHER = frozenset(
    {
        DagsterEventType.ASSET_MATERIALIZATION,
        DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        DagsterEventType.ASSET_OBSERVATION,
    }
)
# The databases (by URL) that this process, or the one it was forked from, found to have Dagster's tables.
_READY: set[str] = set()


class _OneDatabase:
    """A storage with one database, which is connected to by one engine."""

    _conn_string: str

    @contextmanager
    def connect(self) -> Iterator[sql.Connection]:
        with _engine(self._conn_string).begin() as connection:
            yield connection


class Runs(_OneDatabase, SqliteRunStorage):
    """The storage of runs."""

    @classmethod
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> Self:
        url = create_db_conn_string(base_dir, "runs")
        return _once(url, lambda: cls(url, inst_data), lambda: super(Runs, cls).from_local(base_dir, inst_data))


class Ticks(_OneDatabase, SqliteScheduleStorage):
    """The storage of sensors' and schedules' ticks."""

    @classmethod
    def from_local(cls, base_dir: str, inst_data: ConfigurableClassData | None = None) -> SqliteScheduleStorage:
        url = create_db_conn_string(base_dir, "schedules")
        return _once(url, lambda: cls(url, inst_data), lambda: super(Ticks, cls).from_local(base_dir, inst_data))


class Events(SqliteEventLogStorage):
    """The storage of events: a database for each run, and an index of what concerns assets."""

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sql.Connection]:
        if shard not in self._initialized_dbs:
            # Dagster makes its tables.
            with super()._connect(shard) as connection:
                yield connection
            return
        with self._db_lock, _engine(self.conn_string_for_shard(shard)).begin() as connection:
            yield connection

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store the events of assets in two transactions, one of their run's database and one of the index, and the
        others one by one."""
        together = [event for event in events if event.dagster_event_type in _TOGETHER]
        for run_id in {event.run_id for event in together}:
            self._store_together(run_id, [event for event in together if event.run_id == run_id])
        for event in events:
            if event.dagster_event_type not in _TOGETHER:
                self.store_event(event)

    def _store_together(self, run_id: str, events: Sequence[EventLogEntry]) -> None:
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(run_id) as connection:
            connection.execute(SqlEventLogStorageTable.insert(), rows)
        with self.index_transaction() as connection:
            ids = [_id_of(connection.execute(SqlEventLogStorageTable.insert(), [row])) for row in rows]
            self._store_asset_event_tags(connection, events, ids)
            # An asset's row tells of the last event of each type.
            last = {(event.dagster_event_type, _asset_of(event)): place for place, event in enumerate(events)}
            for place in sorted(last.values()):
                self._store_asset_event(connection, events[place], ids[place])


class SqliteStorage(DagsterSqliteStorage):
    """Dagster's storage below one folder."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        # Dagster's own `__init__` would open its storages first.
        DagsterStorage.__init__(self)
        self.base_dir, self._inst_data = base_dir, inst_data
        history = Path(base_dir, "history")
        self._run_storage = Runs.from_local(str(history))
        self._event_log_storage = Events(str(history / "runs"))
        self._schedule_storage = Ticks.from_local(str(Path(base_dir, "schedules")))

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: SqliteStorageConfig) -> Self:
        return cls.from_local(inst_data=inst_data, **config_value)


@functools.lru_cache(maxsize=_ENGINES)
def _engine(url: str) -> sql.Engine:
    """The engine of one database. It keeps compiled statements and no connection: a process that has it may fork,
    and the database's file may be deleted."""
    return sql.create_engine(url, poolclass=NullPool, connect_args={"timeout": _WAITS_SECONDS})


def _once(url: str, opened: Callable[[], T], made_ready: Callable[[], T]) -> T:
    """The storage of a database, whose tables and version are looked at the first time."""
    file = sql.make_url(url).database
    if url in _READY and file and Path(file).is_file():
        return opened()
    storage = made_ready()
    _READY.add(url)
    return storage


def _asset_of(event: EventLogEntry) -> str | None:
    key = event.get_dagster_event().asset_key
    return key.to_string() if key else None


def _id_of(result: sql.CursorResult[Any]) -> int:
    assert result.inserted_primary_key is not None, "SQLite tells the id of what it inserted"
    return result.inserted_primary_key[0]
