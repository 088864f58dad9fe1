"""The past of migrated people is completed, within the hourly limit of LLM calls."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from astra_pipeline.batches import budget
from astra_pipeline.definitions import defs
from astra_pipeline.defs.migration.sensors import migrated_users
from astra_pipeline.migration import backfill
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import BUDGET, FAILURES, USERS
from astra_pipeline.zones import at_local, week_of
from astra_pipeline_tests.charted import join, run_cells
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.migration.taking_in import NOW, take_in, ticked
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.working import work


def test_the_sensor_asks_for_the_reports_that_are_missing_and_no_others(
    world: World, instance: dg.DagsterInstance
) -> None:
    zone = "Asia/Kolkata"
    monday = week_of(NOW.date()) - dt.timedelta(weeks=2)
    weeks = [monday, monday - dt.timedelta(weeks=1), monday - dt.timedelta(weeks=6)]
    # The old system's weeks began on any day.
    old = {"week_start": (weeks[1] - dt.timedelta(days=1)).isoformat(), "content": "OLD"}
    world.join("user_a", user_overview={"weekly_reports": [old]})
    world.join("user_b")
    for user_id in ("user_a", "user_b"):
        for week in weeks:
            world.talk(user_id, "I worry about my exam.", ended_at=at_local(week, dt.time(12), zone))
    take_in(instance)

    def asked() -> list[Any]:
        context = dg.build_sensor_context(instance=instance, definitions=defs)
        ticked = migrated_users(context, mongo=MongoResource())
        assert isinstance(ticked, dg.SensorResult)
        return list(ticked.run_requests or [])

    assert asked() == [], "conversations are not processed yet"
    run_pipeline(instance, weeks[-1] - dt.timedelta(days=1), NOW.date())
    (request,) = asked()
    assert request.run_config["ops"]["weekly_reports"]["config"]["user_ids"] == ["user_a", "user_b"]
    result = defs.resolve_job_def("weekly_reports_job").execute_in_process(
        instance=instance, tags=request.tags, run_config=request.run_config, partition_key=request.partition_key
    )
    assert result.success
    written = {(r["user_id"], r["week_start"]) for r in world.db["astra_weekly_reports"].find()}
    mondays = [week.isoformat() for week in weeks]
    assert written == {("user_a", mondays[0]), ("user_b", mondays[0]), ("user_b", mondays[1])}
    assert old in world.overview("user_a")["weekly_reports"]
    assert asked() == []
    assert world.db[USERS].count_documents({"astra.migration.backfill_due": True}) == 0


def test_a_week_without_anything_to_report_is_not_requested_for_ever(
    world: World, instance: dg.DagsterInstance
) -> None:
    week = week_of(NOW.date()) - dt.timedelta(weeks=2)
    world.join("user_a")
    lost = world.talk("user_a", "Gone.", ended_at=at_local(week, dt.time(12), "Asia/Kolkata"))
    take_in(instance)
    world.db[USERS].update_many({}, {"$unset": {"astra.gamification_due": ""}})
    parked = {"kind": "transcripts", "item": lost, "conversation_id": lost, "user_id": "user_a"}
    world.db[FAILURES].insert_one(
        {"_id": f"transcripts:{lost}", "parked_at": NOW, "next_attempt_at": None} | parked
    )
    assert ticked(instance) == []
    assert world.db[USERS].count_documents({"astra.migration.backfill_due": True}) == 0


def test_people_whose_past_waits_hold_up_nobody(
    world: World, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "_LOOKED_AT", 2)
    week = at_local(week_of(NOW.date()) - dt.timedelta(weeks=2), dt.time(12), "Asia/Kolkata")
    for user_id in ("user_a", "user_b", "user_c", "user_z"):
        world.join(user_id)
        world.talk(user_id, "I worry about my exam.", ended_at=week)
    take_in(instance)
    done = {"user_id": "user_z"}
    world.db["elevenlabs_conversations"].update_many(done, {"$set": {"metadata.transcript_processed": True}})
    world.db[USERS].update_many({}, {"$unset": {"astra.gamification_due": ""}})
    (request,) = ticked(instance)
    assert request.run_config["ops"]["weekly_reports"]["config"]["user_ids"] == ["user_z"]


def test_runs_over_the_past_launched_by_hand_keep_to_the_hours_limit(
    world: World, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_BACKFILL_MAX_CALLS_PER_HOUR", "2")
    forget_settings()
    for number in range(4):
        join(world, f"user_{uuid.uuid4().hex[:8]}_{number}")
    ran = run_cells(instance, "daily_horoscopes", ("2026-11-20", "asia-kolkata-001"), raise_on_error=False)
    assert not ran.success, "nobody asks for the rest again"
    assert instance.get_materialized_partitions(dg.AssetKey("daily_horoscopes")) == set()
    assert world.db["astra_horoscopes"].count_documents({}) == 2
    today = dt.datetime.now(ZoneInfo("Asia/Kolkata")).date().isoformat()
    assert run_cells(instance, "daily_horoscopes", (today, "asia-kolkata-001")).success, "today is not the past"
    assert world.db["astra_horoscopes"].count_documents({"date": today}) == 4


def test_runs_over_the_past_stop_at_the_hours_limit_and_go_on_in_the_next(
    world: World, runner: str, instance: dg.DagsterInstance, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_BACKFILL_MAX_CALLS_PER_HOUR", "5")
    forget_settings()
    user_id = world.join("user_a")
    ids = [world.talk(user_id, f"Exam {n} worries me.", ended_at=recently(days=9, minutes=n)) for n in range(12)]
    first, last = NOW.date() - dt.timedelta(days=10), NOW.date()

    def paid() -> int:
        return sum(world.executions(one) for one in ids)

    run_pipeline(instance, first, last, tags={"astra/lane": "backlog"})
    assert paid() == 5
    assert world.db[FAILURES].count_documents({}) == 0
    assert budget.is_spent(world.db, now=dt.datetime.now(dt.UTC))
    run_pipeline(instance, first, last, tags={"astra/lane": "backlog"})
    assert paid() == 5
    live = world.talk(user_id, "And this is now.")
    run_pipeline(instance, tags={"astra/lane": "live"})
    assert world.executions(live) == 1, "live conversations are no part of it"
    for _ in range(2):
        world.db[BUDGET].delete_many({})  # an hour later
        run_pipeline(instance, first, last, tags={"astra/lane": "backlog"})
    assert paid() == 12
    assert len(world.overview(user_id)["recent_conversations"]) == 10


def test_people_who_wait_keep_nobody_else_from_their_reports(
    world: World, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call looks at some of them, the next one goes on, and after the last it begins anew."""
    monkeypatch.setattr(backfill, "_LOOKED_AT", 1)
    monkeypatch.setattr(backfill, "_PAGES", 1)
    last_week = recently(days=8)
    for name in ("a", "b", "c"):
        join(world, f"user_{name}", overview={}, julep_user_id="")
        talk = world.talk(f"user_{name}", "I worry about my exam.", ended_at=last_week)
        processed = {"metadata.transcript_processed": name == "c"}
        world.db["elevenlabs_conversations"].update_one({"conversation_id": talk}, {"$set": processed})
    world.db[USERS].update_many({}, {"$set": {"astra.migration": {"backfill_due": True}}})
    found, after = [], ""
    with work() as at_work:
        for _ in range(4):
            due, after = at_work.run(backfill.reports_due(at_work, after))
            found.append([user for users in due.values() for user in users])
    assert found == [[], [], ["user_c"], []]
