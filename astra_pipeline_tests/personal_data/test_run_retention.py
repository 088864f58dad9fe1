"""Dagster's storage ends with the retention of its runs, and erasing reads only runs that name the person (F18)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sql
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.schema import RunsTable

from astra_pipeline.definitions import defs
from astra_pipeline.personal_data import retention, run_people
from astra_pipeline.personal_data.dagster_runs import STANDS_IN
from astra_pipeline.personal_data.dagster_tables import Storage
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import RUN_PEOPLE
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.personal_data.lives import ANN, ANNETTE, backfill, erase_as_cli, found_in_files
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.working import work

_DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")
_NOW = dt.datetime.now(dt.UTC)


@dg.asset(
    partitions_def=dg.StaticPartitionsDefinition(_DAYS),
    check_specs=[dg.AssetCheckSpec("fine", asset="told")],
)
def told(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={"words": f"preview of {context.partition_key}"},
        check_results=[dg.AssetCheckResult(passed=True, check_name="fine")],
    )


def ran(instance: dg.DagsterInstance, day: str, *, ago: float) -> str:
    """The id of a run of the day, begun so many days ago."""
    run_id = dg.materialize([told], instance=instance, partition_key=day).run_id
    at = (_NOW - dt.timedelta(days=ago)).replace(tzinfo=None)
    with Storage.of(instance).runs.connect() as runs:
        runs.execute(sql.update(RunsTable).where(RunsTable.c.run_id == run_id).values(create_timestamp=at))
    return run_id


def latest(instance: dg.DagsterInstance) -> dg.EventLogEntry:
    event = instance.get_latest_materialization_event(told.key)
    assert event is not None
    return event


@pytest.mark.parametrize("storage", ["stored_instance", "postgresql_instance"])
def test_runs_go_after_their_retention_and_partitions_stay(
    storage: str, environment: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    environment.setenv("ASTRA_RUN_RETENTION_DAYS", "10")
    forget_settings()
    instance: dg.DagsterInstance = request.getfixturevalue(storage)
    old = [ran(instance, day, ago=11) for day in (_DAYS[0], _DAYS[1], _DAYS[0])]
    young = ran(instance, _DAYS[2], ago=9)
    instance.add_backfill(backfill("COMPLETED_SUCCESS", {"user_ids": [ANN]}))
    before = latest(instance)
    assert before.run_id == young

    assert retention.delete_old_runs(instance, now=_NOW) == 3
    assert set(instance.get_run_ids()) == {young}
    assert all(not instance.all_logs(run_id) for run_id in old)
    assert instance.all_logs(young)
    assert instance.get_materialized_partitions(told.key) == set(_DAYS)
    assert latest(instance) == before, "the asset's last materialisation is the one it was"
    assert instance.event_log_storage.get_latest_asset_check_execution_by_key(list(told.check_keys))
    assert instance.get_backfills() == []
    assert {file for file, word in found_in_files(tmp_path, old) if word in Path(file).name} == set()
    assert retention.delete_old_runs(instance, now=_NOW) == 0


def test_a_partition_has_one_event_in_place_of_all_that_went(
    stored_instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        ran(stored_instance, _DAYS[0], ago=40)
        moment = latest(stored_instance).timestamp
        assert retention.delete_old_runs(stored_instance, now=_NOW) == 1
        records = stored_instance.fetch_materializations(told.key, limit=10).records
        assert [record.asset_materialization.description for record in records if record.asset_materialization] == [
            STANDS_IN
        ]
        assert records[0].timestamp == pytest.approx(moment, abs=1e-3)
    assert stored_instance.get_materialized_partitions(told.key) == {_DAYS[0]}


def test_a_run_that_still_works_and_the_run_that_deletes_stay(
    stored_instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    mine = ran(stored_instance, _DAYS[0], ago=40)
    works = ran(stored_instance, _DAYS[1], ago=40)
    with Storage.of(stored_instance).runs.connect() as runs:
        runs.execute(sql.update(RunsTable).where(RunsTable.c.run_id == works).values(status="STARTED"))
    assert retention.delete_old_runs(stored_instance, now=_NOW, besides=mine) == 0
    assert set(stored_instance.get_run_ids()) == {mine, works}


def insert_runs(instance: dg.DagsterInstance, count: int) -> list[str]:
    """Runs of strangers by direct inserts. Their files of events are none: to open one is an error."""
    run_ids = [str(uuid.uuid4()) for _ in range(count)]
    template = dg.DagsterRun(job_name="conversation_pipeline", status=dg.DagsterRunStatus.SUCCESS)
    rows = [
        {
            "run_id": run_id,
            "pipeline_name": template.job_name,
            "status": template.status.value,
            # After the index began.
            "create_timestamp": (_NOW + dt.timedelta(days=1)).replace(tzinfo=None),
            "run_body": dg.serialize_value(template._replace(run_id=run_id)),
        }
        for run_id in run_ids
    ]
    with Storage.of(instance).runs.connect() as runs:
        runs.execute(sql.insert(RunsTable), rows)
    assert isinstance(instance.event_log_storage, SqliteEventLogStorage)
    for run_id in run_ids:
        Path(instance.event_log_storage.path_for_shard(run_id)).write_bytes(b"no database")
    return run_ids


def note(run_id: str, names: Sequence[str]) -> None:
    with work() as at_work:
        at_work.run(run_people.note(at_work.db, run_id, names))


def test_erasing_reads_no_run_that_does_not_name_the_person(
    world: World, stored_instance: dg.DagsterInstance
) -> None:
    world.join(ANN)
    note("a run of long ago", ["somebody"])
    strangers = insert_runs(stored_instance, 2_000)
    for run_id in strangers[:500]:
        note(run_id, [ANNETTE, f"{ANNETTE}@2026-11-28"])
    ours = [ran(stored_instance, day, ago=-1) for day in _DAYS]
    for run_id in ours:
        note(run_id, [f"{ANN}@2026-11-28"])
    assert erase_as_cli(stored_instance).runs == 3
    assert set(stored_instance.get_run_ids()) == set(strangers)
    assert stored_instance.get_materialized_partitions(told.key) == set(_DAYS)
    assert world.db[RUN_PEOPLE].count_documents({"names": ANN}) == 0
    assert world.db[RUN_PEOPLE].count_documents({"names": ANNETTE}) == 500


def test_runs_of_before_the_index_are_searched(world: World, stored_instance: dg.DagsterInstance) -> None:
    world.join(ANN)
    job = defs.resolve_job_def("birth_charts_job")
    run = stored_instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    stored_instance.report_engine_event(f"Of {ANN}", run)
    stored_instance.report_run_failed(run)
    note("the first run with an index", [ANNETTE])
    assert erase_as_cli(stored_instance).runs == 1
    assert stored_instance.get_run_ids() == []


def test_a_batch_notes_whom_its_report_names(world: World, instance: dg.DagsterInstance) -> None:
    world.join(ANN)
    said = world.talk(ANN, "Hello exam.")
    lost = world.talk(ANN, "Never there.", elevenlabs="failed")
    result = run_pipeline(instance, raise_on_error=False)
    noted = {
        name for document in world.db[RUN_PEOPLE].find({"run_id": result.run_id}) for name in document["names"]
    }
    assert noted == {ANN, said, lost}
    with work() as at_work:
        named = at_work.run(run_people.named(at_work.db, [said]))
    assert named.runs == {result.run_id}
