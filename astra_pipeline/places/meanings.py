"""The meanings of a normalised name: a country, a state or a province, and the cities of that name there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from astra_pipeline.places.gazetteer import City, Region, cities_named, gazetteer
from astra_pipeline.places.spelling import normalised, region_keys

FAMOUS = 500_000
"""The population from which a city is meant by the name of a region: Washington, but not Ontario in California."""
_LARGE = 100_000
_TOWN = 20_000


def regions_named(name: str) -> frozenset[Region]:
    """The regions that a normalised name may mean; empty when it is the name of no region."""
    return _meanings(name, gazetteer().regions)


def states_named(name: str) -> frozenset[Region]:
    """The countries and states that a name may mean.

    Provinces such as the counties of England are left out, as people often do in an address.
    """
    return _meanings(name, gazetteer().states)


def _meanings(name: str, named: Mapping[str, frozenset[Region]]) -> frozenset[Region]:
    return frozenset().union(*(named.get(key, frozenset()) for key in region_keys(name)))


def lands_named(name: str) -> frozenset[Region]:
    """The islands, the lands of the past and the like that a name may mean."""
    return _meanings(name, gazetteer().islands) | _meanings(name, gazetteer().lands)


def towns_called(name: str, cities: Sequence[City]) -> list[City]:
    """Those of the cities of this name that are meant though a region is called so: a city in it, or a large one.

    Bali is Indonesia's island and no town of Bengal, and Tobago no village elsewhere.
    """
    known = gazetteer()
    for named, least in ((known.states, FAMOUS), (known.islands, FAMOUS), (known.lands, _TOWN)):
        if regions := _meanings(name, named):
            return [c for c in cities if _lies_in(c, regions) or (c.found_by and c.population >= least)]
    return list(cities)


def regions_missed(name: str, city: City) -> frozenset[Region]:
    """The regions that a name, taken for a city that lies in none of them, may have meant as well."""
    known = gazetteer()
    named = regions_named(name) - states_named(name)
    if not named or _lies_in(city, named):
        return frozenset()
    # Gold Coast is a city of Australia by now, and Manchester a parish of Jamaica as well.
    least = FAMOUS if lands_named(name) else _TOWN
    if city.found_by and city.population >= least and not _meanings(name, known.provinces):
        return frozenset()
    return named


def _lies_in(city: City, regions: Set[Region]) -> bool:
    return (city.country, None) in regions or (city.country, city.division) in regions


def divided_countries() -> frozenset[str]:
    """The countries with a full list of divisions, in which any other name is the name of no region."""
    return frozenset(country for country, _ in gazetteer().divisions)


def fits(city: City, region: str) -> bool:
    """True when the city lies in a region of this name."""
    return _lies_in(city, regions_named(region))


def fitting(name: str, regions: Sequence[str]) -> list[City]:
    """The cities of this name that lie in all of the regions."""
    return [city for city in cities_named(name) if all(fits(city, region) for region in regions)]


def cities_meant(name: str) -> list[City]:
    """The cities that a name may mean after another name.

    A state's name means the city in it ("New York") or a large city elsewhere in its country ("Washington"). The
    name of another region means a city in it or a large one: "Trinidad" is no town of Bolivia.
    """
    cities = cities_named(name)
    states = states_named(name)
    if not states and _meanings(name, gazetteer().admins):
        cities = [city for city in cities if fits(city, name) or (city.found_by and city.population >= _LARGE)]
    if not states:
        return towns_called(name, cities)
    if len(name) <= 3 and name.isascii():  # "Metairie, LA": a code after a comma is the state's
        return []
    countries = {country for country, _ in states}
    return [
        city
        for city in cities
        if city.found_by
        and (_lies_in(city, states) or (city.population >= FAMOUS and city.country in countries))
        # Singapore is its country's only city, and Mexico City is not the only one of Mexico.
        and ((city.country, None) not in states or normalised(city.name) == name or not name.isascii())
    ]


def across_states(name: str, regions: Sequence[str]) -> list[City]:
    """The cities that a later name may mean in the countries of the regions: "Gurgaon, Delhi, Haryana"."""
    countries = [{country for country, _ in regions_named(region)} for region in regions]
    return [city for city in cities_meant(name) if all(city.country in meant for meant in countries)]
