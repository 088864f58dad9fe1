"""Knowledge of the old system: older conversations do not replace it, newer ones do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from astra_pipeline.overview.fold import fold
from astra_pipeline_tests.overview.old_documents import HOUR, NOON, NOW, old_user, quarantined
from astra_pipeline_tests.overview.test_fold import applied, fact, folded, overview_of

_KNOWN = {
    "profile_summary": "Rich portrait of last month.",
    "first_message": "How did the surgery go?",
    "preferences": {"astrology_system": "western", "hinglish_level": 80, "communication_style": "formal"},
    "birth_details": {"city": "Pune"},
}


_OTHERWISE: dict[str, Any] = {
    "profile_summary": "Talks about Education.",
    "first_message": "Hi [USERNAME], and the exam?",
    "preferences": {"astrology_system": "vedic", "hinglish_level": 0, "communication_style": "casual"},
    "birth_details": {"city": "Delhi", "birth_time": "07:15", "date_of_birth": "2002-08-14"},
    "zone": "America/New_York",
}


_BORN = {"birth_time": "05:42", "date_of_birth": dt.datetime(1997, 11, 3, tzinfo=dt.UTC), "birth_location": "Pune"}


def knowing(**evidence: Any) -> dict[str, Any]:
    return old_user(**_KNOWN, **evidence) | _BORN


def stands(user: Mapping[str, Any]) -> bool:
    overview = overview_of(user)
    return (
        {name: overview[name] for name in _KNOWN} == _KNOWN
        and user["timezone"] == "Asia/Kolkata"
        and {name: user[name] for name in _BORN} == _BORN
    )


def gave_way(user: Mapping[str, Any]) -> bool:
    """Whether newer knowledge stands. Complete birth data stays, and the statement that disagrees with it waits."""
    overview = overview_of(user)
    waits = user["astra"]["birth_pending"]["birth_time"]
    return (
        overview["profile_summary"] == "Talks about Education."
        and overview["first_message"] == "Hi {{user_name}}, and the exam?"
        and overview["preferences"].items() >= _OTHERWISE["preferences"].items()
        and (user["timezone"], user["birth_time"]) == ("America/New_York", "05:42")
        and waits["value"] == "07:15"
    )


@pytest.mark.parametrize(
    "evidence",
    [
        {"recent_conversations": [{"date": NOON, "summary": "Spoke of a move."}]},
        {"recent_conversations": [{"date": "2026-11-01", "conversation_id": "old", "summary": "Spoke of a move."}]},
        {"last_updated": NOON},
        {"last_updated": "2026-11-01T12:00:00Z"},
    ],
)
def test_an_older_conversation_changes_nothing_that_was_known_and_a_newer_one_does(
    evidence: dict[str, Any],
) -> None:
    older, newer = fact(-48, **_OTHERWISE), fact(48, **_OTHERWISE)
    user = folded(knowing(**evidence), older)
    assert stands(user)
    assert "conv_-48" in [entry.get("conversation_id") for entry in overview_of(user)["recent_conversations"]]
    assert gave_way(folded(user, older, newer))
    assert gave_way(folded(knowing(**evidence), newer))


def test_old_knowledge_reaches_to_the_last_conversation_processed_before_us() -> None:
    user, older = knowing(), fact(-48, **_OTHERWISE)
    assert stands(applied(user, fold(user, [older], processed_until=NOON, now=NOW)))
    assert gave_way(applied(user, fold(user, [older], now=NOW))), "nothing says that it is older"
    synced = user | {"astra": {"migration": {"synced_at": NOON}}}
    assert stands(applied(synced, fold(synced, [older], now=NOW)))


def test_a_date_in_the_future_does_not_count_for_old_knowledge() -> None:
    user = knowing(recent_conversations=[{"date": NOW + HOUR}, {"date": "9999-12-31"}], last_updated=NOW + HOUR)
    assert gave_way(applied(user, fold(user, [fact(-48, **_OTHERWISE)], now=NOW)))


def test_the_stamp_of_a_chart_of_ours_is_not_taken_for_the_old_system_s() -> None:
    user = knowing(last_updated=NOON) | {"astra": {"chart_key": "engine:1"}}
    assert gave_way(folded(user, fact(-48, **_OTHERWISE)))


def test_an_older_conversation_fills_what_was_missing() -> None:
    user = old_user(last_updated=NOON, preferences={"hinglish_level": 80}, profile_summary="  ")
    user = folded(user, fact(-48, **_OTHERWISE))
    overview = overview_of(user)
    assert overview["preferences"] == {
        "hinglish_level": 80,
        "astrology_system": "vedic",
        "communication_style": "casual",
    }
    assert overview["profile_summary"] == "Talks about Education."
    assert (user["birth_time"], user["birth_city"], user["timezone"]) == ("07:15", "Delhi", "Asia/Kolkata")
    later = fact(-24, profile_summary="A nurse.", preferences={"communication_style": "formal"})
    user = folded(user, fact(-48, **_OTHERWISE), later)
    assert overview_of(user)["profile_summary"] == "A nurse."
    assert overview_of(user)["preferences"]["communication_style"] == "formal"


def test_a_value_set_in_the_app_since_outlives_old_conversations() -> None:
    user = folded(old_user(last_updated=NOON), fact(-48))
    overview_of(user)["preferences"] = {"communication_style": "formal"}
    user |= {"birth_time": "05:42"}
    older = fact(-24, **_OTHERWISE)
    user = folded(user, fact(-48), older)
    assert overview_of(user)["preferences"]["communication_style"] == "formal"
    assert user["birth_time"] == "05:42"
    assert gave_way(folded(user, fact(-48), older, fact(48, **_OTHERWISE)))


def test_a_document_folded_before_there_was_anything_to_remember_by_stays_as_it_is() -> None:
    told = [fact(1, **_OTHERWISE), fact(2, profile_summary="A nurse.")]
    user = folded({"id": "u"}, *told)
    del user["astra"]["old_knowledge"]
    assert fold(user, told).keys() == {"astra.old_knowledge"}
    assert overview_of(folded(user, *told, fact(3, profile_summary="A pilot.")))["profile_summary"] == "A pilot."
    assert quarantined(folded(user, *told, fact(3, profile_summary="A pilot.")), "profile_summary") is None


def test_old_knowledge_is_quarantined_once_when_it_is_replaced() -> None:
    user = knowing(last_updated=NOON)
    for number in (48, 72):
        said: dict[str, Any] = _OTHERWISE | {"profile_summary": f"Portrait {number}."}
        user = folded(user, *[fact(n, **said) for n in range(48, number + 1, 24)])
    assert quarantined(user, "profile_summary") == _KNOWN["profile_summary"]
    assert quarantined(user, "preferences_hinglish_level") == 80
    assert quarantined(user, "birth_details_city") is None, "birth data that is complete is not replaced"
    assert quarantined(user, "profile_summary_2") is None
