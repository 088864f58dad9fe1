"""Documents of the old system: read where a rule can, named where none can, kept in any case."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.migration import plan as migration
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.people.person import Person
from astra_pipeline.reports.rules import newest, noted_before

_ENDED = dt.datetime(2026, 10, 3, 14, 0, tzinfo=dt.UTC)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ["preferences", "recent_conversations", "insights", "incident_map", "weekly_reports", "gamification"]
)


def _fact(conversation_id: str = "conv_1", content: str = "Likes her work.") -> Fact:
    told = {
        "summary": "About work.",
        "topics": ["career"],
        "emotional_tone": "calm",
        "insights": [{"type": "career", "content": content}],
    }
    return Fact(conversation_id, _ENDED, _ENDED, TranscriptInsights.model_validate(told), None)


@given(st.text(min_size=1))
def test_a_julep_user_has_one_id_for_good(user_id: str) -> None:
    made = julep_user_id(user_id)
    assert str(uuid.UUID(made)) == made == julep_user_id(user_id)
    assert made != julep_user_id(user_id + "x")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"user_overview": None}, None),
        ({}, None),
        ({"name": None}, None),
        ({"name": 7}, "name"),
        ({"date_of_birth": "1994-03-12"}, None),
        ({"date_of_birth": "in spring"}, "date_of_birth"),
        ({"user_overview": "lost"}, "user_overview"),
        ({"user_overview": {"preferences": {"hinglish_level": "30"}}}, None),
        ({"user_overview": {"preferences": {"hinglish_level": "a lot"}}}, "hinglish_level"),
        ({"user_overview": {"preferences": []}}, "preferences"),
        ({"user_overview": {"recent_conversations": {"a": {}}}}, "recent_conversations"),
        ({"user_overview": {"insights": ["likes tea", {"content": "x"}]}}, "1 of 2 entries"),
    ],
)
def test_what_no_rule_reads_is_named_and_its_value_is_not(fields: dict[str, Any], named: str | None) -> None:
    found = migration.unreadable({"id": "user_1"} | fields)
    assert len(found) == (0 if named is None else 1)
    assert named is None or named in found[0]
    assert not any(value in " ".join(found) for value in ("in spring", "lost", "a lot", "likes tea"))


@given(st.dictionaries(_FIELDS, _ANYTHING), _ANYTHING, _ANYTHING)
def test_no_document_is_odd_enough_to_stop_a_migration(overview: dict[str, Any], name: Any, born: Any) -> None:
    found = migration.unreadable({"id": "u", "name": name, "date_of_birth": born, "user_overview": overview})
    assert all(isinstance(problem, str) for problem in found)
    assert migration.julep_profile(Person.read({"id": "u", "name": name}))["name"]


def test_an_insight_without_an_id_is_told_once_by_the_fact_in_its_words() -> None:
    old = [
        {"type": "career", "content": "likes  her work", "generated_at": "2026-10-03"},
        {"type": "family", "content": "Has a sister."},
        "a bare sentence",
    ]
    user = {"id": "user_1", "user_overview": {"insights": old}}
    told = fold(user, [_fact()])["user_overview.insights"]
    assert [entry if isinstance(entry, str) else entry["content"] for entry in told] == [
        "a bare sentence",
        "Has a sister.",
        "Likes her work.",
    ]
    assert (
        fold({"id": "user_1", "user_overview": {"insights": told}}, [_fact()]).get("user_overview.insights") is None
    )


def test_entries_that_are_no_documents_are_kept_while_there_is_room() -> None:
    user = {"id": "user_1", "user_overview": {"recent_conversations": ["old text"], "incident_map": ["moved"]}}
    changes = fold(user, [_fact()])
    assert changes["user_overview.recent_conversations"][0] == "old text"
    assert "user_overview.incident_map" not in changes


@pytest.mark.parametrize(
    "entry",
    [
        {"conversation_id": "conv_9", "topics": ["travel"]},
        {"date": "2026-10-03T14:04:00", "topics": ["travel"]},
        {"date": _ENDED - dt.timedelta(minutes=9), "topics": ["travel"]},
    ],
)
def test_what_the_old_system_told_of_a_conversation_is_found(entry: dict[str, Any]) -> None:
    user = {"user_overview": {"recent_conversations": ["odd", {"topics": ["other"]}, entry]}}
    assert noted_before(Person.read(user), "conv_9", _ENDED)["topics"] == ["travel"]
    assert noted_before(Person.read(user), "conv_8", _ENDED + dt.timedelta(days=1)) == {}


def test_of_two_entries_within_minutes_the_nearer_tells_and_what_is_set_aside_tells_too() -> None:
    near = {"date": (_ENDED - dt.timedelta(minutes=1)).isoformat(), "topics": ["near"]}
    far = {"date": _ENDED + dt.timedelta(minutes=8), "topics": ["far"]}
    user = {"user_overview": {"recent_conversations": [far]}}
    aside = {"astra": {"set_aside": {"user_overview_recent_conversations": [near]}}}
    assert noted_before(Person.read(user | aside), "conv_9", _ENDED) == near
    assert noted_before(Person.read(user), "conv_9", _ENDED) == far


def test_a_date_without_a_time_tells_of_the_local_day_where_it_is_the_only_one() -> None:
    late = dt.datetime(2026, 10, 3, 20, tzinfo=dt.UTC)  # the 4th in Kolkata
    entries = [{"date": "2026-10-04", "topics": ["travel"]}, {"date": "2026-10-03", "topics": ["other"]}]
    user = {"timezone": "Asia/Kolkata", "user_overview": {"recent_conversations": entries}}
    assert noted_before(Person.read(user), "conv_9", late) == entries[0]
    entries.append({"date": "Oct 4, 2026", "topics": ["love"]})
    assert noted_before(Person.read(user), "conv_9", late) == {}


@pytest.mark.parametrize("start", ["2026-10-04", "Oct 5, 2026", dt.datetime(2026, 10, 4, 18, 30, tzinfo=dt.UTC)])
def test_an_old_report_of_a_week_gives_way_to_ours_however_it_is_dated(start: Any) -> None:
    ours = {"week_start": "2026-10-05", "content": "ours"}
    older, undated = {"week_start": "2026-09-28", "content": "older"}, {"week_start": "05/10/2026", "content": "?"}
    assert newest([ours], [{"week_start": start, "content": "old"}, older, undated], None) == (
        [ours, older, undated],
        ours,
    )


def test_what_was_set_aside_is_named_as_such_and_what_was_only_replaced_is_not() -> None:
    aside = {
        "user_overview_insights": "likes tea",
        "user_overview_preferences_hinglish_level": "a lot",
        "user_overview_preferences_hinglish_level_2": "40",
        "user_overview_profile_summary": "A portrait.",
        "user_overview_recent_conversations": [{"summary": "Old"}, "a sentence"],
        "something_else": 1,
    }
    assert migration.unreadable({"id": "u", "astra": {"set_aside": aside}}) == [
        "user_overview.insights was of type str, want a list; quarantined",
        "user_overview.preferences.hinglish_level was of type str, want a number; quarantined",
        "user_overview.recent_conversations: 1 of 2 entries are no documents; quarantined",
    ]


def test_odd_entries_are_named_by_their_field() -> None:
    overview = {
        "recent_conversations": [{"conversation_id": {"$oid": "x"}}, {"date": "someday"}, {"date": "Nov 3, 2025"}],
        "insights": [{"content": {"a": 1}}, {"content": None}],
        "incident_map": [{"title": ["a"], "description": "b"}],
        "weekly_reports": [{"week_start": "05/10/2026"}, {"week_start": "soon"}, {"content": "undated"}],
    }
    assert migration.unreadable({"id": "u", "user_overview": overview}) == [
        "user_overview.recent_conversations: 1 of 3 entries have a conversation_id that is no text",
        "user_overview.recent_conversations: 1 of 3 entries have a date that is no date",
        "user_overview.insights: 1 of 2 entries have a content that is no text",
        "user_overview.incident_map: 1 of 1 entries have a title that is no text",
        "user_overview.weekly_reports: 2 of 3 entries have a week_start that is no date",
    ]
