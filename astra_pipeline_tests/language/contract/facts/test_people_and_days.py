"""Relatives and days of a person's life: who somebody is, and how many days away something is."""

from __future__ import annotations

import pytest

from astra_pipeline.language import contract
from astra_pipeline.language.contract.facts.check import PROBLEMS
from astra_pipeline.language.contract.facts.people import RELATIVE, STRANGER

_FACTS = {
    "name": "Hemant",
    "local_date": "2026-11-24",
    "people": ["sister Giulia", "wife Kavya", "saheli Pari", "co-founder Ritika", "uncle", "", "  "],
    "dates": ["2026-11-29 housewarming", "2026-11-25 audition"],
}


@pytest.mark.parametrize(
    "text",
    [
        "Your sister Giulia may call.",
        "Giulia, your sister, may call.",
        "Your partner Kavya waits.",
        "Your biwi Kavya waits.",
        "Your friend Pari laughs easily.",
        # Nothing is known of a co-founder's being a friend or not.
        "Your friend Ritika has news.",
        "Ask your sister. Kavya is at home.",
        "Tell your uncle about it, and Giulia too.",
        "Let Mother Nature do the rest.",
    ],
)
def test_relatives_may_be_called_what_they_are(text: str) -> None:
    assert contract.claim_problems(text, _FACTS) == []


@pytest.mark.parametrize(
    "text",
    [
        "Your aunt Giulia may call.",
        "Giulia, your cousin, may call.",
        "Your sister Kavya waits.",
        "Kavya's list is long; your daughter Giulia's is longer.",
        "Tumhari behen Kavya ka phone aa sakta hai.",
        "Your brother called Pari laughs easily.",
    ],
)
def test_nobody_is_made_another_relative(text: str) -> None:
    assert contract.claim_problems(text, _FACTS) == [RELATIVE]


def test_a_stranger_stays_a_stranger() -> None:
    assert contract.claim_problems("Your aunt Sunita may call.", _FACTS) == [STRANGER]


@pytest.mark.parametrize(
    "text",
    [
        "Five days until the housewarming.",
        "The housewarming is five days away.",
        "Housewarming paanch din mein hai.",
        "Tomorrow the audition asks for your voice.",
        "Kal audition hai.",
        # Another day may be named beside the right one.
        "The housewarming is on Sunday, so tomorrow you can breathe.",
        "In two days the kitchen may be done.",
        "Tomorrow, take one walk before the housewarming.",
        "Pack a box for the housewarming tomorrow.",
        "Yesterday you told me of the housewarming.",
        "Kal tumne housewarming ki baat ki.",
    ],
)
def test_the_days_to_a_date_may_be_counted(text: str) -> None:
    assert contract.claim_problems(text, _FACTS) == []


@pytest.mark.parametrize(
    "text",
    [
        "Six days until the housewarming.",
        "The housewarming is only two days away.",
        "In three days comes the audition.",
        "Housewarming do din mein hai.",
        "Parso audition hai.",
        "Tomorrow you have the housewarming.",
        "The day after tomorrow, the audition asks for your voice.",
    ],
)
def test_a_wrong_number_of_days_is_refused(text: str) -> None:
    assert contract.claim_problems(text, _FACTS) == [PROBLEMS["weekday"]]


@pytest.mark.parametrize(("streak", "refused"), [(9, True), (None, False), (7, False)])
def test_the_number_of_a_badge_is_no_streak_of_today(streak: int | None, refused: bool) -> None:
    facts = {"milestones": ["7-Day Streak"], "streak_days": streak}
    problems = contract.claim_problems("You came seven days in a row.", facts)
    assert problems == ([PROBLEMS["streak"]] if refused else [])


def test_a_glance_at_one_node_is_none_of_the_other() -> None:
    facts = {"transits": [{"planet": "Jupiter", "aspect": "5th drishti", "point": "Rahu"}]}
    assert contract.claim_problems("Jupiter looks at your Rahu.", facts) == []
    assert contract.claim_problems("Jupiter looks at your Ketu.", facts) != []


def test_a_house_that_an_aspect_comes_from_is_the_planets_in_the_sky() -> None:
    facts = {
        "transits": [{"planet": "Saturn", "aspect": "square", "point": "Venus"}],
        "planets": {"Saturn": {"house": 7}},
        "natal": {"Venus": {"house": 10}},
    }
    assert contract.claim_problems("Saturn squares your Venus from your 7th house.", facts) == []
    assert contract.claim_problems("Saturn squares your Venus from your 10th house.", facts) != []


_SKY = {
    "name": "Marco",
    "planets": {"Saturn": {"house": 9}, "Jupiter": {"house": 8}, "Moon": {"house": 5}},
    "transits": [{"planet": "Saturn", "aspect": "square", "point": "Venus"}],
    "sun_sign": "Leo",
    "moon_sign": "Virgo",
    "rising_sign": "Gemini",
    "people": ["colleague Kavita"],
    "events": [{"what": "New Moon", "date": "2026-11-24", "day": "Tuesday", "time": "17:50"}],
    "streak_days": 8,
}


@pytest.mark.parametrize(
    "text",
    [
        # Whatever the verb is, the two of them have an aspect.
        "Saturn leans on your Venus today.",
        "Jupiter keeps you company in the eighth, where much is hidden.",
        "Saturn is moving through your ninth, and old beliefs may be weighed.",
        "The Moon returns to your fifth house.",
        "You are a Leo who feels in Virgo and walks in like a Gemini.",
        "It is your eighth day in a row here.",
        "Good morning, Marco.",
        "Saturn, unlike your Sun, may take its time.",
    ],
)
def test_plain_words_for_what_is_given_may_be_said(text: str) -> None:
    assert contract.claim_problems(text, _SKY) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Saturn leans on your Sun today.", "point"),
        ("Jupiter keeps you company in the tenth, where work is seen.", "house"),
        ("Saturn is moving through your eighth, and old beliefs may be weighed.", "house"),
        ("The Moon returns to your ninth house.", "house"),
        ("You are a Leo who feels in Gemini.", "sign"),
        ("You are a Leo who walks in like a Virgo.", "sign"),
        ("It is your tenth day in a row here.", "streak"),
        ("Das din se tum roz aa rahe ho.", "streak"),
        ("The New Moon is exact a little after nine tonight.", "time"),
    ],
)
def test_plain_words_for_something_else_are_refused(text: str, kind: str) -> None:
    assert PROBLEMS[kind] in contract.claim_problems(text, _SKY)


def test_somebody_else_is_not_greeted() -> None:
    assert contract.claim_problems("Good morning, Kavita.", _SKY) == [STRANGER]
