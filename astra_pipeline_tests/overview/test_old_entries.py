"""Entries of the old system in the lists of an overview, next to those of facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from astra_pipeline.conversations.fact import EMPTY_SUMMARY
from astra_pipeline.overview.fold import fold
from astra_pipeline_tests.overview.old_documents import HOUR, MINUTE, NOON, empty, old_user, quarantined
from astra_pipeline_tests.overview.test_fold import fact, folded, overview_of

_RICH = {"summary": "Told of her mother's surgery.", "topics": ["health"], "mood": "sad"}


def summaries(user: Mapping[str, Any]) -> list[Any]:
    return [entry.get("summary") for entry in overview_of(user)["recent_conversations"]]


def test_of_two_calls_within_minutes_each_keeps_its_entry() -> None:
    told = fact(0, summary="Talked about Education.")
    first = {"date": (told.ended_at - 8 * MINUTE).isoformat(), "summary": "FIRST CALL: the surgery on Friday."}
    second = {"date": told.ended_at.isoformat(), "summary": "Second call: exam."}
    user = folded(old_user(recent_conversations=[first, second]), told)
    assert summaries(user) == ["FIRST CALL: the surgery on Friday.", "Talked about Education."]
    assert quarantined(user, "recent_conversations") == [second]


def test_one_entry_is_matched_with_one_fact() -> None:
    entry = {"date": NOON, "summary": "Exam."}
    near, far = fact(0, hours=0), fact(1, hours=8 / 60)
    for order in ((near, far), (far, near)):
        user = old_user(recent_conversations=[entry])
        for count in (1, 2):
            user = folded(user, *order[:count])
        assert summaries(user) == ["Summary 0", "Summary 1"]
        assert quarantined(user, "recent_conversations") == [entry]


def test_an_emptied_transcript_leaves_the_entry_and_its_insights() -> None:
    insights = [{"type": "family", "content": "Her mother has surgery."}]
    named = _RICH | {"conversation_id": "conv_001", "date": "2026-11-01T12:58:00"}
    for entry in (named, {**named, "conversation_id": None}):
        mine = [insights[0] | {"conversation_id": entry["conversation_id"]}]
        user = folded(old_user(recent_conversations=[entry], insights=mine), empty(1))
        assert overview_of(user)["recent_conversations"] == [named]
        assert overview_of(user)["insights"] == mine
        assert fold(user, [empty(1)]) == {}


def test_an_entry_that_says_nothing_is_no_reason_to_keep_it() -> None:
    bare = {"conversation_id": "conv_001", "summary": EMPTY_SUMMARY, "topics": []}
    (entry,) = overview_of(folded(old_user(recent_conversations=[bare]), empty(1)))["recent_conversations"]
    assert entry["date"] == empty(1).ended_at


def test_a_fact_takes_the_place_of_the_old_entry_and_keeps_its_extras() -> None:
    entry = _RICH | {"conversation_id": "conv_001", "date": NOON}
    insight = {"conversation_id": "conv_001", "type": "family", "content": "Her mother has surgery."}
    told = fact(1, insights=[{"type": "emotion", "content": "Felt anxious."}])
    user = folded(old_user(recent_conversations=[entry], insights=[insight]), told)
    (shown,) = overview_of(user)["recent_conversations"]
    assert (shown["summary"], shown["mood"]) == ("Summary 1", "sad")
    assert quarantined(user, "recent_conversations") == [entry]
    assert quarantined(user, "insights") == [insight]
    again = folded(user, fact(1, summary="Told anew", insights=[{"type": "emotion", "content": "Felt sad."}]))
    assert summaries(again) == ["Told anew"]
    assert quarantined(again, "recent_conversations") == [entry]
    assert quarantined(again, "insights") == [insight]


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d",
        "%Y-%m-%d %H:%M",
        "%m/%d/%Y, %I:%M:%S %p",
        "%m/%d/%Y",
        "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)",
        "%a, %d %b %Y %H:%M:%S GMT",
        "%s",
    ],
)
def test_a_conversation_has_one_entry_however_the_old_one_is_dated(form: str) -> None:
    told = fact(1, hours=2)
    written = str(int(told.ended_at.timestamp())) if form == "%s" else told.ended_at.strftime(form)
    user = folded(old_user(recent_conversations=[{"date": written, "summary": "Exam."}]), told)
    assert summaries(user) == ["Summary 1"]


def test_a_date_without_a_time_is_matched_on_the_local_day_where_that_is_one_conversation() -> None:
    entry = {"date": "2026-11-02", "summary": "Exam."}  # in Kolkata
    told = fact(1, hours=7)
    assert summaries(folded(old_user(recent_conversations=[entry]), told)) == ["Summary 1"]
    other = fact(2, hours=9)
    both = folded(folded(old_user(recent_conversations=[entry]), told), told, other)
    assert sorted(summaries(both)) == ["Exam.", "Summary 1", "Summary 2"], "which of the two it tells is open"
    second = {"date": "2026-11-02", "summary": "Once more."}
    assert summaries(folded(old_user(recent_conversations=[entry, second]), told, other)) == [
        "Summary 1",
        "Summary 2",
    ]


def test_ids_titles_and_contents_of_any_type_are_kept() -> None:
    odd = old_user(
        recent_conversations=[{"conversation_id": {"$oid": "x"}, "summary": "a"}, {"date": {"a": 1}}],
        insights=[{"conversation_id": ["x"], "content": "a"}, {"content": {"a": 1}}, 5],
        incident_map=[{"title": ["a"], "description": "b"}, {"title": "a", "description": {"x": 1}}],
    )
    told = fact(1, incidents=[{"title": "Move", "description": "Moved."}])
    user = folded(odd, told)
    kept = overview_of(user)
    assert kept["recent_conversations"][:2] == odd["user_overview"]["recent_conversations"]
    assert kept["insights"] == [5, *odd["user_overview"]["insights"][:2]]
    assert kept["incident_map"][:2] == odd["user_overview"]["incident_map"]


def test_entries_that_newer_ones_crowd_out_are_quarantined() -> None:
    old = [{"date": NOON - number * HOUR, "summary": f"Old {number}"} for number in range(12, 0, -1)]
    user = folded(old_user(recent_conversations=["a sentence", *old]), *map(fact, range(1, 4)))
    assert len(overview_of(user)["recent_conversations"]) == 10
    assert quarantined(user, "recent_conversations") == ["a sentence", *old[:5]]
