"""Where a birthplace is: text to coordinates and time zone, offline.

A wrong place is a wrong chart: what a text leaves open is flagged, and what it does not say is refused.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from astra_pipeline.errors import BadBirth
from astra_pipeline.places.gazetteer import (
    OWN,
    SURROUNDINGS,
    City,
    Region,
    cities_named,
    gazetteer,
    joined,
    normalised,
)
from astra_pipeline.zones import is_zone

AMBIGUOUS = "place_ambiguous"
APPROXIMATE = "place_approximate"
UNREAD = "place_unread"

_ZONE_BONUS = 1.45
"""Of a city that keeps the hinted zone's time: in Toronto's zone London is Ontario's; in New York's Paris stays."""
_ZONE_DATES = tuple((year, month, 15) for year in (1974, 1980, 2000, 2020) for month in (1, 7))
"""When zones are compared. That of January 1974 tells the United States from Canada."""
_FAMOUS = 500_000
"""Population from which a city of a region's name may be meant by it: Washington, but not Ontario in California."""
_KNOWN = 100_000
"""Population from which a city is told from the words before it: "Bandra Mumbai"."""
_RIVAL = 1.0
"""A place of the same name that is no further behind than this, in powers of ten, makes the name ambiguous."""
_SAME_PLACE_KM = 50
_AROUND_KM = 75
"""A quarter, a suburb or a village lies so near to the city it is named with."""
_MOST = 12
"""Words of a name, and names of a text: more are no place, and would take long to try."""
_SHOWN = 80
_COMMAS = re.compile(r"[,;|\n\uff0c\u060c\u3001]")
_POSTCODE = re.compile(r"\b(?:\d{4,6}|\d{3} \d{3})\b")
_SURROUNDING = frozenset(
    {"near", "district", "dist", "distt", "zila", "zilla", "zilha", "jila"}
    | {"tehsil", "tehseel", "tahsil", "taluk", "taluka", "talluk"}
)
"""With these words a city's name is that of the country around it."""
_EMPTY = frozenset({"at", "born", "city", "code", "from", "in", "of", "pin", "pincode", "vill", "village"})
_NOTHING = frozenset({"home", "hospital", "nan", "nil", "none", "null", "unknown"})
"""What is written for want of a place. Towns here and there are called so, and found with their country."""


@dataclass(frozen=True)
class Place:
    """A city. `label` names it with its state and country; `flags` say what the text left open."""

    label: str
    latitude: float
    longitude: float
    zone: str
    country: str
    flags: tuple[str, ...] = ()


_Clock = tuple[timedelta | None, ...]
"""A zone's offsets from UTC on _ZONE_DATES."""


@dataclass(frozen=True)
class _Reading:
    """The city a text is taken for, and what that leaves open."""

    city: City
    rivals: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """What was said and is not known; the city is where it should be."""
    unread: tuple[str, ...] = ()
    """What was said beside the city and does not bear on it."""


def find(text: str, *, zone: str | None = None) -> Place:
    """The likeliest place for a text such as "Jhajjar, Haryana, India", "Bandra, Mumbai" or "Bombay".

    `zone` (IANA) speaks for places that keep its time, among those of one name. Raises BadBirth naming the text
    when no city is meant.
    """
    return _find(text, zone)


@lru_cache(maxsize=20_000)
def _find(text: str, zone: str | None) -> Place:
    parts, surroundings = _parts(text)
    reading = None
    if 0 < len(parts) <= _MOST and not (len(parts) == 1 and parts[0] in _NOTHING):
        reading = _read(parts, _clock(zone) if zone and is_zone(zone) else None)
    if reading is None:
        raise _refusal(text, parts)
    if surroundings and not reading.unknown:
        reading = replace(reading, unknown=(surroundings,))
    city = reading.city
    flags = tuple(_flags(reading, text))
    return Place(_label(city), city.latitude, city.longitude, city.zone, city.country, flags)


