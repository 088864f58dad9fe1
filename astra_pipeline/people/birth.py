"""A person's birth data, as their document holds it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.people import birth_date
from astra_pipeline.people.birth_date import BirthDate
from astra_pipeline.store.documents import at_path
from astra_pipeline.zones import place_zone

# The fields of a user document that a chart depends on.
FIELDS = ("date_of_birth", "birth_time", "birth_location", "birth_city", "birth_country", "birth_timezone")

# Fields that a chart depends on, too, where the stored date is not a midnight of UTC.
DECIDING = ("birth_day", "birth_month", "timezone")
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
    timezone: Any = None
    """The stored zone where the person is."""
    night: Any = None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> BirthData:
        """The birth data of a user document."""
        return cls(*map(document.get, (*FIELDS, *DECIDING)), night=at_path(document, NIGHT))

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

    def date(self, default_zone: str) -> BirthDate:
        """The local date of birth, as `birth_date.read` has it.

        The zones are those of the birth and of the person, and `default_zone`. Raises ValueError for text that is
        no date, TypeError for a value of another type.
        """
        zones = (place_zone(self.birth_timezone), place_zone(self.timezone), default_zone)
        return birth_date.read(
            self.date_of_birth, zones=filter(None, zones), day=self.birth_day, month=self.birth_month
        )

    @property
    def is_dated_in_utc(self) -> bool:
        """True when the stored date of birth needs no other field to be read."""
        return birth_date.is_midnight(self.date_of_birth)

    def stored(self) -> dict[str, Any]:
        """Field -> its stored value, of the fields that say where and when the birth was."""
        fields = FIELDS if self.is_dated_in_utc else (*FIELDS, *DECIDING)
        return {field: getattr(self, field) for field in fields}

    def unchanged(self) -> dict[str, Any]:
        """A filter for documents with this very data, on which a chart depends."""
        return self.stored() | {NIGHT: self.night}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
