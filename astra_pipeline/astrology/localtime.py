"""Local clock times at birth as UTC, by the rules that were in force at that place and date."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

AMBIGUOUS = "time_ambiguous"
NONEXISTENT = "time_nonexistent"


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


def resolve(date: dt.date, time: dt.time, zone: str) -> Resolved:
    """A local date and time in an IANA zone, as UTC.

    A time that came twice (clocks set back) is taken as the first; a time that never was (clocks set forward)
    is counted on from before the change. Both are flagged, with what was assumed.
    """
    zone_info = ZoneInfo(zone)
    first = dt.datetime.combine(date, time.replace(fold=0), tzinfo=zone_info)
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
