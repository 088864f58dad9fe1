"""Hinglish: Hindi in Latin letters, by a list of words. Pure."""

from __future__ import annotations

import functools
import re
from importlib import resources

_WORD = re.compile(r"[a-z]+")


@functools.cache
def words() -> frozenset[str]:
    """Words of Hindi as people type them, lower case. What is as common in English ("main", "par") is left out."""
    text = resources.files("astra_pipeline.language").joinpath("hinglish.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


def spoken_in(text: str, *, besides: str = "") -> set[str]:
    """The Hindi words of a text, without those that also stand in `besides` (a name, a topic)."""
    known = set(_WORD.findall(besides.casefold()))
    return {word for word in _WORD.findall(text.casefold()) if word in words()} - known
