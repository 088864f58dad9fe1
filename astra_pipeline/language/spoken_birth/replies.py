"""A caller's yes or no to a value of their own birth that the agent names: "You were born on 9 April 1984?" - "Yes." """

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clauses import sentences
from astra_pipeline.language.spoken_birth.clock import time_of
from astra_pipeline.language.spoken_birth.dates import date_of
from astra_pipeline.language.spoken_birth.numerals import latin
from astra_pipeline.language.spoken_birth.owners import is_of_another, names_a_birth
from astra_pipeline.language.spoken_birth.place_words import place_in

_LONGEST = 120


@dataclass(frozen=True)
class Reply:
    """A yes or no. `value` is what the agent named: an ISO date, "HH:MM" or a place. `turn` counts from 1."""

    field: str
    value: str
    confirms: bool
    quote: str
    turn: int


def replies(exchanges: Sequence[tuple[str, str]]) -> list[Reply]:
    """The replies of a conversation, in order; a turn of the agent that names two values of a field has none."""
    found: list[Reply] = []
    for number, (asked, said) in enumerate(exchanges, start=1):
        confirms = _answer(said)
        if confirms is None or not _asks_about_own_birth(asked):
            continue
        quote = said.strip()[:_LONGEST]
        found += [Reply(field, value, confirms, quote, number) for field, value in _named(asked)]
    return found


def _answer(said: str) -> bool | None:
    """True for a yes, False for a no; None for any other words."""
    plain = latin(said).plain
    first = sentences(plain.strip())[0] if plain.strip() else ""
    if _begins(tuple(words.replies().denies)).match(first):
        return False
    if _begins(tuple(words.replies().confirms)).match(first):
        return None if _begins(tuple(words.replies().takes_it_back)).search(plain) else True
    return None


def _asks_about_own_birth(asked: str) -> bool:
    """True for a turn of the agent that asks, and names the caller's birth and nobody else's."""
    plain = latin(asked).plain
    known = words.questions()
    ours = _begins(tuple(known.the_caller)).search(plain) or _begins(tuple(words.replies().asks_about)).search(
        plain
    )
    return "?" in asked and bool(ours) and names_a_birth(plain) and not is_of_another(plain)


def _named(asked: str) -> Iterable[tuple[str, str]]:
    """(field, value) of each field for which the agent names a single value."""
    parts = [part for part in sentences(asked) if part.strip()]
    named: dict[str, set[str]] = {}
    for part in parts:
        if date := date_of(part):
            named.setdefault("date_of_birth", set()).add(date)
        if time := time_of(part).time:
            named.setdefault("birth_time", set()).add(time)
        plain = latin(part).plain
        if names_a_birth(plain) and (place := place_in(part, plain, of_birth=True, asked_where=False)):
            named.setdefault("birth_place", set()).add(", ".join(place))
    return [(field, values.pop()) for field, values in named.items() if len(values) == 1]


@cache
def _begins(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\W*(?<!\w){words.any_of(phrases)}(?!\w)")
