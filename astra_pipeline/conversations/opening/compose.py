"""Composes the first words of the next call out of what was said in this one. Pure.

The same call always gives the same words. They take up subjects that a bystander may hear (subjects.yaml), whatever
else was said; in the tender register a light one, as an offer; in a crisis none.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from astra_pipeline.conversations.life import people_of
from astra_pipeline.conversations.opening.subjects import Subject, subject_of, subjects
from astra_pipeline.conversations.opening.tongue import Tongue, is_polite, tongue_of
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.language.care import Level
from astra_pipeline.language.care.hearing import heard
from astra_pipeline.language.composing import Book, Choice, Pool, capitalised, filled

_FILES: Mapping[Tongue, tuple[str, bool]] = {
    "english": ("opening", False),
    "mixed": ("mixed", True),
    "full": ("full", True),
}
# The second subject of an opening is not much weaker than the first.
_BEHIND = 2.2
# Somebody else in a sentence: what is said in it may be theirs, and hurt.
_SOMEBODY = re.compile(
    r"\b(?:he|she|they|him|her|his|their|we|us|our|wo|woh|usne|unhone|uska|uski|unka|unki|hum|hamara|hamari)\b",
    re.IGNORECASE,
)


def compose(
    said: Sequence[Sentence], answer: Mapping[str, Any], *, level: Level, style: str | None, seed: str
) -> str | None:
    """The opening for a call's sentences and what was extracted of it; None for a call that gives nothing.

    `[USERNAME]` stands for the name. `level` is the care that the next words need, `style` the manner that the
    caller wished for, `seed` what makes two calls differ.
    """
    tongue = tongue_of(said)
    polite = style == "formal" or is_polite(said)
    if level != "none":
        offered = _light(said) if level == "tender" else None
        return careful(level, tongue, polite=polite, seed=seed, offered=offered)
    choice = Choice(seed, 0)
    if dated := _dated(answer.get("dates", ())):
        subject, day = dated
        return _said(choice, tongue, polite, "dated", subject, day=day)
    found = subjects(said)
    if not found:
        return _said(choice, tongue, polite, "again") if said else None
    first, *others = found
    if first.is_asked_for:
        return _said(choice, tongue, polite, "asked", first)
    second = next((one for one in others if first.weight - one.weight <= _BEHIND), None)
    if second is not None:
        return _said(choice, tongue, polite, "pair", first, second)
    return _said(choice, tongue, polite, first.group, first)


def careful(level: Level, tongue: Tongue, *, polite: bool, seed: str, offered: Subject | None = None) -> str:
    """The opening for somebody in need of care (`tender` or `crisis`), which tells nobody why."""
    choice, register = Choice(seed, 0), "crisis" if level == "crisis" else "tender"
    kind = "with" if offered is not None and register == "tender" else "alone"
    return _filled(choice, tongue, polite, (register, kind), _fields(tongue, offered))


def _said(
    choice: Choice,
    tongue: Tongue,
    polite: bool,
    kind: str,
    first: Subject | None = None,
    second: Subject | None = None,
    *,
    day: str = "",
) -> str:
    return _filled(choice, tongue, polite, ("usual", kind), _fields(tongue, first, second) | {"day": day})


def _filled(choice: Choice, tongue: Tongue, polite: bool, path: tuple[str, str], fields: Mapping[str, str]) -> str:
    return capitalised(filled(choice.pick(_pool(tongue, *path)).text, fields, polite=polite))


def _fields(tongue: Tongue, first: Subject | None, second: Subject | None = None) -> dict[str, str]:
    def name(subject: Subject | None) -> str:
        if subject is None:
            return ""
        return subject.english if tongue == "english" else subject.hinglish

    return {"a": name(first), "b": name(second)}


def _pool(tongue: Tongue, *path: str) -> Pool:
    file, hindi = _FILES[tongue]
    return _book().pool(file, *path, hindi=hindi)


def _dated(dates: Sequence[Mapping[str, Any]]) -> tuple[Subject, str] | None:
    """The first date whose event may be said aloud, with its day as it is said: "27 November"."""
    for one in dates:
        subject = subject_of(one["what"])
        if subject is not None and subject.group in ("event", "project") and not one.get("until"):
            return subject, f"{dt.date.fromisoformat(one['date']):%-d %B}"
    return None


def _light(said: Sequence[Sentence]) -> Subject | None:
    """A thing that the caller does for joy, of a sentence about nobody else that is not beside what hurts."""
    heavy = {number for number, one in enumerate(said) if heard([one.text]).level != "none"}
    free = [
        one
        for number, one in enumerate(said)
        if not {number - 1, number, number + 1} & heavy and not _SOMEBODY.search(one.latin) and not people_of([one])
    ]
    return next((one for one in subjects(free) if one.group == "practice"), None)


@functools.cache
def _book() -> Book:
    """Read the phrases, once a process. Raises BadPhrases."""
    return Book.of("astra_pipeline.conversations.opening", fields=frozenset({"a", "b", "day"}))


book = _book
