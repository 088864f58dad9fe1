"""A caller's words in the one plain form in which patterns are sought: small letters, one spelling, no contractions."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from astra_pipeline.language import devanagari

_SENTENCE = re.compile(r"(?<=[.!?।…])\s+|\n+|[।…]")
_TOKEN = re.compile(r"[^\W_]+")
_CONTRACTIONS = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"\b(?:can'?t|cannot)\b", "can not"),
        (r"\bwon'?t\b", "will not"),
        (r"\bain'?t\b", "is not"),
        (r"\b(is|are|was|were|do|does|did|has|have|had|would|could|should|must|need)n'?t\b", r"\1 not"),
        (r"\bi'?m\b", "i am"),
        (r"\b(i|you|we|they|who|would|could|should|might|must)'?ve\b", r"\1 have"),
        (r"\b(i|you|he|she|we|they|it|that|there)'ll\b", r"\1 will"),
        (r"\b(i|you|he|she|we|they|it|that|there)'d\b", r"\1 would"),
        (r"\b(you|we|they)'re\b", r"\1 are"),
        (r"\btheyre\b", "they are"),
        (r"\b(he|she|it|that|there|what|who|where|how|everything|nothing|here)'s\b", r"\1 is"),
        (r"\b(hes|shes|thats|theres|whats|its)\b", lambda word: f"{word[0][:-1]} is"),
        (r"\b(wanna)\b", "want to"),
        (r"\b(gonna)\b", "going to"),
        (r"\b(gotta)\b", "got to"),
        (r"\b(myslef|mysef|my self)\b", "myself"),
        (r"\b(him self)\b", "himself"),
        (r"\b(her self)\b", "herself"),
        (r"\bany more\b", "anymore"),
        (r"\bany longer\b", "anymore"),
        (r"'s\b", " s"),
    )
)


def sentences(text: str) -> list[str]:
    """The sentences of a turn, as they were said."""
    return [part for part in (part.strip() for part in _SENTENCE.split(text)) if part]


@functools.lru_cache(maxsize=64)
def plain(text: str) -> str:
    """The words of a sentence by `devanagari.key`, each followed by a space."""
    return "".join(f"{word} " for word in keys(_TOKEN.findall(_spelt_out(text))))


def keys(words: Iterable[str]) -> list[str]:
    """Words in the form in which all their spellings agree."""
    return [devanagari.key(word) for word in words]


def _spelt_out(text: str) -> str:
    found = devanagari.in_latin(text).replace("’", "'").lower()
    for pattern, words in _CONTRACTIONS:
        found = pattern.sub(words, found)
    return found.replace("'", "")
