"""The sentences of a caller, as they were said and in Latin letters, with the reach of every "not". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from astra_pipeline.conversations.lexicon import read_lexicon, words_of
from astra_pipeline.language import devanagari, negation

_SENTENCE = re.compile(r"(?<=[.!?।…])\s+")
_LONGEST_PHRASE = 4
_LONGEST_QUOTE = 240

T = TypeVar("T")


@dataclass(frozen=True)
class Sentence:
    """A sentence of the caller."""

    text: str
    """The words as they were said."""
    latin: str
    """The same in Latin letters: Hindi in Devanagari in the spellings that the lexicon knows."""

    @classmethod
    def of(cls, text: str) -> Sentence:
        """The sentence with this text."""
        if not devanagari.has_devanagari(text):
            return cls(text, text)
        return cls(text, devanagari.in_latin(text, read_lexicon().spellings))

    @cached_property
    def words(self) -> list[str]:
        """The words in Latin letters, small."""
        return words_of(self.latin)

    @cached_property
    def clauses(self) -> list[int]:
        """The number of the clause that each word is in."""
        return negation.clause_numbers(self.latin)

    @property
    def is_question(self) -> bool:
        """Whether it asks something."""
        return self.text.endswith("?")

    def hits(self, table: Mapping[tuple[str, ...], str], *, denied: bool = True) -> Iterable[str]:
        """The names whose phrases stand in the sentence; the longest phrase wins, a plural "s" is understood.

        Without `denied` only those that the sentence does not deny.
        """
        for name, at, length in _hits(table, self.words):
            if denied or not self.denies(at, length):
                yield name

    def denies(self, at: int, length: int = 1) -> bool:
        """Whether the `length` words from position `at` are denied."""
        return negation.is_denied(self.words, self.clauses, at, length)

    def words_before(self, position: int) -> int:
        """The number of words before a position in `latin`."""
        return len(words_of(self.latin[:position]))


def sentences(words: str) -> list[str]:
    """The sentences of a turn, as they were said."""
    return [sentence.strip() for sentence in _SENTENCE.split(words) if sentence.strip()]


def said(exchanges: Sequence[tuple[str, str]]) -> list[Sentence]:
    """The caller's sentences, in order."""
    return [Sentence.of(sentence) for _, words in exchanges for sentence in sentences(words)]


def quote(sentence: str) -> str:
    """A sentence to remember: on one line, not too long, with a capital letter first."""
    text = " ".join(sentence.split()).strip(' "')
    if len(text) > _LONGEST_QUOTE:
        text = text[: _LONGEST_QUOTE - 1].rstrip() + "…"
    return text[:1].upper() + text[1:]


def unique(texts: Iterable[str]) -> list[str]:
    """The texts that say something, each once whatever its case, in their order."""
    return list({text.casefold(): text for text in reversed([text for text in texts if text.strip()])}.values())[
        ::-1
    ]


def _hits(table: Mapping[tuple[str, ...], str], words: Sequence[str]) -> Iterable[tuple[str, int, int]]:
    """(name, position, number of words) of each phrase found."""
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + length])
            name = table.get(phrase) or table.get((*phrase[:-1], phrase[-1].removesuffix("'s").removesuffix("s")))
            if name:
                yield name, at, length
                at += length
                break
        else:
            at += 1
