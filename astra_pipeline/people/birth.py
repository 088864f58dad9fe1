"""A person's birth data, as their document holds it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.store.documents import at_path

# The fields of a user document that a chart depends on.
FIELDS = ("date_of_birth", "birth_time", "birth_location", "birth_city", "birth_country", "birth_timezone")

# The date and the time that were said as "the night of the 14th", and the conversation: the next date may be meant.
NIGHT = "astra.birth_flags.night"


@dataclass(frozen=True)
class BirthData:
    """The stored values of a birth, untouched. The chart computed from them says which of them it cannot use."""

    date_of_birth: Any = None
    birth_time: Any = None
    birth_location: Any = None
    birth_city: Any = None
    birth_country: Any = None
    birth_timezone: Any = None
    birth_day: Any = None
    birth_month: Any = None
    night: Any = None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> BirthData:
        """The birth data of a user document."""
        return cls(*map(document.get, (*FIELDS, "birth_day", "birth_month")), night=at_path(document, NIGHT))

    @property
    def is_complete(self) -> bool:
        """True when there is a date, a time and a place. Incomplete data means no chart, not an error."""
        return bool(self.date_of_birth and self.birth_time and self.place_texts)

    def is_of_the_night(self, date: str, time: str) -> bool:
        """True when this date (ISO) and time (HH:MM) were said as a time after midnight of that date's night."""
        return isinstance(self.night, Mapping) and (self.night.get("date"), self.night.get("time")) == (date, time)

    @property
    def place_texts(self) -> list[str]:
        """Texts that name the place of birth, the person's own words first."""
        city, country = _text(self.birth_city), _text(self.birth_country)
        texts = [_text(self.birth_location), ", ".join(filter(None, (city, country))) if city else ""]
        return [text for text in dict.fromkeys(texts) if text]

    def stored(self) -> dict[str, Any]:
        """Field -> its stored value, of the fields that a chart depends on: a filter for this very data."""
        return {field: getattr(self, field) for field in FIELDS}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
