"""One spelling for each thing that a time of day is said with: "a.m.", "AM" and "a m" become "AM".

Words in capitals are nobody's words: DATE, THING (a number that is no time), AM, PM.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.dates import date_pattern
from astra_pipeline.language.spoken_birth.mapped_text import MappedText, Rewrite
from astra_pipeline.language.spoken_birth.numerals import counted, hindi_number


def spoken(text: str) -> MappedText:
    """The text as times are read in it: numbers in digits, dates as DATE, one spelling for each thing."""
    return counted(text).rewritten(_rewrites())


@cache
def _rewrites() -> list[Rewrite]:
    """All rewrites. Their order matters: a later one reads what an earlier one has written."""
    return [
        (date_pattern(), "DATE"),
        *_things(),
        *_clock_words(),
        *_zeros(),
        *_halves(),
        *_named_parts(),
        *_moments(),
        *_amounts(),
        *_about(),
        *_parts_of_another_day(),
    ]


def _things() -> list[Rewrite]:
    """Numbers that are no time: "ward 7", "3 kilos"."""
    things, measures = words.any_of(words.clock().numbered_things), words.any_of(words.clock().measures)
    return [
        (re.compile(rf"\b(?:{things}|no\.)(?: no\.| number)? ?\d+\b(?!:)"), "THING"),
        (
            re.compile(
                rf"\b(?:(?:saadhe|sava|dedh|dhai) )?(?:\d+(?:[.,]\d+)?|{hindi_number()})(?: and a half)? ?{measures}\b"
            ),
            "THING",
        ),
    ]


def _clock_words() -> list[Rewrite]:
    return [
        (re.compile(r"(?: ?'? ?\b|(?<=\d))o ?'? ?clock\b"), " oclock"),
        (re.compile(r"(?:(?<=\d)|(?<=noon)|(?<=midnight)|(?<=clock))[ -]?ish\b"), ""),
    ]


def _zeros() -> list[Rewrite]:
    """ "nine oh five", "zero seven fifteen", "oh seven hundred"; a mere "oh" before a time is a sigh."""
    leading_zero = r"\b(?:oh|zero|o|0) (\d)(?= hundred\b| [0-5]\d hours\b)|\b(?:zero|0) (\d)(?= [0-5]\d\b)"
    return [
        (re.compile(r"\b(\d{1,2}) (?:oh|zero|o|0) (?:oh|zero|o|0)\b"), r"\1 00"),
        (re.compile(r"\b(?:zero|oh|o) (?:zero|oh|o) (?=[0-5]\d\b)"), "00 "),
        (re.compile(r"(?<=\d )(?:oh|zero|o|0) (\d)\b(?!:)"), r"0\1"),
        (re.compile(leading_zero), lambda found: f"0{found[1] or found[2]}"),
        (re.compile(r"\bzero (?=hundred\b|[0-5]\d hours\b)"), "00 "),
    ]


def _halves() -> list[Rewrite]:
    """AM and PM, after a time and after a word that chooses between them."""
    after_a_time = r"(?:(?<=\d)|(?<=clock)|(?<=baje)|(?<=\bin the))\s*([ap])(?:\. ?m\b\.?| ?m\b)"
    after_a_word = r"(\b(?:or|ya|mean|meant|no,?|sorry,?|wait,?|not) |[,.] |^\W*|/ ?)(?:in the )?([ap])\.?m\b(?=\W*(?:$|[,.;!?]))"
    return [
        (re.compile(after_a_time), lambda found: f" {found[1].upper()}M"),
        (re.compile(after_a_word), lambda found: f"{found[1].replace('/', ' or ')}{found[2].upper()}M"),
    ]


def _named_parts() -> list[Rewrite]:
    """Phrases for a part of the day, as its one word: "high noon" as "noon"."""
    parts = words.day_parts().parts.values()
    return [(_phrase(part.phrases), part.words[0]) for part in parts if part.phrases]


def _moments() -> list[Rewrite]:
    moments = words.any_of(words.day_parts().moments)
    return [
        (
            re.compile(
                r"(?<=:\d\d)(,?) (?:just |shortly |soon |right |a (?:little|bit) )?(?:before|after|past) "
                rf"(?={moments}\b)"
            ),
            r"\1 at ",
        ),
        # "din" is the day in "janam din" too.
        (
            re.compile(
                r"(?<!janam )(?<!janm )(?<!us )(?<!is )\bdin (?=(?:ke|mein|me)\b)|(?<=baje )din\b"
                r"|\bin the day(?: ?time)?\b"
            ),
            "daytime ",
        ),
    ]


def _amounts() -> list[Rewrite]:
    return [
        (re.compile(r"\b(?:a )?quarter(?: of an)? hour\b"), "15 minutes"),
        (re.compile(r"\bhalf(?: an)? hour\b"), "30 minutes"),
    ]


def _about() -> list[Rewrite]:
    give_or_take = r"(?:\bgive or take\b|\bplus(?: or)? minus\b|\+/-|±)(?: ?(?:an?|\d{1,2}) ?(?:minutes?|mins?)\b)?"
    return [
        (re.compile(r"\bday or night\b|\bnight or day\b|\bdin ya raat\b|\braat ya din\b"), "morning or night"),
        (_phrase(words.clock().nearly), "nearly"),
        (_phrase(words.clock().about), "about"),
        (re.compile(give_or_take), " about "),
    ]


def _parts_of_another_day() -> list[Rewrite]:
    """Mornings and evenings that do not tell when it was: "one morning at 7", "good morning", "not in the evening"."""
    known = words.day_parts()
    english, hindi = words.any_of(known.english), words.any_of(known.hindi)
    any_part = words.any_of(["noon"], known.english, known.hindi)
    one = rf"\b1 (?=(?:(?!(?:in|at|the|am|pm|oclock|baje|early|late)\b)[a-z]+ )?{english}\b)"
    another = rf"\b{words.any_of(known.of_another_day)} (?:ki |ke |early |late )?{any_part}\b"
    denied = rf"\b(?:not|isn't|wasn't|never) (?:in |at )?(?:the )?(?:{english}\b|\d{{1,2}}(?=,? but\b))"
    return [
        (re.compile(one), ""),
        (re.compile(rf"\bek (?={hindi}\b)"), ""),
        (re.compile(another), "THING"),
        (re.compile(denied), ","),
    ]


def _phrase(phrases: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(phrases)}\b")
