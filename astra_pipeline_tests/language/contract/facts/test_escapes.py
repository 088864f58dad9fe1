"""The number of a glance, and the day of a piece of advice, are those that the input gives."""

from __future__ import annotations

from typing import Any

import pytest

from astra_pipeline.language import contract
from astra_pipeline.language.contract.facts.check import PROBLEMS

# Friday.
DAY: dict[str, Any] = {
    "name": "Asha",
    "local_date": "2026-11-20",
    "weekday": "Friday",
    "astrology_system": "vedic",
    "planets": {
        "Saturn": {"sign": "Pisces", "house": 6},
        "Jupiter": {"sign": "Cancer", "house": 10},
        "Mars": {"sign": "Leo", "house": 11},
    },
    "glances": [
        {"planet": "Saturn", "glance": "10th drishti", "point": "Venus"},
        {"planet": "Saturn", "glance": "7th drishti", "point": "Mercury"},
        {"planet": "Jupiter", "glance": "5th drishti", "point": "Moon"},
    ],
    "events": [{"what": "Full Moon", "day": "Tuesday"}],
    "dates": ["2026-11-25 interview"],
}


@pytest.mark.parametrize(
    "text",
    [
        "Saturn looks at your Venus with its tenth glance.",
        "Saturn's 10th drishti rests on your Venus.",
        "Shani ki dasvi drishti tumhare Venus par hai.",
        "Saturn's seventh glance meets your Mercury.",
        "Saturn's tenth glance is a strict one.",
        "Jupiter's fifth drishti is on your Moon, and Saturn's tenth on your Venus.",
        "Mars has an eighth glance, and keeps it to itself.",
        "At second glance Saturn is kind.",
        "Saturn's glance rests on your Venus for the third time.",
        "Leave the reply for Sunday.",  # a day that is free
        "Keep the hard talk for Thursday, if you can.",
        "Death and taxes can wait until Monday.",
        "Do not book anything until Monday.",
        "Have the letter ready by Tuesday.",
        "Do not book anything until Wednesday.",
        "Leave the reply until Saturday.",  # tomorrow
        "Keep a quiet hour every Sunday.",
    ],
)
def test_a_true_number_and_a_given_day_pass(text: str) -> None:
    assert contract.claim_problems(text, DAY) == []


@pytest.mark.parametrize(
    "text",
    [
        "Saturn looks at your Venus with its third glance.",
        "Saturn's 7th drishti rests on your Venus.",
        "Shani ki teesri drishti tumhare Venus par hai.",
        "Saturn's tenth glance meets your Mercury.",
        "Saturn's third glance is a strict one.",
        "Saturn's ninth glance is a strict one.",
        "Mars has a tenth glance, and keeps it to itself.",
        "Jupiter's ninth drishti is on your Moon.",
    ],
)
def test_another_number_of_a_glance_is_refused(text: str) -> None:
    assert PROBLEMS["aspect"] in contract.claim_problems(text, DAY)


@pytest.mark.parametrize(
    "text",
    [
        "Go to bed early until Thursday.",
        "Put nothing off before Sunday.",
        "Have the letter ready by Sunday.",
    ],
)
def test_advice_for_a_day_that_nothing_gives_is_refused(text: str) -> None:
    assert contract.claim_problems(text, DAY) == [PROBLEMS["weekday"]]
