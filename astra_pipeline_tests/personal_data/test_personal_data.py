"""Erasing is complete: afterwards no collection, no table of Dagster's storage and no file holds a word of the
person; and it lasts, until they talk again."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import pwd
import re
import shutil
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bson
import dagster as dg
import httpx
import pytest
import sqlalchemy as sql
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
from dagster._core.scheduler.instigation import InstigatorType, TickData, TickStatus
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from astra_pipeline.charts import due as charts
from astra_pipeline.cli.stack import free_port
from astra_pipeline.definitions import defs
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.defs.personal_data.jobs import erase_user, export_user
from astra_pipeline.errors import InUse
from astra_pipeline.gamification import write as metrics
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people import cohorts
from astra_pipeline.people.census import census
from astra_pipeline.personal_data import erase as personal_data
from astra_pipeline.personal_data.dagster_tables import Traces
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, LEASES, REPORTS, TRANSCRIPTS, USERS
from astra_pipeline.zones import at_local, week_of
from astra_pipeline_tests.charted import join, run_cells
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.migration.taking_in import julep_users_of, take_in
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.working import work

# The person says it, and nobody else.
_WORD = "xylophone"
# The birthplace they name. It gives no chart, but a message in an asset check.
_PLACE = "Xanaduville"
_BORN = dt.datetime(1994, 3, 12, tzinfo=dt.UTC)
_ANN, _ANNETTE = "user_ann", "user_annette"


@pytest.fixture
def stored_instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """A Dagster whose storage is files, to be searched."""
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:
        yield instance


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL of our own."""
    if not shutil.which("initdb"):
        pytest.skip("no PostgreSQL on this machine")
    pytest.importorskip("dagster_postgres")
    # It refuses to be root's.
    whose: dict[str, Any] = {"user": "postgres"} if os.getuid() == 0 else {}
    if whose and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("PostgreSQL refuses to run as root, and there is no other user for it")
    folder, port = Path("/tmp") / f"astra_pg_{os.getpid()}", free_port()
    folder.mkdir()
    if whose:
        shutil.chown(folder, "postgres")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **whose)

    try:
        run("initdb", "-D", f"{folder}/data", "-U", "dagster", "--auth=trust", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"postgresql://dagster@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgresql_instance(postgresql: str, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    storage = {"storage": {"postgres": {"postgres_url": postgresql}}}
    (tmp_path / "dagster").mkdir()
    with dg.instance_for_test(overrides=storage, temp_dir=str(tmp_path / "dagster")) as instance:
        yield instance
        instance.wipe()


def lived(world: World, instance: dg.DagsterInstance) -> tuple[str, list[str]]:
    """Somebody with a past, beside somebody else with one; (their id, their conversations)."""
    for user_id, said in ((_ANN, _WORD), (_ANNETTE, "violin")):
        join(world, user_id, name=user_id.removeprefix("user_").title(), date_of_birth=_BORN)
        for days in (3, 2):
            world.talk(user_id, f"My {said} exam worries me, {days} days now.", ended_at=recently(days=days))
    take_in(instance)
    run_days(instance)
    yesterday = (dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)).isoformat()
    run_cells(instance, "daily_horoscopes", (yesterday, person(world)["astra"]["cohort"]))
    return _ANN, [c["conversation_id"] for c in world.db[CONVERSATIONS].find({"user_id": _ANN})]


def run_days(instance: dg.DagsterInstance, **options: Any) -> None:
    today = dt.datetime.now(dt.UTC).date()
    run_pipeline(instance, today - dt.timedelta(days=5), today, **options)


def person(world: World, user_id: str = _ANN) -> dict[str, Any]:
    stored = world.db[USERS].find_one({"id": user_id})
    assert stored is not None
    return stored


