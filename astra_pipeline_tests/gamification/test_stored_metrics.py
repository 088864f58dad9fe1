"""Metrics that are stored already, of any type, and their part in the metrics computed anew."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import bson
import pandas as pd
import pytest

from astra_pipeline.gamification import rules as gamification
from astra_pipeline_tests.gamification.people import DAY, HOUR, Person, compute, compute_one, in_zone


def test_somebody_without_conversations_has_zeros_and_no_last_date():
    result = compute_one(Person(), dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    assert result == {
        "streak_days": 0,
        "best_streak": 0,
        "total_conversations": 0,
        "last_conversation_date": None,
        "last_conversation_day": None,
        "topics_explored": [],
        "chart_completion_percent": 0,
        "milestones_unlocked": [],
        "milestones": [],
        "newly_unlocked": [],
    }


def test_nobody_at_all_is_no_error():
    assert compute([], dt.datetime(2026, 5, 1, tzinfo=dt.UTC)) == []


def test_conversations_and_insights_of_people_not_asked_for_are_left_alone():
    now = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    asked, other = in_zone("UTC", now), Person("user_other", [now - DAY, now], [(now, ["love"])])
    talks = pd.DataFrame(
        [(person.user_id, at) for person in (other, asked) for at in person.talks], columns=["user_id", "ended_at"]
    )
    insights = pd.DataFrame([("user_other", now, ["love"])], columns=["user_id", "ended_at", "topics"])
    users = pd.DataFrame({"user_id": [asked.user_id]}, dtype=object)
    for name in ("timezone", *gamification.CHART_FIELDS, "stored_best_streak", "stored_milestones"):
        users[name] = None
    users["stored_unlocked"] = users["stored_topics"] = None
    computed = gamification.compute(talks, users, insights, as_of=now, default_timezone="UTC")
    assert computed["total_conversations"].tolist() == [1]
    assert computed["topics_explored"].tolist() == [[]]


JUNK_OF_EVERY_TYPE = (
    None,
    True,
    False,
    -4,
    2.5,
    float("nan"),
    10**30,
    "seven",
    b"7",
    {},
    [],
    [None, 3, {}, []],
    [{"id": 5}],
)


@pytest.mark.parametrize("value", JUNK_OF_EVERY_TYPE, ids=repr)
@pytest.mark.parametrize("name", ["best_streak", "milestones_unlocked", "milestones", "topics_explored"])
def test_stored_values_of_a_wrong_type_count_as_absent(name: str, value: object):
    now = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    person = in_zone("UTC", now - DAY, now)
    readable = (name, value) in (("best_streak", 2.5), ("topics_explored", "seven"))  # see below
    if not readable:
        assert compute_one(replace(person, **{name: value}), now) == compute_one(person, now)


@pytest.mark.parametrize(
    ("stored", "best"),
    [(5.0, 5), (2.5, 2), (1, 2), (bson.Int64(9), 9), (bson.Decimal128("12"), 12), ("12", 12), (" 7.0 ", 7)]
    + [(text, 2) for text in ("²", "12 days", "-5", "9" * 400, "")],
)
def test_a_best_streak_stored_as_another_kind_of_number_is_not_lost(stored: object, best: int):
    now = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    result = compute_one(replace(in_zone("UTC", now - DAY, now), best_streak=stored), now)
    assert result["best_streak"] == best
    assert type(result["best_streak"]) is int


def test_a_stored_streak_without_a_usable_date_has_nothing_to_lapse():
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    old = now - 5 * DAY
    assert gamification.lapsed(3, old, "UTC", now)
    assert gamification.lapsed(3.0, old, "UTC", now)
    assert gamification.lapsed("3", old, "UTC", now)
    for streak, last in ((0, old), (None, old), ("²", old), (True, old), (3, None), (3, "2026-05-01"), (3, 5)):
        assert not gamification.lapsed(streak, last, "UTC", now)


@pytest.mark.parametrize(
    ("field", "stored", "read"),
    [
        ("topics_explored", "career, love", ["career", "love"]),
        ("topics_explored", {"0": "career", "1": "love"}, ["career", "love"]),
        ("topics_explored", ["career", None, {"a": 1}, "love"], ["career", "love"]),
        ("topics_explored", {"career": 3}, []),
        ("milestones_unlocked", "first_conversation,streak_7", ["first_conversation", "streak_7"]),
        ("milestones_unlocked", "first_conversation and others", []),
        ("milestones_unlocked", [{"id": "streak_7", "seen": True}, "first_conversation"], ["streak_7"]),
    ],
)
def test_lists_that_the_old_system_wrote_in_another_way_are_read(field: str, stored: object, read: list[str]):
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    result = compute_one(replace(in_zone("UTC"), **{field: stored}), now)
    assert [name for name in result[field] if name in read] == read


def test_a_milestone_keeps_the_date_it_was_unlocked_on_also_when_that_is_text():
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    stored = [{"id": "early_bird", "title": "Early Bird", "unlocked_at": "2025-11-03T10:00:00Z"}]
    (entry,) = compute_one(replace(in_zone("UTC"), milestones=stored), now)["milestones"]
    assert entry["unlocked_at"] == dt.datetime(2025, 11, 3, 10, tzinfo=dt.UTC)


def test_milestones_the_old_system_stored_without_dates_come_first_and_get_the_date_facts_give():
    now = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    person = replace(in_zone("UTC", now), milestones_unlocked=["streak_7", "first_conversation", "early_bird"])
    result = compute_one(person, now + HOUR)
    assert result["milestones_unlocked"] == ["streak_7", "early_bird", "first_conversation"]
    assert [entry["unlocked_at"] for entry in result["milestones"]] == [None, None, now]
    assert result["milestones"][1] == {"id": "early_bird", "title": "early_bird", "emoji": "", "unlocked_at": None}
    assert result["newly_unlocked"] == []


def test_a_milestone_no_conversation_accounts_for_keeps_the_date_it_was_first_given():
    first = dt.datetime(2026, 5, 9, 12, tzinfo=dt.UTC)
    chart = {
        "date_of_birth": first,
        "birth_time": "07:40",
        "birth_location": "Pune",
        "birth_timezone": "Asia/Kolkata",
    }
    person = Person(profile=chart)
    stored = compute_one(person, first)
    assert stored["newly_unlocked"] == ["full_chart"]
    later = compute_one(person.having(stored), first + 30 * DAY)
    assert later["milestones"] == stored["milestones"]
    assert later["milestones"][0]["unlocked_at"] == first
    without_birth_time = replace(person.having(stored), profile=chart | {"birth_time": None})
    lost_chart = compute_one(without_birth_time, first + 30 * DAY)
    assert lost_chart["chart_completion_percent"] == 75
    assert lost_chart["milestones"] == stored["milestones"]


def test_topics_keep_the_spelling_and_place_of_their_first_mention():
    start = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
    person = Person(
        talks=[start, start + DAY],
        insights=[(start + DAY, ["LOVE", "Moon"]), (start, ["Love", "STRASSE", "Straße"])],
        topics_explored=["Childhood", "moon", "childhood", "Old friends", "CHILDHOOD"],
    )
    result = compute_one(person, start + DAY)
    assert result["topics_explored"] == ["Childhood", "Old friends", "Love", "STRASSE", "Moon"]
    explorer = {entry["id"]: entry["unlocked_at"] for entry in result["milestones"]}["topic_explorer"]
    assert explorer == start + DAY


@pytest.mark.parametrize(
    ("fields", "percent"),
    [
        ({}, 100),
        ({"date_of_birth": "2002-08-13T18:30:00.000Z"}, 100),
        ({"date_of_birth": dt.datetime(2002, 8, 13, 18, 30, tzinfo=dt.UTC)}, 100),
        ({"date_of_birth": "soon"}, 75),
        ({"birth_timezone": "Etc/Unknown"}, 75),
        ({"birth_timezone": " asia/kolkata"}, 100),
        ({"birth_time": " ", "birth_timezone": "UTC"}, 50),
    ],
)
def test_what_nothing_can_read_does_not_complete_a_chart(fields: dict[str, object], percent: int):
    chart = {"date_of_birth": "2002-08-14", "birth_time": "07:40", "birth_location": "Pune"}
    person = Person(profile=chart | {"birth_timezone": "Asia/Kolkata"} | fields)
    computed = compute_one(person, dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    assert computed["chart_completion_percent"] == percent
