"""The offline composer of horoscopes speaks gently to people in hard times."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from astra_pipeline.horoscopes.material import material
from astra_pipeline.language.topics import tenor_of
from astra_pipeline_tests.horoscopes.days import DAY, FIRST, PERIODS, a_day, text_of, transit


def in_hard_times(**changes: Any) -> Iterator[str]:
    """Texts on many days, in all styles and languages, with a streak, a milestone and bright transits."""
    cheer = {"streak_days": 4, "milestones": ["3-Day Streak"], "dasha": PERIODS[0]}
    met = [
        transit("Venus", "trine", "Moon"),
        transit("Venus", "sextile", "Sun"),
        transit("Jupiter", "trine", "Sun"),
    ]
    for style, level, day in itertools.product(["casual", "balanced", "formal"], [0, 20, 50, 100], range(14)):
        manner = {"communication_style": style, "hinglish_level": level, "date": FIRST + DAY * day}
        yield text_of(a_day(**cheer, **manner, transits=met, **changes))


def cheerful() -> Iterator[str]:
    """Phrases for people without troubles only."""
    greetings, progress, hindi = material("greetings"), material("progress"), material("hinglish")
    sky, transit_words = material("sky"), material("transits")
    styles = ("casual", "balanced", "formal")
    yield from itertools.chain(*(greetings["greetings"][style]["tails"] for style in styles))
    yield from itertools.chain(*(greetings["closings"][style] for style in styles))
    yield from itertools.chain(progress["streaks"]["usual"], progress["milestones"]["usual"])
    for part in ("tails", "moons", "relationships", "work", "growth", "streaks", "closings"):
        yield from hindi[part]["usual"]
    for nature in ("flow", "tension", "merge"):
        yield from hindi["asides"][nature]
        for part in ("relationships", "work", "growth"):
            yield from material("guidance")[part][nature]
        for words in (*transit_words["movers"].values(), *transit_words["points"].values()):
            yield from words[nature]
    yield from itertools.chain(*(house["light"] for house in sky["houses"].values()))
    for part in ("sun_signs", "moon_signs", "rising_signs", "dwellers"):
        yield from itertools.chain(*sky[part].values())


@pytest.mark.parametrize("topic", ["Grief", "Miscarriage", "Divorce", "Unemployment", "Sex life", "Suicide"])
def test_a_text_with_a_heavy_topic_has_no_cheerful_phrase(topic: str) -> None:
    said = {max(re.split(r"\{\w+\}", phrase), key=len).strip(" .,;:").lower() for phrase in cheerful()}
    for text in in_hard_times(recent_topics=["Career", topic]):
        assert not [phrase for phrase in said if phrase in text.lower()], text


@pytest.mark.parametrize("topic", ["Suicide", "Self-harm", "Domestic Violence", "Child Abuse"])
def test_in_a_crisis_one_sentence_of_care_stands_for_topics_badges_and_streaks(topic: str) -> None:
    assert tenor_of([topic]) == "crisis"
    for text in in_hard_times(recent_topics=[topic, "Travel"]):
        assert sum(sentence in text for sentence in material("topics")["care"]) == 1
        assert not re.search(rf"{topic}|travel|badge|streak|in a row|\bdays? running", text, re.IGNORECASE)
        assert not re.search(r"\d{3,}", text)
