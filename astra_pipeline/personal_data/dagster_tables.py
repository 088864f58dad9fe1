"""How a person is erased from what Dagster keeps of its runs."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from dagster import AssetKey, AssetMaterialization, DagsterEventType, DagsterInstance, RunsFilter
from dagster._core.events import DagsterEvent, StepMaterializationData
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES
from dagster._core.instance.utils import RUNLESS_JOB_NAME, RUNLESS_RUN_ID
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
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
    RunsTable,
)
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage
from dagster._core.storage.schedules.schema import (
    AssetDaemonAssetEvaluationsTable,
    InstigatorsTable,
    JobTable,
    JobTickTable,
)
from dagster._core.storage.schedules.sql_schedule_storage import SqlScheduleStorage

from astra_pipeline.errors import InUse, SettingError

_NO_RUN = SqlEventLogStorageTable.c.run_id == RUNLESS_RUN_ID
_FINISHED = [status.value for status in BULK_ACTION_TERMINAL_STATUSES]
_HIDDEN = "erased"
_ASKED_AT_ONCE = 200
"""Ids, or rows, of one statement."""
_ALIKE = 4
"""Letters with which ids of one kind are taken to begin."""
_TRIES = 5
_CLOCKS_DIFFER = dt.timedelta(minutes=5)
_SQLITE_WAITS_SECONDS = 30


class Traces:
    """What Dagster's storage holds of somebody, by the ids that name them: found, refused while in use, erased.

    Dagster deletes a run with its events and nothing else: results of asset checks, ticks with the runs they asked
    for and backfills with their configuration outlive it, and SQLite keeps the bytes of what was deleted. No API
    reaches these, so this works on the tables of Dagster's SQL storages, the same in SQLite and PostgreSQL, and on
    SQLite's files. Whatever knows of them is here.

    Runs that name somebody go as a whole, with their checks and what they printed, since they hold the person's
    words. Records about many (ticks, backfills) hold ids only, and lose these.
    """

    def __init__(self, instance: DagsterInstance, ids: Iterable[str], *, besides: str | None = None) -> None:
        """`besides` is the run that erases, which stays. Raises SettingError for a storage without tables."""
        events, runs, ticks = instance.event_log_storage, instance.run_storage, instance._schedule_storage
        if not isinstance(events, SqlEventLogStorage) or not isinstance(runs, SqlRunStorage):
            raise SettingError(f"erasing knows Dagster's SQL storages, which {type(events).__name__} is not one of")
        self._instance = instance
        self._events, self._runs = events, runs
        self._ticks = ticks if isinstance(ticks, SqlScheduleStorage) else None
        self._names = _Names(ids)
        self._besides = besides
        self._found: set[str] = set()
        self._open_then: set[str] = set()
        self._looked_at = dt.datetime.now(dt.UTC)

    def look(self) -> None:
        """Find the runs. Raises InUse when one of them, or a backfill that names somebody, is not finished."""
        self._open_then = self._run_ids(statuses=NOT_FINISHED_STATUSES)
        self._found = self._find()
        self._refuse_while_in_use()

    def erase(self) -> int:
        """Erase what there is, after `look`; returns how many runs went. Raises InUse when one began meanwhile.

        Killed and repeated it goes on: what is known by its run alone goes before the run does.
        """
        began = self._run_ids(created_after=self._looked_at - _CLOCKS_DIFFER)
        self._found |= self._find(among=self._open_then | began)
        self._refuse_while_in_use()
        self._let_partitions_stay()
        self._erase_copies()
        for run_id in self._found:
            self._instance.delete_run(run_id)
            self._instance.compute_log_manager.delete_logs(prefix=[run_id])
        self._erase_what_is_no_runs()
        self._hide_ids()
        if isinstance(self._events, SqliteEventLogStorage):
            self._overwrite_deleted(self._events)
        return len(self._found)

    def _run_ids(self, **wanted: Any) -> set[str]:
        return set(self._instance.get_run_ids(RunsFilter(**wanted)))

    def _find(self, among: Collection[str] | None = None) -> set[str]:
        """Runs whose configuration, tags, events or output name somebody."""
        with self._runs.connect() as runs:
            named = {row.run_id for row in self._rows(runs, RunsTable.c.run_body, RunsTable.c.run_id)}
        named |= self._find_in_events(among)
        if printed := {folder for folder, path in self._output() if self._names.are_in(_text(path))}:
            named |= printed & self._run_ids()
        return {run for run in named if among is None or run in among} - {self._besides, RUNLESS_RUN_ID}

    def _find_in_events(self, among: Collection[str] | None) -> set[str]:
        event, run_id = SqlEventLogStorageTable.c.event, SqlEventLogStorageTable.c.run_id
        if isinstance(self._events, SqliteEventLogStorage):
            # A file a run, and one with copies. Dagster would look up each one's schema version before it reads it.
            files = [path for run, path in _files(self._events) if among is None or run in among]
            if among is None:
                files.append(Path(self._events.path_for_shard(INDEX_SHARD_NAME)))
            return {run for path in files for run, told in _events_in(path) if self._names.are_in(told)}
        only = sql.true() if among is None else run_id.in_(among)
        with self._events.index_connection() as events:
            suspects = {
                row.run_id
                for condition in self._names.conditions(events, event)
                for row in events.execute(sql.select(run_id).where(only, condition).distinct())
            }
            return {run for run in suspects if self._rows(events, event, only=run_id == run)}

    def _rows(
        self,
        connection: sql.Connection,
        text: sql.Column[Any],
        *others: sql.Column[Any],
        only: sql.ColumnElement[bool] | None = None,
    ) -> list[sql.Row[Any]]:
        """Rows whose `text` names somebody: the server looks for the ids, here they are told from longer ones."""
        wanted = sql.select(text, *others).where(sql.true() if only is None else only)
        return [
            row
            for condition in self._names.conditions(connection, text)
            for row in connection.execute(wanted.where(condition))
            if self._names.are_in(row[0])
        ]

    def _refuse_while_in_use(self) -> None:
        if in_use := self._found & self._run_ids(statuses=NOT_FINISHED_STATUSES):
            raise InUse(f"run {min(in_use)} names the person and is not finished: repeat it then")
        body, key, status = BulkActionsTable.c.body, BulkActionsTable.c.key, BulkActionsTable.c.status
        with self._runs.connect() as runs:
            backfills = self._rows(runs, body, key, only=status.not_in(_FINISHED))
        if backfills:
            raise InUse(f"backfill {backfills[0].key} names the person and is not finished: repeat it then")

    def _let_partitions_stay(self) -> None:
        """Partitions that nothing else materialised stay so, by an event of the same moment that tells no
        more."""
        event = SqlEventLogStorageTable.c
        cells = (
            sql.select(event.asset_key, event.partition, sql.func.count(), sql.func.max(event.timestamp))
            .where(event.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value)
            .group_by(event.asset_key, event.partition)
        )
        ours: Counter[tuple[str, str]] = Counter()
        everybodys: Counter[tuple[str, str]] = Counter()
        moments: dict[tuple[str, str], dt.datetime] = {}
        with self._events.index_connection() as events:
            by_hand = [row.id for row in self._rows(events, event.event, event.id, only=_NO_RUN)]
            going = (
                *(event.run_id.in_(some) for some in _slices(self._found)),
                *map(event.id.in_, _slices(by_hand)),
            )
            for condition in going:
                for asset, partition, times, moment in events.execute(cells.where(condition)):
                    ours[asset, partition] += times
                    moments[asset, partition] = max(moment, moments.get((asset, partition), moment))
            for asset in {asset for asset, _ in ours}:
                for _, partition, times, _ in events.execute(cells.where(event.asset_key == asset)):
                    everybodys[asset, partition] = times
        alone = [cell for cell in ours if ours[cell] == everybodys[cell]]
        for asset, partition in sorted(alone, key=moments.__getitem__):
            key = AssetKey.from_db_string(asset)
            assert key is not None
            told = AssetMaterialization(key, partition=partition, description="The run was erased.")
            self._instance.report_dagster_event(
                DagsterEvent(
                    event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
                    event_specific_data=StepMaterializationData(told),
                    job_name=RUNLESS_JOB_NAME,
                ),
                run_id=RUNLESS_RUN_ID,
                timestamp=moments[asset, partition].replace(tzinfo=dt.UTC).timestamp(),
            )

    def _erase_copies(self) -> None:
        """Of events of these runs: of each check, and of each asset's last materialisation, which Dagster reads
        from the events where there is no copy."""
        check, asset = AssetCheckExecutionsTable.c, AssetKeyTable.c
        with self._events.index_connection() as events:
            of_runs = [check.run_id.in_(some) for some in _slices(self._found)]
            named = [row.id for row in self._rows(events, check.evaluation_event, check.id)]
            for condition in (*of_runs, *(check.id.in_(some) for some in _slices(named))):
                events.execute(sql.delete(AssetCheckExecutionsTable).where(condition))
            for id_, copy in events.execute(sql.select(asset.id, asset.last_materialization)).all():
                if copy and (self._names.are_in(copy) or any(run_id in copy for run_id in self._found)):
                    blank = sql.update(AssetKeyTable).values(last_materialization=None)
                    events.execute(blank.where(asset.id == id_))

    def _erase_what_is_no_runs(self) -> None:
        """Events that were reported without a run, and output that belongs to none."""
        event = SqlEventLogStorageTable.c
        shards = [self._events.index_connection]
        if isinstance(self._events, SqliteEventLogStorage):
            shards.append(lambda: self._events.run_connection(RUNLESS_RUN_ID))
        for connect in shards:
            with connect() as events:
                rows = self._rows(events, event.event, event.id, only=_NO_RUN)
                for some in _slices(row.id for row in rows):
                    events.execute(sql.delete(SqlEventLogStorageTable).where(event.id.in_(some)))
                    events.execute(sql.delete(AssetEventTagsTable).where(AssetEventTagsTable.c.event_id.in_(some)))
        for folder, path in self._output():
            if folder != self._besides and self._names.are_in(_text(path)):
                path.unlink()

    def _output(self) -> Iterator[tuple[str, Path]]:
        """(run, or another first part of the key, file) of what was printed, where it is kept on this machine."""
        manager = self._instance.compute_log_manager
        if isinstance(manager, LocalComputeLogManager):
            base = Path(manager.get_captured_local_path(["any"], "out")).parent
            yield from ((path.relative_to(base).parts[0], path) for path in base.rglob("*") if path.is_file())

    def _hide_ids(self) -> None:
        """In records about many another word takes the place of the ids."""
        places = [
            *((self._runs.connect, text) for text in _TEXTS_OF_RUNS),
            *((self._events.index_connection, text) for text in _TEXTS_OF_EVENTS),
            *((self._ticks.connect, text) for text in _TEXTS_OF_TICKS if self._ticks),
        ]
        for connect, text in places:
            id_ = text.table.c.id
            for _ in range(_TRIES):
                with connect() as connection:
                    rows = self._rows(connection, text, id_)
                    for before, row_id in rows:
                        # Unless the daemon has written it meanwhile.
                        same = (id_ == row_id, text == before)
                        hidden = {text.name: self._names.hidden(before)}
                        connection.execute(sql.update(text.table).where(*same).values(hidden))
                if not rows:
                    break
            else:
                raise InUse(f"Dagster writes to {text.table.name} all the time: repeat it")

    def _overwrite_deleted(self, storage: SqliteEventLogStorage) -> None:
        """What SQLite deletes or replaces stays in its files until something else takes its place; so they are
        written anew: those all runs share, and those of runs that went now, or earlier and left something."""
        known = self._run_ids()
        shared = [Path(storage.path_for_shard(shard)) for shard in (INDEX_SHARD_NAME, RUNLESS_RUN_ID)]
        for connect in [self._runs.connect, *([self._ticks.connect] if self._ticks else [])]:
            with connect() as connection:
                if connection.dialect.name == "sqlite" and (name := connection.engine.url.database):
                    shared.append(Path(name))
        gone = [
            path
            for run_id, path in _files(storage)
            if run_id in self._found or (run_id not in known and self._names.are_left_in(path))
        ]
        for path in {*shared, *gone}:
            if path.is_file():
                with closing(sqlite3.connect(path, timeout=_SQLITE_WAITS_SECONDS, isolation_level=None)) as file:
                    file.execute("VACUUM")
                    file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


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


class _Names:
    """Ids, and how to find them in what Dagster stored."""

    def __init__(self, ids: Iterable[str]) -> None:
        plain = [one for one in dict.fromkeys(ids) if one]
        # Dagster stores JSON, sometimes JSON in JSON, in which other than ASCII letters are escaped.
        escaped = [json.dumps(one)[1:-1] for one in plain]
        twice = [json.dumps(one)[1:-1] for one in escaped]
        self._forms = list(dict.fromkeys([*plain, *escaped, *twice]))
        # Beginning -> length -> forms: ids of one kind begin alike, and a text is searched for that once.
        self._alike: dict[str, dict[int, set[str]]] = {}
        for form in self._forms:
            self._alike.setdefault(form[:_ALIKE], {}).setdefault(len(form), set()).add(form)
        # As a whole: user_1 is not in user_12. In JSON in JSON a letter before the id may be that of a "\\n".
        forms = "|".join(map(re.escape, self._forms))
        self._whole = re.compile(rf"(?:(?<![\w-])|(?<=\\[bfnrt]))(?:{forms})(?![\w-])")

    def conditions(self, connection: sql.Connection, text: sql.Column[Any]) -> Iterator[sql.ColumnElement[bool]]:
        """What the server can be asked: rows in whose text there is one of some ids. One question for some each."""
        position = sql.func.strpos if connection.dialect.name == "postgresql" else sql.func.instr
        return (sql.or_(*(position(text, form) > 0 for form in some)) for some in _slices(self._forms))

    def are_in(self, text: str) -> bool:
        """Whether a text, JSON or not, names one of them."""
        return self._may_be_in(text) and any(self._whole.search(one) for one in _strings(_read(text)))

    def _may_be_in(self, text: str) -> bool:
        for beginning, forms in self._alike.items():
            at = text.find(beginning)
            while at >= 0:
                if any(text[at : at + length] in some for length, some in forms.items()):
                    return True
                at = text.find(beginning, at + 1)
        return False

    def are_left_in(self, path: Path) -> bool:
        """Whether the bytes of an SQLite database do, also where SQLite takes them for free. Only for one this
        process has not open: closing the file as a plain one would take SQLite's locks from it."""
        return any(
            form.encode() in file.read_bytes()
            for file in (path, path.with_name(f"{path.name}-wal"))
            if file.is_file()
            for form in self._forms
        )

    def hidden(self, text: str) -> str:
        """The text, JSON or not, with another word in place of each."""
        known = _read(text)
        return self._whole.sub(_HIDDEN, text) if known is text else json.dumps(self._hidden(known))

    def _hidden(self, value: Any) -> Any:
        match value:
            case str():
                return self._whole.sub(_HIDDEN, value)
            case list():
                return [self._hidden(one) for one in value]
            case dict():
                return {self._hidden(key): self._hidden(one) for key, one in value.items()}
        return value


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _strings(one)
        case dict():
            for key, one in value.items():
                yield key
                yield from _strings(one)


def _slices(values: Iterable[Any]) -> Iterator[list[Any]]:
    left = list(values)
    return (left[start : start + _ASKED_AT_ONCE] for start in range(0, len(left), _ASKED_AT_ONCE))


def _files(storage: SqliteEventLogStorage) -> Iterator[tuple[str, Path]]:
    """(run, file) of each run's own database."""
    for path in Path(storage.path_for_shard(INDEX_SHARD_NAME)).parent.glob("*.db"):
        if (run_id := path.name.removesuffix(".db")) != INDEX_SHARD_NAME:
            yield run_id, path


def _events_in(path: Path) -> Iterator[tuple[str, str]]:
    """(run, event)"""
    with closing(sqlite3.connect(path, timeout=_SQLITE_WAITS_SECONDS)) as file:
        try:
            yield from file.execute(f"SELECT run_id, event FROM {SqlEventLogStorageTable.name}")
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):  # just made
                raise


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return ""
