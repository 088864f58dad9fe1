"""Hinglish: Hindi in Latin letters, by lists of words. Pure."""

from __future__ import annotations

import functools
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from astra_pipeline.language import vocabulary

_WORD = re.compile(r"[a-z]+")
_IN_BRACES = re.compile(r"\{(\w+)\}")

# Imperatives that are other words as well: two, are.
_ALSO_OTHER_WORDS = ("do", "ho")
# "Do" is an imperative behind a stem ("bol do", "rehne do") and before what ends a clause, else it is two.
_GIVE = re.compile(
    r"(?<![\w{])(?:(?P<stem>\w+ne|kar|bol|rakh|bata|de|jaga|likh|chhod|suna|dikha|bana|bhej|mat)(?P<gap> )do"
    r"|do(?= *(?:[.,;:!?]|$)| (?:ki|taaki|aur|jab|jo|agar|neeche|aaj|abhi|phir)\b))(?![\w}])",
    re.IGNORECASE,
)

# A word with anything but small letters would never be found in a text.
HindiWord = Annotated[str, StringConstraints(pattern=r"^[a-z]+$")]


class HindiWords(BaseModel):
    """The lists of hinglish.yaml, where each has a comment that says what it is for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: frozenset[HindiWord]
    polite: dict[HindiWord, HindiWord]


def words() -> frozenset[str]:
    """Words of Hindi as people type them, in small letters, without those that are as common in English."""
    return _vocabulary().words


def polite_forms() -> dict[str, str]:
    """Familiar word ("tum") -> its polite form ("aap")."""
    return _vocabulary().polite


def spoken_in(text: str, *, besides: str = "") -> set[str]:
    """The Hindi words of a text, without those that also stand in `besides` (a name, a topic)."""
    known = set(_WORD.findall(besides.casefold()))
    return {word for word in _WORD.findall(text.casefold()) if word in words()} - known


def in_register(phrase: str, *, polite: bool) -> str:
    """A phrase of Hindi, whose words in braces are familiar, in the register of its reader."""
    forms = polite_forms()

    def said(word: re.Match[str]) -> str:
        familiar = word[1].lower()
        if familiar not in forms:
            return word[0]
        form = forms[familiar] if polite else familiar
        return form.capitalize() if word[1][0].isupper() else form

    return _IN_BRACES.sub(said, phrase)


def made_polite(phrase: str) -> str:
    """A phrase of Hindi whose imperatives are those for "aap": "bolo" becomes "boliye"."""

    def said(word: re.Match[str]) -> str:
        form = polite_forms()[word[0].lower()]
        return form.capitalize() if word[0][0].isupper() else form

    def given(word: re.Match[str]) -> str:
        return f"{word['stem']} dijiye" if word["stem"] else "Dijiye" if word[0][0].isupper() else "dijiye"

    return _imperatives().sub(said, _GIVE.sub(given, phrase))


@functools.cache
def _imperatives() -> re.Pattern[str]:
    found = "|".join(
        sorted(word for word in polite_forms() if word.endswith("o") and word not in _ALSO_OTHER_WORDS)
    )
    return re.compile(rf"(?<![\w{{])(?:{found})(?![\w}}])", re.IGNORECASE)


@functools.cache
def _vocabulary() -> HindiWords:
    return vocabulary.load("astra_pipeline.language", "hinglish.yaml", HindiWords)
