"""The texts of the offline composers for the bench's readers, with the inputs that they were written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from astra_pipeline.charts.themes import natal_of
from astra_pipeline.horoscopes.rules import MORNING
from astra_pipeline.language import contract
from astra_pipeline.zones import at_local
from bench.words.readers import Written, person_of, written

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
        """The problems that the fact check finds."""
        return contract.claim_problems(self.text, self.facts)


@cache
def composed_texts(days: int = DAYS) -> tuple[TrueText, ...]:
    """The horoscopes of the first days of each reader, a day after the other."""
    return tuple(_of(one) for texts in zip(*written(days), strict=True) for one in texts)


def _of(one: Written) -> TrueText:
    life = one.life
    person = person_of(life)
    assert person.chart is not None
    natal = natal_of(person.chart, life.system)
    zone = person.zone(life.zone)
    return TrueText(one.day.model_dump(), one.content, at_local(one.date, MORNING, zone), zone, natal)
