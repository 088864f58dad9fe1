"""Folding facts into an overview: idempotent, blind to order, and careful with what others wrote."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.quarantine import room
from astra_pipeline.store.documents import at_path

_NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def fact(number: int, *, hours: float | None = None, zone: str | None = None, **told: Any) -> Fact:
    answer = {"summary": f"Summary {number}", "topics": ["Career"], "emotional_tone": "calm"} | told
    ended = _NOON + dt.timedelta(hours=number if hours is None else hours)
    return Fact(
        conversation_id=f"conv_{number:03d}",
        ended_at=ended,
        created_at=ended + dt.timedelta(minutes=1),
        insights=TranscriptInsights.model_validate(answer),
        timezone=zone,
    )


def applied(user: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The user document after MongoDB's `$set` of dotted paths."""
    document = copy.deepcopy(dict(user))
    for path, value in changes.items():
        *parents, leaf = path.split(".")
        place = document
        for parent in parents:
            place = place.setdefault(parent, {})
        place[leaf] = copy.deepcopy(value)
    return document


def folded(user: Mapping[str, Any], *facts: Fact) -> dict[str, Any]:
    with_room = applied(user, room(user))
    return applied(with_room, fold(with_room, facts))


def overview_of(user: Mapping[str, Any]) -> dict[str, Any]:
    return user["user_overview"]


def test_one_conversation_fills_every_field_we_own() -> None:
    told = fact(
        1,
        key_insights=["Works nights."],
        questions_asked=["Will I move?"],
        follow_up_actions=["Remind: call mother"],
        insights=[{"type": "emotion", "content": "Felt calm.", "confidence": 0.5}],
        incidents=[{"title": "Move", "description": "Moved to Pune.", "tags": ["home"]}],
        preferences={"communication_style": "casual", "topics_of_interest": ["Dreams"], "hinglish_level": 40},
        birth_details={"city": "Pune", "country": "India", "place_text": "Pune, India"},
        profile_summary="A nurse.",
        first_message="Hi [USERNAME], how is Pune?",
        zone="Asia/Dubai",
    )
    user = folded({"id": "u"}, told)
    overview = overview_of(user)
    assert overview["recent_conversations"] == [
        {
            "conversation_id": "conv_001",
            "date": told.ended_at,
            "topics": ["Career"],
            "summary": "Summary 1",
            "key_insights": ["Works nights."],
            "questions_asked": ["Will I move?"],
            "emotional_tone": "calm",
            "follow_up_actions": ["Remind: call mother"],
        }
    ]
    assert overview["insights"] == [
        {
            "type": "emotion",
            "content": "Felt calm.",
            "generated_at": told.created_at,
            "confidence": 0.5,
            "conversation_id": "conv_001",
        }
    ]
    assert overview["incident_map"] == [{"title": "Move", "description": "Moved to Pune.", "tags": ["home"]}]
    assert overview["profile_summary"] == "A nurse."
    assert overview["first_message"] == "Hi {{user_name}}, how is Pune?"
    assert overview["birth_details"] == {
        "city": "Pune",
        "country": "India",
        "place_text": "Pune, India",
        "timezone": "Asia/Kolkata",
    }
    assert overview["preferences"] == {
        "communication_style": "casual",
        "topics_of_interest": ["Dreams"],
        "hinglish_level": 40,
    }
    assert user["timezone"] == "Asia/Dubai"


def test_the_newest_ten_conversations_stay_oldest_first() -> None:
    user = folded({"id": "u"}, *[fact(number) for number in (5, 12, 1, 9, 3, 2, 11, 8, 4, 10, 7, 6)])
    ids = [entry["conversation_id"] for entry in overview_of(user)["recent_conversations"]]
    assert ids == [f"conv_{number:03d}" for number in range(3, 13)]


