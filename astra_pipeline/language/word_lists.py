"""The notation of word lists that a support person extends, and the regular expressions made of them. Pure.

A word is written as people write it, in small letters, with three marks:

    pill(s)     letters in brackets may be missing: pill, pills
    sha+di      the letter before a plus may be repeated: shadi, shaadi
    chemo*      a star is any ending: chemo, chemotherapy
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_NOTATION = re.compile(r"(?:[^\W_]\+?|[ '-]|\((?:[^\W_]|[ '-])+\)|\*)+")
_BEFORE_A_MARK = re.compile(r"[^(+*]*")


def _is_written_well(word: str) -> str:
    if not _NOTATION.fullmatch(word) or word != word.strip():
        raise ValueError("want letters, digits, spaces, ' and -, with the marks (s), + after a letter, and *")
    return word


def _is_in_small_letters(word: str) -> str:
    # Sentences are read in small letters: a word with a capital would never be found.
    if word != word.lower():
        raise ValueError("want small letters")
    return word


Term = Annotated[str, AfterValidator(_is_written_well)]
Word = Annotated[Term, AfterValidator(_is_in_small_letters)]
Terms = Annotated[tuple[Term, ...], Field(min_length=1)]
Words = Annotated[tuple[Word, ...], Field(min_length=1)]


class Vocabulary(BaseModel):
    """A file of word lists: every list of the model must be in it, and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def one_of(words: Iterable[str], *expressions: str) -> str:
    """The expression that finds any of the words, or any of the further regular expressions."""
    return f"(?:{'|'.join([*map(_expression, words), *expressions])})"


def stems(words: Iterable[str]) -> tuple[str, ...]:
    """The shortest beginnings of which one stands in every text that has one of the words."""
    found = dict.fromkeys(_stem(word) for word in words)
    return tuple(stem for stem in found if not any(other != stem and other in stem for other in found))


def _expression(word: str) -> str:
    return word.replace("*", r"\w*").replace("(", "(?:").replace(")", ")?")


def _stem(word: str) -> str:
    found = _BEFORE_A_MARK.match(word)
    return found.group() if found else ""
