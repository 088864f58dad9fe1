"""Documents of the old system: read where a rule can, named where none can, kept in any case."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.core import migration
from astra_pipeline.core.facts import Fact
from astra_pipeline.core.overview import fold
from astra_pipeline.core.reports import told_before
from astra_pipeline.tasks.models import TranscriptInsights

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
    made = migration.julep_user_id(user_id)
    assert str(uuid.UUID(made)) == made == migration.julep_user_id(user_id)
    assert made != migration.julep_user_id(user_id + "x")


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
    assert migration.julep_profile({"id": "u", "name": name})["name"]


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
    assert told_before(user, "conv_9", _ENDED)["topics"] == ["travel"]
    assert told_before(user, "conv_8", _ENDED + dt.timedelta(days=1)) == {}
