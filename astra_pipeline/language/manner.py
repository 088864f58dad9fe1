"""The manner in which a text addresses a person: its prompt, and the levels from which it has Hindi in it."""

from typing import Literal

Style = Literal["casual", "balanced", "formal"]

SOME_HINGLISH, MUCH_HINGLISH = 34, 67
"""Hinglish levels (0 to 100) from which a text has a few sentences of Hindi, and many."""

RULES = f"""\
- English. hinglish_level 0: no Hindi at all. Up to {SOME_HINGLISH - 1}: a word here and there, such as in the greeting. \
{SOME_HINGLISH} to {MUCH_HINGLISH - 1}: a few sentences of Hindi in Latin letters. {MUCH_HINGLISH} or more: about half of it. \
Never Devanagari.
- communication_style casual: like a close friend. balanced: warm and clear. formal: courteous, no slang."""
"""The lines of a text's prompt about `hinglish_level` and `communication_style`."""