def test_what_the_old_system_and_the_app_wrote_is_kept() -> None:
    before = {
        "id": "u",
        "user_overview": {
            "recent_conversations": [
                {"conversation_id": "old_1", "date": "2026-10-01T10:00:00Z", "summary": "Old"},
                {"date": "someday", "summary": "Undated"},
            ],
            "insights": [{"type": "belief", "content": "From the old system"}],
            "incident_map": [{"title": "Old", "description": "Long ago", "tags": []}],
            "preferences": {"flirt_opt_in": True, "theme": "dark"},
            "latest_horoscope": {"content": "Stars"},
        },
    }
    overview = overview_of(folded(before, fact(1)))
    assert [entry.get("summary") for entry in overview["recent_conversations"]] == ["Undated", "Old", "Summary 1"]
    assert overview["insights"][0]["content"] == "From the old system"
    assert overview["incident_map"][0]["title"] == "Old"
    assert overview["preferences"] == {"flirt_opt_in": True, "theme": "dark"}
    assert overview["latest_horoscope"] == {"content": "Stars"}


def test_an_entry_of_the_old_system_without_an_id_gives_way_to_the_fact_of_the_same_call() -> None:
    told = fact(1)
    old = {"date": told.ended_at - dt.timedelta(minutes=2), "summary": "What the old system made of it"}
    user = {"id": "u", "user_overview": {"recent_conversations": [old]}}
    (entry,) = overview_of(folded(user, told))["recent_conversations"]
    assert entry["conversation_id"] == "conv_001"


def test_a_preference_changed_in_the_app_stands_until_a_newer_conversation() -> None:
    casual = fact(1, preferences={"communication_style": "casual"})
    user = folded({"id": "u"}, casual)
    overview_of(user)["preferences"]["communication_style"] = "formal"
    assert overview_of(folded(user, casual))["preferences"]["communication_style"] == "formal"
    silent = fact(2)
    assert overview_of(folded(user, casual, silent))["preferences"]["communication_style"] == "formal"
    balanced = fact(3, preferences={"communication_style": "balanced"})
    assert overview_of(folded(user, casual, silent, balanced))["preferences"]["communication_style"] == "balanced"


def test_a_topic_removed_in_the_app_does_not_come_back() -> None:
    first = fact(1, preferences={"topics_of_interest": ["Dreams", "Money"]})
    user = folded({"id": "u"}, first)
    overview_of(user)["preferences"]["topics_of_interest"] = ["Money"]
    second = fact(2, preferences={"topics_of_interest": ["dreams", "Travel"]})
    assert overview_of(folded(user, first, second))["preferences"]["topics_of_interest"] == ["Money", "Travel"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("user_overview", ["a list"]),
        ("user_overview.recent_conversations", "text"),
        ("user_overview.insights", {"a": 1}),
        ("user_overview.incident_map", 7),
        ("user_overview.preferences", "casual"),
        ("astra.applied", ["hinglish_level"]),
    ],
)
def test_an_impossible_type_holds_nobody_up_and_is_set_aside(path: str, value: Any) -> None:
    told = fact(1, preferences={"hinglish_level": 3, "topics_of_interest": ["Saturn"]})
    user = folded(applied({"id": "u"}, {path: value}), told)
    as_ever = folded({"id": "u"}, told)
    assert overview_of(user) == overview_of(as_ever)
    assert user["astra"]["set_aside"] == {path.replace(".", "_"): value}
    assert fold(user, [told]) == {}


def test_what_no_rule_reads_gives_way_and_is_set_aside() -> None:
    odd = {
        "first_message": ["Hi"],
        "preferences": {"hinglish_level": "a lot", "topics_of_interest": ["Tarot", {"name": "Moon"}]},
    }
    told = fact(
        1,
        first_message="Welcome",
        preferences={"hinglish_level": 3, "topics_of_interest": ["Saturn"]},
        zone="Europe/Lisbon",
    )
    user = folded({"id": "u", "timezone": "Mars/Phobos", "user_overview": odd}, told)
    overview = overview_of(user)
    assert (overview["first_message"], user["timezone"]) == ("Welcome", "Europe/Lisbon")
    assert overview["preferences"] == {"hinglish_level": 3, "topics_of_interest": ["Tarot", "Saturn"]}
    assert user["astra"]["set_aside"] == {
        "timezone": "Mars/Phobos",
        "user_overview_first_message": ["Hi"],
        "user_overview_preferences_hinglish_level": "a lot",
        "user_overview_preferences_topics_of_interest": ["Tarot", {"name": "Moon"}],
    }


