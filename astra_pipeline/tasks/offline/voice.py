"""Choosing words without chance: the same reader and date always get the same, and the choices walk on day by day."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from importlib import resources
from typing import Any, TypeVar

import yaml

T = TypeVar("T")
U = TypeVar("U")

_ORDINALS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


@functools.cache
def phrases(name: str) -> dict[str, Any]:
    """The phrase material of `phrases/{name}.yaml`."""
    folder = resources.files("astra_pipeline.tasks.offline").joinpath("phrases")
    return yaml.safe_load(folder.joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


class Voice:
    """Picks phrases for one reader at one time (`turn`: the number of the day, or of the week).

    A slot starts somewhere, by a digest of reader and slot, and moves on by `places` each turn; so of n phrases
    none returns within n / places turns.
    """

    def __init__(self, reader: str, turn: int) -> None:
        self._reader = reader
        self._turn = turn

    def _start(self, slot: str) -> int:
        return int.from_bytes(hashlib.blake2b(f"{self._reader}\0{slot}".encode(), digest_size=4).digest())

    def _at(self, slot: str, place: int, places: int) -> int:
        return self._start(slot) + self._turn * places + place

    def pick(self, slot: str, options: Sequence[T], *, place: int = 0, places: int = 1) -> T:
        return options[self._at(slot, place, places) % len(options)]

    def pair(
        self, slot: str, first: Sequence[T], second: Sequence[U], *, of: str = "", place: int = 0, places: int = 1
    ) -> tuple[T, U]:
        """One of each; no pair returns before all len(first) * len(second) were used.

        The places of one turn differ in `first`; `of` says what `second` is about.
        """
        at = self._at(slot, place, places)
        row = at % len(first)
        return first[row], second[(at // len(first) + row + self._start(of)) % len(second)]

    def alternates(self, slot: str, every: int = 2) -> bool:
        """True in one turn out of `every`."""
        return self._at(slot, 0, 1) % every == 0


def joined(parts: Sequence[str]) -> str:
    """Sentences as a paragraph, each with a capital, without empty ones."""
    return " ".join(part[:1].upper() + part[1:] for part in parts if part)


def listed(items: Sequence[str]) -> str:
    """a, b and c."""
    *head, last = items
    return f"{', '.join(head)} and {last}" if head else last


def ordinal(number: int) -> str:
    return f"{number}{_ORDINALS.get(number, 'th')}"


def addressed(template: str, name: str) -> str:
    """A greeting with the name where "{, name}" stands, or without one."""
    return re.sub(r"\{, name\}", f", {name}" if name else "", template)


def in_a_sentence(topic: str) -> str:
    """A topic as it stands inside a sentence: a plain title-case word in lower case, a name as it is."""
    plain = topic.istitle() and topic.isascii() and topic not in _NAMES
    return topic.lower() if plain else topic


_NAMES = frozenset(
    "Sun Moon Mercury Venus Mars Jupiter Saturn Uranus Neptune Pluto Rahu Ketu Aries Taurus Gemini Cancer Leo Virgo "
    "Libra Scorpio Sagittarius Capricorn Aquarius Pisces Diwali Holi Eid Christmas India".split()
)
