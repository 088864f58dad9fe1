"""The letters of the bench's people: each keeps its own contract, and another weekday in it is refused."""

from __future__ import annotations

import random

from astra_pipeline.language import contract
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.reports.task import WeeklyReportText
from bench.words.calls import letters
from bench.words.mutants import mutants

QUOTED = {"name": "Asha", "talks": [{"day": "Tuesday", "events": ["My exam is on Friday."], "questions": []}]}
OTHER = {"day": "Saturday", "events": ["We flew."], "questions": ["Is Mars angry?"]}


def test_each_letter_keeps_its_contract() -> None:
    for letter in letters():
        read_answer(WeeklyReportText, {"content": letter.content}, letter.task_input.model_dump())


def test_another_weekday_in_a_letter_is_refused() -> None:
    chance, made, passed = random.Random(7), 0, []
    for letter in letters():
        given = letter.task_input.model_dump()
        for one in mutants(letter.content, given["name"], chance, each=4):
            made += one.kind == "weekday"
            if one.kind == "weekday" and not contract.claim_problems(one.text, given):
                passed.append(f"{one.was} became {one.becomes}: {one.text}")
    assert made > 40
    assert len(passed) <= 0.05 * made, passed


def test_recorded_words_were_said_on_their_day() -> None:
    given = QUOTED | {"talks": [*QUOTED["talks"], OTHER], "week_end": "2026-11-15"}
    assert contract.claim_problems('The news of the week is from Tuesday: "My exam is on Friday."', given) == []
    assert contract.claim_problems('The news of the week is from Saturday: "My exam is on Friday."', given)
    assert contract.claim_problems('You wanted to know, on Tuesday, "Is Mars angry?"', given)
    assert contract.claim_problems("Before Monday comes, a few lines.", given) == []
    assert contract.claim_problems("Before Friday comes, a few lines.", given)
