"""The owner of the birth in a sentence: the caller ("mera janam"), or another person ("my daughter was born")."""

from __future__ import annotations

import re
from functools import cache

from astra_pipeline.language.spoken_birth import words


def speaks_of_own_birth(latin: str) -> bool:
    """True for a text in Latin letters in which the caller speaks of their own birth."""
    return bool(_own_birth().search(latin))


def may_be_the_callers(sentence: str) -> bool:
    """True for a sentence whose value may be the caller's: it names nobody else's birth and asks nothing."""
    return not _birth_of_another().search(sentence) and not sentence.rstrip().endswith("?")


@cache
def _own_birth() -> re.Pattern[str]:
    return re.compile(rf"\b{words.any_of(words.owners().own_birth)}\b|\bborn\b(?= \d)")


@cache
def _birth_of_another() -> re.Pattern[str]:
    known = words.owners()
    relations = words.any_of(known.relations)
    of_mine = words.any_of(known.relations, known.relations_after_my)
    return re.compile(
        rf"\b(?:he|she|they|it) (?:was|were|is) born\b|\b(?:is|was|are) my {relations}\b"
        rf"|\b(?:my|mera|meri|mere) (?:\w+ )?{of_mine}(?:'s)? (?:\w+ )?{words.any_of(known.after_a_relation)}\b"
        rf"|\b{words.any_of(known.of_another)} {words.any_of(known.births)}\b|\bwoh (?:\S+ ){{0,6}}paida\b"
    )
