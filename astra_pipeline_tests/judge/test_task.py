"""A verdict is taken when each quote stands in the text, and when it decides what it was asked to decide."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.errors import BadAnswer
from astra_pipeline.judge.input import JudgeInput, numbered, split, unnumbered
from astra_pipeline.judge.kinds import KINDS
from astra_pipeline.judge.task import TASK, Verdict
from astra_pipeline.llm.runner import read_answer
from astra_pipeline_tests.judge.scripted import finding

SENTENCES = ("Good morning, Asha.", "On Friday the offer is yours.", "Rest before you answer.")


def given_text(*sentences: str, **changes: Any) -> JudgeInput:
    """The input for these sentences."""
    fields: dict[str, Any] = {
        "text": "horoscope",
        "care": "none",
        "care_by_rules": "none",
        "care_by_model": "none",
        "name": "Asha",
        "facts": "{}",
        "sentences": numbered(sentences or SENTENCES),
    }
    return JudgeInput(**fields | changes)


def verdict(*findings: dict[str, Any], care: str | None = None, **changes: Any) -> Verdict:
    """The verdict as it is read beside its input."""
    answer = {"findings": list(findings), "care": care}
    return read_answer(Verdict, answer, given_text(**changes).model_dump())


def test_a_verdict_without_findings_is_taken() -> None:
    assert verdict().findings == []


@pytest.mark.parametrize("answer", [{}, {"care": None}, {"findings": None}, {"result": "ok"}])
def test_an_answer_that_does_not_say_what_it_found_is_none(answer: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="findings"):
        read_answer(Verdict, answer, given_text().model_dump())


def test_julep_makes_no_empty_list_of_findings_that_are_missing() -> None:
    returned = TASK.julep_definition()["main"][-1]["return"]
    assert returned["findings"] == "$ steps[2].output.answer.get('findings')"


@pytest.mark.parametrize(
    "quote",
    ["the offer is yours", "On Friday the offer is yours.", '"the offer IS yours…"', " the offer  is yours "],
)
def test_a_quote_stands_in_its_sentence_whatever_its_case_and_marks(quote: str) -> None:
    (found,) = verdict(finding(quote, "promise", 2)).findings
    assert (found.sentence, found.kind) == (2, "promise")


def test_a_number_that_is_wrong_gives_way_to_the_quote() -> None:
    (found,) = verdict(finding("Rest before", "advice", 2)).findings
    assert found.sentence == 3
    (found,) = verdict(finding("Rest before", "advice", 90)).findings
    assert found.sentence == 3


@pytest.mark.parametrize("quote", ["the job is yours", "...", "offer yours"])
def test_a_quote_that_stands_nowhere_is_refused_and_not_repeated(quote: str) -> None:
    with pytest.raises(BadAnswer, match="stands in no sentence") as refused:
        verdict(finding(quote, "promise", 2))
    assert "yours" not in str(refused.value)


@pytest.mark.parametrize("kind", ["tone", "Promise", ""])
def test_an_unknown_kind_is_refused(kind: str) -> None:
    with pytest.raises(BadAnswer, match="kind"):
        verdict(finding("Rest", kind, 3))


def test_care_in_doubt_is_decided_and_other_care_is_not_heard() -> None:
    with pytest.raises(BadAnswer, match="care_by_rules and care_by_model differ"):
        verdict(care_by_model="crisis")
    assert verdict(care="tender", care_by_model="crisis").care == "tender"
    assert verdict(care="crisis").care is None


def test_the_prompt_has_every_kind_and_each_sentence_with_its_number() -> None:
    system, user = (message["content"] for message in TASK.render(given_text()))
    assert all(f"- {kind}: " in system for kind in KINDS)
    assert "\n2. On Friday the offer is yours.\n" in user


@given(st.lists(st.text(min_size=1)))
def test_numbers_come_off_as_they_were_put_on(sentences: list[str]) -> None:
    assert unnumbered(numbered(sentences)) == sentences


def test_a_text_is_split_into_lines_of_one_sentence() -> None:
    assert split("One.  Two\nthree!\n\nFour?") == ["One.", "Two", "three!", "Four?"]
