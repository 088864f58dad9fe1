"""A call counts on the day it was where it took place: case K17, from a transcript's zone to the stored streak."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from astra_pipeline.gamification import due
from astra_pipeline.gamification import write as metrics
from astra_pipeline.gamification.read import read_ends
from astra_pipeline.people import cohorts
from astra_pipeline.store.collections import CONVERSATIONS, TRANSCRIPTS, USERS
from astra_pipeline.store.indexes import INDEXES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation
from astra_pipeline_tests.gamification.people import DAY, compute_one, in_zone, local
from astra_pipeline_tests.pipeline import run_pipeline

KOLKATA, NEW_YORK, LOS_ANGELES = "Asia/Kolkata", "America/New_York", "America/Los_Angeles"
GAMIFICATION = "user_overview.gamification"
NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def ten_days_and_a_flight(first: dt.date) -> list[tuple[dt.datetime, str]]:
    """(end, zone) of calls at 20:00 and 22:00 in turn in Los Angeles, and of one at 19:00 in New York."""
    calls = []
    for number in range(10):
        clock = dt.time(20 + number % 2 * 2)
        end = dt.datetime.combine(first + number * DAY, clock, tzinfo=ZoneInfo(LOS_ANGELES))
        calls.append((end.astimezone(dt.UTC), LOS_ANGELES))
    end = dt.datetime.combine(first + 10 * DAY, dt.time(19), tzinfo=ZoneInfo(NEW_YORK))
    return [*calls, (end.astimezone(dt.UTC), NEW_YORK)]


def talked(world: World, user_id: str, *calls: tuple[dt.datetime, str | None]) -> list[str]:
    """Completed conversations with their transcripts, as far as metrics read them."""
    ids = []
    for end, zone in calls:
        document = conversation(user_id, ended_at=end)
        world.db[CONVERSATIONS].insert_one(document)
        ids.append(document["conversation_id"])
        stored = {"_id": ids[-1], "user_id": user_id, "ended_at": end, "timezone": zone, "turns": []}
        world.db[TRANSCRIPTS].insert_one(stored)
    return ids


def streak(world: World, user_id: str, now: dt.datetime) -> int:
    metrics.refresh_users(world.db, [user_id], now=now)
    return world.overview(user_id)["gamification"]["streak_days"]


def move(world: World, user_id: str, zone: str) -> None:
    world.db[USERS].update_one({"id": user_id}, {"$set": {"timezone": zone}})


@pytest.mark.parametrize("home", [LOS_ANGELES, NEW_YORK, KOLKATA, "Etc/Unknown"])
def test_ten_days_in_los_angeles_and_a_call_from_new_york_are_eleven(world: World, home: str) -> None:
    calls = ten_days_and_a_flight(dt.date(2026, 10, 20))
    world.join("user_asha", timezone=LOS_ANGELES)
    talked(world, "user_asha", *calls[:10])
    assert streak(world, "user_asha", calls[9][0]) == 10
    talked(world, "user_asha", calls[10])
    move(world, "user_asha", home)
    counted = calls[10][0]
    assert streak(world, "user_asha", counted) == 11
    stored = world.overview("user_asha")["gamification"]
    assert (stored["best_streak"], stored["last_conversation_day"]) == (11, "2026-10-30")


@pytest.mark.parametrize("zone", [NEW_YORK, KOLKATA, "Asia/Tokyo", "Pacific/Auckland", "Pacific/Honolulu"])
def test_moving_never_dates_the_past_anew(world: World, zone: str) -> None:
    calls = [call for call in ten_days_and_a_flight(dt.date(2026, 10, 20)) if call[1] == LOS_ANGELES]
    world.join("user_asha", timezone=LOS_ANGELES)
    talked(world, "user_asha", *calls)
    assert streak(world, "user_asha", calls[-1][0]) == 10
    move(world, "user_asha", zone)
    metrics.refresh_users(world.db, ["user_asha"], now=calls[-1][0])
    stored = world.overview("user_asha")["gamification"]
    assert (stored["best_streak"], stored["last_conversation_day"]) == (10, "2026-10-29")


def test_calls_of_which_nobody_knows_the_place_count_at_home(world: World) -> None:
    world.join("user_asha", timezone=NEW_YORK)
    # 23:00 of the 20th and 01:00 of the 21st in New York; one UTC day.
    ends = [local(NEW_YORK, 2026, 10, 20, 23), local(NEW_YORK, 2026, 10, 21, 1)]
    talked(world, "user_asha", (ends[0], "Etc/Unknown"), (ends[1], None))
    world.db[CONVERSATIONS].insert_one(conversation("user_asha", ended_at=local(NEW_YORK, 2026, 10, 22, 23)))
    assert streak(world, "user_asha", local(NEW_YORK, 2026, 10, 23, 9)) == 3


def test_zones_stored_by_old_rules_are_read_by_the_new_ones(world: World) -> None:
    world.join("user_asha", timezone=KOLKATA)
    late = [
        local(LOS_ANGELES, 2026, 10, 20, 22),
        local(LOS_ANGELES, 2026, 10, 21, 20),
    ]  # in India the 21st, the 22nd
    early = local(KOLKATA, 2026, 10, 23, 9)
    talked(world, "user_asha", (late[0], " us/pacific"), (late[1], "america/los_angeles"), (early, "Asia/Calcutta"))
    metrics.refresh_users(world.db, ["user_asha"], now=early)
    stored = world.overview("user_asha")["gamification"]
    assert (stored["streak_days"], stored["best_streak"]) == (1, 2)  # the 20th and 21st; the 23rd


def test_a_streak_lapses_by_its_last_local_day_and_today_where_the_person_is(world: World) -> None:
    end = local(LOS_ANGELES, 2026, 10, 20, 22)  # already the 21st in India
    world.join("user_asha", timezone=KOLKATA, astra={"cohort": "asia-kolkata-001"})
    world.db["astra_cohorts"].insert_one({"_id": "asia-kolkata-001", "zone": KOLKATA, "opened": 0, "members": 1})
    talked(world, "user_asha", (end, LOS_ANGELES))
    assert streak(world, "user_asha", end) == 1
    assert due.lapsed(world.db, now=local(KOLKATA, 2026, 10, 21, 23, 59)) == []
    assert due.lapsed(world.db, now=local(KOLKATA, 2026, 10, 22, 0)) == ["user_asha"]
    assert streak(world, "user_asha", local(KOLKATA, 2026, 10, 22, 0)) == 0
    assert due.lapsed(world.db, now=local(KOLKATA, 2026, 10, 22, 0)) == []


def test_a_journey_westwards_across_the_date_line_costs_no_day() -> None:
    auckland, honolulu = "Pacific/Auckland", "Pacific/Honolulu"
    ends = [local(auckland, 2026, 5, 1, 20), local(auckland, 2026, 5, 2, 20), local(honolulu, 2026, 5, 2, 9)]
    person = in_zone(honolulu, *ends)
    person.places = {ends[0]: auckland, ends[1]: auckland}
    assert compute_one(person, ends[-1])["streak_days"] == 2
    # Home again, the calendar is a day ahead of what the person has lived through.
    assert compute_one(person, local(honolulu, 2026, 5, 3, 23))["streak_days"] == 2
    assert compute_one(person, local(honolulu, 2026, 5, 4, 0))["streak_days"] == 0


def test_only_calls_away_from_home_are_read_one_by_one(world: World) -> None:
    assert "zones" in [name for name, _, _ in INDEXES[TRANSCRIPTS]]
    homes = {}
    for number in range(60):
        user_id = world.join(f"user_{number}", timezone=KOLKATA)
        homes[user_id] = KOLKATA
        at_home = ("Asia/Calcutta", KOLKATA)[number % 2]
        talked(world, user_id, *((NOON - hours * dt.timedelta(hours=30), at_home) for hours in range(5)))
    talked(world, "user_7", (NOON - dt.timedelta(hours=1), LOS_ANGELES))
    world.db.command("profile", 2)
    ends = read_ends(world.db, homes, NOON)
    world.db.command("profile", 0)
    assert len(ends) == 301
    assert ends[ends["timezone"].notna()]["user_id"].tolist() == ["user_7"]
    reads = list(world.db["system.profile"].find({"op": {"$in": ["query", "getmore", "command"]}}))
    of_transcripts = [read for read in reads if read["ns"].endswith(TRANSCRIPTS)]
    assert sum(read.get("docsExamined", 0) for read in of_transcripts) == 0
    assert sum(read.get("keysExamined", 0) for read in of_transcripts) <= 4 * 60
    of_conversations = [read for read in reads if read["ns"].endswith(CONVERSATIONS)]
    assert sum(read.get("docsExamined", 0) for read in of_conversations) <= 6 + 5


def test_streaks_counted_by_old_rules_are_counted_anew_once(world: World) -> None:
    calls = ten_days_and_a_flight(dt.date(2026, 10, 20))
    now = calls[-1][0] + dt.timedelta(hours=1)
    world.join("user_asha", timezone=NEW_YORK)
    talked(world, "user_asha", *calls)
    old = {"streak_days": 2, "best_streak": 30, "total_conversations": 11, "last_conversation_date": calls[-1][0]}
    world.db[USERS].update_one({"id": "user_asha"}, {"$set": {GAMIFICATION: old}})
    world.join("user_new")
    world.join("user_odd", user_overview={"gamification": "none"})

    _, cursor = cohorts.follow(world.db, None)
    marked = {"astra.gamification_due": {"$exists": True}}
    assert [user["id"] for user in world.db[USERS].find(marked)] == ["user_asha"]
    cohorts.follow(world.db, None)  # the first was killed before its cursor was kept
    assert due.any_due(world.db, now=now) == 1
    metrics.refresh_users(world.db, ["user_asha"], now=now)
    stored = world.overview("user_asha")["gamification"]
    assert (stored["streak_days"], stored["best_streak"]) == (11, 30)
    assert world.db[USERS].count_documents(marked) == 0
    for position in (cursor, None):
        cohorts.follow(world.db, position)
        assert world.db[USERS].count_documents(marked) == 0


def test_a_new_yorker_whose_calls_report_no_place_stays_in_new_york(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha", timezone=NEW_YORK)
    today = dt.datetime.now(ZoneInfo(NEW_YORK)).date()
    # 23:30 and, on the next day, 00:30: in India both are of one date.
    ends = [
        dt.datetime.combine(today - days * DAY, clock, tzinfo=ZoneInfo(NEW_YORK)).astimezone(dt.UTC)
        for days, clock in ((2, dt.time(23, 30)), (1, dt.time(0, 30)))
    ]
    said: list[Any] = ["My job is on my mind.", "I slept badly."]
    for end, words, zone in zip(ends, said, ("Etc/Unknown", "UTC"), strict=True):
        world.talk("user_asha", words, ended_at=end, zone=zone)
    assert run_pipeline(instance, ends[0].date(), ends[1].date()).success
    stored = world.db[USERS].find_one({"id": "user_asha"})
    assert stored is not None
    assert stored["timezone"] == NEW_YORK
    assert "timezone" not in stored["astra"].get("applied", {})
    assert [one["timezone"] for one in world.db[TRANSCRIPTS].find()] == [None, None]
    assert stored["user_overview"]["gamification"]["best_streak"] == 2
    cohorts.follow(world.db, None)
    assert cohorts.place(world.db, "user_asha") == "america-new-york-001"


def test_ten_days_in_los_angeles_and_a_flight_through_the_whole_pipeline(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha", timezone=KOLKATA)
    today = dt.datetime.now(ZoneInfo(NEW_YORK)).date()
    calls = ten_days_and_a_flight(today - 11 * DAY)
    for number, (end, zone) in enumerate(calls):
        world.talk("user_asha", f"Call {number}: my career, and Saturn.", ended_at=end, zone=zone)
    assert run_pipeline(instance, calls[0][0].date(), calls[-1][0].date()).success
    stored = world.db[USERS].find_one({"id": "user_asha"})
    assert stored is not None
    assert stored["timezone"] == NEW_YORK
    assert stored["user_overview"]["gamification"]["streak_days"] == 11
