"""The offline composer of weekly reports speaks gently about heavy weeks."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.reports.material import material as report_material
from astra_pipeline_tests.reports.weeks import LIGHT_TONES, PLAIN_TOPICS, a_week, report_of, weeks

TENDER_TOPICS = ["Health", "Grief", "Loneliness", "Mother's health", "IVF", "cancer", "Divorce", "Miscarriage"]
UNSPOKEN_TOPICS = ["Suicide", "Self-harm", "Domestic violence", "Sexual assault", "Drug overdose"]
DISCREET_TOPICS = ["Sex life", "Drugs", "Pornography"]
GRAVE_TONES = ["hopeless", "grieving", "desperate", "Heartbroken", "deep despair"]


@settings(max_examples=120)
@given(
    st.one_of(
        weeks([*PLAIN_TOPICS, *TENDER_TOPICS], [*LIGHT_TONES, *GRAVE_TONES, "sad", "lonely"]),
        weeks([*TENDER_TOPICS, *DISCREET_TOPICS], LIGHT_TONES, at_least=1),
        weeks(UNSPOKEN_TOPICS, [*LIGHT_TONES, *GRAVE_TONES], at_least=1),
    )
)
def test_a_heavy_week_keeps_the_contract_without_cheer_badges_or_play(week: dict[str, Any]) -> None:
    text = report_of(week)
    topics = week["topics"]
    is_crisis = bool({*topics} & {*UNSPOKEN_TOPICS})
    is_grave = bool({*week["tones"]} & {*GRAVE_TONES}) or {*week["tones"]} <= {"sad", "lonely"}
    if not (is_crisis or is_grave or {*topics} & {*TENDER_TOPICS, *DISCREET_TOPICS}):
        return
    assert not any(topic.casefold() in text.casefold() for topic in (*UNSPOKEN_TOPICS, *DISCREET_TOPICS))
    assert not any(milestone in text for milestone in week["milestones"])
    words = report_material()
    usual = [*itertools.chain(*words["greetings"]["usual"].values()), *words["starts"]["other"]]
    usual += [*words["moods"]["bright"], *words["praise"]["bright"], *words["intentions"]["bright"]]
    usual += [*words["once"], *words["arcs"], *words["steady"], *words["returned"], *words["streaks"]["other"]]
    usual += itertools.chain(*(part["usual"] for part in words["hindi"].values()))
    assert not any(opening(phrase) in text for phrase in usual)
    if is_crisis:
        assert sum(sentence in text for sentence in words["care"]) == 1
        assert not any(quoted in text for quoted in (*week["questions"], *week["incidents"]))
    else:
        assert not any(sentence in text for sentence in words["care"])


def opening(phrase: str) -> str:
    """The longest stretch of a phrase between its fields."""
    return max(re.split(r"\{[^}]*\}", phrase), key=len)


def test_the_tones_decide_whether_a_week_is_called_heavy_and_illness_alone_does_not() -> None:
    words = report_material()
    text = report_of(a_week(topics=["Health"], tones=["joyful"], conversations=1, days=1))
    assert any(sentence in text for sentence in words["moods"]["gentle_bright"])
    assert not any(sentence in text for sentence in [*words["moods"]["dark"], *words["praise"]["dark"]])
    text = report_of(a_week(tones=["sad", "grieving", "sad"], topics=["Grief"]))
    assert any(sentence in text for sentence in words["moods"]["dark"])
    assert any(sentence in text for sentence in words["praise"]["dark"])


@pytest.mark.parametrize("tone", ["hopeless", "suicidal"])
def test_a_grave_mood_makes_a_letter_gentle_whatever_it_was_about(tone: str) -> None:
    week = a_week(topics=["Career"], tones=[tone, "calm", "joyful"], milestones=["3-Day Streak"])
    assert "3-Day Streak" not in report_of(week)
