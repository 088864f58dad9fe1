"""What the offline composers write for the bench's readers, with the inputs that it was written from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from astra_pipeline.language import contract
from bench.samples import DATE, horoscopes_of, sample_people

_DAYS = 6


@dataclass(frozen=True)
class TrueText:
    """A text, and the dump of the input that it is true to."""

    facts: Mapping[str, Any]
    text: str

    def problems(self) -> list[str]:
        """What the fact check has against it."""
        return contract.claim_problems(self.text, self.facts)


@cache
def composed_texts() -> tuple[TrueText, ...]:
    """Horoscopes and letters of some days."""
    days = [DATE + dt.timedelta(days=number) for number in range(_DAYS)]
    return tuple(
        TrueText(day.model_dump(), text) for date in days for _, day, text in horoscopes_of(sample_people(), date)
    )
