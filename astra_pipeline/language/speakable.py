"""Stored texts that can stand in a sentence."""

from __future__ import annotations

# Of a topic or a title; a quotation may be longer.
_LONGEST = 40
_MARKUP = "\n\r{}[]<>`*#|"


def is_speakable(text: object, longest: int = _LONGEST) -> bool:
    """Whether a stored text can stand in a sentence: short, one line, no markup."""
    return isinstance(text, str) and 0 < len(text.strip()) <= longest and not any(c in text for c in _MARKUP)
