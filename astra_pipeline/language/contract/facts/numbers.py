"""Numbers in a text, in figures and in words of English and Hindi. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from astra_pipeline.language.contract.facts.words import words

_UNITS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1
    )
}
_FIGURES = re.compile(r"\d+(?:\.\d+)?")


@cache
def number_words() -> frozenset[str]:
    """The words that a number or an ordinal begins with, where it does not begin with a figure."""
    spoken = (*_UNITS, *_TENS, *_ORDINALS, "once", "twice")
    return frozenset((*spoken, *words().hindi_numbers, *words().hindi_ordinals))


def number_at(small: Sequence[str], at: int) -> tuple[float, int] | None:
    """(number, place behind it) of the number that begins at a place of words in small letters; None for none."""
    word = small[at]
    if _FIGURES.fullmatch(word):
        return float(word), at + 1
    if word in ("once", "twice"):
        return float(1 + (word == "twice")), at + 1
    total, end = _below_hundred(small, at)
    if end > at and end < len(small) and small[end] == "hundred":
        total, end = total * 100, end + 1
        behind = end + 1 if end < len(small) and small[end] == "and" else end
        rest, behind = _below_hundred(small, behind)
        total, end = total + rest, behind if rest else end
    if end > at:
        return float(total), end
    hindi = words().hindi_numbers.get(word)
    if hindi is None or (word in words().hindi_and_english and at and small[at - 1] in words().before_a_verb):
        return None
    return float(hindi), at + 1


def _below_hundred(small: Sequence[str], at: int) -> tuple[int, int]:
    if at >= len(small):
        return 0, at
    if small[at] in _TENS:
        tens = _TENS[small[at]]
        unit = _UNITS.get(small[at + 1], 0) if at + 1 < len(small) else 0
        return (tens + unit, at + 2) if 0 < unit < 10 else (tens, at + 1)
    return (_UNITS[small[at]], at + 1) if small[at] in _UNITS else (0, at)


def ordinal_at(small: Sequence[str], at: int) -> tuple[int, int] | None:
    """(number, place behind it) of an ordinal, "8" "th" or "eighth" or "aathve"; None for none."""
    word = small[at]
    if word.isdigit() and at + 1 < len(small) and small[at + 1] in ("st", "nd", "rd", "th", "ve", "va", "vein"):
        return int(word), at + 2
    number = _ORDINALS.get(word) or words().hindi_ordinals.get(word)
    return None if number is None else (number, at + 1)
