"""The meanings of a normalised name: a country, a state or a province, and the cities of that name there."""

from __future__ import annotations

from collections.abc import Sequence

from astra_pipeline.places.gazetteer import City, Region, cities_named, gazetteer, joined, normalised

FAMOUS = 500_000
"""The population from which a city is meant by the name of a region: Washington, but not Ontario in California."""


def regions_named(name: str) -> frozenset[Region]:
    """The regions that a normalised name may mean; empty when it is the name of no region."""
    return gazetteer().regions.get(joined(name), frozenset())


def states_named(name: str) -> frozenset[Region]:
    """The countries and states that a name may mean.

    Provinces such as the counties of England are left out, as people often do in an address.
    """
    return gazetteer().states.get(joined(name), frozenset())


def divided_countries() -> frozenset[str]:
    """The countries with a full list of divisions, in which any other name is the name of no region."""
    return frozenset(country for country, _ in gazetteer().divisions)


def fits(city: City, region: str) -> bool:
    """True when the city lies in a region of this name."""
    regions = regions_named(region)
    return (city.country, None) in regions or (city.country, city.division) in regions


def fitting(name: str, regions: Sequence[str]) -> list[City]:
    """The cities of this name that lie in all of the regions."""
    return [city for city in cities_named(name) if all(fits(city, region) for region in regions)]


def cities_meant(name: str) -> list[City]:
    """The cities that a name may mean after another name.

    A state's name means the city in it ("New York") or a large city elsewhere in its country ("Washington").
    """
    cities = cities_named(name)
    states = states_named(name)
    if not states:
        return list(cities)
    if len(name) <= 3:  # "Metairie, LA": a code after a comma is the state's
        return []
    countries = {country for country, _ in states}
    return [
        city
        for city in cities
        if city.found_by
        and (fits(city, name) or (city.population >= FAMOUS and city.country in countries))
        # Singapore is its country's only city, and Mexico City is not the only one of Mexico.
        and ((city.country, None) not in states or normalised(city.name) == name)
    ]


def across_states(name: str, regions: Sequence[str]) -> list[City]:
    """The cities that a later name may mean in the countries of the regions: "Gurgaon, Delhi, Haryana"."""
    countries = [{country for country, _ in regions_named(region)} for region in regions]
    return [city for city in cities_meant(name) if all(city.country in meant for meant in countries)]
