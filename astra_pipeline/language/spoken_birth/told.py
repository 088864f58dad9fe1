"""The birth that a caller has told of so far, with the words of each value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from astra_pipeline.language.spoken_birth.clock import Reading
from astra_pipeline.language.spoken_birth.dates import SpokenDate

DATE, TIME, PLACE = "date_of_birth", "birth_time", "birth_place"
FIELDS = (DATE, TIME, PLACE)


@dataclass(frozen=True)
class Evidence:
    """The words that a value was read from, in small letters, and the number of the caller's turn, from 0."""

    turn: int
    quote: str
    corrects: bool


@dataclass(frozen=True)
class Birth:
    """The birth as far as it was said. A turn that says nothing of it leaves the same object."""

    date: SpokenDate = field(default_factory=SpokenDate)
    # "HH:MM", or the words that leave the time open, and the reading that it came from.
    time: str | None = None
    reading: Reading | None = None
    place: tuple[str, ...] = ()
    # The evidence of date_of_birth, birth_time and birth_place, in the order in which they were said.
    evidence: tuple[tuple[str, Evidence], ...] = ()
    # The time is after midnight, and was said as of a date's night: "the night of the 14th". The next date may be meant.
    of_a_night: bool = False
    # The fields whose values were taken back, or of which two are left: nobody's reading of them counts.
    left_open: frozenset[str] = frozenset()

    def heard(self, kind: str, evidence: Evidence) -> tuple[tuple[str, Evidence], ...]:
        """The evidence after more of a value was heard."""
        return (*(pair for pair in self.evidence if pair[0] != kind), (kind, evidence))

    def value(self, field: str) -> object:
        """The value of a field so far; a false value when nothing was said of it."""
        if field == DATE:
            return (self.date.day, self.date.month, self.date.year) if self.date.words else ()
        return self.time if field == TIME else self.place

    def has(self, field: str) -> bool:
        """True for a field with a value, and not with mere words that leave it open."""
        if field == DATE:
            return bool(self.date.day or self.date.month or self.date.year)
        return bool(self.reading and self.reading.clock.time) if field == TIME else bool(self.place)

    def without(self, fields: Iterable[str]) -> Birth:
        """The birth with some fields left open."""
        gone = frozenset(fields)
        return replace(
            self,
            date=SpokenDate() if DATE in gone else self.date,
            time=None if TIME in gone else self.time,
            reading=None if TIME in gone else self.reading,
            place=() if PLACE in gone else self.place,
            evidence=tuple(pair for pair in self.evidence if pair[0] not in gone),
            left_open=self.left_open | gone,
        )
