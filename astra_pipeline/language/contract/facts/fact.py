"""A fact, and a claim: what a text says, in all the ways in which it can be meant. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Fact(NamedTuple):
    """One thing that is so: ("sign", "Moon", "Taurus"), ("square", "Saturn", "Venus"), ("time", "", "14:20").

    The kinds are the keys of PROBLEMS in `check`, but for these: an aspect is a fact of its own kind ("trine"), a
    natal placement is of "natal sign" or "natal house", and "named" (kind, name) is a fact of whatever is named
    somewhere in an input.
    """

    kind: str
    subject: str
    object: str


@dataclass(frozen=True)
class Claim:
    """The claim of one mention in a text. It is true when one of its readings is a fact."""

    kind: str
    readings: tuple[Fact, ...]
    start: int
    """The place of the mention in the text, in characters."""
    end: int
    is_bound: bool = True
    """False when nothing around the mention says of what it is said: then only its name is compared."""

    def is_in(self, facts: frozenset[Fact]) -> bool:
        """Whether one of the readings is among the facts."""
        return any(reading in facts for reading in self.readings)


def named(kind: str, name: str) -> Fact:
    """The fact that something of the kind is named at all."""
    return Fact("named", kind, name)
