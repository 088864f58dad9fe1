"""A check of stored texts that are to be quoted in a sentence."""

from __future__ import annotations

# The most characters of a topic or a title; a quotation may be longer.
_LONGEST = 40
_MARKUP = "\n\r{}[]<>`*#|"


def is_speakable(text: object, longest: int = _LONGEST) -> bool:
    """True for a stored text that fits into a sentence: short, one line, no markup."""
    return isinstance(text, str) and 0 < len(text.strip()) <= longest and not any(c in text for c in _MARKUP)
