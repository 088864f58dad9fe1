"""A turn cut into clauses: at its stops and commas, at words that join, and where a new subject begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clauses import sentence_spans
from astra_pipeline.language.spoken_birth.hindi_places import before_a_region

_PRONOUNS = r"(?:i|i'm|i've|we|he|she|they|he's|she's|main|mai|woh|usne|unhone)"
_POSSESSIVES = r"(?:my|our|his|her|their|mera|meri|mere|hamara|hamari|uska|uski|unka|unki)"
# A mark that ends a clause, and not one inside a number, a date or "a.m.".
_MARK = re.compile(r"[,;:](?=\s|$)|\s[-–—]+\s|\.{2,}|…|—")


@dataclass(frozen=True)
class Span:
    """A clause from `start` to `end` of a turn. `sentence` counts from 0."""

    start: int
    end: int
    sentence: int
    # No mark and no joining word stands before the clause.
    runs_on: bool


def spans(plain: str) -> list[Span]:
    """The clauses of a turn in Latin letters, in order; together they are the whole turn."""
    found: list[Span] = []
    for number, (start, end) in enumerate(sentence_spans(plain)):
        found += _of_sentence(plain, start, end, number)
    return found


def _of_sentence(plain: str, start: int, end: int, number: int) -> Iterator[Span]:
    sentence = plain[start:end]
    lists = {match.end() for match in before_a_region().finditer(sentence)}
    cuts = {match.end(): False for match in _MARK.finditer(sentence) if match.end() not in lists}
    for match in _joint().finditer(sentence):
        cuts.setdefault(match.start(), False)
    for pattern in (_new_subject(), _new_owner(), _event()):
        for match in pattern.finditer(sentence):
            cuts.setdefault(match.start(), True)
    places = sorted(at for at in cuts if 0 < at < len(sentence))
    for left, right in zip([0, *places], [*places, len(sentence)], strict=True):
        yield Span(start + left, start + right, number, runs_on=bool(left) and cuts[left])


@cache
def _joint() -> re.Pattern[str]:
    """The start of "and", "but", "when" before another clause. "Born and raised" and "my wife and I" are one."""
    known = words.owners()
    joins, below = words.any_of(known.joins), words.any_of(known.subordinators)
    one = r"and (?:raised|brought up|bred|i\b|me\b|myself|(?:time|place|date|year|month)\b|\d)|aur (?:main|mai)\b(?= (?:dono|saath|sath|ek|hum|bhi dono)\b|\W*$)"
    return re.compile(
        rf"(?<=\s)(?!{one}){joins}\s|(?<=\s){below} (?={_PRONOUNS}\b|{_POSSESSIVES}\b|it\b|the\b)"
        r"|(?<=\s)and (?=i\b(?! (?:were|are)\b))"
    )


@cache
def _new_subject() -> re.Pattern[str]:
    """A pronoun that no word before it keeps in the clause."""
    kept = "".join(rf"(?<!\b{re.escape(word)} )" for word in dict.fromkeys(words.owners().keeps_the_pronoun))
    return re.compile(rf"(?<=\s){kept}\b{_PRONOUNS}\s(?!{_late_year()}\b)")


def _late_year() -> str:
    """A Hindi year in two figures, behind which "mai" is the month of May."""
    return words.any_of(words.by_spelling(words.numerals().hindi_of_years))


@cache
def _new_owner() -> re.Pattern[str]:
    """A possessive right after a number or after the end of a Hindi clause."""
    ends = "|".join(rf"(?<=\b{re.escape(word)} )" for word in words.owners().keeps_the_possessive)
    return re.compile(rf"(?:(?<=\d )|{ends})\b{_POSSESSIVES}\s")


@cache
def _event() -> re.Pattern[str]:
    return re.compile(
        rf"(?<=\s)(?<!\bi )(?<!we )(?<!he )(?<!she )(?<!they )(?<!born and )(?<!and was )(?<!i was ){words.any_of(words.owners().begins_an_event)}\b"
    )
