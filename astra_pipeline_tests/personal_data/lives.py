"""People with a past to erase, and searches for what is left of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import zlib
from pathlib import Path
from typing import Any

import bson
import dagster as dg
import sqlalchemy as sql
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.scheduler.instigation import InstigatorType, TickData, TickStatus
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from astra_pipeline.definitions import defs
from astra_pipeline.defs.personal_data.jobs import erase_user
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import erase as personal_data
from astra_pipeline.personal_data import requests
from astra_pipeline.store.collections import CONVERSATIONS, USERS
from astra_pipeline_tests.charted import join, run_cells
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.migration.test_migrate_users import take_in
from astra_pipeline_tests.pipeline import run_pipeline

# The person says it, and nobody else.
WORD = "xylophone"
# The birthplace they name. It gives no chart, but a message in an asset check.
PLACE = "Xanaduville"
BORN = dt.datetime(1994, 3, 12, tzinfo=dt.UTC)
ANN, ANNETTE = "user_ann", "user_annette"


def lived(world: World, instance: dg.DagsterInstance) -> tuple[str, list[str]]:
    """Somebody with a past, beside somebody else with one; (their id, their conversations)."""
    for user_id, said in ((ANN, WORD), (ANNETTE, "violin")):
        join(world, user_id, name=user_id.removeprefix("user_").title(), date_of_birth=BORN)
        for days in (3, 2):
            world.talk(user_id, f"My {said} exam worries me, {days} days now.", ended_at=recently(days=days))
    take_in(instance)
    run_days(instance)
    yesterday = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)).isoformat()
    run_cells(instance, "daily_horoscopes", (yesterday, person(world)["astra"]["cohort"]))
    return ANN, [c["conversation_id"] for c in world.db[CONVERSATIONS].find({"user_id": ANN})]


def run_days(instance: dg.DagsterInstance, **options: Any) -> None:
    today = dt.datetime.now(dt.UTC).date()
    run_pipeline(instance, today - dt.timedelta(days=5), today, **options)


def person(world: World, user_id: str = ANN) -> dict[str, Any]:
    stored = world.db[USERS].find_one({"id": user_id})
    assert stored is not None
    return stored


def leave_traces(world: World, instance: dg.DagsterInstance) -> None:
    """Traces of runs besides their events: a parked item in an asset check, a tick and a backfill that name both
    people, an event without a run, what a sensor printed."""
    place = {"birth_time": "07:15", "birth_location": f"{PLACE}, Nowhereland"}
    world.db[USERS].update_one({"id": ANN}, {"$set": place})
    cohort = person(world)["astra"]["cohort"]
    for user_ids in ([ANN], []):
        defs.resolve_job_def("birth_charts_job").execute_in_process(
            instance=instance,
            partition_key=cohort,
            run_config={"ops": {"birth_charts": {"config": {"user_ids": user_ids}}}},
            raise_on_error=False,
        )
    both = {"ops": {"birth_charts": {"config": {"user_ids": [ANN, ANNETTE]}}}}
    tick = TickData("origin", "birth_data_completed", InstigatorType.SENSOR, TickStatus.SUCCESS, 1.0, ["some-run"])
    asked = [dg.RunRequest(run_key=f"{ANN} {ANNETTE}", run_config=both)]
    instance.create_tick(tick._replace(run_requests=asked, reserved_run_ids=["some-run"]))
    instance.add_backfill(backfill("COMPLETED_SUCCESS", both))
    note = dg.AssetMaterialization("birth_charts", partition=cohort, description=f"By hand for {ANN}: {PLACE}")
    instance.report_runless_asset_event(note)
    assert isinstance(instance.compute_log_manager, LocalComputeLogManager)
    printed = Path(instance.compute_log_manager.get_captured_local_path(["repository", "sensor", "1"], "err"))
    printed.parent.mkdir(parents=True)
    printed.write_text(f"{ANN} is due\n")


def backfill(status: str, run_config: dict[str, Any]) -> PartitionBackfill:
    return PartitionBackfill(
        backfill_id="abcdefgh",
        status=BulkActionStatus(status),
        from_failure=False,
        tags={},
        backfill_timestamp=1.0,
        run_config=run_config,
    )


def erase(
    world: World, instance: dg.DagsterInstance, user_id: str = ANN, **options: Any
) -> dg.ExecuteInProcessResult:
    """A run of the job, by a request."""
    request_id = requests.make(world.db, "erase", user_id, requested_by="a test")
    return run_erasing(instance, request_id, **options)


def run_erasing(instance: dg.DagsterInstance, request_id: str, **options: Any) -> dg.ExecuteInProcessResult:
    return erase_user.execute_in_process(
        instance=instance,
        resources={"mongo": MongoResource()},
        run_config={"ops": {"erase_data": {"config": {"request_id": request_id}}}},
        **options,
    )


def erase_as_cli(instance: dg.DagsterInstance | None, user_id: str = ANN) -> personal_data.Erased:
    return asyncio.run(personal_data.erase(MongoResource(), instance, user_id))


def sweep(instance: dg.DagsterInstance | None) -> personal_data.Swept:
    return asyncio.run(personal_data.sweep(MongoResource(), instance))


def stands_in(data: bytes, word: str) -> bool:
    """Not when it goes on: user_ann is not in user_annette."""
    return re.search(re.escape(word.encode()) + rb"(?![\w-])", data) is not None


def found_in_mongodb(world: World, words: list[str]) -> set[tuple[str, str]]:
    """(collection, word)"""
    return {
        (collection, word)
        for collection in world.db.list_collection_names()
        for document in world.db[collection].find()
        for word in words
        if stands_in(bson.encode(document), word)
    }


def found_in_files(folder: Path, words: list[str]) -> set[tuple[str, str]]:
    """(file, word), of every file there is, and in SQLite's also what was deleted."""
    return {
        (str(path.relative_to(folder)), word)
        for path in folder.rglob("*")
        if path.is_file()
        for word in words
        if stands_in(path.read_bytes(), word)
    }


def found_in_tables(instance: dg.DagsterInstance, words: list[str]) -> set[tuple[str, str]]:
    """(table, word), of every table of the database events are in."""
    assert isinstance(instance.event_log_storage, SqlEventLogStorage)
    with instance.event_log_storage.index_connection() as connection:
        tables = sql.MetaData()
        tables.reflect(connection)
        return {
            (name, word)
            for name, table in tables.tables.items()
            for row in connection.execute(sql.select(table))
            for value in row
            for word in words
            if stands_in(_plain(value), word)
        }


def _plain(value: object) -> bytes:
    """Snapshots of jobs are stored compressed."""
    return zlib.decompress(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def words_of(world: World, conversation_ids: list[str]) -> list[str]:
    horoscope = world.overview(ANN)["latest_horoscope"]["content"]
    return [WORD, PLACE, horoscope[20:60].rpartition(" ")[0], *conversation_ids, ANN]
