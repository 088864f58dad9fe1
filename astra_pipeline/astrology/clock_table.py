"""clocks.yaml and the zones' reference cities, checked. It is read for births before 1970 only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from astra_pipeline.astrology.globe import kilometres

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
# The safe loader written in C, ten times as fast, where PyYAML was built with it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ISO_6709 = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Region(_Entry):
    """A part of some zones, for some time: a box, the surroundings of a place or what lies beyond them, or all."""

    zones: list[str]
    box: tuple[Latitude, Longitude, Latitude, Longitude] | None = None
    near: tuple[Latitude, Longitude] | None = None
    within_km: float | None = None
    beyond_km: float | None = None
    since: dt.date = dt.date.min
    until: dt.date = dt.date.max

    @model_validator(mode="after")
    def _has_one_distance(self) -> Region:
        if (self.near is not None) != ((self.within_km is None) != (self.beyond_km is None)):
            raise ValueError("near needs within_km or beyond_km, and these need near")
        return self

    def holds(self, zone: str, date: dt.date, latitude: float, longitude: float) -> bool:
        """True for a birth in this part of a zone at this time."""
        if not self.since <= date < self.until or zone not in self.zones:
            return False
        if self.box is not None:
            south, west, north, east = self.box
            if not (south <= latitude <= north and west <= longitude <= east):
                return False
        if self.near is None:
            return True
        away = kilometres(self.near, (latitude, longitude))
        return away <= self.within_km if self.within_km is not None else away > (self.beyond_km or 0)


class Doubt(Region):
    """A region in which another clock may have been kept, and why."""

    because: str


class SummerTime(_Entry):
    """The time in which the towns of a country chose their summer time; in the war it was the law."""

    since: dt.date
    until: dt.date
    war: tuple[dt.date, dt.date]

    def holds(self, date: dt.date) -> bool:
        """True for a date on which towns chose."""
        return self.since <= date < self.until and not self.war[0] <= date < self.war[1]


class ClockTable(_Entry):
    """The whole of clocks.yaml, where each list has a comment that says what it is for."""

    doubts: list[Doubt]
    settled: list[Region]
    moving_lines: frozenset[str]
    national: dict[str, dt.date]
    local_summer_time: dict[str, SummerTime]


@dataclass(frozen=True)
class ZoneCity:
    """The city whose clock a zone's rules tell: the zone, its countries, and the city's place in degrees."""

    zone: str
    countries: frozenset[str]
    place: tuple[float, float]


@lru_cache(maxsize=1)
def clock_table() -> ClockTable:
    """Read clocks.yaml. Raises ValueError naming the entry and the problem."""
    text = (files("astra_pipeline.astrology") / "clocks.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=_Loader)
    try:
        return ClockTable.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = " > ".join(map(str, first["loc"]))
        raise ValueError(f"clocks.yaml: {where}: {first['msg']}") from None


@lru_cache(maxsize=1)
def zone_cities() -> dict[str, ZoneCity]:
    """The zones that have rules of their own, by name (the time zone database's zone1970.tab)."""
    return {city.zone: city for city in _cities("zone1970.tab")}


@lru_cache(maxsize=1)
def all_zone_cities() -> dict[str, ZoneCity]:
    """The zones of every country, by name (zone.tab): some of them borrow another zone's rules before 1970."""
    return {city.zone: city for city in _cities("zone.tab")} | zone_cities()


def _cities(table: str) -> Iterator[ZoneCity]:
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            countries, place, zone, *_ = line.split("\t")
            yield ZoneCity(zone, frozenset(countries.split(",")), _degrees(place))


def _degrees(place: str) -> tuple[float, float]:
    """ "+404251-0740023" in degrees."""
    found = _ISO_6709.fullmatch(place)
    if found is None:
        raise ValueError("a zone's reference city has no coordinates in the form of ISO 6709")
    south, *north, west, _, _, _ = found.groups()
    east = found.groups()[5:]
    return _angle(south, *north), _angle(west, *east)


def _angle(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    angle = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return -angle if sign == "-" else angle
