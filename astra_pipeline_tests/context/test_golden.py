"""The contexts of people as they are, word for word, and what must be true of each."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from astra_pipeline_tests.context.golden import FILE, people, told

_GOLDEN: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", people())
def test_a_context_is_as_it_was_read_and_agreed(name: str) -> None:
    assert told(people()[name]) == _GOLDEN[name]


def test_somebody_new_is_met_as_such() -> None:
    assert _GOLDEN["new"]["context"].count("first conversation") == 1
    assert "is_first_conversation" not in _GOLDEN["new"]  # true, the default


def test_nothing_of_before_an_erasure_is_told() -> None:
    account = {"user_id", "user_name", "local_date"}
    assert _GOLDEN["erased"].keys() == account | {"first_message", "context", "user_overview"}
    assert "first conversation" in _GOLDEN["erased"]["context"]


def test_a_lapsed_streak_is_no_streak_and_an_old_opening_is_replaced() -> None:
    assert "streak_days" not in _GOLDEN["lapsed"]
    assert "Friday" not in _GOLDEN["lapsed"]["first_message"]


@pytest.mark.parametrize("name", ["crisis", "crisis at home, in Ireland", "crisis, in a country without a line"])
def test_in_a_crisis_the_agent_is_told_so_first_with_the_help_of_the_country(name: str) -> None:
    told_of = _GOLDEN[name]
    assert told_of["context"].startswith("CARE FIRST")
    assert told_of["helpline"] in told_of["context"]
    assert "days in a row" not in told_of["context"]
    assert "horoscope" not in told_of["context"]
    assert told_of["care"] == "crisis"


def test_a_crisis_that_is_over_sets_no_register() -> None:
    assert "care" not in _GOLDEN["crisis that is over"]


def test_the_tender_register_celebrates_nothing() -> None:
    assert _GOLDEN["tender"]["context"].startswith("CARE FIRST")
    assert "celebrated" not in _GOLDEN["tender"]["context"]


def test_who_switched_personalization_off_is_told_nothing_learnt() -> None:
    assert "persona_hints" not in _GOLDEN["personalization off"]
    assert "Keep it short" not in _GOLDEN["personalization off"]["user_overview"]


def test_western_readers_are_told_of_no_dasha() -> None:
    assert "current_dasha" not in _GOLDEN["western"]
    assert "dasha" not in _GOLDEN["western"]["context"]
