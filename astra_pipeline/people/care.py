"""The care that a person needs, as the fold of their conversations left it under `astra.care`. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.language.care import LEVELS, Level
from astra_pipeline.store.documents import iso_date

_LEVELS: Mapping[object, Level] = {level: level for level in LEVELS if level != "none"}


@dataclass(frozen=True)
class CareSpell:
    """A time in which texts keep a careful register: the local dates from `since` to `until`, both included."""

    level: Level
    kind: str
    since: dt.date
    until: dt.date
    conversation_id: str

    @classmethod
    def read(cls, value: object) -> CareSpell | None:
        """The spell in a stored value; None for any other value."""
        stored = value if isinstance(value, Mapping) else {}
        since, until = iso_date(stored.get("since")), iso_date(stored.get("until"))
        level, kind, name = stored.get("level"), stored.get("kind"), stored.get("conversation_id")
        if level not in _LEVELS or since is None or until is None:
            return None
        return cls(
            level=_LEVELS[level],
            kind=kind if isinstance(kind, str) else "",
            since=since,
            until=until,
            conversation_id=name if isinstance(name, str) else "",
        )

    def as_stored(self) -> dict[str, Any]:
        """The spell as it is kept: {level, kind, since, until, conversation_id}, the dates in ISO form."""
        return {
            "level": self.level,
            "kind": self.kind,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "conversation_id": self.conversation_id,
        }


@dataclass(frozen=True)
class Care:
    """The last spells of care of a person: the weightiest, and a lighter one that goes on after it."""

    spells: tuple[CareSpell, ...] = ()

    @classmethod
    def read(cls, value: object) -> Care:
        """The care in a stored value; none for a value that is no document."""
        then: Any = value.get("then") if isinstance(value, Mapping) else None
        return cls(tuple(spell for one in (value, then) if (spell := CareSpell.read(one)) is not None))

    def spell_at(self, day: dt.date) -> CareSpell | None:
        """The weightiest of the spells that a local date lies in; None for a date in none."""
        running = [spell for spell in self.spells if spell.since <= day <= spell.until]
        return max(running, key=lambda spell: LEVELS.index(spell.level), default=None)

    def at(self, day: dt.date) -> Level:
        """The level on a local date: that of the weightiest spell it lies in."""
        spell = self.spell_at(day)
        return spell.level if spell else "none"
