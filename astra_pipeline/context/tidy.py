"""Texts as ElevenLabs takes them for dynamic variables. Pure."""

from __future__ import annotations

import unicodedata

# The share of a text that a cut at a word may cost beyond the cut itself.
_WORD_WITHIN = 0.6


def tidied(text: object, longest: int) -> str:
    """The text in NFC and one line, without braces and control characters, of at most `longest` characters.

    ElevenLabs takes what stands in two braces for a variable. A longer text is cut at a word and ends in "…". A
    value that is no text is "".
    """
    if not isinstance(text, str):
        return ""
    # Many times the length is enough to find the visible part in, whatever somebody stored.
    visible = "".join(map(_shown, unicodedata.normalize("NFC", text[: 8 * longest + 64])))
    return cut(" ".join(visible.split()), longest)


def cut(text: str, longest: int) -> str:
    """The text, or its beginning up to a word and "…" where it has more than `longest` characters."""
    if len(text) <= longest:
        return text
    if longest < 1:
        return ""
    head = text[: longest - 1]
    word = head.rfind(" ")
    if word >= _WORD_WITHIN * len(head):
        head = head[:word]
    return head.rstrip(" ,;:-") + "…"


def _shown(character: str) -> str:
    if character in "{}":
        return ""
    category = unicodedata.category(character)
    if category.startswith("Z") or character in "\t\n\r\v\f":
        return " "
    # Joiners hold Indic letters and emoji together; FSI and PDI keep a name of the other direction in its place.
    if character in "\u200c\u200d\u2068\u2069":
        return character
    return " " if category in ("Cc", "Zl", "Zp") else "" if category.startswith("C") else character
