"""A streak that lapsed shows 0 without waiting for a new conversation."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from astra_pipeline.defs.gamification.schedules import daily_rollover_schedule
from astra_pipeline.gamification import due
from astra_pipeline.gamification import write as metrics
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import COHORTS, CONVERSATIONS, USERS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, user
from astra_pipeline_tests.pipeline import run_pipeline


def _ask(at: dt.datetime, instance: dg.DagsterInstance) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_schedule_context(instance=instance, scheduled_execution_time=at)
    asked = daily_rollover_schedule(context, mongo=MongoResource())
    assert isinstance(asked, dg.RunRequest | dg.SkipReason)
    return asked


def test_a_streak_lapses_at_the_second_midnight_where_the_person_is(
    world: World, instance: dg.DagsterInstance
) -> None:
    zone = ZoneInfo("Asia/Kathmandu")  # midnight is at 18:15 UTC
    world.join("user_asha", timezone="Asia/Kathmandu")
    for day in (8, 9, 10):
        end = dt.datetime(2026, 10, day, 23, 50, tzinfo=zone)
        world.db[CONVERSATIONS].insert_one(conversation("user_asha", ended_at=end.astimezone(dt.UTC)))
    metrics.refresh_users(world.db, ["user_asha"], now=dt.datetime(2026, 10, 11, 9, tzinfo=zone).astimezone(dt.UTC))
    assert world.overview("user_asha")["gamification"]["streak_days"] == 3

    second_midnight = dt.datetime(2026, 10, 12, 0, 0, tzinfo=zone).astimezone(dt.UTC)
    assert second_midnight.minute == 15
    assert isinstance(_ask(second_midnight - dt.timedelta(minutes=15), instance), dg.SkipReason)
    request = _ask(second_midnight, instance)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2026-10-11"
    assert request.asset_selection == [dg.AssetKey("gamification_metrics")]

    # A tick that was missed is made good by any later one.
    assert isinstance(_ask(second_midnight + dt.timedelta(days=9), instance), dg.RunRequest)


def test_the_rollovers_run_zeroes_lapsed_streaks_and_keeps_the_best(
    world: World, instance: dg.DagsterInstance
) -> None:
    now = dt.datetime.now(dt.UTC)
    for user_id, last in (("user_lapsed", 3), ("user_running", 0)):
        world.join(user_id, timezone="Africa/Abidjan")
        for days_ago in range(last, last + 4):
            end = now - dt.timedelta(days=days_ago, minutes=1)
            world.db[CONVERSATIONS].insert_one(conversation(user_id, ended_at=end))
        metrics.refresh_users(world.db, [user_id], now=now - dt.timedelta(days=last))
        assert world.overview(user_id)["gamification"]["streak_days"] == 4
    request = _ask(now, instance)
    assert isinstance(request, dg.RunRequest)
    assert request.tags["astra/users"] == "1"
    day = dt.date.fromisoformat(str(request.partition_key))
    assert run_pipeline(instance, day, tags=dict(request.tags), assets=["gamification_metrics"]).success
    lapsed = world.overview("user_lapsed")["gamification"]
    assert (lapsed["streak_days"], lapsed["best_streak"]) == (0, 4)
    assert world.overview("user_running")["gamification"]["streak_days"] == 4
    assert isinstance(_ask(now, instance), dg.SkipReason)


def test_metrics_of_a_run_killed_before_gamification_are_caught_up(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha")
    world.talk("user_asha", "Saturn, Venus, my job, my mother, my exam.")
    assert run_pipeline(instance, assets=["transcripts", "conversation_insights", "user_overviews"]).success
    assert "gamification" not in world.overview("user_asha")
    request = _ask(dt.datetime.now(dt.UTC), instance)
    assert isinstance(request, dg.RunRequest)
    today = dt.datetime.now(dt.UTC).date()
    assert run_pipeline(instance, today, tags=dict(request.tags), assets=["gamification_metrics"]).success
    assert world.overview("user_asha")["gamification"]["total_conversations"] == 1
    assert isinstance(_ask(dt.datetime.now(dt.UTC), instance), dg.SkipReason)


@pytest.mark.parametrize("has_day", [True, False], ids=["counted by these rules", "counted by earlier rules"])
def test_streaks_that_still_run_cost_a_tick_nothing(world: World, has_day: bool) -> None:
    """Most people talked more than 24 hours ago and yesterday, at some hour of the day."""
    zone = "Asia/Kolkata"
    evening = dt.datetime(2026, 10, 11, 20, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    cohorts = [f"asia-kolkata-{number:03d}" for number in range(3)]
    world.db[COHORTS].insert_many([{"_id": key, "zone": zone, "opened": at} for at, key in enumerate(cohorts)])

    def talked(user_id: str, cohort: str | None, hours: float) -> dict[str, Any]:
        end = evening - dt.timedelta(hours=hours)
        streak: dict[str, Any] = {"streak_days": 3, "last_conversation_date": end}
        if has_day:
            streak["last_conversation_day"] = end.astimezone(ZoneInfo(zone)).date().isoformat()
        return user(user_id, user_overview={"gamification": streak}, astra={"cohort": cohort})

    world.db[USERS].insert_many([talked(f"user_{number}", cohorts[number % 3], 40) for number in range(300)])
    places = {"user_asha": cohorts[1], "user_alone": None, "user_lost": "mars-olympus-001"}
    world.db[USERS].insert_many([talked(user_id, cohort, 45) for user_id, cohort in places.items()])
    world.db.command("profile", 2)
    assert set(due.lapsed(world.db, now=evening)) == places.keys()
    world.db.command("profile", 0)
    reads = list(world.db["system.profile"].find({"ns": f"{world.db.name}.{USERS}"}))
    assert reads
    assert sum(read.get("docsExamined", 0) for read in reads) <= 10
