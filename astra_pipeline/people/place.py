"""The place up to which the cohorts have followed the people: the cursor of the sensor `new_users`. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from tzdata import IANA_VERSION

# Cohorts that are counted again at one call.
_COUNTED_AT_ONCE = 20
# The rules by which people were compared: 2 seats them by canonical zones, which the names of the database tell.
_RULES = f"2 {IANA_VERSION}"


@dataclass(frozen=True)
class Recount:
    """The cohorts whose members are to be counted again, a few at a time, round and round in the order of keys."""

    after: str = ""
    """The key of the last cohort that was counted."""
    left: int | None = 0
    """The number of cohorts still to be counted; None: all there are."""

    @property
    def is_due(self) -> bool:
        return self.left != 0

    def begun(self) -> Self:
        """The recount of all cohorts, from where the last one is: what happens at every call comes round."""
        return replace(self, left=None)

    def next_of(self, cohorts: Iterable[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], Recount]:
        """(the cohorts to count now, of all in the order of their keys; what is left to count then)."""
        listed = list(cohorts)
        first = next((at for at, cohort in enumerate(listed) if cohort["_id"] > self.after), 0)
        left = len(listed) if self.left is None else min(self.left, len(listed))
        now = (listed[first:] + listed[:first])[: min(left, _COUNTED_AT_ONCE)]
        return now, Recount(now[-1]["_id"], left - len(now)) if left > len(now) else Recount()


@dataclass(frozen=True)
class Place:
    """A position in the change stream, with the default zone that people were compared with, and a recount."""

    default_zone: str
    position: str | None = None
    recount: Recount = Recount()

    @classmethod
    def read(cls, cursor: str | None, default_zone: str) -> Place:
        """The place in a cursor. Without one, with one that cannot be read, of another default zone or of earlier
        rules, it has no position."""
        try:
            last = json.loads(cursor or "null")
        except ValueError:
            last = None
        if not isinstance(last, dict) or (last.get("default"), last.get("rules")) != (default_zone, _RULES):
            return cls(default_zone)
        position, after, left = last.get("position"), last.get("counted"), last.get("to_count")
        return cls(
            default_zone,
            position if isinstance(position, str) else None,
            Recount(after if isinstance(after, str) else "", left if isinstance(left, int) and left > 0 else 0),
        )

    @property
    def text(self) -> str:
        """The place as a cursor."""
        parts = {"default": self.default_zone, "rules": _RULES, "position": self.position}
        counting = {"counted": self.recount.after, "to_count": self.recount.left} if self.recount.is_due else {}
        return json.dumps(parts | counting)
