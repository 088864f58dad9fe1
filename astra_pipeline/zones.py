"""Time zones and local dates of people. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    # Some systems list files of their own among the zones.
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}


def is_zone(name: object) -> bool:
    """True for the name of an IANA time zone such as Asia/Kolkata."""
    return isinstance(name, str) and name in _names()


def person_zone(user: Mapping[str, Any], default: str) -> str:
    """The IANA name of the zone in which a person's days are counted.

    That is `timezone`, else `birth_timezone`, else `default`. A value that is no zone counts as absent.
    """
    for field in ("timezone", "birth_timezone"):
        if is_zone(name := user.get(field)):
            return str(name)
    return default


def cohort_slug(zone: str) -> str:
    """The zone as it stands in a cohort's key: asia-kolkata for Asia/Kolkata."""
    return zone.lower().replace("/", "-").replace("_", "-").replace("+", "plus")


def local_date(at: dt.datetime, zone: str) -> dt.date:
    """The calendar date of the moment `at` (aware) in `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=100_000)
def is_skipped(date: dt.date, zone: str) -> bool:
    """True for a date that never was in `zone`.

    30 December 2011 is one in Pacific/Apia, which then moved across the date line.
    """
    zone_info = ZoneInfo(zone)
    # A wall-clock time inside a gap does not survive the way to UTC and back. Ordinary gaps last an hour or
    # two, so a day that has none of these three has no moment at all.
    times = (dt.time(4), dt.time(12), dt.time(20))
    moments = (dt.datetime.combine(date, time, tzinfo=zone_info) for time in times)
    return all(moment.astimezone(dt.UTC).astimezone(zone_info).date() != date for moment in moments)


def day_before(date: dt.date, zone: str) -> dt.date:
    """The date that came before `date` in `zone`: yesterday, except after a skipped date."""
    before = date - _DAY
    while is_skipped(before, zone):
        before -= _DAY
    return before


def at_local(date: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """The moment (UTC) when clocks in `zone` show `time` on `date`; the earlier one when they do so twice."""
    return dt.datetime.combine(date, time, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def week_of(date: dt.date) -> dt.date:
    """The Monday of the week a date lies in."""
    return date - dt.timedelta(days=date.weekday())
