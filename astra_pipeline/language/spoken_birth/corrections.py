"""Words that correct or deny a value that was said: "no wait, 8:15", "not at 7:15", "7 baje nahi, 8 baje"."""

from __future__ import annotations

import re
from functools import cache

from astra_pipeline.language.spoken_birth import words


@cache
def correction() -> re.Pattern[str]:
    """The words by which a caller corrects what was said before."""
    phrases = words.any_of(words.corrections().corrections)
    return re.compile(
        rf"\b(?:{phrases}|nahi+n?|not \w+,? but|(?:is|was) wrong"
        r"|no(?=, \w)"
        rf"|no(?=[,.: —-]+(?:(?:it|at|that|i|the|around|about|make|in|{_numbers()})\b|\d)|[,. —-]*\Z))\b"
    )


@cache
def _numbers() -> str:
    known = words.numerals()
    lists = (known.english_below_twenty, known.english_tens, known.english_ordinals, words.dates().months)
    return words.any_of(*(spellings for numbers in lists for spellings in numbers.values()))


@cache
def denied_before() -> re.Pattern[str]:
    """The words before a value that deny it, up to the end of the searched text."""
    known = words.corrections()
    return re.compile(rf"\b{words.any_of(known.denials)}(?: {words.any_of(known.after_a_denial)})*\s*\Z")


@cache
def denied_after() -> re.Pattern[str]:
    """The words right after a value that deny it, and not the part of the day that follows."""
    known = words.corrections()
    something_else = words.any_of(known.denies_something_else, words.day_parts().hindi)
    return re.compile(rf"[, ]*(?:nahi+n?|{words.any_of(known.denied_afterwards)})\b(?![\s,.]*{something_else}\b)")


@cache
def not_as_repeated() -> re.Pattern[str]:
    """The beginning of an answer to a value that the agent repeats, when it is not right: "almost", "close"."""
    return re.compile(
        rf"\W*(?:(?:um|uh|oh|well|so|arre|hmm)\W+)*{words.any_of(words.corrections().not_as_repeated)}\b"
    )


@cache
def denies_first() -> re.Pattern[str]:
    """A turn that begins by denying a value: "not Surat, Navsari"."""
    return re.compile(
        r"\W*(?:(?:oh|um|uh|so|well|sorry|actually|but|it's|it was|that's)\W+)*(?:not|isn't|wasn't) (?!sure\b|certain\b|really\b|yet\b|now\b|at all\b)\w"
    )


@cache
def takes_back() -> re.Pattern[str]:
    """Words that take a value back: "forget that", "is wrong"."""
    return re.compile(rf"\b{words.any_of(words.corrections().takes_back)}\b")


@cache
def contrast() -> re.Pattern[str]:
    """Words behind a yes to a repeated value that take part of it back: "right, but it was 87"."""
    return re.compile(r"\b(?:but|par|lekin|magar|only|just that|bas)\b")


@cache
def confirms() -> re.Pattern[str]:
    """Words by which an answer says that a value is right after all: "no, that's right"."""
    return re.compile(rf"\b(?<!not ){words.any_of(words.corrections().confirms)}\b")


@cache
def offers_another() -> re.Pattern[str]:
    """The beginning of a second value that may be the right one: "or was it 6 pm"."""
    return re.compile(
        rf"(?:(?<=[.!?…;,] )|(?<=[.!?…;,]  )){words.any_of(words.corrections().offers_another)}\b(?! rather\b)"
    )


@cache
def refuses() -> re.Pattern[str]:
    """A "no" behind a value, and that somebody must be asked first: "no, I'd have to ask my mother"."""
    known = words.corrections()
    return re.compile(
        rf"\b{words.any_of(known.says_no)}[\s,.!…-]+(?:[^\s.!?]+ ){{0,4}}?{words.any_of(known.asks_first)}\b"
        r"(?! (?:about|you|something|for|anything|one|another)\b)"
    )


def ends_in_a_correction(plain: str) -> bool:
    """True for a text whose last words correct: "wait, no."."""
    return bool(re.search(rf"{correction().pattern}\W*\Z", plain))


@cache
def says_no() -> re.Pattern[str]:
    """A "no" with nothing behind it: "Pune... no."."""
    return re.compile(rf"\b{words.any_of(words.corrections().says_no)}\b[\s.!?…,-]*\Z")