def test_topics_stored_as_one_text_are_topics() -> None:
    stored = {"preferences": {"topics_of_interest": "love, career"}}
    user = folded({"id": "u", "user_overview": stored}, fact(1, preferences={"topics_of_interest": ["Dreams"]}))
    assert overview_of(user)["preferences"]["topics_of_interest"] == ["love", "career", "Dreams"]


_topics = st.lists(st.sampled_from(["Career", "Love", "career", "Saturn", "Dreams"]), max_size=3)
_facts = st.lists(
    st.builds(
        fact,
        st.integers(0, 40),
        zone=st.sampled_from([None, "Asia/Dubai", "Europe/London"]),
        topics=_topics,
        first_message=st.sampled_from([None, "Hi [USERNAME]", "Welcome back"]),
        profile_summary=st.sampled_from([None, "A nurse.", "A teacher."]),
        incidents=st.lists(
            st.builds(lambda n: {"title": None, "description": f"Event {n}", "tags": []}, st.integers(0, 15)),
            max_size=3,
        ),
        insights=st.lists(st.just({"type": "emotion", "content": "Felt calm."}), max_size=2),
        preferences=st.builds(
            lambda style, level, topics: {
                "communication_style": style,
                "hinglish_level": level,
                "topics_of_interest": topics,
            },
            st.sampled_from([None, "casual", "formal"]),
            st.none() | st.integers(0, 100),
            _topics,
        ),
        birth_details=st.builds(lambda city: {"city": city}, st.sampled_from([None, "Pune", "Apia"])),
    ),
    max_size=15,
    unique_by=lambda told: told.conversation_id,
)
_stored = st.fixed_dictionaries(
    {"id": st.just("u")},
    optional={
        "user_overview": st.none()
        | st.fixed_dictionaries(
            {},
            optional={
                "preferences": st.none()
                | st.just({"flirt_opt_in": True, "topics_of_interest": ["Saturn", "Tarot"]}),
                "recent_conversations": st.none() | st.just([{"conversation_id": "old", "date": None}]),
                "insights": st.none() | st.just([{"content": "old"}]),
                "incident_map": st.none(),
            },
        ),
        "astra": st.none() | st.just({"cohort": "asia-kolkata-001"}),
    },
)


@given(_stored, _facts)
def test_folding_again_changes_nothing(stored: dict[str, Any], facts: list[Fact]) -> None:
    fold(stored, facts)  # nulls as they are stored raise nothing
    user = folded(stored, *facts)
    assert fold(user, facts) == {}


@given(_facts, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_become_known_does_not_matter(facts: list[Fact], random: Any) -> None:
    at_once = folded({"id": "u"}, *facts)
    if not facts:
        assert fold(at_once, []) == {}
        return
    shuffled = list(facts)
    random.shuffle(shuffled)
    step_by_step: dict[str, Any] = {"id": "u"}
    for count in range(len(shuffled)):
        step_by_step = folded(step_by_step, *shuffled[: count + 1])
    for field in (
        "recent_conversations",
        "insights",
        "incident_map",
        "profile_summary",
        "first_message",
        "birth_details",
    ):
        path = f"user_overview.{field}"
        assert at_path(step_by_step, path) == at_path(at_once, path), field
    for field in ("communication_style", "hinglish_level"):
        path = f"user_overview.preferences.{field}"
        assert at_path(step_by_step, path) == at_path(at_once, path), field
    assert step_by_step.get("timezone") == at_once.get("timezone")


@given(_stored, _facts)
def test_consent_and_what_is_not_ours_is_never_touched(stored: dict[str, Any], facts: list[Fact]) -> None:
    changes = fold(stored, facts)
    notes = (
        "astra.applied.",
        "astra.birth_rejected.",
        "astra.birth_pending.",
        "astra.birth_flags.",
        "astra.set_aside.",
    )
    ours = ("user_overview.", *notes, "birth_", "date_of_birth")
    assert all(path.startswith(ours) or path in ("timezone", "astra.old_knowledge") for path in changes)
    assert not any("flirt_opt_in" in path or "gamification" in path for path in changes)
    # Whole documents are never set, so a field the app adds meanwhile survives.
    assert changes.keys().isdisjoint({"user_overview", "user_overview.preferences", "user_overview.birth_details"})