def _refusal(text: str, parts: Sequence[str]) -> BadBirth:
    if parts and _states(parts[0]) and not _cities_meant(parts[0]):
        return BadBirth(f"place {_shown(text)} is a state or a country: the city is missing")
    return BadBirth(
        f"place {_shown(text)} is not known: no such city"
        + (f" there ({_shown(parts[0])} alone is known)" if len(parts) > 1 and cities_named(parts[0]) else "")
        + "; a city near it, with its country, will do"
    )


def _flags(reading: _Reading, text: str) -> Iterator[str]:
    label = _label(reading.city)
    if reading.unknown:
        names = " or ".join(map(_shown, reading.unknown))
        yield f"{APPROXIMATE}: no city we know there is called {names}; {label} is used"
    if reading.unread:
        names = " and ".join(map(_shown, reading.unread))
        yield f"{UNREAD}: {_shown(text)} is taken for {label}; {names} could not be placed there"
    if reading.rivals:
        others = "; ".join(list(dict.fromkeys(reading.rivals))[:4])
        yield f"{AMBIGUOUS}: {_shown(text)} is taken for {label}; it could be {others}"


def _parts(text: str) -> tuple[list[str], str | None]:
    """The names in a text; and its first words, when they are those of a city's surroundings."""
    said = list(dict.fromkeys(filter(None, map(normalised, _COMMAS.split(text)))))
    if not 0 < len(said) <= _MOST:
        return said, None
    named = [_names(words) for words in said]
    # In "Beri village Jhajjar district" it is a village's district that is named.
    alone = said[0] not in named[0] and sum(not _regions(name) for name in named[0]) <= 1
    around = alone and not _SURROUNDING.isdisjoint(said[0].split())
    # A name said again, as a city's district's, says nothing new.
    return list(dict.fromkeys(itertools.chain(*named))), said[0] if around else None


def _names(text: str) -> list[str]:
    """The names in words without a comma, the city before what it lies in. A known name is never taken apart."""
    words = text.split()
    if _is_known(text) or len(words) > _MOST:
        return [text]
    if names := _before_regions(words):
        return names
    bare = [word for word in _POSTCODE.sub("", text).split() if word not in _SURROUNDING | _EMPTY]
    if len(bare) < len(words):
        return _names(" ".join(bare)) if bare else []
    return _before_city(words) or [text]


def _is_known(name: str) -> bool:
    return bool(_regions(name) or cities_named(name))


def _before_regions(words: Sequence[str]) -> list[str] | None:
    """ "pune maharashtra india": a city and the regions it lies in, or regions alone."""
    for count in range(len(words) - 1, -1, -1):
        regions, name = _split_regions(words[count:]), " ".join(words[:count])
        if regions and (not name or _fitting(name, regions)):
            return [name, *regions] if name else regions
    return None


def _before_city(words: Sequence[str]) -> list[str] | None:
    """ "andheri west mumbai": an unknown name, a well-known city or one of the regions after it, these regions."""
    for start in range(1, len(words)):
        for end in range(len(words), start - 1, -1):
            regions, name = _split_regions(words[end:]), " ".join(words[start:end])
            if regions is None or not (name or regions):
                continue
            if not name or any(
                city.found_by and (regions or city.population >= _KNOWN) for city in _fitting(name, regions)
            ):
                return [" ".join(words[:start]), *filter(None, [name]), *regions]
    return None


def _split_regions(words: Sequence[str]) -> list[str] | None:
    """Words as names of regions one after the other; None when they are not."""
    if not words:
        return []
    for count in range(len(words), 0, -1):
        head = " ".join(words[:count])
        if _regions(head) and (rest := _split_regions(words[count:])) is not None:
            return [head, *rest]
    return None


