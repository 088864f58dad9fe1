"""Quoted speech: what a person said is not a claim of ours, nor a promise. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from astra_pipeline.language.contract.facts.words import words

QUOTED = re.compile(r"\"[^\"\n]{2,400}\"|“[^“”\n]{2,400}”|«[^«»\n]{2,400}»")
"""A quotation."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_WORDS = re.compile(r"[^\W_]+")
# The characters before and behind a quotation in which its speaker is looked for.
_AROUND = 80
# The words before a weekday by which a plan is known again.
_PLAN_WORDS = 3
# The end of a sentence, which may stand inside of quotation marks.
_END = re.compile(r"[.!?][\"”»]?\s|\n")


def without_speech(text: str) -> str:
    """The text with "that" for everything in quotation marks that a person said, wrote or asked.

    A quotation that nobody is said to have spoken stays, and so does one of the stars: somebody is told it.
    """
    if not any(mark in text for mark in '"“«'):
        return text
    return QUOTED.sub(lambda quoted: _kept(quoted, text), text)


def flat(*values: object) -> str:
    """The words of texts, and of the texts in mappings and lists, in small letters, in order."""
    return " | ".join(" ".join(_WORDS.findall(text.casefold())) for value in values for text in _texts(value))


def says_another_day(text: str, task_input: Mapping[str, Any]) -> bool:
    """Whether a text puts recorded words on a weekday on which nobody said them.

    The days are those beside the words: of a letter's talks, of its plan, and of what came of the last one's.
    """
    spoken = [
        (str(one["day"]), f"| {flat(*(part for field, part in one.items() if field != 'day'))} |")
        for one in _with_a_day([task_input.get(field) for field in ("talks", "intention", "last_letter")])
    ]
    if _moves_a_plan(flat(text), spoken):
        return True
    for quoted in QUOTED.finditer(text) if spoken else ():
        before = _END.split(text[max(0, quoted.start() - _AROUND) : quoted.start()])[-1]
        behind = _END.split(text[quoted.end() : quoted.end() + _AROUND])[0]
        behind = "" if quoted.group()[-2] in ".!" else behind
        named = {day for word in _WORD.findall(f"{before} {behind}") if (day := _weekday(word.lower()))}
        days = {day for day, words_of in spoken if f" {flat(quoted.group()[1:-1])} " in words_of}
        if named and days and not named & days:
            return True
    return False


def _moves_a_plan(text: str, spoken: list[tuple[str, str]]) -> bool:
    """Whether a text puts a plan on another weekday than its words did: "sand the boards on Monday"."""
    for _, said in spoken:
        told = said.split()
        for at, word in enumerate(told):
            if at < _PLAN_WORDS or not (day := _weekday(word)):
                continue
            found = re.search(rf"{' '.join(told[at - _PLAN_WORDS : at])} (\w+)", text)
            if found and (_weekday(found[1]) or day) != day:
                return True
    return False


def _with_a_day(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if value.get("day"):
            yield value
        yield from (one for part in value.values() for one in _with_a_day(part))
    elif isinstance(value, list | tuple):
        yield from (one for part in value for one in _with_a_day(part))


def _weekday(word: str) -> str | None:
    return next((day for day, spellings in words().weekdays.items() if word in spellings), None)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in _texts(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in _texts(part))


def _kept(quoted: re.Match[str], text: str) -> str:
    before = text[max(0, quoted.start() - _AROUND) : quoted.start()]
    before = _END.split(before)[-1]
    behind = _END.split(text[quoted.end() : quoted.end() + _AROUND])[0]
    # A sentence may end inside of the quotation marks.
    behind = "" if quoted.group()[-2] in ".!?" and behind[:2].strip()[:1].isupper() else behind
    if not (_is_of_a_person(before) or _is_of_a_person(behind)):
        return quoted.group()
    return that(quoted)


def that(quoted: re.Match[str]) -> str:
    """The word that stands for a quotation, with the mark that ends it."""
    ends = quoted.group()[-2]
    return f"that{ends if ends in '.!?' else ''}"


def _is_of_a_person(said: str) -> bool:
    small = [word.lower() for word in _WORD.findall(said)]
    spoken = words().said & set(small)
    speakers = words().speakers | words().kin
    somebody = speakers & set(small) or "ne" in small or any(word[0].isupper() for word in _WORD.findall(said)[1:])
    return bool(spoken and somebody and not words().no_speakers & set(small))
