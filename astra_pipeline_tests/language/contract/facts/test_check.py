"""A text is compared with its input: a changed fact is refused, and the problem repeats no word of it."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
import yaml

from astra_pipeline.language import contract
from astra_pipeline.language.contract.facts.check import PROBLEMS
from astra_pipeline.language.contract.facts.people import STRANGER
from bench.words import rows_facts
from bench.words.mutants import mutants

READERS: dict[str, dict[str, Any]] = rows_facts.llm_like()
TRUE = [(one["facts"], text) for one in READERS.values() for text in one["texts"]]
FALSE = [(one["facts"], text) for one in READERS.values() for text in one["wrong"]]


@pytest.mark.parametrize(("facts", "text"), TRUE, ids=lambda one: one[:40] if isinstance(one, str) else "")
def test_a_true_text_is_accepted(facts: dict[str, Any], text: str) -> None:
    assert contract.claim_problems(text, facts) == []


@pytest.mark.parametrize(("facts", "text"), FALSE, ids=lambda one: one[:40] if isinstance(one, str) else "")
def test_a_false_text_is_refused_without_repeating_it(facts: dict[str, Any], text: str) -> None:
    problems = contract.claim_problems(text, facts)
    assert problems
    assert set(problems) <= {*PROBLEMS.values(), STRANGER} | SIGNS_OF_OTHERS


SIGNS_OF_OTHERS = {
    *(f"another {part} sign than the person's is claimed" for part in ("sun", "moon", "rising")),
    "the person is addressed by a sign that is not theirs",
}


# Readers of a review, whose texts are freer: nine in ten of their changed facts are refused, and more is wanted.
REVIEWED = ("run_in_cape_town", "barber_of_kumasi", "exam_in_hyderabad")


@pytest.mark.parametrize(("reviewed", "limit"), [(False, 0.03), (True, 0.1)])
def test_one_fact_changed_at_random_is_refused(*, reviewed: bool, limit: float) -> None:
    chance, found = random.Random(20), []
    readers = [one for name, one in READERS.items() if (name in REVIEWED) == reviewed]
    for facts, text in ((one["facts"], text) for one in readers for text in one["texts"]):
        found += [
            (facts, one)
            for one in mutants(text, facts["name"], chance, each=2)
            if '"' not in text and "Sunday" not in text
        ]
    passed = [one.text for facts, one in found if not contract.claim_problems(one.text, facts)]
    assert len(found) > 80
    assert len(passed) <= limit * len(found), passed


def test_what_a_person_said_may_be_quoted_without_saying_who_said_it() -> None:
    facts = {"talks": [{"key_insights": ["What's Libra season about, I was born in October."]}]}
    quoted = 'The news of the week: "What\'s Libra season about, I was born in October."'
    assert contract.claim_problems(quoted, facts) == []
    assert contract.claim_problems(quoted, {}) != []
    assert contract.claim_problems('The news of the week: "Libra season is over in March."', facts) != []


SPEECH = [
    'Your mother said, "you will get a job before Diwali".',
    "Your mother said, “you will get a job before Diwali”, and you may smile.",
    '"Mars is in Pisces," your brother says, and he may keep his telescope.',
    'You asked, "Will I be married by June?"',
    'Neha told you: "on Monday you get the offer."',
]


@pytest.mark.parametrize("sentence", SPEECH)
def test_quoted_speech_of_a_person_is_neither_a_claim_nor_a_promise(sentence: str) -> None:
    assert contract.claim_problems(sentence, {"people": ["Neha"]}) == []
    assert not re.search(
        "certainty", " ".join(contract.problems(sentence, {"people": ["Neha"]}, at_least=1, at_most=1))
    )


@pytest.mark.parametrize(
    "sentence", ['The stars say: "you will get the job".', 'In your chart stands "you will get the job".']
)
def test_what_nobody_said_is_still_a_promise(sentence: str) -> None:
    assert any("certainty" in one for one in contract.problems(sentence, {}, at_least=1, at_most=1))


@pytest.mark.parametrize(
    ("text", "task_input", "is_strange"),
    [
        ("Good morning, Rohan.", {"name": "Meera"}, True),
        ("Good morning, Rohan.", {"name": "Rohan"}, False),
        ("Your sister Priya is on your side.", {"name": "Meera"}, True),
        ("Your sister Priya is on your side.", {"name": "Meera", "people": ["sister Priya"]}, False),
        ("Namaste Zubeidaji, aaj aaram karo.", {"name": "Meera"}, True),
        ("Good morning, dear.", {"name": "Meera"}, False),
        (
            "Good morning, Chitra. The Moon is in Chitra.",
            {"name": "Chitra", "moon": {"nakshatra": "Chitra"}},
            False,
        ),
        ("Call Vikram before noon.", {"name": "Meera"}, True),
    ],
)
def test_nobody_else_is_named(text: str, task_input: dict[str, Any], is_strange: bool) -> None:
    assert (STRANGER in contract.claim_problems(text, task_input)) is is_strange


def test_somebody_with_the_name_of_a_star_may_still_be_told_a_false_one() -> None:
    task_input = {"name": "Chitra", "moon": {"sign": "Leo", "nakshatra": "Magha"}}
    assert contract.claim_problems("Good morning, Chitra. The Moon is in Chitra.", task_input)


def test_a_planet_without_a_part_in_the_day_is_refused() -> None:
    task_input = {"transits": [{"planet": "Saturn", "aspect": "square", "point": "Venus"}]}
    assert contract.claim_problems("Saturn asks for patience.", task_input) == []
    assert contract.claim_problems("Jupiter asks for patience.", task_input) == [PROBLEMS["body"]]


def test_a_date_of_ones_life_is_on_its_day() -> None:
    task_input = {"dates": ["2026-11-27 interview", "2026-12-03 wedding"]}
    assert contract.claim_problems("Friday is the interview.", task_input) == []
    assert contract.claim_problems("Thursday is the interview.", task_input) == [PROBLEMS["weekday"]]


def test_the_files_of_examples_have_forty_texts() -> None:
    assert len(TRUE) >= 40
    assert yaml.safe_dump(READERS)


def test_a_number_to_call_is_no_count_of_talks() -> None:
    text = "Koi aapke liye jaag raha hai, Tele MANAS ko 14416 par call kijiye."
    assert contract.claim_problems(text, {"conversations": 1}) == []


def test_the_day_of_one_quotation_is_not_that_of_the_next() -> None:
    facts = {
        "talks": [{"day": "Monday", "intentions": ["I'll paint the fence."]}],
        "intention": {"intention": "We want to sing again.", "day": "Friday"},
    }
    text = 'From Monday: "I\'ll paint the fence." There was also this: "We want to sing again."'
    assert contract.claim_problems(text, facts) == []
    moved = 'On Monday you told me: "We want to sing again."'
    assert contract.claim_problems(moved, facts) == [PROBLEMS["weekday"]]
