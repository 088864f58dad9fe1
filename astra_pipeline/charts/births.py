"""Births as the product takes them: a place given in words is looked up, and bad data is an item's own failure.

The libraries `astrology` and `places` know neither each other nor the project's errors; here they meet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from astra_pipeline.astrology import UnusableBirth, births
from astra_pipeline.astrology.births import Birth
from astra_pipeline.errors import BadBirth
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.birth_date import BirthDate
from astra_pipeline.places import UnknownPlace
from astra_pipeline.places import search as places
from astra_pipeline.places.search import Place
from astra_pipeline.settings import settings

_LENGTH_OF_A_DATE = len("2002-08-14")

RULES = 2
"""The number of the rules by which a birth's place and clock are found: charts of other rules are due."""


class bad_birth:  # noqa: N801  (read as a function: `with bad_birth():`)
    """Turn the libraries' refusals into BadBirth, with the same message."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, UnusableBirth | UnknownPlace):
            raise BadBirth(str(error)) from error


def parse_date(value: object) -> dt.date:
    """A date from "2002-08-14" or a stored datetime. Raises BadBirth."""
    with bad_birth():
        return births.parse_date(value)


def stored_date(data: BirthData) -> BirthDate:
    """The local date of birth in a person's birth data. Raises BadBirth."""
    try:
        return data.date(settings().astra_default_timezone)
    except TypeError as error:
        raise BadBirth(f"date is of type {error}, want YYYY-MM-DD") from None
    except ValueError:
        raise BadBirth("date is no date of the calendar, want YYYY-MM-DD") from None


def parse_time(value: object) -> dt.time:
    """A local time from "07:15" or "07:15:30" (24 h). Raises BadBirth."""
    with bad_birth():
        return births.parse_time(value)


def at_place(
    date: dt.date, time: dt.time, texts: Sequence[str], *, zone: str | None = None, flags: tuple[str, ...] = ()
) -> Birth:
    """A birth at the first of the texts that names a place, by that place's own clock.

    `zone` (IANA) only decides between places of one name: where the two clocks differ at that moment, the place's
    clock is used and the birth is flagged. Raises BadBirth naming the first text when none of them names a place.
    """
    with bad_birth():
        births.require_year(date)
        if zone is not None:
            births.require_zone(zone)
        place = _first_known(texts, zone)
        differs: tuple[str, ...] = ()
        if zone is not None and _offset(date, time, zone) != _offset(date, time, place.zone):
            differs = (f"birth_timezone_differs: {zone} is given; {place.label} keeps {place.zone}, which is used",)
        flags = (*place.flags, *differs, *flags)
        return births.birth(date, time, place.latitude, place.longitude, place.zone, place=place.label, flags=flags)


def from_record(record: Mapping[str, Any]) -> Birth:
    """A birth from {date, time} with {lat, lon, tz} or {place}.

    A place beside coordinates only names them; without them it is looked up, and its own zone counts. A date with a
    time is read as a stored one, by the zone `tz`. Raises BadBirth naming the field.
    """
    flags: tuple[str, ...] = ()
    if isinstance(date_text := record.get("date"), str) and len(date_text) > _LENGTH_OF_A_DATE:
        read = stored_date(BirthData(date_text, birth_timezone=record.get("tz")))
        record, flags = {**record, "date": read.date}, read.flags
    with bad_birth():
        if not (record.get("lat") is None and record.get("lon") is None):
            born = births.from_record(record)
            return replace(born, flags=(*flags, *born.flags)) if flags else born
        date = births.parse_date(births.required(record, "date"))
        time = births.parse_time(births.required(record, "time"))
        place = births.place_text(record)
    if not place:
        raise BadBirth("place is missing, and lat and lon are too")
    return at_place(date, time, [place], zone=record.get("tz") or None, flags=flags)


def _offset(date: dt.date, time: dt.time, zone: str) -> dt.timedelta | None:
    return dt.datetime.combine(date, time, tzinfo=ZoneInfo(zone)).utcoffset()


def _first_known(texts: Sequence[str], zone: str | None) -> Place:
    first: UnknownPlace | None = None
    for text in texts:
        try:
            return places.find(text, zone=zone)
        except UnknownPlace as error:
            first = first or error
    raise first or UnknownPlace("place is missing")
