"""Hinglish: Hindi in Latin letters, by a list of words. Pure."""

from __future__ import annotations

import functools
import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from astra_pipeline.language import vocabulary

_WORD = re.compile(r"[a-z]+")


class HindiWords(BaseModel):
    """The list of hinglish.yaml. A word with anything but small letters would never be found in a text."""

    model_config = ConfigDict(extra="forbid")

    words: frozenset[Annotated[str, StringConstraints(pattern=r"^[a-z]+$")]]


@functools.cache
def words() -> frozenset[str]:
    """Words of Hindi as people type them, in small letters, without those that are as common in English."""
    return vocabulary.load("astra_pipeline.language", "hinglish.yaml", HindiWords).words


def spoken_in(text: str, *, besides: str = "") -> set[str]:
    """The Hindi words of a text, without those that also stand in `besides` (a name, a topic)."""
    known = set(_WORD.findall(besides.casefold()))
    return {word for word in _WORD.findall(text.casefold()) if word in words()} - known
