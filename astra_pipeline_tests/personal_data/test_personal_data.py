"""Erasing is complete: afterwards no collection, no table of Dagster's storage and no file holds a word of the
person; and it lasts, until they talk again."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
import httpx
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus

from astra_pipeline.charts import due as charts
from astra_pipeline.definitions import defs
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.gamification import write as metrics
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people import cohorts
from astra_pipeline.people.census import census
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, REPORTS, TRANSCRIPTS, USERS
from astra_pipeline.zones import at_local, week_of
from astra_pipeline_tests.charted import join, run_cells
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.migration.test_migrate_users import julep_users_of, take_in
from astra_pipeline_tests.personal_data.lives import (
    ANN,
    ANNETTE,
    WORD,
    backfill,
    erase,
    erase_as_cli,
    found_in_files,
    found_in_mongodb,
    found_in_tables,
    leave_traces,
    lived,
    person,
    run_days,
    sweep,
    words_of,
)
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.working import work


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
    assert {word for _, word in found_in_files(tmp_path, words)} == set(words) - {WORD}
    materialised = {
        key: stored_instance.get_materialized_partitions(key) for key in stored_instance.all_asset_keys()
    }
    latest = stored_instance.get_latest_materialization_event(dg.AssetKey("transcripts"))

    erased = erase_as_cli(stored_instance)

    # The app's list that conversations took place is the app's, and so is the account.
    ids = {(CONVERSATIONS, one) for one in (*conversation_ids, ANN)}
    assert found_in_mongodb(world, words) == ids | {(USERS, ANN)}
    assert found_in_files(tmp_path, words) == set()
    assert erased.runs >= 4
    assert erased.conversations_at_elevenlabs == 2
    assert erased.julep_user == "deleted"
    assert julep_users_of([ANN]) == []
    stored = person(world)
    assert stored.keys() == {"_id", "id", "name", "email", "createdAt", "updatedAt", "timezone", "astra"}
    assert stored["astra"].keys() == {"erased_at"}

    assert {key: stored_instance.get_materialized_partitions(key) for key in materialised} == materialised
    stands_in = stored_instance.get_latest_materialization_event(dg.AssetKey("transcripts"))
    assert latest is not None
    assert stands_in is not None
    assert stands_in.timestamp == pytest.approx(latest.timestamp, abs=1e-3)
    assert julep_users_of([ANNETTE]) == [ANNETTE]
    assert world.overview(ANNETTE)["latest_horoscope"]
    (tick,) = stored_instance.get_ticks("origin", "")
    (asked,) = tick.tick_data.run_requests or []
    assert asked.run_config["ops"]["birth_charts"]["config"]["user_ids"] == ["erased", ANNETTE]
    assert tick.run_ids == ["some-run"]
    kept = stored_instance.get_backfill("abcdefgh")
    assert kept is not None
    assert kept.run_config == asked.run_config

    run_days(stored_instance)
    assert found_in_files(tmp_path, words) == set(), "the pipeline brought it back"
    erase_as_cli(stored_instance)


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
    erase_as_cli(postgresql_instance)
    assert found_in_tables(postgresql_instance, words) == set()
    assert found_in_files(tmp_path, words) == set()
    assert postgresql_instance.get_materialized_partitions(dg.AssetKey("transcripts")) == before
    assert found_in_tables(postgresql_instance, [ANNETTE])


def test_the_erasing_run_names_nobody(world: World, stored_instance: dg.DagsterInstance, tmp_path: Path) -> None:
    _, conversation_ids = lived(world, stored_instance)
    words = words_of(world, conversation_ids)
    result = erase(world, stored_instance)
    assert result.success
    assert found_in_files(tmp_path, words) == set()
    (told,) = [event.step_output_data for event in result.all_events if event.is_successful_output]
    assert told.metadata["julep_user"].value == "deleted"
    assert told.metadata["dagster_runs"].value == 2
    assert erase(world, stored_instance).success, "safe to repeat"
    assert [run.job_name for run in stored_instance.get_runs()].count("erase_user") == 2


def test_what_an_operator_deleted_before_is_overwritten(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    _, conversation_ids = lived(world, stored_instance)
    words = words_of(world, conversation_ids)
    for run in stored_instance.get_runs():
        stored_instance.delete_run(run.run_id)
    assert found_in_files(tmp_path, words)
    erase_as_cli(stored_instance)
    assert found_in_files(tmp_path, words) == set()


def test_an_erasure_that_was_killed_is_made_good_by_the_next(
    world: World, stored_instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, conversation_ids = lived(world, stored_instance)
    words = words_of(world, conversation_ids)
    leave_traces(world, stored_instance)
    materialised = stored_instance.get_materialized_partitions(dg.AssetKey("transcripts"))
    with monkeypatch.context() as patch:

        def killed(prefix: Sequence[str]) -> None:
            raise KeyboardInterrupt(prefix)

        patch.setattr(stored_instance.compute_log_manager, "delete_logs", killed)
        with pytest.raises(KeyboardInterrupt):
            erase_as_cli(stored_instance)
    erase_as_cli(stored_instance)
    assert found_in_files(tmp_path, words) == set()
    assert stored_instance.get_materialized_partitions(dg.AssetKey("transcripts")) == materialised


def test_nobody_s_data_is_no_success(world: World, stored_instance: dg.DagsterInstance) -> None:
    assert not erase(world, stored_instance, "user_nobody", raise_on_error=False).success


@pytest.mark.parametrize("is_back", [False, True], ids=["gone", "talked again"])
def test_a_run_that_still_works_is_left_and_goes_with_a_sweep_after_its_end(
    is_back: bool, world: World, stored_instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    lived(world, stored_instance)
    run = stored_instance.create_run_for_job(
        defs.resolve_job_def("birth_charts_job"),
        run_config={"ops": {"birth_charts": {"config": {"user_ids": [ANN]}}}},
        status=DagsterRunStatus.STARTED,
    )
    assert erase_as_cli(stored_instance).runs_left == 1
    assert stored_instance.get_run_by_id(run.run_id)
    assert person(world)["astra"]["erasing"]["conversation_ids"]
    if is_back:
        world.db[USERS].update_one({"id": ANN}, {"$rename": {"astra.erased_at": "astra.erased_before"}})
    sweep(stored_instance)
    assert stored_instance.get_run_by_id(run.run_id), "it still works"
    stored_instance.report_run_failed(run)
    sweep(stored_instance)
    assert stored_instance.get_run_by_id(run.run_id) is None
    assert person(world)["astra"].keys() == {"erased_before" if is_back else "erased_at"}
    assert found_in_files(tmp_path, [ANN, WORD]) == set()


def test_an_erasure_of_the_last_minutes_is_left_to_its_own_process(
    world: World, stored_instance: dg.DagsterInstance
) -> None:
    lived(world, stored_instance)
    erase_as_cli(stored_instance)
    young = {"since": recently(), "conversation_ids": []}
    world.db[USERS].update_one({"id": ANN}, {"$set": {"astra.erasing": young}})
    sweep(stored_instance)
    assert "erasing" in person(world)["astra"]
    world.db[USERS].update_one({"id": ANN}, {"$set": {"astra.erasing.since": recently(hours=1)}})
    sweep(stored_instance)
    assert "erasing" not in person(world)["astra"]


def test_a_backfill_that_is_under_way_loses_the_id_and_is_looked_at_again(
    world: World, stored_instance: dg.DagsterInstance
) -> None:
    lived(world, stored_instance)
    stored_instance.add_backfill(backfill("REQUESTED", {"user_ids": [ANN, ANNETTE]}))
    assert erase_as_cli(stored_instance).runs_left == 1
    kept = stored_instance.get_backfill("abcdefgh")
    assert kept is not None
    assert kept.run_config == {"user_ids": ["erased", ANNETTE]}


def notice_changes(position: str | None) -> str:
    with work() as at_work:
        return at_work.run(charts.notice_changes(at_work, position))


def test_the_erased_are_left_alone_until_they_talk_again(world: World, stored_instance: dg.DagsterInstance) -> None:
    zone = "Asia/Kolkata"
    monday = week_of(dt.datetime.now(dt.UTC).date()) - dt.timedelta(weeks=1)
    for user_id in (ANN, "user_bob"):
        join(world, user_id, zone=zone)
        for days in (1, 2):
            at = at_local(monday + dt.timedelta(days=days), dt.time(12), zone)
            world.talk(user_id, f"My {WORD} exam worries me.", ended_at=at)
    today = dt.datetime.now(dt.UTC).date()
    run_pipeline(stored_instance, monday - dt.timedelta(days=1), today)
    _, cursor = cohorts.follow(world.db, None)
    position = notice_changes(None)
    erase_as_cli(stored_instance)

    # The app replaces `metadata`; the sensors tick; somebody materialises those days; it is Sunday evening.
    world.db[CONVERSATIONS].update_many({"user_id": ANN}, {"$set": {"metadata": {"rating": 5}}})
    ticked = new_conversations(dg.build_sensor_context(instance=stored_instance), mongo=MongoResource())
    assert isinstance(ticked, dg.SensorResult)
    assert not ticked.run_requests
    _, cursor = cohorts.follow(world.db, cursor)
    notice_changes(position)
    assert metrics.any_due(world.db, now=dt.datetime.now(dt.UTC)) == 0
    everybody = {"force": False, "user_ids": [ANN]}
    run_pipeline(stored_instance, monday - dt.timedelta(days=1), today)
    run_pipeline(stored_instance, monday - dt.timedelta(days=1), today, config=everybody)
    run_cells(stored_instance, "weekly_reports", (monday.isoformat(), "asia-kolkata-001"))
    assert world.db[REPORTS].distinct("user_id") == ["user_bob"]
    assert "user_overview" not in person(world)
    assert "cohort" not in person(world)["astra"]
    partitions = stored_instance.get_dynamic_partitions("cohorts")
    assert census(world.db, partitions, now=dt.datetime.now(dt.UTC)).disagreements == []

    again = world.talk(ANN, "A new start with tea.", ended_at=recently())
    run_pipeline(stored_instance, tags={"astra/lane": "live"})
    cohorts.follow(world.db, cursor)
    overview = world.overview(ANN)
    assert [entry["conversation_id"] for entry in overview["recent_conversations"]] == [again]
    assert overview["gamification"]["total_conversations"] == overview["gamification"]["best_streak"] == 1
    assert "erased_at" not in person(world)["astra"]
    assert person(world)["astra"]["cohort"] == "asia-kolkata-001"
    assert world.db[CONVERSATIONS].count_documents({"user_id": ANN, "astra.erased_at": {"$type": "date"}}) == 2
    run_cells(stored_instance, "weekly_reports", (monday.isoformat(), "asia-kolkata-001"))
    assert world.db[REPORTS].distinct("user_id") == ["user_bob"], "of the week before nothing is known"
    assert world.db[TRANSCRIPTS].distinct("_id", {"user_id": ANN}) == [again]


def test_a_call_of_before_that_is_recorded_later_stays_erased(
    world: World, stored_instance: dg.DagsterInstance
) -> None:
    lived(world, stored_instance)
    before = recently()
    erase_as_cli(stored_instance)
    late = world.talk(ANN, f"My {WORD} exam worries me.", ended_at=before)
    assert run_pipeline(stored_instance, tags={"astra/lane": "live"}).success
    ticked = new_conversations(dg.build_sensor_context(instance=stored_instance), mongo=MongoResource())
    assert isinstance(ticked, dg.SensorResult)
    assert not ticked.run_requests, "it waits no longer"
    again = world.talk(ANN, "A new start with tea.", ended_at=recently())
    assert run_pipeline(stored_instance, tags={"astra/lane": "live"}).success
    assert world.db[TRANSCRIPTS].distinct("_id", {"user_id": ANN}) == [again]
    later = world.talk(ANN, f"My {WORD} wedding worries me.", ended_at=before)
    by_hand = metrics.refresh_users(world.db, [ANN], now=dt.datetime.now(dt.UTC))
    assert by_hand[0].unchanged == [ANN], "its record has no mark yet, and it does not count"
    assert run_pipeline(stored_instance, tags={"astra/lane": "live"}).success
    assert world.db[TRANSCRIPTS].distinct("_id", {"user_id": ANN}) == [again]
    assert world.executions(late) == world.executions(later) == 0
    assert world.overview(ANN)["gamification"]["total_conversations"] == 1


def test_a_call_of_after_an_erasure_whose_record_has_no_dates_is_theirs(
    world: World, stored_instance: dg.DagsterInstance
) -> None:
    """Only its last change dates it. The sweep of the hours after the erasure leaves it alone."""
    lived(world, stored_instance)
    erase_as_cli(stored_instance)
    again = world.talk(ANN, "A new start with tea.", ended_at=recently())
    undated = {"$unset": dict.fromkeys(("ended_at", "started_at"), ""), "$set": {"updated_at": recently(seconds=0)}}
    world.db[CONVERSATIONS].update_one({"conversation_id": again}, undated)
    sweep(stored_instance)
    assert run_pipeline(stored_instance, tags={"astra/lane": "live"}).success
    sweep(stored_instance)
    assert world.db[TRANSCRIPTS].distinct("_id", {"user_id": ANN}) == [again]
    assert [entry["conversation_id"] for entry in world.overview(ANN)["recent_conversations"]] == [again]


@pytest.mark.parametrize("key", [True, False])
def test_a_julep_user_of_before_is_deleted_or_named_with_the_offline_runner(
    key: bool, world: World, environment: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    world.join(ANN)
    take_in(instance)
    known = person(world)["julep_user_id"]
    with environment.context() as offline:
        offline.setenv("ASTRA_TASK_RUNNER", "offline")
        if not key:
            offline.delenv("JULEP_API_KEY")
        forget_settings()
        told = erase_as_cli(None).julep_user
    forget_settings()
    assert told == ("deleted" if key else f"{known} is left at Julep, JULEP_API_KEY is not set")
    assert julep_users_of([ANN]) == ([] if key else [ANN])


def test_conversations_the_app_has_a_record_of_go_at_elevenlabs(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_ERASE_ELEVENLABS", "true")
    forget_settings()
    world.join(ANN)
    said = world.talk(ANN, "My secret word.")
    listed = [{"conversation_id": said, "started": 1}, "conv_of_long_ago", None]
    world.db[USERS].update_one({"id": ANN}, {"$set": {"elevenlabs_conversations": listed}})
    assert erase_as_cli(None).conversations_at_elevenlabs == 1
    url = f"{os.environ['ELEVENLABS_BASE_URL']}/v1/convai/conversations/{said}"
    assert httpx.get(url, headers={"xi-api-key": os.environ["ELEVENLABS_API_KEY"]}).status_code == 404


@pytest.mark.parametrize("chosen", [None, "Asia/Tokyo"])
def test_a_time_zone_of_ours_goes_and_one_of_the_app_stays(
    chosen: str | None, world: World, instance: dg.DagsterInstance
) -> None:
    world.join(ANN, timezone=None)
    world.talk(ANN, "Hello exam.", zone="America/Lima")
    run_pipeline(instance)
    assert person(world)["timezone"] == "America/Lima"
    if chosen:
        world.db[USERS].update_one({"id": ANN}, {"$set": {"timezone": chosen}})
    erase_as_cli(None)
    assert person(world).get("timezone") == chosen
