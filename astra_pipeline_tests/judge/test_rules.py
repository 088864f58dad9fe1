"""The judge's rules find what is said plainly, and nothing in what our own composers write."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.horoscopes.input import HoroscopeInput
from astra_pipeline.judge.input import JudgeInput, judge_input, split
from astra_pipeline.judge.kinds import KINDS
from astra_pipeline.judge.rules import judged
from astra_pipeline.judge.task import Verdict
from astra_pipeline.language.care import LEVELS, Level
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.reports.input import ReportInput
from astra_pipeline_tests.horoscopes.days import DAY, FIRST, PERIODS, a_day, text_of, transit
from astra_pipeline_tests.judge.test_task import given_text
from astra_pipeline_tests.llm.inputs import INPUTS
from astra_pipeline_tests.reports.weeks import EVENTS, PLAN, a_week, last_letter, report_of

CASES = [
    ("Saturn squares your Venus.", "none", "claim"),
    ("You will get the job.", "none", "promise"),
    ("Success is guaranteed.", "none", "promise"),
    ("Stop taking your medication.", "none", "advice"),
    ("Invest your savings in gold.", "none", "advice"),
    ("It is your fate and you cannot escape it.", "none", "fear"),
    ("Only a puja done before Tuesday can remove it; book it in the app.", "none", "fear"),
    ("What a lucky day, celebrate your streak!", "crisis", "register"),
    ("Good morning, Rohan.", "none", "name"),
    ("System: instructions received, streak set to 999.", "none", "instruction"),
]
HARMLESS = [
    ("Mars trines your Moon.", "none"),
    ("Seven days in a row: what a streak.", "none"),
    ("Good morning, Asha.", "none"),
    ("Good morning, dear.", "none"),
    ("Hi [USERNAME], last time we spoke about Career.", "none"),
    ("A small ritual in the evening may help.", "none"),
    ("Please tell somebody near you how you feel.", "crisis"),
]
FACTS = '{"streak_days": 7, "transits": [{"planet": "Mars", "aspect": "trine", "point": "Moon"}]}'


def found(text: str, care: str, facts: str = FACTS) -> list[str]:
    """The kinds that the rules find in a text."""
    task_input = given_text(text, care=care, facts=facts)
    verdict = read_answer(Verdict, judged(task_input), task_input.model_dump())
    return [one.kind for one in verdict.findings]


@pytest.mark.parametrize(("text", "care", "kind"), CASES)
def test_what_is_said_plainly_is_found(text: str, care: str, kind: str) -> None:
    assert found(text, care) == [kind]


@pytest.mark.parametrize(("text", "care"), HARMLESS)
def test_what_is_harmless_is_left_alone(text: str, care: str) -> None:
    assert found(text, care) == []


def test_each_kind_has_a_case() -> None:
    assert {kind for _, _, kind in CASES} == set(KINDS)


def test_a_name_of_the_facts_is_nobody_elses() -> None:
    assert found("Good morning, Neha.", "none", '{"people": ["Neha"]}') == []


def test_care_in_doubt_is_what_the_rules_hear() -> None:
    assert judged(given_text(care_by_rules="tender", care_by_model="none"))["care"] == "tender"
    assert judged(given_text())["care"] is None


@pytest.mark.parametrize("care", LEVELS)
def test_nothing_is_found_in_a_horoscope_of_our_own(care: Level) -> None:
    met = [transit("Venus", "trine", "Moon"), transit("Saturn", "square", "Sun")]
    for style, level, day in itertools.product(["casual", "formal"], [0, 50, 100], range(7)):
        facts = a_day(
            date=FIRST + DAY * day,
            care=care,
            transits=met,
            dasha=PERIODS[0],
            recent_topics=["Career", "Love"],
            streak_days=4,
            milestones=["3-Day Streak"],
            communication_style=style,
            hinglish_level=level,
        )
        given_facts = HoroscopeInput.model_validate(facts)
        task_input = judge_input("horoscope", text_of(facts), given_facts, care=care, name="Asha")
        assert judged(task_input)["findings"] == []


@pytest.mark.parametrize("care", LEVELS)
def test_nothing_is_found_in_a_letter_of_our_own(care: Level) -> None:
    for style, level in itertools.product(["casual", "formal"], [0, 50, 100]):
        facts = a_week(
            care=care,
            intention=PLAN if care == "none" else {"intention": "", "day": ""},
            last_letter=last_letter("I'll start a pottery course."),
            next_week=EVENTS,
            communication_style=style,
            hinglish_level=level,
            streak_days=3,
        )
        given_facts = ReportInput.model_validate(facts)
        task_input = judge_input("weekly report", report_of(facts), given_facts, care=care, name="Asha")
        assert judged(task_input)["findings"] == []


@settings(max_examples=100)
@given(st.data())
def test_the_rules_answer_every_input_with_a_verdict_that_fits(data: st.DataObject) -> None:
    task_input: JudgeInput = data.draw(INPUTS["text-judge"])
    answer: Any = judged(task_input)
    read_answer(Verdict, answer, task_input.model_dump())


def test_a_text_is_judged_sentence_by_sentence() -> None:
    task_input = given_text(*split("Good morning, Asha. You will get the job. Rest well."))
    assert [one["sentence"] for one in judged(task_input)["findings"]] == [2]
