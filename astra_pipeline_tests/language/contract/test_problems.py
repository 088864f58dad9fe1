"""A text calls its person and their topics by allowed words; its problems are named."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.language import contract
from astra_pipeline_tests.language.contract.example import HOROSCOPE, refusal, with_sentence


@pytest.mark.parametrize(
    "name", ["Ar", "V", "Li", "s", "Todo", "Will", "🌙✨", "مريم", "דוד", "आशा", "Аня", "O'Brien"]
)
def test_any_name_may_be_in_a_text(name: str):
    assert refusal(HOROSCOPE.replace("Meera", name), name=name) == ""
    assert "certainty" in refusal(with_sentence(f"{name}, you will recover."), name=name)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("aarav", "Aarav"),
        ("PRIYA", "Priya"),
        ("Mary-Ann", "mary-ann"),
        ("O’Neil", "O'Neil"),
        ("O'Neil", "O’Neil"),
        (unicodedata.normalize("NFD", "José"), "José"),
        ("José", unicodedata.normalize("NFD", "José")),
        ("Asha", "Asha's"),
    ],
)
def test_a_name_may_be_in_another_case_and_form(name: str, written: str):
    assert refusal(HOROSCOPE.replace("Meera", written), name=name) == ""


@pytest.mark.parametrize(
    ("name", "written"), [("Ar", "Arun"), ("Asha", "Natasha"), ("Jo", "Joseph"), ("A", "Meera")]
)
def test_a_part_of_another_word_is_no_name(name: str, written: str):
    without = HOROSCOPE.replace("Meera", written).replace(" a ", " the ").replace("A ", "The ")
    assert "name is not used" in refusal(without, name=name)


@pytest.mark.parametrize(
    "topic", ["शादी", "Guaranteed profit", "Todo", "Kya meri shaadi hogi", "IVF", "Leo season"]
)
def test_a_topic_may_be_named_as_the_person_put_it(topic: str):
    assert refusal(with_sentence(f"You spoke of {topic}."), recent_topics=[topic]) == ""


@pytest.mark.parametrize(
    "question",
    [
        "Will I get the job?",
        "Is my mother going to recover?",
        "Should I sell the house?",
        "Is it a good time to buy a house?",
        "Should I stop taking my tablets?",
        "Is Friday good for the surgery?",
        "Meri shaadi kab hogi?",
    ],
)
def test_a_question_of_somebodys_can_be_quoted(question: str):
    assert contract.is_quotable(question, 100)


def test_several_problems_are_named_at_once():
    refused = refusal(with_sentence("**Dear [NAME]**, your Sun in Aries will get rich.").replace("\n\n", " "))
    for why in ("1 paragraphs", "markup", "placeholder", "certainty", "another sun sign"):
        assert why in refused


@given(st.text(min_size=20))
def test_a_refusal_never_repeats_the_text(secret: str):
    refused = refusal(secret)
    assert secret.strip() not in refused or not secret.strip()


@given(st.text(), st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3), st.integers(0, 100))
def test_any_text_name_and_topics_can_be_judged(text: str, name: str, topics: list[str], level: int):
    task_input = {"name": name, "recent_topics": topics, "hinglish_level": level}
    assert isinstance(contract.problems(text, task_input, at_least=2, at_most=3), list)


@pytest.mark.parametrize(
    "seed",
    "you will |sure to |your Moon |Saturn in |the job will be |a |I cannot provide a |Leo |....|'|you asked ".split(
        "|"
    ),
)
@pytest.mark.timeout(60)
def test_a_text_that_repeats_itself_can_be_judged(seed: str):
    """An expression that tries every way to divide such a text would not come to an end."""
    text = seed * (4000 // len(seed))
    assert "the person's name is not used" in refusal(text)
