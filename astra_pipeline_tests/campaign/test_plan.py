"""A campaign's plan follows from its seed, and befalls only who and what there is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bench.campaign import clock_skew, plan
from bench.campaign.oracle import expected


def test_the_same_seed_gives_the_same_plan_and_another_seed_another():
    assert plan.drawn(1, 300) == plan.drawn(1, 300)
    assert plan.drawn(1, 300).app != plan.drawn(2, 300).app
    assert plan.drawn(1, 300).faults != plan.drawn(2, 300).faults


def test_a_longer_plan_begins_as_the_shorter_one():
    short, long = plan.drawn(7, 60), plan.drawn(7, 600)
    assert long.app[: len(short.app)] == short.app
    assert long.faults[: len(short.faults)] == short.faults


@pytest.mark.parametrize("seed", range(5))
def test_every_step_befalls_somebody_who_joined_and_a_call_that_took_place(seed: int):
    people: set[str] = set()
    calls: dict[str, str] = {}
    for step in plan.drawn(seed, 600).app:
        if step.action == "join":
            people.add(step.person)
        assert step.person in people
        if step.action == "talk":
            calls[step.fields["call"]] = step.person
        elif "call" in step.fields:
            assert calls[step.fields["call"]] == step.person


def test_ten_minutes_hold_every_action_and_every_fault():
    wanted = plan.drawn(1, 600)
    assert {step.action for step in wanted.app} == {
        *("join", "talk", "complete_again", "move_end", "replace_metadata", "erase", "change_zone", "take_in")
    }
    assert {step.action for step in wanted.faults} == {
        *("kill_run", "pause_run", "step_down", "kill_primary", "pause_primary", "close_connections"),
        *("lose_writes", "lose_replies", "refuse", "hang", "skew"),
    }
    words = [step.fields["word"] for step in wanted.app if "word" in step.fields]
    assert len(set(words)) == len(words)


def test_the_oracle_counts_local_days():
    def at(day: int, hour: int) -> dict[str, Any]:
        return {"ended_at": dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC)}

    now = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
    ended = [at(20, 20), at(21, 10), at(22, 20)]  # in India the 21st, the 21st and the 23rd
    here = expected({"timezone": "Asia/Kolkata"}, ended, [], now=now)
    assert (here.streak_days, here.best_streak, here.total_conversations) == (1, 1, 3)
    there = expected({"timezone": "America/Los_Angeles"}, ended, [], now=now)
    assert (there.streak_days, there.best_streak) == (3, 3)
    assert expected({}, [], [], now=now).last_conversation_date is None


def test_the_oracle_counts_a_call_where_it_took_place():
    ends = [dt.datetime(2026, 11, day, hour, tzinfo=dt.UTC) for day, hour in ((21, 4), (22, 6), (22, 23))]
    calls = [{"conversation_id": str(number), "ended_at": end} for number, end in enumerate(ends)]
    told = [{"_id": "0", "timezone": "America/Los_Angeles"}, {"_id": "1", "timezone": "America/Los_Angeles"}]
    told.append({"_id": "2", "timezone": "Etc/Unknown"})  # at home, in New York
    user = {"timezone": "America/New_York"}
    assert expected(user, calls, [], told, now=ends[-1]).streak_days == 3  # the 20th, 21st and 22nd
    assert expected(user, calls, [], now=ends[-1]).streak_days == 1  # the 20th and, twice, the 22nd


def test_a_shifted_clock_is_off_and_dates_are_still_dates(monkeypatch: pytest.MonkeyPatch):
    real, real_time = dt.datetime, clock_skew.time.time
    before = real.now(dt.UTC)
    try:
        clock_skew.shift(-4200)
        now = dt.datetime.now(dt.UTC)
        assert before - dt.timedelta(seconds=4201) < now < before
        assert isinstance(now, dt.datetime)
        assert isinstance(before, dt.datetime)
        assert type(dt.datetime(2026, 1, 1, tzinfo=dt.UTC)) is real
        assert dt.datetime.fromisoformat("2026-01-01T00:00:00+00:00").year == 2026
        assert clock_skew.time.time() < real_time() - 4199
    finally:
        dt.datetime, clock_skew.time.time = real, real_time
