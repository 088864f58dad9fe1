"""Local clock times at birth as UTC, by the rules that were in force at that place and date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from astra_pipeline.astrology import clocks

AMBIGUOUS = "time_ambiguous"
NONEXISTENT = "time_nonexistent"
LOCAL_MEAN = "time_local_mean"


@dataclass(frozen=True)
class Resolved:
    """A local time as UTC, with flags in words where the clock alone does not settle it."""

    utc: dt.datetime
    flags: tuple[str, ...]


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    # Some systems list files of their own among the zones.
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}


def is_zone(name: object) -> bool:
    """True for the name of an IANA time zone such as Asia/Kolkata."""
    return isinstance(name, str) and name in _zones()


def resolve(
    date: dt.date, time: dt.time, zone: str, *, latitude: float | None = None, longitude: float | None = None
) -> Resolved:
    """A local date and time in an IANA zone, as UTC.

    A time that came twice (clocks set back) is taken as the first; a time that never was (clocks set forward)
    is counted on from before the change. Both are flagged, with what was assumed.

    With the place (degrees, east positive), a time before the first standard time is the local mean time of its own
    meridian, and a clock that is not certain is flagged.
    """
    first = dt.datetime.combine(date, time.replace(fold=0), tzinfo=ZoneInfo(zone))
    if latitude is None or longitude is None or clocks.is_certain(date, zone):
        return _by_zone(first, zone)
    if first.tzname() == "LMT":
        return _by_longitude(first, zone, longitude)
    found = _by_zone(first, zone)
    why = clocks.doubt(first, zone, latitude, longitude)
    if why is None:
        return found
    used = f"{_offset(found.utc - first.replace(tzinfo=dt.UTC))} is used ({found.utc:%H:%M} UTC)"
    return Resolved(found.utc, (*found.flags, f"{clocks.UNCERTAIN}: {why}; {used}"))


def _by_zone(first: dt.datetime, zone: str) -> Resolved:
    """A local time by the zone's rules; the first of two."""
    date, time, zone_info = first.date(), first.time(), first.tzinfo
    second = first.replace(fold=1)
    utc = first.astimezone(dt.UTC)
    flags: tuple[str, ...] = ()
    if first.utcoffset() != second.utcoffset():
        if utc.astimezone(zone_info).replace(tzinfo=None) == first.replace(tzinfo=None, fold=0):
            later = second.astimezone(dt.UTC)
            flags = (
                f"{AMBIGUOUS}: clocks in {zone} were set back and {time:%H:%M} came twice on {date}; "
                f"the first is used ({utc:%H:%M} UTC), the second was {later:%H:%M} UTC",
            )
        else:
            used = utc.astimezone(zone_info)
            shown = f"{used:%H:%M}" if used.date() == date else f"{used:%H:%M} on {used:%Y-%m-%d}"
            flags = (
                f"{NONEXISTENT}: clocks in {zone} were set forward and {time:%H:%M} never was on {date}; "
                f"{shown} is used ({utc:%H:%M} UTC)",
            )
    return Resolved(utc=utc, flags=flags)


def _by_longitude(local: dt.datetime, zone: str, longitude: float) -> Resolved:
    """A local time by the mean Sun: four minutes a degree, to the whole minute, as clocks are read."""
    ahead = dt.timedelta(minutes=round(longitude * 4))
    utc = local.replace(tzinfo=dt.UTC) - ahead
    side = "E" if longitude >= 0 else "W"
    return Resolved(
        utc,
        (
            f"{LOCAL_MEAN}: no standard time was kept in {zone} on {local:%Y-%m-%d}; the local mean time of "
            f"{abs(longitude):.1f} {side} ({_offset(-ahead)}) is used ({utc:%H:%M} UTC)",
        ),
    )


def _offset(behind: dt.timedelta) -> str:
    """ "UTC-3:25" for a clock that is 3 hours and 25 minutes behind; seconds only where there are any."""
    seconds = round(abs(behind).total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    sign = "-" if behind > dt.timedelta() else "+"
    return f"UTC{sign}{hours}:{minutes:02d}" + (f":{seconds % 60:02d}" if seconds % 60 else "")
