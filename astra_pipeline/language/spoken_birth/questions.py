"""The fields of the birth that the agent asked for in the turn just before the caller's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clauses import sentences
from astra_pipeline.language.spoken_birth.numerals import latin


@dataclass(frozen=True)
class Question:
    """The fields that the agent asked for. A question may ask for several of them, or for none."""

    about_the_birth: bool
    about_the_place: bool
    # "In the morning, or in the evening?"
    about_the_half_of_the_day: bool


def question_in(asked: str) -> Question:
    """The question in a turn of the agent. A turn that merely states something asks for nothing."""
    question = _question_words(asked)
    return Question(
        about_the_birth=bool(_about_the_birth().search(question)),
        about_the_place=bool(_about_the_place().search(question)),
        about_the_half_of_the_day=bool(_about_the_half_of_the_day().search(question)),
    )


def _question_words(asked: str) -> str:
    """The sentences that end in a question mark; the whole turn when it says that a value is missing."""
    if _missing().search(asked):
        return latin(asked).plain
    return latin(" ".join(sentence for sentence in sentences(asked) if sentence.rstrip().endswith("?"))).plain


@cache
def _missing() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.questions().missing)}\b", re.IGNORECASE)


@cache
def _about_the_birth() -> re.Pattern[str]:
    phrases = words.any_of(words.questions().about_the_birth)
    return re.compile(rf"\b{phrases}\b|\btime,? (?:aur |and )?(?:jagah|place)\b")


@cache
def _about_the_place() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.questions().about_the_place)}\b")


@cache
def _about_the_half_of_the_day() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.questions().halves_of_the_day)}\b.*\b(?:or|ya)\b")
