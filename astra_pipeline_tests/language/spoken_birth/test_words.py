"""The word lists that a support person extends: complete, explained, and refused with file and line when broken."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from pydantic import BaseModel

from astra_pipeline.language import vocabulary
from astra_pipeline.language.spoken_birth import words

_FOLDER = resources.files("astra_pipeline.language.spoken_birth")
_FILES = sorted(file.name for file in _FOLDER.iterdir() if file.name.endswith(".yaml"))
_LISTS: dict[str, Callable[[], BaseModel]] = {
    "clock.yaml": words.clock,
    "clock_context.yaml": words.clock_context,
    "corrections.yaml": words.corrections,
    "dates.yaml": words.dates,
    "day_parts.yaml": words.day_parts,
    "devanagari.yaml": words.devanagari,
    "numerals.yaml": words.numerals,
    "owners.yaml": words.owners,
    "place_words.yaml": words.places,
    "questions.yaml": words.questions,
    "replies.yaml": words.replies,
}


def test_every_file_of_words_is_as_its_model_wants_it() -> None:
    assert sorted(_LISTS) == _FILES
    assert all(load().model_fields_set for load in _LISTS.values())


@pytest.mark.parametrize("name", _FILES)
def test_every_list_has_a_comment_that_says_what_it_is_for(name: str) -> None:
    lines = _FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if line[:1].isalpha()]
    assert keys
    assert [lines[number] for number in keys if not lines[number - 1].startswith("# ")] == []


@pytest.mark.parametrize(
    ("name", "model", "good", "broken", "problem"),
    [
        ("corrections.yaml", words.CorrectionWords, "denials: [not,", "denials: [no,", "denials.0: .*valid string"),
        ("corrections.yaml", words.CorrectionWords, "denials: [not,", "denials: [Not,", "denials.0: .*small letters"),
        ("dates.yaml", words.DateWords, "months_also_words: [may, mar, march, mai, jan]", "months_also_words: []", "months_also_words: "),
        ("dates.yaml", words.DateWords, "before_a_year:", "befor_a_year:", "befor_a_year: "),
        ("dates.yaml", words.DateWords, "  12: [", "  13: [", "months.13.*: "),
        ("numerals.yaml", words.Numerals, "english_tens:\n  20: [twenty]", "english_tens:\n  20: [ninety]", "english_tens: .*under 20 and under 90"),
        ("day_parts.yaml", words.DayParts, "last_hour: 6\n", "last_hour: 24\n", "parts.smallhours.last_hour: "),
        ("clock.yaml", words.ClockWords, '"1:30": [dedh]', '"25:30": [dedh]', "times_of_their_own.25:30.*: "),
        ("owners.yaml", words.OwnerWords, "am_hindi: [hoon", "am_hindi: [hoon]]", ""),
    ],
)  # fmt: skip
def test_a_broken_file_of_words_is_refused_with_file_and_line(
    tmp_path: Path, name: str, model: type[BaseModel], good: str, broken: str, problem: str
) -> None:
    text = _FOLDER.joinpath(name).read_text(encoding="utf-8")
    assert text.count(good) == 1
    line = text[: text.index(good)].count("\n") + 1
    file = tmp_path / name
    file.write_text(text.replace(good, broken), encoding="utf-8")
    with pytest.raises(vocabulary.BadVocabulary, match=rf"(?m)^{name}:{line}: {problem}"):
        vocabulary.read(file, model)


def test_a_devanagari_word_leads_to_a_latin_word_that_the_rules_know() -> None:
    devanagari, owners = words.devanagari(), words.owners()
    months = {month for names in words.dates().months.values() for month in names}
    others = {*owners.relations, *owners.third_person}
    assert set(devanagari.months) <= months
    assert set(devanagari.people) <= others
