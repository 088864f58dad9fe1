"""The choice of the city that the names of a text mean: by population, by its neighbours, and by its clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from astra_pipeline.places.gazetteer import City, cities_named, gazetteer
from astra_pipeline.places.meanings import (
    FAMOUS,
    across_states,
    cities_meant,
    divided_countries,
    fitting,
    lands_named,
    regions_missed,
    regions_named,
    states_named,
    towns_called,
)
from astra_pipeline.places.spelling import OWN, SURROUNDINGS, normalised

# The bonus of a city that keeps the hinted zone's time: in Toronto's zone London is Ontario's; in New York's Paris
# stays.
_ZONE_BONUS = 1.45
# The dates on which zones are compared. January 1974 tells the United States from Canada.
_ZONE_DATES = tuple((year, month, 15) for year in (1974, 1980, 2000, 2020) for month in (1, 7))
# A place of the same name that is no further behind than this, in powers of ten, makes the name ambiguous.
_RIVAL = 1.0
_SAME_PLACE_KM = 50
# The distance within which a quarter, a suburb or a village lies from the city that it is named with.
_AROUND_KM = 75

Clock = tuple[timedelta | None, ...]
"""A zone's offsets from UTC on _ZONE_DATES."""


@dataclass(frozen=True)
class Reading:
    """The city that a text is read as, and the doubts that remain."""

    city: City
    rivals: tuple[str, ...] = ()
    """Labels of other cities that may be meant."""
    unknown: tuple[str, ...] = ()
    """Names that no city is known by; the city lies near their place."""
    unread: tuple[str, ...] = ()
    """Names beside the city's that could not be placed near it."""


def read(parts: Sequence[str], clock: Clock | None) -> Reading | None:
    """The city that the first name means, in the light of the names after it.

    Else it is the city that these mean, near which the first name must lie. None when no name means a city. `clock`
    favours cities that keep that time.
    """
    first, *rest = parts
    roles = list(_roles(rest))
    for towns, regions in roles:
        if found := _placed(first, towns, regions, clock):
            return found
    later = next((part for part in rest if not regions_named(part) or cities_meant(part)), None)
    if later is not None:
        others = list(rest)
        others.remove(later)
        # "Haryana, Jhajjar", the other way round
        if (
            (states_named(first) or lands_named(first))
            and not cities_meant(first)
            and (found := read([later, *others, first], clock))
        ):
            return found
        if found := read([later, *others], clock):
            return replace(found, unknown=(first, *found.unknown))
    for towns, regions in roles:
        if found := _likeliest(first, regions, clock):
            return replace(found, unread=tuple(towns))
    return None


