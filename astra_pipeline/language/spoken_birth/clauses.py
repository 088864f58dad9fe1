"""The clause of a turn that a value stands in, and whether it is about anything but a birth."""

from __future__ import annotations

import itertools
import re
from functools import cache

from astra_pipeline.language.spoken_birth import words
from astra_pipeline.language.spoken_birth.clock_context import word_of_a_place
from astra_pipeline.language.spoken_birth.clock_faces import Face
from astra_pipeline.language.spoken_birth.day_parts import part_hours

# A sentence ends at a stop before a space; "7 a.m. or 8" goes on.
_SENTENCE_END = re.compile(r"(?<=[.!?।])(?<![ap]\.m\.)(?<![AP]\.M\.)\s+(?=[^\s.])")
# The characters before and after a time in which its clause is looked for.
_FAR = 120


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order."""
    return _SENTENCE_END.split(text)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """The start and end of each sentence of a text; a sentence ends where the next one starts."""
    starts = [gap.end() for gap in _SENTENCE_END.finditer(text)]
    return list(itertools.pairwise([0, *starts, len(text)]))


def is_about_nothing_else(text: str) -> bool:
    """True for a text, in the spelling of times, whose words all go with any birth time ("Mum said it was")."""
    return bool(_neutral().fullmatch(text))


def is_of_another_event(plain: str, face: Face) -> bool:
    """True when the clause around a time is about another event: "I wake up at 6 am"."""
    before = plain[max(0, face.first - _FAR) : face.first]
    after = plain[face.last : face.last + _FAR]
    clause = f"{_clause_start().split(before)[-1]} {_clause_start().split(after, maxsplit=1)[0]}"
    return bool(_other_events().search(clause))


@cache
def _clause_start() -> re.Pattern[str]:
    return re.compile(rf"[,.;!?]\s|\b{words.any_of(words.clock_context().starts_a_clause)}\b")


@cache
def _other_events() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.clock_context().other_events)}\b")


@cache
def _neutral() -> re.Pattern[str]:
    known = words.clock_context()
    neutral = words.any_of(known.between, known.leads_in, part_hours(), known.neutral, ["DATE"])
    return re.compile(rf"(?:[^\w]|(?:in {word_of_a_place()}|{neutral})\b)*")
