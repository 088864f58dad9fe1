"""Parts of the day ("in the evening", "subah", AM) and the hours that each leaves possible."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from astra_pipeline.language.spoken_birth import words

# Words in capitals are nobody's words: the spelling of clocks writes them for "a.m." and "p.m.".
_HALVES = {"AM": frozenset(range(12)), "PM": frozenset(range(12, 24))}
_ALL_DAY = frozenset(range(24))
# The hours of the two moments that are times of their own.
ANCHORS = {"noon": 12, "midnight": 0}


@cache
def part_hours() -> dict[str, frozenset[int]]:
    """The hours (0 to 23) in which a time said with each word may lie."""
    parts = words.day_parts().parts.values()
    return _HALVES | {word: part.hours for part in parts for word in part.words}


@cache
def part() -> re.Pattern[str]:
    """Any word for a part of the day."""
    return re.compile(rf"\b{words.any_of(part_hours())}\b")


def hours_of(parts: Iterable[re.Match[str]]) -> frozenset[int]:
    """The hours that all the parts leave possible; all 24 without a part."""
    return _ALL_DAY.intersection(*(part_hours()[match.group()] for match in parts))
