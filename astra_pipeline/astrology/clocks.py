"""Doubts about the clocks of old births: which clock was kept at a place before zone rules are certain.

The zone rules of the IANA database are certain since 1970, and for the city a zone is named after. Before, a place
may have kept its own mean time, the clock of the zone next to it, or a summer time that its town had chosen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

UNCERTAIN = "clock_uncertain"

# Zone rules are certain from this year on (the database's own promise).
_CERTAIN_SINCE = 1970
# Zones of clocks.yaml in which two clocks were kept after that, or are to this day.
LATER = frozenset({"Asia/Urumqi", "Asia/Kashgar", "Asia/Ho_Chi_Minh", "Asia/Saigon"})
# The distance from a zone's city within which its clock is that of the city.
_SAME_CITY_KM = 50
# The distance within which another zone is a neighbour.
_NEIGHBOUR_KM = 1_500
# The neighbour's clock may have been kept where it is at most this much (in hours) further from the Sun.
_MARGIN = 0.1
_QUARTER = dt.timedelta(minutes=15)


def is_certain(date: dt.date, zone: str) -> bool:
    """True for a date from which on the zone's rules are certain for all its places."""
    return date.year >= _CERTAIN_SINCE and zone not in LATER


def doubt(local: dt.datetime, zone: str, latitude: float, longitude: float) -> str | None:
    """Why the clock at a place (degrees) is not certain at a local time that `zone` rules; None when it is.

    `local` bears the zone.
    """
    return next(_doubts(local, zone, latitude, longitude), None)


def _doubts(local: dt.datetime, zone: str, latitude: float, longitude: float) -> Iterator[str]:
    from astra_pipeline.astrology.clock_table import all_zone_cities, clock_table, kilometres, zone_cities

    date, place = local.date(), (latitude, longitude)
    table = clock_table()
    for entry in table.doubts:
        if entry.holds(zone, date, latitude, longitude):
            yield entry.because
    city = all_zone_cities().get(zone)
    if date.year >= _CERTAIN_SINCE or city is None:
        return
    if zone not in zone_cities():
        yield f"the zone tables have no clock of {zone} of its own before 1970"
    if kilometres(city.place, place) <= _SAME_CITY_KM:
        return
    if (local.utcoffset() or dt.timedelta()) % _QUARTER and date < _ended(zone, date):
        yield f"the zone tables give the mean time of {_city_name(zone)}, which other towns may not have kept"
    is_settled = any(region.holds(zone, date, latitude, longitude) for region in table.settled)
    if not is_settled and (other := _nearer_zone(local, zone, latitude, longitude)):
        yield f"the line between {zone} and {other} has moved since"
    for country in city.countries:
        summer = table.local_summer_time.get(country)
        if summer and summer.holds(date) and _has_summer_time(local, zone):
            yield "towns there chose their own summer time"


def _ended(zone: str, date: dt.date) -> dt.date:
    """The date from which on the zone's mean time was the law of the whole country; the day after when never."""
    from astra_pipeline.astrology.clock_table import clock_table

    return clock_table().national.get(zone, date + dt.timedelta(days=1))


def _nearer_zone(local: dt.datetime, zone: str, latitude: float, longitude: float) -> str | None:
    """A neighbouring zone of the same country whose standard time then was nearer to the Sun's at the place."""
    from astra_pipeline.astrology.clock_table import all_zone_cities, clock_table, kilometres, zone_cities

    sun = longitude / 15
    own = _standard_hours(local)
    countries = all_zone_cities()[zone].countries & clock_table().moving_lines
    for other in zone_cities().values():
        if other.zone == zone or not countries & other.countries:
            continue
        if kilometres(other.place, (latitude, longitude)) > _NEIGHBOUR_KM:
            continue
        there = local.replace(tzinfo=ZoneInfo(other.zone))
        hours = _standard_hours(there)
        if there.tzname() == "LMT" or hours == own:
            continue
        if abs(sun - hours) < abs(sun - own) + _MARGIN:
            return other.zone
    return None


def _standard_hours(local: dt.datetime) -> float:
    """The hours from UTC of a zone's standard time."""
    return ((local.utcoffset() or dt.timedelta()) - (local.dst() or dt.timedelta())) / dt.timedelta(hours=1)


def _has_summer_time(local: dt.datetime, zone: str) -> bool:
    """True when it is the season of summer time, and the zone's city had one that year."""
    if local.dst():
        return True
    midsummer = local.replace(month=7, day=15)
    return bool(midsummer.dst()) and (4, 24) <= (local.month, local.day) <= (10, 31)


def _city_name(zone: str) -> str:
    return zone.rpartition("/")[2].replace("_", " ")
