"""Dagster's SQLite storage of ours holds what Dagster's own holds, and either reads the other's files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sql
import yaml
from dagster._core.storage.event_log.schema import AssetEventTagsTable, AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import event

from astra_pipeline.orchestration import sqlite_storage
from astra_pipeline.orchestration.instance import AstraInstance

_DAYS = dg.StaticPartitionsDefinition([f"2026-11-{day:02}" for day in range(1, 21)])
_RANGE = {"dagster/asset_partition_range_start": "2026-11-03", "dagster/asset_partition_range_end": "2026-11-12"}
_ASSETS = ("heard", "counted")


@dg.multi_asset(
    specs=[dg.AssetSpec(name, partitions_def=_DAYS) for name in _ASSETS],
    check_specs=[dg.AssetCheckSpec("whole", asset="heard")],
    partitions_def=_DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def _both(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    for name in _ASSETS:
        for number, day in enumerate(context.partition_keys):
            context.add_asset_metadata({"number": number}, asset_key=name, partition_key=day)
        yield dg.MaterializeResult(asset_key=name, metadata={"of": name}, tags={"colour": "green"})
    yield dg.AssetCheckResult(asset_key="heard", check_name="whole", passed=True)


_defs = dg.Definitions([_both])


@contextmanager
def _instance(folder: Path, *, ours: bool) -> Iterator[dg.DagsterInstance]:
    folder.mkdir(exist_ok=True)
    own = {"module": AstraInstance.__module__, "class": AstraInstance.__name__}
    settings = {"telemetry": {"enabled": False}} | ({"instance_class": own} if ours else {})
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        assert isinstance(instance.event_log_storage, sqlite_storage.Events) is ours
        yield instance


def _run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return _defs.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance, tags=_RANGE)


def _told(instance: dg.DagsterInstance, run_id: str) -> dict[str, Any]:
    """The run as Dagster shows it, without moments and ids of rows."""
    logs = [(str(one.dagster_event_type), one.step_key) for one in instance.all_logs(run_id)]
    entries = [one.asset_entry for one in instance.get_asset_records([dg.AssetKey(name) for name in _ASSETS])]
    return {
        "by_day": {
            f"{name} {day}": _materializations(instance, dg.AssetKey(name), day, run_id)
            for name in _ASSETS
            for day in sorted(instance.get_materialized_partitions(dg.AssetKey(name)))
        },
        "logs": sorted((kind, str(step)) for kind, step in logs),
        "order": [kind for kind, step in logs if step],
        "last": [
            (entry.asset_key, last.get_dagster_event().partition, entry.last_run_id == run_id)
            for entry in entries
            if (last := entry.last_materialization)
        ],
        "rows": _rows(instance),
    }


def _materializations(instance: dg.DagsterInstance, key: dg.AssetKey, day: str, run_id: str) -> list[Any]:
    """(metadata, names of tags, whether it is of the run) of each materialization of the day."""
    found = instance.fetch_materializations(dg.AssetRecordsFilter(key, asset_partitions=[day]), limit=5)
    told = [(one.asset_materialization, one.run_id == run_id) for one in found.records]
    return [(made.metadata, sorted(made.tags or {}), of_run) for made, of_run in told if made]


def _rows(instance: dg.DagsterInstance) -> dict[str, list[Any]]:
    storage = instance.event_log_storage
    assert isinstance(storage, SqliteEventLogStorage)
    events, tags, assets = SqlEventLogStorageTable.c, AssetEventTagsTable.c, AssetKeyTable.c
    asked = {
        "index": sql.select(events.dagster_event_type, events.asset_key, events.partition, events.step_key),
        "tags": sql.select(tags.asset_key, tags.key),
        "assets": sql.select(assets.asset_key, assets.wipe_timestamp),
    }
    with storage.index_connection() as index:
        return {name: sorted(map(str, index.execute(query))) for name, query in asked.items()}


def test_events_stored_together_are_those_that_dagster_stores_one_by_one(tmp_path: Path) -> None:
    told = []
    for ours in (False, True):
        with _instance(tmp_path / str(ours), ours=ours) as instance:
            told.append(_told(instance, _run(instance).run_id))
    theirs, own = told
    assert len(own["by_day"]) == 2 * 10
    for what, it in theirs.items():
        assert own[what] == it, what


@pytest.mark.parametrize("first", [True, False], ids=["ours first", "dagster's first"])
def test_either_reads_and_goes_on_with_what_the_other_wrote(first: bool, tmp_path: Path) -> None:
    with _instance(tmp_path, ours=first) as instance:
        one = _run(instance).run_id
        before = _told(instance, one)
    with _instance(tmp_path, ours=not first) as instance:
        assert _told(instance, one) == before
        two = _run(instance).run_id
    with _instance(tmp_path, ours=first) as instance:
        assert {run.run_id for run in instance.get_runs()} == {one, two}
        after = _told(instance, two)
        assert {day: len(found) for day, found in after["by_day"].items()} == dict.fromkeys(before["by_day"], 2)


def test_a_range_is_stored_in_a_transaction_an_output(tmp_path: Path) -> None:
    commits: list[str] = []

    def note(connection: sql.Connection) -> None:
        commits.append(Path(str(connection.engine.url.database)).stem)

    with _instance(tmp_path, ours=True) as instance:
        run_id = _run(instance).run_id
        events = len(instance.all_logs(run_id))
        event.listen(sql.Engine, "commit", note)
        try:
            again = _run(instance).run_id
        finally:
            event.remove(sql.Engine, "commit", note)
        # Twenty planned and twenty materialised partitions: three commits instead of forty. Two are of new tables.
        assert commits.count(again) == events - 40 + 3 + 2


def test_the_tables_of_a_database_are_looked_at_once_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _instance(tmp_path, ours=True) as instance:
        run_id = _run(instance).run_id
        ref = instance.get_ref()

    def looked(*_: Any) -> None:
        raise AssertionError("the migrations were read again")

    monkeypatch.setattr("dagster._core.storage.runs.sqlite.sqlite_run_storage.check_alembic_revision", looked)
    monkeypatch.setattr(
        "dagster._core.storage.schedules.sqlite.sqlite_schedule_storage.check_alembic_revision", looked
    )
    with dg.DagsterInstance.from_ref(ref) as instance:
        assert instance.get_run_by_id(run_id) is not None


def test_a_folder_that_was_emptied_gets_its_tables_again(tmp_path: Path) -> None:
    with _instance(tmp_path, ours=True) as instance:
        _run(instance)
    for file in (tmp_path / "history").glob("runs.db*"):
        file.unlink()
    with _instance(tmp_path, ours=True) as instance:
        assert instance.get_runs() == []
        assert _run(instance).success
