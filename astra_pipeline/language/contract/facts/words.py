"""The words of vocabulary.yaml, and the spellings by which they are found in a text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from astra_pipeline.language import vocabulary

Spellings = dict[str, list[str]]
# A word, a number with its decimals or minutes. Hyphens divide words.
TOKEN = re.compile(r"\d+(?:[:.]\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*|°")


class FactWords(BaseModel):
    """The lists of vocabulary.yaml, where each has a comment that says what it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bodies: Spellings
    signs: Spellings
    nakshatras: Spellings
    tithis: Spellings
    halves: Spellings
    phases: Spellings
    aspects: Spellings
    glances: Spellings
    motions: Spellings
    periods: Spellings
    taras: Spellings
    marks: Spellings
    stages: Spellings
    eclipses: Spellings
    returns: Spellings
    festivals: Spellings
    weekdays: Spellings
    months: Spellings
    milestones: Spellings
    capitals_only: frozenset[str]
    own: frozenset[str]
    at_birth: frozenset[str]
    at_present: frozenset[str]
    not_there: frozenset[str]
    denials: frozenset[str]
    speakers: frozenset[str]
    said: frozenset[str]
    no_speakers: frozenset[str]
    kin: frozenset[str]
    same_kin: tuple[frozenset[str], ...]
    days: frozenset[str]
    in_a_row: frozenset[str]
    talks: frozenset[str]
    talked: frozenset[str]
    told: frozenset[str]
    of_us: frozenset[str]
    everywhere: frozenset[str]
    hindi_ordinals: dict[str, int]
    hindi_and_english: frozenset[str]
    before_a_verb: frozenset[str]
    hindi_numbers: dict[str, int]


class Term(NamedTuple):
    """A name of the vocabulary."""

    kind: str
    value: str
    needs_capital: bool


# List of vocabulary.yaml -> the kind of its names.
_KINDS = {
    "bodies": "body",
    "signs": "sign",
    "nakshatras": "nakshatra",
    "tithis": "tithi",
    "halves": "half",
    "phases": "phase",
    "aspects": "aspect",
    "glances": "glance",
    "motions": "motion",
    "periods": "period",
    "taras": "tara",
    "marks": "mark",
    "stages": "stage",
    "eclipses": "eclipse",
    "returns": "return",
    "festivals": "festival",
    "weekdays": "weekday",
    "months": "month",
    "milestones": "milestone",
}


@cache
def words() -> FactWords:
    """The vocabulary. Raises BadVocabulary naming the file, the line and the problem."""
    return vocabulary.load("astra_pipeline.language.contract.facts", "vocabulary.yaml", FactWords)


@cache
def terms() -> Mapping[str, tuple[tuple[tuple[str, ...], Term], ...]]:
    """First word of a spelling -> (all its words, its term), the longest spelling first."""
    found: dict[str, list[tuple[tuple[str, ...], Term]]] = {}
    for name, kind in _KINDS.items():
        for value, spellings in getattr(words(), name).items():
            for spelling in spellings:
                parts = tuple(TOKEN.findall(spelling))
                term = Term(kind, value, spelling in words().capitals_only)
                found.setdefault(parts[0], []).append((parts, term))
    return {first: tuple(sorted(all_of, key=lambda one: -len(one[0]))) for first, all_of in found.items()}
