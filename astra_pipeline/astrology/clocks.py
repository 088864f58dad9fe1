"""Doubts about the clocks of old births: which clock was kept at a place before zone rules are certain.

The zone rules of the IANA database are certain since 1970, and for the city a zone is named after. Before, a place
may have kept its own mean time, the clock of the zone next to it, or a summer time that its town had chosen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from astra_pipeline.astrology.globe import kilometres

if TYPE_CHECKING:
    from astra_pipeline.astrology.clock_table import Doubt, Region, SummerTime

UNCERTAIN = "clock_uncertain"

# Zone rules are certain from this year on (the database's own promise).
_CERTAIN_SINCE = 1970
# Zones of clocks.yaml in which two clocks were kept after that, or are to this day.
LATER = frozenset({"Asia/Urumqi", "Asia/Kashgar", "Asia/Ho_Chi_Minh", "Asia/Saigon"})
# The distance from a zone's city within which its clock is that of the city.
_SAME_CITY_KM = 50
# The distance within which another zone is a neighbour.
_NEIGHBOUR_KM = 1_500
_NEIGHBOUR_DEGREES = 14
# The neighbour's clock may have been kept where it is at most this much (in hours) further from the Sun.
_MARGIN = 0.1
# A clock this near to the Sun (in hours) is nearer than any neighbour's.
_NEAR_THE_SUN = 0.2
_QUARTER, _NONE = dt.timedelta(minutes=15), dt.timedelta()


def is_certain(date: dt.date, zone: str) -> bool:
    """True for a date from which on the zone's rules are certain for all its places."""
    return date.year >= _CERTAIN_SINCE and zone not in LATER


def doubt(local: dt.datetime, zone: str, latitude: float, longitude: float) -> str | None:
    """Why the clock at a place (degrees) is not certain at a local time that `zone` rules; None when it is.

    `local` bears the zone.
    """
    return next(_doubts(local, zone, latitude, longitude), None)


def _doubts(local: dt.datetime, zone: str, latitude: float, longitude: float) -> Iterator[str]:
    rules, date, place = _rules(zone), local.date(), (latitude, longitude)
    for entry in rules.doubts:
        if entry.holds(zone, date, latitude, longitude):
            yield entry.because
    if date.year >= _CERTAIN_SINCE or rules.city is None:
        return
    if rules.is_borrowed:
        yield f"the zone tables have no clock of {zone} of its own before 1970"
    is_mean = bool((local.utcoffset() or _NONE) % _QUARTER) and not (rules.national and date >= rules.national)
    other = _nearer_zone(local, rules, latitude, longitude)
    chose = any(summer.holds(date) for summer in rules.summers) and _has_summer_time(local)
    if not (is_mean or other or chose) or kilometres(rules.city, place) <= _SAME_CITY_KM:
        return
    if is_mean:
        yield f"the zone tables give the mean time of {_city_name(zone)}, which other towns may not have kept"
    if other and not any(region.holds(zone, date, latitude, longitude) for region in rules.settled):
        yield f"the line between {zone} and {other} has moved since"
    if chose:
        yield "towns there chose their own summer time"


@dataclass(frozen=True)
class _Rules:
    """The facts about a zone's clocks before 1970."""

    doubts: tuple[Doubt, ...]
    settled: tuple[Region, ...]
    city: tuple[float, float] | None
    is_borrowed: bool
    """The rules before 1970 are another zone's."""
    national: dt.date | None
    """The date since which the city's mean time was the law of the whole country."""
    summers: tuple[SummerTime, ...]
    neighbours: tuple[tuple[str, ZoneInfo, tuple[float, float]], ...]
    """The other zones of its country, where the lines between them moved: name, rules, the city's place."""


@lru_cache(maxsize=1_000)
def _rules(zone: str) -> _Rules:
    from astra_pipeline.astrology.clock_table import all_zone_cities, clock_table, zone_cities

    table, city = clock_table(), all_zone_cities().get(zone)
    countries = city.countries if city else frozenset[str]()
    moving = countries & table.moving_lines
    return _Rules(
        doubts=tuple(entry for entry in table.doubts if zone in entry.zones),
        settled=tuple(entry for entry in table.settled if zone in entry.zones),
        city=city.place if city else None,
        is_borrowed=zone not in zone_cities(),
        national=table.national.get(zone),
        summers=tuple(table.local_summer_time[country] for country in countries & set(table.local_summer_time)),
        neighbours=tuple(
            (other.zone, ZoneInfo(other.zone), other.place)
            for other in zone_cities().values()
            if other.zone != zone and moving & other.countries
        ),
    )


def _nearer_zone(local: dt.datetime, rules: _Rules, latitude: float, longitude: float) -> str | None:
    """A neighbouring zone of the same country whose standard time then was nearer to the Sun's at the place."""
    sun = longitude / 15
    own = _standard_hours(local)
    if abs(sun - own) < _NEAR_THE_SUN:
        return None
    for name, zone_info, place in rules.neighbours:
        if (
            abs(place[0] - latitude) > _NEIGHBOUR_DEGREES
            or kilometres(place, (latitude, longitude)) > _NEIGHBOUR_KM
        ):
            continue
        there = local.replace(tzinfo=zone_info)
        hours = _standard_hours(there)
        if hours != own and abs(sun - hours) < abs(sun - own) + _MARGIN and there.tzname() != "LMT":
            return name
    return None


def _standard_hours(local: dt.datetime) -> float:
    """The hours from UTC of a zone's standard time."""
    return ((local.utcoffset() or _NONE) - (local.dst() or _NONE)).total_seconds() / 3600


def _has_summer_time(local: dt.datetime) -> bool:
    """True when it is the season of summer time, and the zone's city had one that year."""
    if local.dst():
        return True
    midsummer = local.replace(month=7, day=15)
    return bool(midsummer.dst()) and (4, 24) <= (local.month, local.day) <= (10, 31)


def _city_name(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
