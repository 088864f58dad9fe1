"""Negation: the reach of "not" and "nahi" over its words. Pure.

A "not" reaches to the end of its clause ("I'm not sad at all, just tired" denies sadness alone). In Hindi it stands
beside its word, mostly behind it ("udaas nahi hoon").
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from astra_pipeline.language import vocabulary

_TOKEN = re.compile(r"[\w']+|[,;:.!?।…—–()]")
_WORD = re.compile(r"[\w']+")
_BEFORE_HINDI = 2
_BEHIND_HINDI = 3

Words = Annotated[frozenset[str], Field(min_length=1)]


class NegationWords(BaseModel):
    """The lists of negation.yaml, where each has a comment that says what it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    english: Words
    denies_itself: Words
    hindi: Words
    between_hindi: Words
    clauses: Words
    reporting: Words
    as_never_before: Words
    accustomed: Words


def clause_numbers(text: str) -> list[int]:
    """The number of the clause that each word of the text is in."""
    known, numbers, clause = _words(), [], 0
    before = ""
    for token in _TOKEN.findall(text.lower().replace("’", "'")):
        if not _WORD.fullmatch(token):
            clause += 1
            continue
        begins = token in known.clauses or (token in ("i'm", "im", "i") and before not in known.reporting)
        clause += begins and bool(numbers)
        numbers.append(clause)
        before = token
    return numbers


def is_denied(words: Sequence[str], clauses: Sequence[int], at: int, length: int = 1) -> bool:
    """Whether the `length` words from position `at` are denied in their clause. `words` are in small letters."""
    known = _words()
    first = next(place for place in range(at + 1) if clauses[place] == clauses[at])
    for place in range(first, at):
        if words[place : place + 2] == ["used", "to"] and words[max(place - 1, 0)] not in known.accustomed:
            return True
        if words[place] in known.english and not _denies_itself(words, place, at):
            return True
    behind = at + length
    last = next((place for place in range(behind, len(words)) if clauses[place] != clauses[at]), len(words))
    for place in range(behind, min(behind + _BEHIND_HINDI, last)):
        if words[place] in known.hindi:
            return words[place] != "na" or place + 1 < last
        if words[place] not in known.between_hindi:
            break
    return any(words[place] in known.hindi for place in range(max(first, at - _BEFORE_HINDI), at))


def _denies_itself(words: Sequence[str], place: int, at: int) -> bool:
    """Whether a "not" belongs to its own verb ("I don't know why I'm sad"), or praises ("never felt so happy")."""
    known = _words()
    following = words[place + 1] if place + 1 < len(words) else ""
    if place and words[place] in known.denies_itself and words[place - 1] in known.english:
        return True  # "can't stop crying"
    if following in known.denies_itself and place + 1 < at:
        return True
    return words[place] == "never" and not known.as_never_before.isdisjoint(words[place + 1 : at])


@functools.cache
def _words() -> NegationWords:
    return vocabulary.load("astra_pipeline.language", "negation.yaml", NegationWords)
