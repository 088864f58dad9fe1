"""Streaks of days, across midnights, changes of clocks and skipped dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from astra_pipeline.gamification import rules as gamification
from astra_pipeline_tests.gamification.people import (
    DAY,
    HOUR,
    MILLISECOND,
    Person,
    compute,
    compute_one,
    in_zone,
    local,
)


def every_day(zone: str, first: dt.date, days: int, hour: int = 9) -> list[dt.datetime]:
    dates = [first + number * DAY for number in range(days)]
    return [local(zone, day.year, day.month, day.day, hour) for day in dates]


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"])
def test_the_last_millisecond_before_local_midnight_is_another_day_than_midnight(zone: str):
    midnight = local(zone, 2026, 5, 2)
    person = in_zone(zone, midnight - MILLISECOND, midnight)
    assert compute_one(person, midnight)["streak_days"] == 2
    same_day = in_zone(zone, midnight, midnight + DAY - MILLISECOND)
    assert compute_one(same_day, midnight + DAY - MILLISECOND)["streak_days"] == 1


def test_a_streak_lasts_until_the_end_of_the_day_after_its_last_conversation():
    zone = "Asia/Kolkata"
    last = local(zone, 2026, 5, 2, 0, 0)
    person = in_zone(zone, last - DAY, last)
    end = local(zone, 2026, 5, 4)
    assert compute_one(person, end - MILLISECOND)["streak_days"] == 2
    assert compute_one(person, end)["streak_days"] == 0
    assert compute_one(person, end)["best_streak"] == 2
    assert not gamification.lapsed(2, last, zone, end - MILLISECOND)
    assert gamification.lapsed(2, last, zone, end)


def test_utc_days_do_not_count_where_the_person_has_other_days():
    # 23:00 and 01:00 in Kolkata: one UTC day, two of theirs; 06:00 UTC is not even the same date in Los Angeles.
    # Abidjan has the clock of UTC.
    late, early = local("Asia/Kolkata", 2026, 5, 1, 23), local("Asia/Kolkata", 2026, 5, 2, 1)
    assert compute_one(in_zone("Asia/Kolkata", late, early), early)["streak_days"] == 2
    assert compute_one(in_zone("Africa/Abidjan", late, early), early)["streak_days"] == 1


@pytest.mark.parametrize("days", [3, 7])
def test_a_streak_milestone_is_unlocked_by_the_first_conversation_of_its_last_day(days: int):
    zone = "America/New_York"
    talks = every_day(zone, dt.date(2026, 5, 1), days)
    shorter = compute_one(in_zone(zone, *talks[:-1]), talks[-1])
    assert f"streak_{days}" not in shorter["milestones_unlocked"]

    person = in_zone(zone, *talks, talks[-1] + HOUR).having(shorter)
    result = compute_one(person, talks[-1] + 2 * HOUR)
    assert result["streak_days"] == result["best_streak"] == days
    assert result["newly_unlocked"] == [f"streak_{days}"]
    assert result["milestones"][-1] == {
        "id": f"streak_{days}",
        "title": f"{days}-Day Streak",
        "emoji": "🔥",
        "unlocked_at": talks[-1],
    }


@pytest.mark.parametrize(
    ("zone", "changed"),
    [
        ("America/New_York", dt.date(2026, 3, 8)),
        ("America/New_York", dt.date(2026, 11, 1)),
        ("Europe/London", dt.date(2026, 3, 29)),
        ("Europe/London", dt.date(2026, 10, 25)),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5)),  # half an hour
        ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
        ("Africa/Casablanca", dt.date(2026, 2, 15)),  # for Ramadan
        ("America/Sao_Paulo", dt.date(2018, 2, 18)),  # at midnight, back to the evening before
        ("America/Sao_Paulo", dt.date(2018, 11, 4)),  # at midnight, which did not happen
    ],
)
@pytest.mark.parametrize("hour", [0, 1, 2, 12, 23])
def test_a_streak_of_seven_days_survives_the_change_of_clocks(zone: str, changed: dt.date, hour: int):
    offsets = {at.astimezone(ZoneInfo(zone)).utcoffset() for at in every_day(zone, changed - 3 * DAY, 7)}
    assert len(offsets) == 2, "the clocks change in this week"
    talks = every_day(zone, changed - 3 * DAY, 7, hour)
    result = compute_one(in_zone(zone, *talks), talks[-1])
    assert (result["streak_days"], result["best_streak"]) == (7, 7)
    missed = compute_one(in_zone(zone, *talks[:3], *talks[4:]), talks[-1])
    assert (missed["streak_days"], missed["best_streak"]) == (3, 3)


def test_the_hour_that_comes_twice_before_midnight_is_one_day():
    # 17 February 2018 in Sao Paulo had 25 hours: 23:00 to 24:00 came twice.
    twice = [dt.datetime(2018, 2, 18, 1, 30, tzinfo=dt.UTC), dt.datetime(2018, 2, 18, 2, 30, tzinfo=dt.UTC)]
    midnight = dt.datetime(2018, 2, 18, 3, tzinfo=dt.UTC)
    assert compute_one(in_zone("America/Sao_Paulo", *twice), midnight)["streak_days"] == 1
    assert compute_one(in_zone("America/Sao_Paulo", *twice, midnight), midnight)["streak_days"] == 2


def test_the_day_samoa_skipped_breaks_no_streak():
    zone = "Pacific/Apia"
    talks = [local(zone, 2011, 12, day, 12) for day in (28, 29, 31)] + [local(zone, 2012, 1, 1, 12)]
    result = compute_one(in_zone(zone, *talks), talks[-1])
    assert (result["streak_days"], result["best_streak"]) == (4, 4)
    assert {entry["id"]: entry["unlocked_at"] for entry in result["milestones"]}["streak_3"] == talks[2]
    # The 29th is the day before the 31st. It is not the day before 1 January.
    assert compute_one(in_zone(zone, *talks[:2]), local(zone, 2011, 12, 31, 23))["streak_days"] == 2
    assert compute_one(in_zone(zone, *talks[:2]), local(zone, 2012, 1, 1))["streak_days"] == 0
    assert not gamification.lapsed(2, talks[1], zone, local(zone, 2011, 12, 31, 23))
    assert gamification.lapsed(2, talks[1], zone, local(zone, 2012, 1, 1))
    # Elsewhere the 30th was a day like any other.
    elsewhere = [local("Asia/Kolkata", 2011, 12, day, 12) for day in (28, 29, 31)]
    assert compute_one(in_zone("Asia/Kolkata", *elsewhere), elsewhere[-1])["streak_days"] == 1


def test_streaks_end_where_the_person_is_and_not_everywhere_at_once():
    last = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    zones = ("Pacific/Kiritimati", "Asia/Kolkata", "Africa/Abidjan", "America/New_York")
    people = [replace(in_zone(zone, last), user_id=zone) for zone in zones]
    as_of = dt.datetime(2026, 5, 2, 19, tzinfo=dt.UTC)
    assert [result["streak_days"] for result in compute(people, as_of)] == [1, 0, 1, 1]


def test_a_missing_zone_falls_back_to_the_birth_zone_and_then_to_the_default():
    # 1 May 20:00 UTC is the 2nd in Kolkata and the 1st in New York.
    talks = [dt.datetime(2026, 5, 1, hour, tzinfo=dt.UTC) for hour in (12, 20)]
    for profile, streak in (
        ({"timezone": "America/New_York", "birth_timezone": "Asia/Kolkata"}, 1),
        ({"timezone": "Mars/Olympus", "birth_timezone": "America/New_York"}, 1),
        ({"birth_timezone": "Asia/Kolkata"}, 2),
        ({"timezone": None, "birth_timezone": 5}, 2),
        ({}, 2),
    ):
        assert compute_one(Person(talks=talks, profile=profile), talks[-1])["streak_days"] == streak, profile
