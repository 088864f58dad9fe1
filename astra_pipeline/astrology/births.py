"""A birth as a moment and a place, checked field by field."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.astrology import localtime
from astra_pipeline.astrology.errors import UnusableBirth
from astra_pipeline.astrology.localtime import is_zone
from astra_pipeline.astrology.timescales import require_covered

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


@dataclass(frozen=True)
class Birth:
    """Complete birth data: a local date and time, a place in degrees (north and east positive), its zone."""

    date: dt.date
    time: dt.time
    latitude: float
    longitude: float
    zone: str
    utc: dt.datetime
    place: str | None = None
    flags: tuple[str, ...] = ()
    """Doubts that the data alone does not settle, in words: an ambiguous place, a time that came twice."""


def birth(
    date: dt.date,
    time: dt.time,
    latitude: float,
    longitude: float,
    zone: str,
    *,
    place: str | None = None,
    flags: tuple[str, ...] = (),
) -> Birth:
    """A birth with its moment in UTC. Raises UnusableBirth naming the field that cannot be."""
    if not -90 <= latitude <= 90:
        raise UnusableBirth("lat is not between -90 and 90 degrees")
    if not -180 <= longitude <= 180:
        raise UnusableBirth("lon is not between -180 and 180 degrees")
    require_zone(zone)
    require_year(date)
    resolved = localtime.resolve(date, time, zone, latitude=latitude, longitude=longitude)
    require_covered(resolved.utc)
    return Birth(date, time, latitude, longitude, zone, resolved.utc, place, (*flags, *resolved.flags))


def require_year(date: dt.date) -> None:
    """Refuse a date so far from what the ephemeris covers that its moment could overflow, with UnusableBirth."""
    if not 1900 <= date.year <= 2053:
        raise UnusableBirth("date is outside of 1900 to 2053, which the ephemeris covers")


def require_zone(zone: object) -> None:
    """Refuse anything but the name of an IANA time zone, with UnusableBirth."""
    if not is_zone(zone):
        raise UnusableBirth("tz is not an IANA time zone such as Asia/Kolkata")


def parse_date(value: object) -> dt.date:
    """A date from "2002-08-14" or a stored datetime. Raises UnusableBirth."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str):
        raise UnusableBirth(f"date is of type {type(value).__name__}, want YYYY-MM-DD")
    try:
        return dt.date.fromisoformat(value.strip()[:10] if "T" in value else value.strip())
    except ValueError:
        raise UnusableBirth("date is no date of the calendar, want YYYY-MM-DD") from None


def parse_time(value: object) -> dt.time:
    """A local time from "07:15" or "07:15:30" (24 h). Raises UnusableBirth."""
    if isinstance(value, dt.time):
        return value
    if not isinstance(value, str):
        raise UnusableBirth(f"time is of type {type(value).__name__}, want HH:MM")
    found = _TIME.fullmatch(value.strip())
    hour, minute, second = found.groups("0") if found else ("99", "0", "0")
    try:
        return dt.time(int(hour), int(minute), int(second))
    except ValueError:
        raise UnusableBirth("time is no time of day, want HH:MM (24 h)") from None


def parse_degrees(value: object, field: str) -> float:
    """A coordinate in degrees. Raises UnusableBirth naming the field."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise UnusableBirth(f"{field} is of type {type(value).__name__}, want degrees")
    try:
        return float(value)
    except ValueError:
        raise UnusableBirth(f"{field} is no number of degrees") from None
    except OverflowError:
        raise UnusableBirth(f"{field} is too large for a number of degrees") from None


def from_record(record: Mapping[str, Any]) -> Birth:
    """A birth from {date, time, lat, lon, tz}; a `place` beside these only names the coordinates.

    Raises UnusableBirth naming the field.
    """
    date = parse_date(required(record, "date"))
    time = parse_time(required(record, "time"))
    place = place_text(record)
    return birth(
        date,
        time,
        parse_degrees(required(record, "lat"), "lat"),
        parse_degrees(required(record, "lon"), "lon"),
        required(record, "tz"),
        place=place,
    )


def place_text(record: Mapping[str, Any]) -> str | None:
    """The text of the record's `place`. Raises UnusableBirth when it is no text."""
    place = record.get("place")
    if place is not None and not isinstance(place, str):
        raise UnusableBirth(f"place is of type {type(place).__name__}, want text")
    return place


def required(record: Mapping[str, Any], field: str) -> Any:
    """The value of a field that every record must have. Raises UnusableBirth naming the field."""
    value = record.get(field)
    if value is None:
        raise UnusableBirth(f"{field} is missing")
    return value
