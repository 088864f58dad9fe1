"""Deleting runs of Dagster with all they left, while partitions stay materialised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sql
from dagster import AssetKey, AssetMaterialization, DagsterEventType
from dagster._core.events import DagsterEvent, StepMaterializationData
from dagster._core.instance.utils import RUNLESS_JOB_NAME, RUNLESS_RUN_ID
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    AssetKeyTable,
    ConcurrencySlotsTable,
    PendingStepsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.runs.schema import RunsTable, RunTagsTable

from astra_pipeline.personal_data.dagster_names import slices
from astra_pipeline.personal_data.dagster_overwriting import overwriting
from astra_pipeline.personal_data.dagster_tables import NO_RUN, Storage

# The description of the events that take the place of deleted ones. It is how they are found again.
STANDS_IN = "The run is gone."

# What the table of assets notes of the last materialisation.
_LAST = ("last_materialization", "last_run_id", "last_materialization_timestamp")
# (asset, partition)
_Cell = tuple[str, str | None]


def delete_runs(
    storage: Storage, run_ids: Collection[str], *, keep_last_checks: bool, besides_runless: Collection[int] = ()
) -> None:
    """Delete runs with their events, checks, and what they printed.

    A partition whose newest materialisation is among them gets an event of the same moment that says nothing else.
    `keep_last_checks`: the newest result of each asset check stays. `besides_runless` are ids of events without a
    run that are about to go. Killed and repeated it goes on: the run itself goes last.
    """
    _let_partitions_stay(storage, run_ids, besides_runless)
    _forget_last(storage, run_ids)
    _delete_checks(storage, run_ids, keep_last=keep_last_checks)
    for some in slices(run_ids):
        _delete_events(storage, some)
        for run_id in some:
            unlink_file(storage, run_id)
            storage.instance.compute_log_manager.delete_logs(prefix=[run_id])
        with storage.runs.connect() as runs:
            overwriting(runs)
            runs.execute(sql.delete(RunTagsTable).where(RunTagsTable.c.run_id.in_(some)))
            runs.execute(sql.delete(RunsTable).where(RunsTable.c.run_id.in_(some)))


def _delete_events(storage: Storage, run_ids: Collection[str]) -> None:
    """Delete the runs' events out of the database of all events, and what they hold of concurrency pools."""
    of_runs = SqlEventLogStorageTable.c.run_id.in_(run_ids)
    pools = (ConcurrencySlotsTable.c.run_id, PendingStepsTable.c.run_id)
    with storage.index() as events:
        ids = sql.select(SqlEventLogStorageTable.c.id).where(of_runs)
        events.execute(sql.delete(AssetEventTagsTable).where(AssetEventTagsTable.c.event_id.in_(ids)))
        events.execute(sql.delete(SqlEventLogStorageTable).where(of_runs))
        in_pools = {row[0] for of in pools for row in events.execute(sql.select(of).where(of.in_(run_ids)))}
    for run_id in in_pools:
        storage.events.free_concurrency_slots_for_run(run_id)


def unlink_file(storage: Storage, run_id: str) -> None:
    """Delete the file of a run's events. Dagster leaves it, empty."""
    if (path := storage.file_of(run_id)) is not None:
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
            path.with_name(name).unlink(missing_ok=True)
        # Otherwise this process would take the file for made.
        storage.events._initialized_dbs.discard(run_id)  # type: ignore[attr-defined]


def _let_partitions_stay(storage: Storage, run_ids: Collection[str], runless: Collection[int]) -> None:
    """Report a materialisation that says nothing for every partition whose newest one is about to go."""
    going = _newest(
        storage,
        [
            *(SqlEventLogStorageTable.c.run_id.in_(some) for some in slices(run_ids)),
            *(SqlEventLogStorageTable.c.id.in_(some) for some in slices(runless)),
        ],
    )
    newest: dict[_Cell, tuple[int, dt.datetime]] = {}
    for asset in {asset for asset, _ in going}:
        partitions = [partition for of, partition in going if of == asset]
        newest |= _newest(storage, list(_of_partitions(asset, partitions)))
    last = _last_of_others(storage, {asset for asset, _ in going}, run_ids)
    for cell in sorted(going, key=lambda cell: going[cell][1]):
        if going[cell][0] == newest[cell][0]:
            _stand_in(storage, cell, going[cell][1])
    _restore(storage, last)


def _of_partitions(asset: str, partitions: Collection[str | None]) -> Iterable[sql.ColumnElement[bool]]:
    event = SqlEventLogStorageTable.c
    for some in slices(partition for partition in partitions if partition is not None):
        yield sql.and_(event.asset_key == asset, event.partition.in_(some))
    if None in partitions:
        yield sql.and_(event.asset_key == asset, event.partition.is_(None))


