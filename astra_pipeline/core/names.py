"""What to call a person. Pure."""

from __future__ import annotations

import unicodedata

_LONGEST = 40
_TITLES = frozenset(
    {"dr", "mr", "mrs", "ms", "miss", "prof", "shri", "smt", "sri", "kumari", "sir", "pt", "pandit"}
)


def called(name: object) -> str:
    """The first name out of a stored one: "Dr. Asha Rao" is called Asha. Empty when there is nothing to call.

    Emoji and every script are kept; line breaks, invisible characters and what reads as a template or markup
    are not, since the name goes into prompts and texts.
    """
    if not isinstance(name, str):
        return ""
    kept = "".join(" " if c.isspace() else c for c in name if c.isspace() or _is_visible(c))
    words = kept.split()
    while len(words) > 1 and words[0].rstrip(".").casefold() in _TITLES:
        words = words[1:]
    return words[0][:_LONGEST] if words else ""


def isolated(name: str) -> str:
    """The name as it goes into a line of English: one written from right to left is isolated (Unicode FSI and
    PDI), so that the punctuation around it stays in place."""
    return f"\u2068{name}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in name) else name


def _is_visible(character: str) -> bool:
    if character in "[]{}<>|`*_#\\":
        return False
    # Joiners and variation selectors hold emoji and Indic letters together.
    return character in "\u200c\u200d\ufe0f" or not unicodedata.category(character).startswith(("C", "Z"))
