"""The language in which a caller is greeted: the one that they spoke. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from astra_pipeline.conversations.preferences import hinglish_level
from astra_pipeline.conversations.sentences import Sentence
from astra_pipeline.language import devanagari

Tongue = Literal["english", "mixed", "full"]
"""English; English and Hindi in one sentence; Hindi, in Latin letters as everywhere."""

# Of what is said in Hinglish, so many words of a hundred are Hindi; in Hindi there are a few of English, too.
_SOME, _MOST = 10, 66
_WISHED = re.compile(
    r"\b(?:in|thoda|thodi|mein|please|use)? ?hinglish\b[^.?!]{0,25}\b(?:baat|bol\w*|talk|speak|karo|karna|kar)\b"
    r"|\b(?:talk|speak|baat|bol\w*)\b[^.?!]{0,25}\bhinglish\b",
    re.IGNORECASE,
)
_POLITE = re.compile(r"\b(?:aap|aapka|aapki|aapke|aapko|aapne|aapse|boliye|bataiye|kariye|kijiye)\b", re.IGNORECASE)


def tongue_of(said: Sequence[Sentence]) -> Tongue:
    """The language of the caller's sentences; Hinglish where they asked for it."""
    if any(devanagari.count(one.text) > len(one.words) // 2 for one in said if len(one.words) > 1):
        in_devanagari = sum(devanagari.count(one.text) for one in said)
        if 2 * in_devanagari > sum(len(one.words) for one in said):
            return "full"
    tongue = tongue_of_level(hinglish_level(said) or 0)
    wished = any(_WISHED.search(one.latin) for one in said)
    return "mixed" if wished and tongue == "english" else tongue


def tongue_of_level(level: int) -> Tongue:
    """The language of somebody of whose words so many of a hundred are Hindi."""
    if level < _SOME:
        return "english"
    return "mixed" if level < _MOST else "full"


def is_polite(said: Sequence[Sentence]) -> bool:
    """Whether the caller says "aap" to whoever they talk with."""
    return any(_POLITE.search(one.latin) for one in said)
