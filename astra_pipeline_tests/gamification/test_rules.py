"""The laws of gamification metrics, over people drawn at random, and a slow count by hand to compare with."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import bson
from hypothesis import event, given, settings
from hypothesis import strategies as st

from astra_pipeline.gamification import rules as gamification
from astra_pipeline_tests.gamification.by_hand import (
    assert_as_counted_by_hand,
    stored_best,
    stored_entries,
    strings,
    topics_of,
    zone_of,
)
from astra_pipeline_tests.gamification.people import DAY, MILLISECOND, Person, compute, compute_one
from astra_pipeline_tests.gamification.strategies import batches, jitters


@settings(max_examples=150)
@given(batches())
def test_metrics_are_what_counting_by_hand_gives(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    for person, result in zip(people, compute(people, as_of), strict=True):
        event(f"streak {min(result['streak_days'], 8)}")
        assert_as_counted_by_hand(person, result, as_of)


@settings(max_examples=60)
@given(batches())
def test_the_order_of_the_rows_does_not_matter(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    assert compute(people, as_of, backwards=True) == compute(people, as_of)


@settings(max_examples=60)
@given(batches())
def test_a_batch_gives_what_each_person_alone_gives(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    assert compute(people, as_of) == [compute_one(person, as_of) for person in people]


@settings(max_examples=100)
@given(batches())
def test_computing_again_changes_nothing_and_celebrates_nothing(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    first = compute(people, as_of)
    after = [person.having(result) for person, result in zip(people, first, strict=True)]
    assert compute(after, as_of) == [result | {"newly_unlocked": []} for result in first]


@settings(max_examples=60)
@given(batches())
def test_nothing_that_is_stored_is_ever_lost(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    for person, result in zip(people, compute(people, as_of), strict=True):
        assert result["best_streak"] >= stored_best(person)
        assert {*strings(person.milestones_unlocked), *stored_entries(person)} <= {*result["milestones_unlocked"]}
        topics = [topic.casefold() for topic in result["topics_explored"]]
        assert {topic.casefold() for topic in topics_of(person.topics_explored)} <= {*topics}
        assert len(topics) == len(set(topics))


@settings(max_examples=50)
@given(batches(fresh=True), st.integers(0, 14))
def test_conversations_that_become_known_late_leave_no_trace(
    batch: tuple[list[Person], dt.datetime], known_at_first: int
):
    people, as_of = batch
    as_of += MILLISECOND
    partly = [
        replace(person, talks=person.talks[:known_at_first], insights=person.insights[:known_at_first])
        for person in people
    ]
    stored = compute(partly, as_of)
    in_two_steps = compute([person.having(result) for person, result in zip(people, stored, strict=True)], as_of)
    at_once = compute(people, as_of)
    for name in set(at_once[0]) - {"newly_unlocked"}:
        assert [result[name] for result in in_two_steps] == [result[name] for result in at_once], name
    for early, late, both in zip(stored, in_two_steps, at_once, strict=True):
        assert sorted(early["newly_unlocked"] + late["newly_unlocked"]) == sorted(both["newly_unlocked"])


@settings(max_examples=60)
@given(batches())
def test_results_are_plain_values_that_bson_stores_as_they_are(batch: tuple[list[Person], dt.datetime]):
    people, as_of = batch
    aware = bson.CodecOptions[dict[str, Any]](tz_aware=True)
    for result in compute(people, as_of.replace(microsecond=as_of.microsecond // 1000 * 1000)):
        assert bson.decode(bson.encode(result), codec_options=aware) == result
        for name in ("streak_days", "best_streak", "total_conversations", "chart_completion_percent"):
            assert type(result[name]) is int, name
        assert type(result["last_conversation_date"]) in (dt.datetime, type(None))
        assert all(type(entry["unlocked_at"]) in (dt.datetime, type(None)) for entry in result["milestones"])


@settings(max_examples=100)
@given(batches(), st.integers(0, 5), jitters)
def test_a_stored_streak_has_lapsed_exactly_when_computing_it_anew_gives_nothing(
    batch: tuple[list[Person], dt.datetime], days: int, jitter: dt.timedelta
):
    people, as_of = batch
    later = max(as_of, as_of + days * DAY + jitter)
    before, after = compute(people, as_of), compute(people, later)
    for person, stored, anew in zip(people, before, after, strict=True):
        lapsed = gamification.lapsed(
            stored["streak_days"], _day(stored["last_conversation_day"]), zone_of(person), later
        )
        event(f"lapsed: {lapsed}")
        assert lapsed == (stored["streak_days"] > 0 and anew["streak_days"] == 0)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
