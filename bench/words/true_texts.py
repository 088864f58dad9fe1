"""What the offline composers write for the bench's readers, with the inputs that it was written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from astra_pipeline.charts.themes import natal_of
from astra_pipeline.horoscopes.rules import MORNING, Reader, reader_of
from astra_pipeline.language import contract
from astra_pipeline.sandbox.people import DEFAULT_ZONE
from astra_pipeline.zones import at_local
from bench.samples import DATE, horoscopes_of, known, sample_people

if TYPE_CHECKING:
    from astra_pipeline.astrology.natal import Natal

DAYS = 6


@dataclass(frozen=True)
class TrueText:
    """A text, and the dump of the input that it is true to."""

    facts: Mapping[str, Any]
    text: str
    at: dt.datetime | None = None
    """The moment of its sky (UTC); None for a text written by hand."""
    zone: str = "UTC"
    natal: Natal | None = None

    def problems(self) -> list[str]:
        """What the fact check has against it."""
        return contract.claim_problems(self.text, self.facts)


@cache
def composed_texts(days: int = DAYS) -> tuple[TrueText, ...]:
    """Horoscopes of some days."""
    dates = [DATE + dt.timedelta(days=number) for number in range(days)]
    return tuple(one for date in dates for one in _of_date(date))


def _of_date(date: dt.date) -> list[TrueText]:
    found = []
    for person, (_, day, text) in zip(sample_people(), horoscopes_of(sample_people(), date), strict=True):
        reader_person = known(person.id)
        zone, reader = reader_person.zone(DEFAULT_ZONE), reader_of(reader_person)
        assert isinstance(reader, Reader)
        assert reader_person.chart is not None
        natal = natal_of(reader_person.chart, reader.system)
        found.append(TrueText(day.model_dump(), text, at_local(date, MORNING, zone), zone, natal))
    return found