def leave_traces(world: World, instance: dg.DagsterInstance) -> None:
    """Traces of runs besides their events: a parked item in an asset check, a tick and a backfill that name both
    people, an event without a run, what a sensor printed."""
    place = {"birth_time": "07:15", "birth_location": f"{_PLACE}, Nowhereland"}
    world.db[USERS].update_one({"id": _ANN}, {"$set": place})
    cohort = person(world)["astra"]["cohort"]
    for user_ids in ([_ANN], []):
        defs.resolve_job_def("birth_charts_job").execute_in_process(
            instance=instance,
            partition_key=cohort,
            run_config={"ops": {"birth_charts": {"config": {"user_ids": user_ids}}}},
            raise_on_error=False,
        )
    both = {"ops": {"birth_charts": {"config": {"user_ids": [_ANN, _ANNETTE]}}}}
    tick = TickData("origin", "birth_data_completed", InstigatorType.SENSOR, TickStatus.SUCCESS, 1.0, ["some-run"])
    asked = [dg.RunRequest(run_key=f"{_ANN} {_ANNETTE}", run_config=both)]
    instance.create_tick(tick._replace(run_requests=asked, reserved_run_ids=["some-run"]))
    instance.add_backfill(backfill("COMPLETED_SUCCESS", both))
    note = dg.AssetMaterialization("birth_charts", partition=cohort, description=f"By hand for {_ANN}: {_PLACE}")
    instance.report_runless_asset_event(note)
    assert isinstance(instance.compute_log_manager, LocalComputeLogManager)
    printed = Path(instance.compute_log_manager.get_captured_local_path(["repository", "sensor", "1"], "err"))
    printed.parent.mkdir(parents=True)
    printed.write_text(f"{_ANN} is due\n")


def backfill(status: str, run_config: dict[str, Any]) -> PartitionBackfill:
    return PartitionBackfill(
        backfill_id="abcdefgh",
        status=BulkActionStatus(status),
        from_failure=False,
        tags={},
        backfill_timestamp=1.0,
        run_config=run_config,
    )


def erase(instance: dg.DagsterInstance, user_id: str = _ANN, **options: Any) -> dg.ExecuteInProcessResult:
    return erase_user.execute_in_process(
        instance=instance,
        resources={"mongo": MongoResource()},
        run_config={"ops": {"erase_data": {"config": {"user_id": user_id}}}},
        **options,
    )


def erase_as_cli(world: World, instance: dg.DagsterInstance | None, user_id: str = _ANN) -> personal_data.Erased:
    return asyncio.run(personal_data.erase(world.db, instance, user_id))


def _stands_in(data: bytes, word: str) -> bool:
    """Not when it goes on: user_ann is not in user_annette."""
    return re.search(re.escape(word.encode()) + rb"(?![\w-])", data) is not None


def found_in_mongodb(world: World, words: list[str]) -> set[tuple[str, str]]:
    """(collection, word)"""
    return {
        (collection, word)
        for collection in world.db.list_collection_names()
        for document in world.db[collection].find()
        for word in words
        if _stands_in(bson.encode(document), word)
    }


def found_in_files(folder: Path, words: list[str]) -> set[tuple[str, str]]:
    """(file, word), of every file there is, and in SQLite's also what was deleted."""
    return {
        (str(path.relative_to(folder)), word)
        for path in folder.rglob("*")
        if path.is_file()
        for word in words
        if _stands_in(path.read_bytes(), word)
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
            if _stands_in(_plain(value), word)
        }