def _newest(
    storage: Storage, conditions: Iterable[sql.ColumnElement[bool]]
) -> dict[_Cell, tuple[int, dt.datetime]]:
    """Cell -> (id, moment) of its newest materialisation that meets one of the conditions."""
    event = SqlEventLogStorageTable.c
    cells = (
        sql.select(event.asset_key, event.partition, sql.func.max(event.id), sql.func.max(event.timestamp))
        .where(event.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value)
        .group_by(event.asset_key, event.partition)
    )
    found: dict[_Cell, tuple[int, dt.datetime]] = {}
    with storage.events.index_connection() as events:
        for condition in conditions:
            for asset, partition, last, moment in events.execute(cells.where(condition)):
                before = found.get((asset, partition), (last, moment))
                found[asset, partition] = (max(last, before[0]), max(moment, before[1]))
    return found


def _last_of_others(
    storage: Storage, assets: Collection[str], run_ids: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Asset -> what is noted of its last materialisation, where that is none of these runs'."""
    asset, gone = AssetKeyTable.c, set(run_ids)
    noted = (asset[name] for name in _LAST)
    with storage.events.index_connection() as events:
        found = events.execute(sql.select(asset.asset_key, *noted)).all()
    return {
        row.asset_key: {name: row._mapping[name] for name in _LAST}
        for row in found
        if row.asset_key in assets and row.last_run_id not in gone
    }


def _restore(storage: Storage, last: dict[str, dict[str, Any]]) -> None:
    """Note the last materialisations again, where an event that stands in for an older one took their place."""
    asset = AssetKeyTable.c
    with storage.index() as events:
        for key, noted in last.items():
            stood_in = (asset.asset_key == key, asset.last_run_id == RUNLESS_RUN_ID)
            events.execute(sql.update(AssetKeyTable).values(noted).where(*stood_in))


def _stand_in(storage: Storage, cell: _Cell, moment: dt.datetime) -> None:
    asset, partition = cell
    key = AssetKey.from_db_string(asset)
    assert key is not None
    _delete_stand_ins(storage, cell)
    storage.instance.report_dagster_event(
        DagsterEvent(
            event_type_value=DagsterEventType.ASSET_MATERIALIZATION.value,
            event_specific_data=StepMaterializationData(
                AssetMaterialization(key, partition=partition, description=STANDS_IN)
            ),
            job_name=RUNLESS_JOB_NAME,
        ),
        run_id=RUNLESS_RUN_ID,
        timestamp=moment.replace(tzinfo=dt.UTC).timestamp(),
    )


def _delete_stand_ins(storage: Storage, cell: _Cell) -> None:
    """Delete the events that stood in here before, so that a partition has one at most."""
    event = SqlEventLogStorageTable.c
    asset, partition = cell
    same = event.partition.is_(None) if partition is None else event.partition == partition
    ours = (NO_RUN, event.asset_key == asset, same, event.event.contains(STANDS_IN))
    with storage.index() as events:
        events.execute(sql.delete(SqlEventLogStorageTable).where(*ours))
    if storage.file_of(RUNLESS_RUN_ID) is not None:
        with storage.events.run_connection(RUNLESS_RUN_ID) as events:
            events.execute(sql.delete(SqlEventLogStorageTable).where(*ours))


def _forget_last(storage: Storage, run_ids: Collection[str]) -> None:
    """Blank the copies of each asset's last materialisation that are of these runs. Dagster reads the events where
    there is no copy."""
    asset, gone = AssetKeyTable.c, set(run_ids)
    with storage.index() as events:
        for id_, copy in events.execute(sql.select(asset.id, asset.last_materialization)).all():
            if copy and any(run_id in copy for run_id in gone):
                blank = sql.update(AssetKeyTable).values(last_materialization=None)
                events.execute(blank.where(asset.id == id_))


def delete_checks(storage: Storage, ids: Collection[int]) -> None:
    """Delete results of asset checks by their ids."""
    with storage.index() as events:
        for some in slices(ids):
            events.execute(sql.delete(AssetCheckExecutionsTable).where(AssetCheckExecutionsTable.c.id.in_(some)))


def _delete_checks(storage: Storage, run_ids: Collection[str], *, keep_last: bool) -> None:
    check = AssetCheckExecutionsTable.c
    kept: Any = sql.true()
    if keep_last:
        last = sql.select(sql.func.max(check.id)).group_by(check.asset_key, check.check_name)
        with storage.events.index_connection() as events:
            kept = check.id.not_in([row[0] for row in events.execute(last)])
    with storage.index() as events:
        for some in slices(run_ids):
            events.execute(sql.delete(AssetCheckExecutionsTable).where(check.run_id.in_(some), kept))
