"""The fold of care: the newest crisis, the tender time after it, in whatever order conversations became known."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.task import Care, TranscriptInsights
from astra_pipeline.overview.care import care_of
from astra_pipeline.people import care as people_care

_FIRST = dt.date(2026, 11, 1)


def fact(level: str, day: int, name: str | None = None) -> Fact:
    """The insights of a conversation on a day, counted from the first of November."""
    date = _FIRST + dt.timedelta(days=day)
    at = dt.datetime.combine(date, dt.time(12), tzinfo=dt.UTC)
    kind = {"crisis": "violence", "tender": "grief"}.get(level)
    care = Care.model_validate({"level": level, "kind": kind, "since": date.isoformat() if kind else None})
    told = TranscriptInsights(summary="A talk.", topics=[], emotional_tone="calm", care=care)
    return Fact(conversation_id=name or f"conv_{day:03}", ended_at=at, created_at=at, insights=told)


def levels(facts: list[Fact], *days: int) -> list[str]:
    """The levels on days, as a person's document tells them."""
    care = people_care.Care.read(care_of(facts))
    return [care.at(_FIRST + dt.timedelta(days=day)) for day in days]


@pytest.mark.parametrize(("level", "lasts"), [("crisis", 30), ("tender", 14)])
def test_care_lasts_whatever_came_since(level: str, lasts: int) -> None:
    facts = [fact(level, 0), *(fact("none", day) for day in range(1, 40))]
    assert levels(facts, 0, lasts, lasts + 1) == [level, level, "none"]


def test_a_crisis_outweighs_tender_care_and_is_followed_by_it() -> None:
    facts = [fact("crisis", 0), fact("tender", 25)]
    assert levels(facts, 25, 30, 31, 39, 40) == ["crisis", "crisis", "tender", "tender", "none"]
    assert levels([fact("crisis", 0), fact("tender", 5)], 30, 31) == ["crisis", "none"]
    assert levels([fact("tender", 0), fact("crisis", 3)], 3, 33) == ["crisis", "crisis"]


def test_a_new_crisis_begins_the_time_anew() -> None:
    facts = [fact("crisis", 0), fact("crisis", 20)]
    stored = care_of(facts)
    assert stored is not None
    assert (stored["since"], stored["until"]) == ("2026-11-01", "2026-12-21")
    assert care_of([fact("crisis", 0), fact("crisis", 60)]) == care_of([fact("crisis", 60)])


def test_without_care_there_is_none() -> None:
    assert care_of([]) is care_of([fact("none", 1)]) is None


@given(st.lists(st.tuples(st.sampled_from(["none", "tender", "crisis"]), st.integers(0, 90)), max_size=5))
def test_the_order_does_not_matter(said: list[tuple[str, int]]) -> None:
    facts = [fact(level, day, f"conv_{number}") for number, (level, day) in enumerate(said)]
    assert len({str(care_of(list(order))) for order in itertools.permutations(facts)}) == 1


@pytest.mark.parametrize(
    "odd",
    [None, 3, "crisis", [], {"level": "high"}, {"level": "crisis", "since": "soon", "until": 4}, {"then": []}],
)
def test_an_odd_stored_value_asks_for_no_care(odd: object) -> None:
    assert people_care.Care.read(odd).at(_FIRST) == "none"