def _roles(parts: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Ways to read the names after the first, as (towns, regions).

    A name of both is read as a region first, then as a town.
    """
    regions = [part for part in parts if regions_named(part)]
    yield [part for part in parts if part not in regions], regions
    alone = [part for part in regions if not cities_meant(part)]
    if len(alone) < len(regions):
        yield [part for part in parts if part not in alone], alone


def _placed(name: str, towns: Sequence[str], regions: Sequence[str], clock: Clock | None) -> Reading | None:
    """The city of this name near one of the towns; where no town is known, the likeliest in the regions."""
    named = fitting(name, regions)
    if not named:
        return None
    known = {town: fitting(town, regions) or across_states(town, regions) for town in towns}
    for town in towns:
        if found := _beside(name, named, known[town], clock):
            return replace(found, unread=_unread(found, known, regions))
    found = _likeliest(name, regions, clock)
    if found is None or not towns:
        return found
    if any(known.values()):
        # Of two names that lie apart the first is a quarter we do not know, unless it is much the larger city.
        largest = max(_weight(city, clock) for cities in known.values() for city in cities)
        if found.city.population < FAMOUS or _weight(found.city, clock) - _RIVAL < largest:
            return None
    return replace(found, unread=_unread(found, known, regions))


def _unread(found: Reading, known: dict[str, list[City]], regions: Sequence[str]) -> tuple[str, ...]:
    """Those of the towns that bear on the city found neither as a place near it nor as its province."""
    far = [town for town, cities in known.items() if not _near([found.city], cities)]
    # People write provinces we have no list of, and need not: "Surabaya, East Java, Indonesia".
    if regions and not found.rivals and found.city.country not in divided_countries():
        far = [town for town in far if cities_named(town)]
    return tuple(far)


def _likeliest(name: str, regions: Sequence[str], clock: Clock | None) -> Reading | None:
    """The likeliest city of this name in the regions."""
    named = fitting(name, regions)
    meant = named if regions else towns_called(name, named)
    if not meant:
        return None
    # "Newark, New York" may be the town of that state, and the city across the river.
    besides = [city for region in regions for city in _near(cities_named(name), cities_meant(region))]
    found = _reading(name, meant, {city: _weight(city, clock) for city in [*named, *besides]}, clock)
    # "Cornwall" is a city of Ontario, and may be said of the county.
    provinces = regions_missed(name, found.city)
    if provinces and not regions:
        countries = sorted({gazetteer().countries[country] for country, _ in provinces})
        return replace(found, rivals=(*(f"a city of {name} in {country}" for country in countries), *found.rivals))
    return found


def _beside(name: str, cities: Sequence[City], towns: Sequence[City], clock: Clock | None) -> Reading | None:
    """The likeliest of the cities near a likely town."""
    if not towns:
        return None
    # Salem is not a village near Washington that some time was called so, when it is another city's own name.
    chief = max((city.weight for city in cities if city.found_by == OWN), default=0.0) - _RIVAL
    cities = [city for city in cities if city.found_by or city.weight >= chief]
    weights = {town: _weight(town, clock) for town in towns}
    first = max(towns, key=lambda town: (weights[town], town.population))
    likely = [town for town in towns if weights[town] >= weights[first] - _RIVAL]
    together = {
        city: city.weight + max(weights[town] for town in around)
        for city in cities
        if (around := _near(likely, [city]))
    }
    if not together:
        return None
    found = _reading(name, list(together), together, clock)
    if not _near([first], [found.city]):
        return replace(found, rivals=(*found.rivals, label_of(first)))
    return found


def _reading(name: str, meant: Sequence[City], weights: dict[City, float], clock: Clock | None) -> Reading:
    """The likeliest of the cities meant, and its rivals among those weighed: with the hints of zone and script or
    without."""
    best = max(meant, key=lambda city: (weights[city], city.population))
    plain = {city: weight - _zone_bonus(city, clock) - city.script_bonus for city, weight in weights.items()}
    rivals = [
        city
        for city, weight in weights.items()
        if (weight >= weights[best] - _RIVAL or plain[city] >= plain[best] - _RIVAL)
        and _kilometres(city, best) > _SAME_PLACE_KM
    ]
    rivals.sort(key=lambda city: (weights[city], city.population), reverse=True)
    vague = best.found_by == SURROUNDINGS or _is_region_only(name, meant)
    return Reading(best, tuple(map(label_of, rivals)), unknown=(name,) if vague else ())


def _is_region_only(name: str, cities: Sequence[City]) -> bool:
    """True for the name of a state that some city of another name there shares."""
    states = states_named(name)
    for city in cities:
        own = normalised(city.name)
        # Mexico City is named after its country; and Pondicherry is an older name of state and city alike.
        if city.found_by or own in (name, f"{name} city") or states & states_named(own):
            return False
    return bool(states)


def _near(cities: Sequence[City], towns: Sequence[City]) -> list[City]:
    return [city for city in cities if any(_kilometres(city, town) <= _AROUND_KM for town in towns)]


def _weight(city: City, clock: Clock | None) -> float:
    return city.weight + _zone_bonus(city, clock)


def _zone_bonus(city: City, clock: Clock | None) -> float:
    return _ZONE_BONUS if clock and clock_of(city.zone) == clock else 0.0


@lru_cache(maxsize=1_000)
def clock_of(zone: str) -> Clock:
    """The clock of a zone, by which zones are compared whatever their names: US/Central is America/Chicago."""
    zone_info = ZoneInfo(zone)
    return tuple(datetime(*date, tzinfo=zone_info).utcoffset() for date in _ZONE_DATES)


def _kilometres(one: City, other: City) -> float:
    """Great-circle distance (haversine)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2 + (
        math.cos(north) * math.cos(south) * math.sin(math.radians(one.longitude - other.longitude) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half))


def label_of(city: City) -> str:
    """The city's name with its division and its country: "Jhajjar, Haryana, India"."""
    region = gazetteer()
    division = region.divisions.get((city.country, city.division))
    parts = [city.name, division, region.countries.get(city.country, city.country)]
    return ", ".join(part for part in dict.fromkeys(parts) if part)
