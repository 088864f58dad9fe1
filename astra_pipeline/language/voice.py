"""A choice of phrases without chance: the same reader and date get the same ones, and they change day by day."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Voice:
    """Picks phrases for one reader at one time (`turn`: the number of the day, or of the week).

    A slot starts at a phrase and goes round in strides, both by a digest of reader and slot, `places` of them each
    turn. So of n phrases none returns within n / places turns, and no two readers get them in one order. A sentence
    made of several slots has new parts as often as each.
    """

    def __init__(self, reader: str, turn: int) -> None:
        self._reader = reader
        self._turn = turn

    def _start(self, slot: str) -> int:
        return int.from_bytes(hashlib.blake2b(f"{self._reader}\0{slot}".encode(), digest_size=4).digest())

    def _at(self, slot: str, place: int, places: int) -> int:
        return self._start(slot) + self._turn * places + place

    def pick(self, slot: str, options: Sequence[T], *, place: int = 0, places: int = 1) -> T:
        """One of the options. `place` counts from 0 where a slot is asked several times (`places`) in one turn."""
        strides = _strides(len(options))
        stride = strides[self._start(f"{slot}\0stride") % len(strides)]
        return options[self._at(slot, place, places) * stride % len(options)]

    def alternates(self, slot: str, every: int = 2) -> bool:
        """True in one turn out of `every`."""
        return self._at(slot, 0, 1) % every == 0


@functools.cache
def _strides(count: int) -> list[int]:
    """The strides that meet each of `count` phrases before any of them again."""
    return [stride for stride in range(1, count + 1) if math.gcd(stride, count) == 1]


def joined(parts: Sequence[str]) -> str:
    """Sentences as a paragraph, each with a capital letter; empty ones are left out."""
    return " ".join(part[:1].upper() + part[1:] for part in parts if part)


def listed(items: Sequence[str]) -> str:
    """a, b and c."""
    *head, last = items
    return f"{', '.join(head)} and {last}" if head else last


def badges(titles: Sequence[str]) -> str:
    """Badges by their titles: the badges A and B."""
    return f"the badge{'s' if len(titles) > 1 else ''} {listed(titles)}"


def numbered(count: int) -> str:
    """A small number in words."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def cased(**texts: str) -> dict[str, str]:
    """Texts for a frame, as {field} and, where one begins a sentence, as {Field}."""
    return {
        name: value
        for field, text in texts.items()
        for name, value in ((field, text), (field.capitalize(), text[:1].upper() + text[1:]))
    }


def the(body: str) -> str:
    """A heavenly body in its English form: the Sun, but Mars."""
    return f"the {body}" if body in ("Sun", "Moon") else body


def addressed(template: str, name: str) -> str:
    """A greeting with the name where "{, name}" stands, or without one."""
    return template.replace("{, name}", f", {name}" if name else "")


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
