"""A birth: where and when, checked field by field."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from astra_pipeline.astrology import localtime
from astra_pipeline.astrology.timescales import require_covered
from astra_pipeline.errors import BadBirth
from astra_pipeline.zones import is_zone

if TYPE_CHECKING:
    from astra_pipeline.places.search import Place

_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_SHOWN = 60


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
    """What the data alone does not settle, in words: an ambiguous place, a time that came twice."""


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
    """A birth with its moment in UTC. Raises BadBirth naming the field that cannot be."""
    if not -90 <= latitude <= 90:
        raise BadBirth(f"lat {latitude} is not between -90 and 90 degrees")
    if not -180 <= longitude <= 180:
        raise BadBirth(f"lon {longitude} is not between -180 and 180 degrees")
    _require_zone(zone)
    _require_year(date)
    resolved = localtime.resolve(date, time, zone)
    require_covered(resolved.utc)
    return Birth(date, time, latitude, longitude, zone, resolved.utc, place, (*flags, *resolved.flags))


def at_place(
    date: dt.date, time: dt.time, texts: Sequence[str], *, zone: str | None = None, flags: tuple[str, ...] = ()
) -> Birth:
    """A birth at the first of the texts that is a place, by that place's own clock.

    A `zone` beside a place decides between places of one name and no more: where the two clocks differ at that
    moment, the place is right and the birth is flagged. Raises BadBirth naming the first text when none is a place.
    """
    _require_year(date)
    if zone is not None:
        _require_zone(zone)
    place = _first_known(texts, zone)
    differs: tuple[str, ...] = ()
    if zone is not None and _offset(date, time, zone) != _offset(date, time, place.zone):
        differs = (f"birth_timezone_differs: {zone} is given; {place.label} keeps {place.zone}, which is used",)
    return birth(
        date,
        time,
        place.latitude,
        place.longitude,
        place.zone,
        place=place.label,
        flags=(*place.flags, *differs, *flags),
    )


def _offset(date: dt.date, time: dt.time, zone: str) -> dt.timedelta | None:
    return dt.datetime.combine(date, time, tzinfo=ZoneInfo(zone)).utcoffset()


def _first_known(texts: Sequence[str], zone: str | None) -> Place:
    from astra_pipeline.places import search as places

    first: BadBirth | None = None
    for text in texts:
        try:
            return places.find(text, zone=zone)
        except BadBirth as error:
            first = first or error
    raise first or BadBirth("place is missing")


def _require_year(date: dt.date) -> None:
    if not 1900 <= date.year <= 2053:  # before anything else: what follows could overflow
        raise BadBirth(f"date {date} is outside of 1900 to 2053, which the ephemeris covers")


def _require_zone(zone: object) -> None:
    if not is_zone(zone):
        raise BadBirth(f"tz {_shown(zone)} is not an IANA time zone such as Asia/Kolkata")


def parse_date(value: object) -> dt.date:
    """A date from "2002-08-14" or a stored datetime. Raises BadBirth."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str):
        raise BadBirth(f"date is of type {type(value).__name__}, want YYYY-MM-DD")
    try:
        return dt.date.fromisoformat(value.strip()[:10] if "T" in value else value.strip())
    except ValueError:
        raise BadBirth(f"date {_shown(value)} is no date of the calendar, want YYYY-MM-DD") from None


def parse_time(value: object) -> dt.time:
    """A local time from "07:15" or "07:15:30" (24 h). Raises BadBirth."""
    if isinstance(value, dt.time):
        return value
    if not isinstance(value, str):
        raise BadBirth(f"time is of type {type(value).__name__}, want HH:MM")
    found = _TIME.fullmatch(value.strip())
    hour, minute, second = (int(part or 0) for part in found.groups()) if found else (99, 0, 0)
    if hour > 23 or minute > 59 or second > 59:
        raise BadBirth(f"time {_shown(value)} is no time of day, want HH:MM (24 h)")
    return dt.time(hour, minute, second)


def parse_degrees(value: object, field: str) -> float:
    """A coordinate in degrees. Raises BadBirth naming the field."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadBirth(f"{field} is of type {type(value).__name__}, want degrees")
    try:
        return float(value)
    except ValueError:
        raise BadBirth(f"{field} {_shown(value)} is no number of degrees") from None
    except OverflowError:
        raise BadBirth(f"{field} is too large for a number of degrees") from None


def _shown(value: object) -> str:
    return repr(value if len(str(value)) <= _SHOWN else f"{str(value)[:_SHOWN]}…")


def from_record(record: Mapping[str, Any]) -> Birth:
    """A birth from {date, time} with {lat, lon, tz} or {place}.

    A place given beside coordinates only names them; without them it is looked up, and has its own zone. Raises
    BadBirth.
    """
    date = parse_date(_required(record, "date"))
    time = parse_time(_required(record, "time"))
    place = record.get("place")
    if place is not None and not isinstance(place, str):
        raise BadBirth(f"place is of type {type(place).__name__}, want text")
    if record.get("lat") is None and record.get("lon") is None:
        if not place:
            raise BadBirth("place is missing, and lat and lon are too")
        return at_place(date, time, [place], zone=record.get("tz") or None)
    return birth(
        date,
        time,
        parse_degrees(_required(record, "lat"), "lat"),
        parse_degrees(_required(record, "lon"), "lon"),
        _required(record, "tz"),
        place=place,
    )


def _required(record: Mapping[str, Any], field: str) -> Any:
    value = record.get(field)
    if value is None:
        raise BadBirth(f"{field} is missing")
    return value
