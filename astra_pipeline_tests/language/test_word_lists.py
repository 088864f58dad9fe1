"""The notation of word lists: what a support person may write, and what is found by it."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from astra_pipeline.language.word_lists import Terms, Words, one_of, stems


@pytest.mark.parametrize(
    ("word", "found", "not_found"),
    [
        ("pill", ["pill"], ["pills", "pil"]),
        ("pill(s)", ["pill", "pills"], ["pillss", "pill(s)"]),
        ("tumo(u)r(s)", ["tumor", "tumour", "tumours"], ["tumo"]),
        ("check(-)up", ["checkup", "check-up"], ["check up"]),
        ("doctor('s) visit", ["doctor visit", "doctor's visit"], ["doctors visit"]),
        ("sha+di", ["shadi", "shaaaadi"], ["shdi"]),
        ("chemo*", ["chemo", "chemotherapy"], ["chem", "chemo therapy"]),
        ("look* for", ["look for", "looking for"], ["look"]),
    ],
)
def test_each_mark_is_found_as_it_is_explained(word: str, found: list[str], not_found: list[str]):
    (read,) = TypeAdapter(Words).validate_python([word])
    expression = re.compile(one_of([read]))
    assert all(expression.fullmatch(text) for text in found)
    assert not any(expression.fullmatch(text) for text in not_found)


@pytest.mark.parametrize(
    "word", ["", " pill", "pill ", "pi(ll", "pill)", "p.ll", "pill|tablet", "+pill", "()", "[a-z]"]
)
def test_what_is_no_word_is_refused_and_not_repeated(word: str):
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Words).validate_python([word])
    problem, *_ = refused.value.errors(include_input=False, include_url=False)
    assert problem["loc"] == (0,)
    assert not word.strip() or word not in problem["msg"].replace("(s)", "")


def test_a_capital_is_refused_where_sentences_are_read_in_small_letters():
    assert TypeAdapter(Terms).validate_python(["North Node"]) == ("North Node",)
    with pytest.raises(ValidationError, match="want small letters"):
        TypeAdapter(Words).validate_python(["Ozempic"])


def test_an_empty_list_is_refused_because_it_would_be_found_everywhere():
    with pytest.raises(ValidationError):
        TypeAdapter(Words).validate_python([])


def test_a_stem_is_in_every_text_that_has_a_word_and_none_is_part_of_another():
    assert stems(["pill(s)", "painkiller", "sha+di", "chemo*", "killer"]) == ("pill", "sha", "chemo", "killer")