def _plain(value: object) -> bytes:
    """Snapshots of jobs are stored compressed."""
    return zlib.decompress(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def words_of(world: World, conversation_ids: list[str]) -> list[str]:
    horoscope = world.overview(_ANN)["latest_horoscope"]["content"]
    return [_WORD, _PLACE, horoscope[20:60].rpartition(" ")[0], *conversation_ids, _ANN]


def test_nothing_of_a_person_is_left_and_others_keep_theirs(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_ERASE_ELEVENLABS", "true")
    environment.setenv("ASTRA_RETRY_ATTEMPTS", "1")
    forget_settings()
    _, conversation_ids = lived(world, stored_instance)
    words = words_of(world, conversation_ids)
    leave_traces(world, stored_instance)
    assert {word for _, word in found_in_mongodb(world, words)} == set(words)
    assert {word for _, word in found_in_files(tmp_path, words)} == set(words) - {_WORD}
    materialised = {
        key: stored_instance.get_materialized_partitions(key) for key in stored_instance.all_asset_keys()
    }
    latest = stored_instance.get_latest_materialization_event(dg.AssetKey("transcripts"))

    erased = erase_as_cli(world, stored_instance)

    # The app's list that conversations took place is the app's, and so is the account.
    ids = {(CONVERSATIONS, one) for one in (*conversation_ids, _ANN)}
    assert found_in_mongodb(world, words) == ids | {(USERS, _ANN)}
    assert found_in_files(tmp_path, words) == set()
    assert erased.runs >= 4
    assert erased.conversations_at_elevenlabs == 2
    assert erased.julep_user == "deleted"
    assert julep_users_of([_ANN]) == []
    stored = person(world)
    assert stored.keys() == {"_id", "id", "name", "email", "createdAt", "updatedAt", "timezone", "astra"}
    assert stored["astra"].keys() == {"erased_at"}

    assert {key: stored_instance.get_materialized_partitions(key) for key in materialised} == materialised
    stands_in = stored_instance.get_latest_materialization_event(dg.AssetKey("transcripts"))
    assert latest is not None
    assert stands_in is not None
    assert stands_in.timestamp == pytest.approx(latest.timestamp, abs=1e-3)
    assert julep_users_of([_ANNETTE]) == [_ANNETTE]
    assert world.overview(_ANNETTE)["latest_horoscope"]
    (tick,) = stored_instance.get_ticks("origin", "")
    (asked,) = tick.tick_data.run_requests or []
    assert asked.run_config["ops"]["birth_charts"]["config"]["user_ids"] == ["erased", _ANNETTE]
    assert tick.run_ids == ["some-run"]
    kept = stored_instance.get_backfill("abcdefgh")
    assert kept is not None
    assert kept.run_config == asked.run_config

    run_days(stored_instance)
    assert found_in_files(tmp_path, words) == set(), "the pipeline brought it back"
    erase_as_cli(world, stored_instance)


def test_nothing_is_left_in_postgresql_either(
    world: World, postgresql_instance: dg.DagsterInstance, tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_RETRY_ATTEMPTS", "1")
    forget_settings()
    _, conversation_ids = lived(world, postgresql_instance)
    words = words_of(world, conversation_ids)
    leave_traces(world, postgresql_instance)
    tables = {table for table, _ in found_in_tables(postgresql_instance, words)}
    assert tables >= {"event_logs", "asset_check_executions", "runs", "bulk_actions", "job_ticks", "asset_keys"}
    before = postgresql_instance.get_materialized_partitions(dg.AssetKey("transcripts"))
    erase_as_cli(world, postgresql_instance)
    assert found_in_tables(postgresql_instance, words) == set()
    assert found_in_files(tmp_path, words) == set()
    assert postgresql_instance.get_materialized_partitions(dg.AssetKey("transcripts")) == before
    assert found_in_tables(postgresql_instance, [_ANNETTE])


def test_the_erasing_run_keeps_whom_it_erased_and_nothing_else(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    _, conversation_ids = lived(world, stored_instance)
    words = words_of(world, conversation_ids)
    result = erase(stored_instance)
    assert result.success
    assert {word for _, word in found_in_files(tmp_path, words)} == {_ANN}
    (run,) = stored_instance.get_runs(dg.RunsFilter(job_name="erase_user"))
    assert {Path(file).name for file, _ in found_in_files(tmp_path, words)} <= {"runs.db", "runs.db-wal"}
    assert run.run_config == {"ops": {"erase_data": {"config": {"user_id": _ANN}}}}
    (told,) = [event.step_output_data for event in result.all_events if event.is_successful_output]
    assert told.metadata["julep_user"].value == "deleted"
    assert erase(stored_instance).success, "safe to repeat"
    assert [run.job_name for run in stored_instance.get_runs()].count("erase_user") == 1


@pytest.mark.parametrize("user_id", ["user_1", "auth0|ann", "o'neil@example.com", "Zoë", 'a"b\\c', "संध्या"])
@pytest.mark.parametrize("storage", ["stored_instance", "postgresql_instance"])
def test_an_id_of_any_letters_is_found_and_no_longer_one(
    user_id: str, storage: str, request: pytest.FixtureRequest
) -> None:
    instance: dg.DagsterInstance = request.getfixturevalue(storage)
    job = defs.resolve_job_def("birth_charts_job")

    def ran(named: str | None = None, said: str | None = None) -> str:
        config = {"ops": {"birth_charts": {"config": {"user_ids": [named]}}}} if named else {}
        run = instance.create_run_for_job(job, run_config=config, status=dg.DagsterRunStatus.STARTED)
        if said:
            instance.report_engine_event(said, run)
        instance.report_run_failed(run)
        return run.run_id

    ran(user_id)
    ran(said=f"Of these:\n{user_id}\n{user_id}s")
    ran(said=json.dumps({"of": f"these:\n{user_id}"}))
    others = {ran(f"{user_id}0"), ran(f"my-{user_id}"), ran(said=f"{user_id}0, my{user_id}"), ran()}
    traces = Traces(instance, [user_id])
    traces.look()
    assert traces.erase() == 3
    assert set(instance.get_run_ids()) == others


def test_what_an_operator_deleted_before_is_overwritten(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    _, conversation_ids = lived(world, stored_instance)
    words = words_of(world, conversation_ids)
    for run in stored_instance.get_runs():
        stored_instance.delete_run(run.run_id)
    assert found_in_files(tmp_path, words)
    erase_as_cli(world, stored_instance)
    assert found_in_files(tmp_path, words) == set()


def test_an_erasure_that_was_killed_is_made_good_by_the_next(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, conversation_ids = lived(world, stored_instance)
    words = words_of(world, conversation_ids)
    leave_traces(world, stored_instance)
    materialised = stored_instance.get_materialized_partitions(dg.AssetKey("transcripts"))
    with monkeypatch.context() as patch:

        def killed(run_id: str) -> None:
            raise KeyboardInterrupt(run_id)

        patch.setattr(stored_instance.event_log_storage, "delete_events", killed)
        with pytest.raises(KeyboardInterrupt):
            erase_as_cli(world, stored_instance)
    erase_as_cli(world, stored_instance)
    assert found_in_files(tmp_path, words) == set()
    assert stored_instance.get_materialized_partitions(dg.AssetKey("transcripts")) == materialised


def test_nobody_s_data_is_no_success(world: World, stored_instance: dg.DagsterInstance) -> None:
    assert not erase(stored_instance, "user_nobody", raise_on_error=False).success


def _lease(world: World, instance: dg.DagsterInstance, conversation_id: str) -> None:
    until = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    world.db[LEASES].insert_one({"_id": conversation_id, "run_id": "some-run", "claimed_until": until})


def _start_a_run(world: World, instance: dg.DagsterInstance, conversation_id: str) -> None:
    instance.create_run_for_job(
        defs.resolve_job_def("birth_charts_job"),
        run_config={"ops": {"birth_charts": {"config": {"user_ids": [_ANN]}}}},
        status=dg.DagsterRunStatus.STARTING,
    )


def _launch_a_backfill(world: World, instance: dg.DagsterInstance, conversation_id: str) -> None:
    instance.add_backfill(backfill("REQUESTED", {"user_ids": [_ANN]}))


@pytest.mark.parametrize("use", [_lease, _start_a_run, _launch_a_backfill])
def test_it_waits_for_what_works_on_them_before_it_erases_anything(
    use: Callable[[World, dg.DagsterInstance, str], None], world: World, stored_instance: dg.DagsterInstance
) -> None:
    _, conversation_ids = lived(world, stored_instance)
    use(world, stored_instance, conversation_ids[0])
    before = {name: list(world.db[name].find()) for name in world.db.list_collection_names()}
    with pytest.raises(InUse):
        erase_as_cli(world, stored_instance)
    assert {name: list(world.db[name].find()) for name in before} == before
    erase_as_cli(world, stored_instance, _ANNETTE)


def notice_changes(position: str | None) -> str:
    with work() as at_work:
        return at_work.run(charts.notice_changes(at_work, position))


def test_the_erased_are_left_alone_until_they_talk_again(world: World, stored_instance: dg.DagsterInstance) -> None:
    zone = "Asia/Kolkata"
    monday = week_of(dt.datetime.now(dt.UTC).date()) - dt.timedelta(weeks=1)
    for user_id in (_ANN, "user_bob"):
        join(world, user_id, zone=zone)
        for days in (1, 2):
            at = at_local(monday + dt.timedelta(days=days), dt.time(12), zone)
            world.talk(user_id, f"My {_WORD} exam worries me.", ended_at=at)
    today = dt.datetime.now(dt.UTC).date()
    run_pipeline(stored_instance, monday - dt.timedelta(days=1), today)
    _, cursor = cohorts.follow(world.db, None)
    position = notice_changes(None)
    erase_as_cli(world, stored_instance)

    # The app replaces `metadata`; the sensors tick; somebody materialises those days; it is Sunday evening.
    world.db[CONVERSATIONS].update_many({"user_id": _ANN}, {"$set": {"metadata": {"rating": 5}}})
    ticked = new_conversations(dg.build_sensor_context(instance=stored_instance), mongo=MongoResource())
    assert isinstance(ticked, dg.SensorResult)
    assert not ticked.run_requests
    _, cursor = cohorts.follow(world.db, cursor)
    notice_changes(position)
    assert metrics.any_due(world.db, now=dt.datetime.now(dt.UTC)) == 0
    everybody = {"force": False, "user_ids": [_ANN]}
    run_pipeline(stored_instance, monday - dt.timedelta(days=1), today)
    run_pipeline(stored_instance, monday - dt.timedelta(days=1), today, config=everybody)
    run_cells(stored_instance, "weekly_reports", (monday.isoformat(), "asia-kolkata-001"))
    assert world.db[REPORTS].distinct("user_id") == ["user_bob"]
    assert "user_overview" not in person(world)
    assert "cohort" not in person(world)["astra"]
    partitions = stored_instance.get_dynamic_partitions("cohorts")
    assert census(world.db, partitions, now=dt.datetime.now(dt.UTC)).disagreements == []

    again = world.talk(_ANN, "A new start with tea.")
    run_pipeline(stored_instance, tags={"astra/lane": "live"})
    cohorts.follow(world.db, cursor)
    overview = world.overview(_ANN)
    assert [entry["conversation_id"] for entry in overview["recent_conversations"]] == [again]
    assert overview["gamification"]["total_conversations"] == overview["gamification"]["best_streak"] == 1
    assert "erased_at" not in person(world)["astra"]
    assert person(world)["astra"]["cohort"] == "asia-kolkata-001"
    assert world.db[CONVERSATIONS].count_documents({"user_id": _ANN, "astra.erased_at": {"$type": "date"}}) == 2
    run_cells(stored_instance, "weekly_reports", (monday.isoformat(), "asia-kolkata-001"))
    assert world.db[REPORTS].distinct("user_id") == ["user_bob"], "of the week before nothing is known"
    assert world.db[TRANSCRIPTS].distinct("_id", {"user_id": _ANN}) == [again]


@pytest.mark.parametrize("key", [True, False])
def test_a_julep_user_of_before_is_deleted_or_named_with_the_offline_runner(
    key: bool, world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    world.join(_ANN)
    take_in(instance)
    known = person(world)["julep_user_id"]
    with environment.context() as offline:
        offline.setenv("ASTRA_TASK_RUNNER", "offline")
        if not key:
            offline.delenv("JULEP_API_KEY")
        forget_settings()
        told = erase_as_cli(world, None).julep_user
    forget_settings()
    assert told == ("deleted" if key else f"{known} is left at Julep, JULEP_API_KEY is not set")
    assert julep_users_of([_ANN]) == ([] if key else [_ANN])


def test_conversations_the_app_lists_as_documents_go_at_elevenlabs(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_ERASE_ELEVENLABS", "true")
    forget_settings()
    world.join(_ANN)
    said = world.talk(_ANN, "My secret word.")
    world.db[CONVERSATIONS].delete_many({})  # the app's record is gone, only the list knows it
    listed = [{"conversation_id": said, "started": 1}, "conv_of_long_ago", None]
    world.db[USERS].update_one({"id": _ANN}, {"$set": {"elevenlabs_conversations": listed}})
    assert erase_as_cli(world, None).conversations_at_elevenlabs == 1
    url = f"{os.environ['ELEVENLABS_BASE_URL']}/v1/convai/conversations/{said}"
    assert httpx.get(url, headers={"xi-api-key": os.environ["ELEVENLABS_API_KEY"]}).status_code == 404


@pytest.mark.parametrize("chosen", [None, "Asia/Tokyo"])
def test_a_time_zone_of_ours_goes_and_one_of_the_app_stays(
    chosen: str | None, world: World, instance: dg.DagsterInstance
) -> None:
    world.join(_ANN, timezone=None)
    world.talk(_ANN, "Hello exam.", zone="America/Lima")
    run_pipeline(instance)
    assert person(world)["timezone"] == "America/Lima"
    if chosen:
        world.db[USERS].update_one({"id": _ANN}, {"$set": {"timezone": chosen}})
    erase_as_cli(world, None)
    assert person(world).get("timezone") == chosen


def test_an_export_is_one_file_with_all_of_it(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    user_id, conversation_ids = lived(world, stored_instance)
    path = tmp_path / "out.json"
    config = {"user_id": user_id, "path": str(path)}
    assert export_user.execute_in_process(
        instance=stored_instance,
        resources={"mongo": MongoResource()},
        run_config={"ops": {"export_data": {"config": config}}},
    ).success
    known = json.loads(path.read_text())
    assert known["user"]["user_overview"]["latest_horoscope"]
    assert {one["_id"] for one in known["astra_transcripts"]} == set(conversation_ids)
    assert len(known["astra_insights"]) == len(known["elevenlabs_conversations"]) == 2
    assert known["astra_horoscopes"][0]["content"]
    assert "annette" not in path.read_text().lower()
    assert defs.resolve_job_def("export_user")
