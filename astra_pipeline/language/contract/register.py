"""The language of a text: Latin letters, and as much Hinglish as its reader likes. Pure."""

from __future__ import annotations

import re

from astra_pipeline.language import hinglish

_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f]")
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
# Share of a text's characters that are letters but not Latin, above which it is not in English.
_OTHER_SCRIPT = 0.05
# Hinglish levels (0 to 100) from which a text must have a few Hindi words, and several.
_SOME, _MUCH = 34, 67
_ENOUGH = {_SOME: 2, _MUCH: 4}
# Words a text without Hinglish may share with Hindi: some spell an English word.
_TOLERATED = 2


def register_problems(text: str, level: int, besides: str) -> list[str]:
    """The problems of a text's letters, and of its Hindi words for a reader of that Hinglish level.

    `besides` are words that do not count: the person's name and topics.
    """
    if _DEVANAGARI.search(text) or len(_FOREIGN.findall(text)) > _OTHER_SCRIPT * len(text):
        return ["not written in Latin letters"]
    hindi = len(hinglish.spoken_in(text, besides=besides))
    wanted = max((count for floor, count in _ENOUGH.items() if level >= floor), default=0)
    if hindi < wanted:
        return [f"{hindi} Hindi words, want some Hinglish at level {level}"]
    if level == 0 and hindi > _TOLERATED:
        return [f"{hindi} Hindi words, want plain English"]
    return []


def can_be_read(text: str, level: int) -> bool:
    """True when a reader of that Hinglish level can read the text: in Latin letters, with Hindi only for some."""
    return not _FOREIGN.search(text) and (level >= _SOME or not hinglish.spoken_in(text))