def _read(parts: Sequence[str], clock: _Clock | None) -> _Reading | None:
    """The city the first name is by those after it; else the city these are, which the first must be near."""
    first, *rest = parts
    roles = list(_roles(rest))
    for towns, regions in roles:
        if found := _placed(first, towns, regions, clock):
            return found
    later = next((part for part in rest if not _regions(part) or _cities_meant(part)), None)
    if later is not None:
        others = list(rest)
        others.remove(later)
        # "Haryana, Jhajjar", the other way round
        if _states(first) and not _cities_meant(first) and (found := _read([later, *others, first], clock)):
            return found
        if found := _read([later, *others], clock):
            return replace(found, unknown=(first, *found.unknown))
    for towns, regions in roles:
        if found := _likeliest(first, regions, clock):
            return replace(found, unread=tuple(towns))
    return None


def _roles(parts: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Ways to read the names after the first, as (towns, regions): a name of both is a region, then a town."""
    regions = [part for part in parts if _regions(part)]
    yield [part for part in parts if part not in regions], regions
    alone = [part for part in regions if not _cities_meant(part)]
    if len(alone) < len(regions):
        yield [part for part in parts if part not in alone], alone


def _placed(name: str, towns: Sequence[str], regions: Sequence[str], clock: _Clock | None) -> _Reading | None:
    """The city of this name near one of the towns; where no town is known, the likeliest in the regions."""
    named = _fitting(name, regions)
    if not named:
        return None
    known = {town: _fitting(town, regions) or _across_states(town, regions) for town in towns}
    for town in towns:
        if found := _beside(name, named, known[town], clock):
            return replace(found, unread=_unread(found, known, regions))
    found = _likeliest(name, regions, clock)
    if found is None or not towns:
        return found
    if any(known.values()):
        # Of two names that lie apart the first is a quarter we do not know, unless it is much the larger city.
        largest = max(_weight(city, clock) for cities in known.values() for city in cities)
        if found.city.population < _FAMOUS or _weight(found.city, clock) - _RIVAL < largest:
            return None
    return replace(found, unread=_unread(found, known, regions))


def _unread(found: _Reading, known: dict[str, list[City]], regions: Sequence[str]) -> tuple[str, ...]:
    """Those of the towns that bear on the city found neither as a place near it nor as its province."""
    far = [town for town, cities in known.items() if not _near([found.city], cities)]
    # People write provinces we have no list of, and need not: "Surabaya, East Java, Indonesia".
    if regions and not found.rivals and found.city.country not in _divided():
        far = [town for town in far if cities_named(town)]
    return tuple(far)


def _likeliest(name: str, regions: Sequence[str], clock: _Clock | None) -> _Reading | None:
    """The likeliest city of this name in the regions."""
    named = _fitting(name, regions)
    states = _states(name)
    meant = named
    if states and not regions:
        meant = [city for city in named if _fits(city, name) or (city.found_by and city.population >= _FAMOUS)]
    if not meant:
        return None
    # "Newark, New York" may be the town of that state, and the city across the river.
    besides = [city for region in regions for city in _near(cities_named(name), _cities_meant(region))]
    found = _reading(name, meant, {city: _weight(city, clock) for city in [*named, *besides]}, clock)
    # "Cornwall" is a city of Ontario, and may be said of the county.
    provinces = _regions(name) - _states(name)
    if provinces and not regions and not _fits(found.city, name):
        countries = sorted({gazetteer().countries[country] for country, _ in provinces})
        return replace(found, rivals=(*(f"a city of {name} in {country}" for country in countries), *found.rivals))
    return found


def _beside(name: str, cities: Sequence[City], towns: Sequence[City], clock: _Clock | None) -> _Reading | None:
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
        return replace(found, rivals=(*found.rivals, _label(first)))
    return found


def _reading(name: str, meant: Sequence[City], weights: dict[City, float], clock: _Clock | None) -> _Reading:
    """The likeliest of the cities meant, and its rivals among those weighed: with the hint of a zone or without."""
    best = max(meant, key=lambda city: (weights[city], city.population))
    plain = {city: weight - _zone_bonus(city, clock) for city, weight in weights.items()}
    rivals = [
        city
        for city, weight in weights.items()
        if (weight >= weights[best] - _RIVAL or plain[city] >= plain[best] - _RIVAL)
        and _kilometres(city, best) > _SAME_PLACE_KM
    ]
    rivals.sort(key=lambda city: (weights[city], city.population), reverse=True)
    vague = best.found_by == SURROUNDINGS or _is_region_only(name, meant)
    return _Reading(best, tuple(map(_label, rivals)), unknown=(name,) if vague else ())


def _is_region_only(name: str, cities: Sequence[City]) -> bool:
    """Whether the name is a state's, which some city of another name there is called as well."""
    states = _states(name)
    for city in cities:
        own = normalised(city.name)
        # Mexico City is named after its country; and Pondicherry is an older name of state and city alike.
        if city.found_by or own in (name, f"{name} city") or states & _states(own):
            return False
    return bool(states)


def _cities_meant(name: str) -> list[City]:
    """Cities that a name after another's may mean: of a state's name the city in it, and Washington."""
    cities = cities_named(name)
    states = _states(name)
    if not states:
        return list(cities)
    if len(name) <= 3:  # "Metairie, LA": a code after a comma is the state's
        return []
    countries = {country for country, _ in states}
    return [
        city
        for city in cities
        if city.found_by
        and (_fits(city, name) or (city.population >= _FAMOUS and city.country in countries))
        # Singapore is its country's only city, and Mexico City is not the only one of Mexico.
        and ((city.country, None) not in states or normalised(city.name) == name)
    ]


def _across_states(name: str, regions: Sequence[str]) -> list[City]:
    """The cities that a later name may mean in the countries of the regions: "Gurgaon, Delhi, Haryana"."""
    countries = [{country for country, _ in _regions(region)} for region in regions]
    return [city for city in _cities_meant(name) if all(city.country in meant for meant in countries)]


def _near(cities: Sequence[City], towns: Sequence[City]) -> list[City]:
    return [city for city in cities if any(_kilometres(city, town) <= _AROUND_KM for town in towns)]


def _fitting(name: str, regions: Sequence[str]) -> list[City]:
    """The cities of this name that lie in all of the regions."""
    return [city for city in cities_named(name) if all(_fits(city, region) for region in regions)]


def _weight(city: City, clock: _Clock | None) -> float:
    return city.weight + _zone_bonus(city, clock)


def _zone_bonus(city: City, clock: _Clock | None) -> float:
    return _ZONE_BONUS if clock and _clock(city.zone) == clock else 0.0


@lru_cache(maxsize=1_000)
def _clock(zone: str) -> _Clock:
    """What tells zones apart, whatever they are called: US/Central is America/Chicago."""
    there = ZoneInfo(zone)
    return tuple(datetime(*date, tzinfo=there).utcoffset() for date in _ZONE_DATES)


def _kilometres(one: City, other: City) -> float:
    """Great-circle distance (haversine)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    half = math.sin((north - south) / 2) ** 2 + (
        math.cos(north) * math.cos(south) * math.sin(math.radians(one.longitude - other.longitude) / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(half))


def _label(city: City) -> str:
    region = gazetteer()
    division = region.divisions.get((city.country, city.division))
    parts = [city.name, division, region.countries.get(city.country, city.country)]
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _fits(city: City, qualifier: str) -> bool:
    regions = _regions(qualifier)
    return (city.country, None) in regions or (city.country, city.division) in regions


def _regions(name: str) -> frozenset[Region]:
    """What a normalised name may mean: (country, division), or (country, None); empty when it is no region."""
    return gazetteer().regions.get(joined(name), frozenset())


def _states(name: str) -> frozenset[Region]:
    """The same of a country's name and of a division's that is never left out: not the counties of England."""
    return gazetteer().states.get(joined(name), frozenset())


def _divided() -> frozenset[str]:
    """The countries all of whose divisions are listed: another name there is no region."""
    return frozenset(country for country, _ in gazetteer().divisions)
