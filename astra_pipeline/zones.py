"""Time zones and local dates of people. Pure.

A zone that a call, a browser or the app reports counts only when it names a place. `place_zone` is the one rule for
that, and `canonical_zone` the one rule for names of the same zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

_DAY = dt.timedelta(days=1)
# By so much two clocks differ at most: UTC+14 on Kiritimati, UTC-12 at sea.
CLOCKS_APART = dt.timedelta(hours=26)
# Characters of a value that is looked at. No name has 40.
_LONGEST_NAME = 100
# Names of clocks, some of which the database links to a city that keeps them: who reports EST is not in Panama.
_CLOCKS = frozenset(["CET", "CST6CDT", "EET", "EST", "EST5EDT", "HST", "MET", "MST", "MST7MDT", "PST8PDT", "WET"])
# Old names whose own place the database has merged with a place of another country: the comments ("#=") of its file
# `backward`, which its compiled forms leave out.
_MERGED_ABROAD = {
    "Africa/Asmera": "Africa/Asmara",
    "Africa/Timbuktu": "Africa/Bamako",
    "America/Coral_Harbour": "America/Atikokan",
    "America/Virgin": "America/St_Thomas",
    "Antarctica/South_Pole": "Antarctica/McMurdo",
    "Atlantic/Jan_Mayen": "Arctic/Longyearbyen",
    "Iceland": "Atlantic/Reykjavik",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
    "Pacific/Yap": "Pacific/Chuuk",
}


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    # Some systems list files of their own among the zones.
    return frozenset(available_timezones()) - {"localtime", "posixrules", "Factory"}


def is_zone(name: object) -> bool:
    """True for the name of an IANA time zone such as Asia/Kolkata."""
    return isinstance(name, str) and name in _names()


@lru_cache(maxsize=1)
def _listed() -> frozenset[str]:
    # Column 3 of the database's `zone.tab`: one name for each clock of each country.
    rows = _database_file("zone.tab")
    return frozenset(row.split("\t")[2].strip() for row in rows if row and not row.startswith("#"))


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    # Columns 3 and 1 of `zone.tab`: each name's country.
    rows = (row.split("\t") for row in _database_file("zone.tab") if row and not row.startswith("#"))
    return {row[2].strip(): row[0] for row in rows}


@lru_cache(maxsize=1)
def _links() -> Mapping[str, str]:
    # Lines "L target name" of `tzdata.zi`: every name that is another one for a zone.
    rows = (row.split() for row in _database_file("tzdata.zi"))
    return {row[2]: row[1] for row in rows if len(row) == 3 and row[0] == "L"} | _MERGED_ABROAD


def _database_file(name: str) -> list[str]:
    # Of the package, not of the system: two machines must not name a cohort differently.
    from importlib import resources

    return resources.files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=1)
def _places() -> Mapping[str, str]:
    # Name in small letters -> name, of the names of places that this machine knows.
    areas = {name.partition("/")[0] for name in _listed()}
    known = (name for name in _names() if canonical_zone(name) in _listed() or name.partition("/")[0] in areas)
    return {name.lower(): name for name in known if name not in _CLOCKS}


def place_zone(reported: object) -> str | None:
    """The zone that a reported value names, in IANA's spelling; None for a value that says nothing.

    Read is an IANA name of a place (Asia/Kolkata, also its old name Asia/Calcutta, or Japan), whatever its case and
    the blanks around it. The name of a clock (UTC, Etc/GMT+5, EST), `Etc/Unknown`, and anything else says nothing
    about where somebody is.
    """
    if not isinstance(reported, str) or len(reported) > _LONGEST_NAME or not reported.isascii():
        return None
    return _places().get(reported.strip().lower())


@lru_cache(maxsize=2_000)
def canonical_zone(zone: str) -> str:
    """The present name of a zone: Asia/Kolkata for Asia/Calcutta, America/Los_Angeles for US/Pacific.

    A name that IANA lists for a country in `zone.tab` stays, also where the database shares another country's
    clock with it (Europe/Amsterdam is not Europe/Brussels). Any other name follows the database's links, as
    ECMA-402 has it for browsers. A zone without a place stays as it is.
    """
    name, links = zone, _links()
    while name not in _listed() and name in links:
        name = links[name]
    return name if name in _listed() else zone


@lru_cache(maxsize=2_000)
def names_of_zone(zone: str) -> tuple[str, ...]:
    """The names of the same zone, that of `zone` among them, sorted."""
    canonical = canonical_zone(zone)
    return tuple(sorted({zone, canonical, *(name for name in _links() if canonical_zone(name) == canonical)}))


def country_of_zone(zone: str) -> str | None:
    """The ISO 3166 code of the country that a zone's present name lies in; None for a zone without a place."""
    return _countries().get(canonical_zone(zone))


def person_zone(user: Mapping[str, Any], default: str) -> str:
    """The IANA name of the zone where a person is.

    That is `timezone`, else `birth_timezone`, else `default`. A value that names no place counts as absent.
    """
    return place_zone(user.get("timezone")) or place_zone(user.get("birth_timezone")) or default


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
