"""Statements about a birth become fields of the person's document."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.errors import BadBirth
from astra_pipeline.overview.birth_statements import birth_fold, calendar_date, clock_time
from astra_pipeline.overview.stored import StoredOverview

_END = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def said(number: int = 1, **details: str) -> Fact:
    told = TranscriptInsights.model_validate(
        {"summary": "s", "topics": [], "emotional_tone": "calm", "birth_details": details}
    )
    at = _END + dt.timedelta(days=number)
    return Fact(conversation_id=f"conv_{number}", ended_at=at, created_at=at, insights=told)


def changes_of(user: dict[str, Any], facts: list[Fact]) -> dict[str, Any]:
    return birth_fold(StoredOverview.read(user), facts).changes


def applied(user: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    after = {**user, "astra": {key: dict(value) for key, value in user.get("astra", {}).items()}}
    for path, value in changes.items():
        if path.startswith("astra."):
            _, group, kind = path.split(".")
            after["astra"].setdefault(group, {})[kind] = value
        elif "." not in path:
            after[path] = value
    return after


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("7:15 in the morning", "07:15"),
        ("07:15", "07:15"),
        ("19:40", "19:40"),
        ("half past six in the evening", "18:30"),
        ("saadhe saat baje subah", "07:30"),
        ("7.15 am", "07:15"),
        ("12:30 am", "00:30"),
        ("midnight", "00:00"),
        ("०७:१५", "07:15"),
        ("शाम के साढ़े छह बजे", "18:30"),
    ],
)
def test_spoken_times_become_clock_times(words: str, time: str) -> None:
    assert clock_time(words) == time


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("27 o'clock", "is no time of day"),
        ("25:00", "is no time of day"),
        ("banana", "is no time of day"),
        ("sometime", "is no time of day"),
        ("7:15", "morning or evening"),
        ("quarter past seven", "morning or evening"),
        ("7 o'clock", "morning or evening"),
        ("seven fifteen", "morning or evening"),
        ("between 7 and 8 in the morning", "does not settle on one time"),
        ("6 pm or 7 pm", "does not settle on one time"),
        ("24:00", "where two days meet"),
    ],
)
def test_words_that_settle_no_time_are_refused_with_the_reason(words: str, reason: str) -> None:
    with pytest.raises(BadBirth, match="birth_time") as refused:
        clock_time(words)
    assert words not in str(refused.value)
    assert refused.value.words == words
    assert reason in str(refused.value)


@given(st.text(max_size=60))
def test_any_words_give_a_time_or_bad_birth(words: str) -> None:
    try:
        hour, minute = map(int, clock_time(words).split(":"))
    except BadBirth:
        return
    assert 0 <= hour < 24
    assert 0 <= minute < 60


def test_dates_of_the_future_and_of_no_calendar_are_refused() -> None:
    for words in ("14th of August 2002", "14 अगस्त 2002", "चौदह अगस्त दो हज़ार दो", "२००२-०८-१४"):
        assert calendar_date(words, said_on=_END.date()) == dt.date(2002, 8, 14)
    for words in ("31st of February 2001", "2090-01-01", "1850-01-01", "yesterday", "14 or 15 August 2002"):
        with pytest.raises(BadBirth, match="date_of_birth"):
            calendar_date(words, said_on=_END.date())


def test_a_place_in_hindi_script_becomes_the_birth_location_that_a_chart_finds() -> None:
    changes = changes_of({"id": "u"}, [said(city="औरंगाबाद", place_text="औरंगाबाद, बिहार")])
    assert changes["birth_location"] == "Aurangābād, Bihar, India"
    assert (changes["birth_city"], changes["birth_country"]) == ("Aurangābād", "India")
    assert changes["birth_timezone"] == "Asia/Kolkata"


def test_a_place_brings_its_own_zone_and_not_its_countrys() -> None:
    changes = changes_of({"id": "u"}, [said(city="Los Angeles", country="United States")])
    assert changes["birth_timezone"] == "America/Los_Angeles"
    assert changes["birth_city"] == "Los Angeles"
    assert changes["birth_country"] == "United States"
    assert changes["user_overview.birth_details.timezone"] == "America/Los_Angeles"


def test_the_last_usable_statement_wins_and_nonsense_keeps_its_reason() -> None:
    facts = [said(1, birth_time="07:15"), said(2, birth_time="27 o'clock")]
    changes = changes_of({"id": "u"}, facts)
    assert changes["birth_time"] == "07:15"
    assert changes["astra.birth_rejected.birth_time"]["conversation_id"] == "conv_2"
    assert changes["astra.birth_rejected.birth_time"]["words"] == "27 o'clock"
    assert "27" not in changes["astra.birth_rejected.birth_time"]["reason"]
    user = applied({"id": "u"}, changes)
    mended = changes_of(user, [*facts, said(3, birth_time="19:15")])
    assert mended["birth_time"] == "19:15"
    assert mended["astra.birth_rejected.birth_time"] is None


def test_a_statement_is_applied_once_so_a_correction_in_the_app_stands() -> None:
    facts = [said(1, birth_time="07:15", city="Pune", country="India", date_of_birth="2002-08-14")]
    user = applied({"id": "u"}, changes_of({"id": "u"}, facts))
    assert user["date_of_birth"] == dt.datetime(2002, 8, 14, tzinfo=dt.UTC)
    user["birth_time"] = "08:00"
    assert changes_of(user, facts) == {}
    # Complete data is not replaced in silence.
    waiting = changes_of(user, [*facts, said(2, birth_time="09:00")])
    assert "birth_time" not in waiting
    assert waiting["astra.birth_pending.birth_time"]["value"] == "09:00"


def test_the_same_place_in_other_words_leaves_the_stored_words() -> None:
    user = {"id": "u", "birth_location": "Sassoon Hospital, Pune, Maharashtra, India"}
    changes = changes_of(user, [said(city="Poona", country="India")])
    assert "birth_location" not in changes
    assert changes["birth_timezone"] == "Asia/Kolkata"


def test_a_country_alone_is_no_place_and_an_unknown_one_is_kept_as_a_reason() -> None:
    assert changes_of({"id": "u"}, [said(country="India")]) == {}
    changes = changes_of({"id": "u"}, [said(city="Xyzzyville")])
    assert set(changes) == {"astra.birth_rejected.birth_place"}
    assert changes["astra.birth_rejected.birth_place"]["words"] == "Xyzzyville"


def test_an_ambiguous_place_stays_in_words_so_that_its_chart_is_flagged() -> None:
    changes = changes_of({"id": "u"}, [said(city="Hyderabad")])
    assert changes["birth_location"] == "Hyderabad"
    changes = changes_of({"id": "u", "birth_timezone": "Asia/Karachi"}, [said(city="Hyderabad")])
    assert changes["birth_timezone"] == "Asia/Karachi"
