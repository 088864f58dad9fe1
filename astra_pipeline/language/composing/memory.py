"""The memory of a reader's texts: the ids of the phrases that each day used. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from astra_pipeline.language.composing.phrasebook import ID_LENGTH

REMEMBERED_DAYS = 60
"""The days for which no phrase is used again while there is another."""


@dataclass(frozen=True)
class Memory:
    """The phrases that each of the last days used, as ids one after the other in a text.

    It is stored beside a text and given to the next one: {ISO date: ids}.
    """

    days: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, stored: object) -> Memory:
        """The memory in a stored value; an empty one for a value that is none."""
        known = stored if isinstance(stored, Mapping) else {}
        return cls({day: ids for day, ids in known.items() if isinstance(day, str) and isinstance(ids, str)})

    def before(self, date: dt.date) -> Memory:
        """The memory of the REMEMBERED_DAYS before a date: what a text of the date may know."""
        first, last = (date - dt.timedelta(days=REMEMBERED_DAYS)).isoformat(), date.isoformat()
        return Memory({day: ids for day, ids in self.days.items() if first <= day < last})

    def with_day(self, date: dt.date, picked: Iterable[str]) -> Memory:
        """The memory after the text of a date, without what lies too far back."""
        return Memory({**self.before(date).days, date.isoformat(): "".join(picked)})

    def as_stored(self) -> dict[str, str]:
        """{ISO date: ids}."""
        return dict(self.days)

    @cached_property
    def last_used(self) -> Mapping[str, str]:
        """Phrase id -> the last date (ISO) that used it."""
        return {
            ids[at : at + ID_LENGTH]: day
            for day, ids in sorted(self.days.items())
            for at in range(0, len(ids), ID_LENGTH)
        }
