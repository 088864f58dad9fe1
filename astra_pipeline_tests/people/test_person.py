"""A person is read out of whatever an old system stored: nothing raises, and what is read can be used."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.people.person import Person
from astra_pipeline.store.documents import with_changes
from astra_pipeline.zones import is_zone, person_zone
from astra_pipeline_tests.overview.old_documents import old_users
from astra_pipeline_tests.store.test_documents import ANYTHING

_AT = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
_PATHS = (
    "id",
    "name",
    "timezone",
    "birth_timezone",
    "julep_user_id",
    "date_of_birth",
    "birth_time",
    "birth_location",
    "birth_city",
    "birth_country",
    "birth_day",
    "user_overview",
    "user_overview.preferences",
    "user_overview.preferences.communication_style",
    "user_overview.preferences.hinglish_level",
    "user_overview.preferences.astrology_system",
    "user_overview.recent_conversations",
    "user_overview.gamification",
    "user_overview.gamification.streak_days",
    "user_overview.gamification.last_conversation_date",
    "user_overview.gamification.milestones",
    "user_overview.gamification.topics_explored",
    "user_overview.birth_chart",
    "user_overview.birth_chart.vedic",
    "user_overview.latest_horoscope",
    "user_overview.latest_horoscope.date",
    "user_overview.latest_weekly_report",
    "user_overview.weekly_reports",
    "astra",
    "astra.cohort",
    "astra.chart_key",
    "astra.chartless_key",
    "astra.horoscope_date",
    "astra.report_week",
    "astra.erased_at",
    "astra.applied",
    "astra.applied.timezone",
    "astra.set_aside",
    "astra.set_aside.user_overview_recent_conversations",
)
_IN_LISTS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("conversation_id", "date", "topics", "unlocked_at", "week_start"), ANYTHING)
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """User documents of the old system, of which some fields hold anything."""
    document = draw(old_users())
    values = st.one_of(ANYTHING, st.lists(_IN_LISTS, max_size=3))
    for path in draw(st.lists(st.sampled_from(_PATHS), max_size=6)):
        holder: Any = document
        for part in path.split(".")[:-1]:
            holder = holder.get(part) if isinstance(holder, dict) else None
        if isinstance(holder, dict):
            document = with_changes(document, {path: draw(values)})
    return document


@settings(max_examples=500)
@given(documents())
def test_whatever_is_stored_a_person_can_be_read_and_used(document: dict[str, Any]) -> None:
    person = Person.read(document)
    assert person.document is document
    assert isinstance(person.first_name, str)
    assert person.zone("UTC") == person_zone(document, "UTC")
    assert is_zone(person.zone("UTC"))
    assert 0 <= person.preferences.hinglish_level <= 100
    assert person.gamification.streak_days >= 0
    assert all(at is None or at.tzinfo for at in (one.unlocked_at for one in person.gamification.milestones))
    for conversation in (*person.recent_conversations, *person.marks.quarantined_conversations):
        assert conversation.ended_at is None or conversation.ended_at.tzinfo
        assert all(isinstance(topic, str) for topic in conversation.topics)
    assert isinstance(person.birth.is_complete, bool)
    assert all(start is None or isinstance(start, dt.date) for start in person.report_starts)


def test_a_document_of_ours_is_read_in_full() -> None:
    person = Person.read(
        {
            "id": "u1",
            "name": "Dr. Asha Rao",
            "timezone": "Asia/Kolkata",
            "birth_timezone": "Asia/Dubai",
            "date_of_birth": _AT,
            "birth_time": "05:42",
            "birth_city": "Pune",
            "birth_country": "India",
            "user_overview": {
                "preferences": {
                    "communication_style": "formal",
                    "hinglish_level": "130",
                    "astrology_system": "both",
                },
                "recent_conversations": [{"conversation_id": "c1", "date": _AT, "topics": ["career", 5]}],
                "gamification": {
                    "streak_days": 3,
                    "total_conversations": "12",
                    "last_conversation_date": _AT,
                    "milestones": [{"id": "streak_3", "title": "3-Day Streak", "emoji": "x", "unlocked_at": _AT}],
                },
                "latest_horoscope": {"date": "2026-11-01"},
                "weekly_reports": [{"week_start": "2026-10-26"}, {"week_start": "someday"}],
                "latest_weekly_report": {"week_start": dt.datetime(2026, 10, 26, tzinfo=dt.UTC)},
            },
            "astra": {
                "cohort": "asia-kolkata-001",
                "horoscope_date": "2026-11-01",
                "report_week": "2026-10-26",
                "applied": {"timezone": {"value": "Asia/Kolkata"}},
            },
        }
    )
    assert (person.id, person.first_name, person.zone("UTC")) == ("u1", "Asha", "Asia/Kolkata")
    assert person.birth.is_complete
    assert person.birth.place_texts == ["Pune, India"]
    assert (person.preferences.communication_style, person.preferences.hinglish_level) == ("formal", 100)
    (conversation,) = person.recent_conversations
    assert (conversation.conversation_id, conversation.ended_at, conversation.topics) == ("c1", _AT, ("career",))
    assert (person.gamification.streak_days, person.gamification.total_conversations) == (3, 12)
    (milestone,) = person.gamification.milestones
    assert (milestone.id, milestone.unlocked_at) == ("streak_3", _AT)
    assert person.latest_horoscope_date == dt.date(2026, 11, 1)
    assert person.report_starts == (dt.date(2026, 10, 26), None)
    assert person.latest_report_start == dt.date(2026, 10, 26)
    assert person.marks.cohort == "asia-kolkata-001"
    assert (person.marks.horoscope_date, person.marks.report_week) == (dt.date(2026, 11, 1), dt.date(2026, 10, 26))
    assert person.marks.applied_timezone == "Asia/Kolkata"


@pytest.mark.parametrize("erased", [None, False, "2026-11-01", dt.datetime(1970, 1, 1, tzinfo=dt.UTC)])
def test_nobody_counts_as_erased_without_the_date_of_it(erased: Any) -> None:
    assert Person.read({"id": "u", "astra": {"erased_at": erased}}).marks.erased_at is None
    assert Person.read({"id": "u", "astra": {"erased_at": _AT}}).marks.erased_at == _AT


def test_the_repr_of_a_person_does_not_say_a_word_of_theirs() -> None:
    person = Person.read(
        {"id": "u", "name": "Asha", "birth_time": "05:42", "user_overview": {"first_message": "Hi"}}
    )
    assert "Asha" not in repr(person)
    assert "05:42" not in repr(person)
    assert "Hi" not in repr(person)
