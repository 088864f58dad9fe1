"""The days on which a slow planet's transit of a natal point is exact.

The Western method reads the five aspects; the Vedic method reads conjunctions and the glances of Brihat Parashara
Hora Shastra (astrology/gochara.py), exact where the planet stands as many whole signs away as the glance counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from astra_pipeline.astrology import aspects, gochara
from astra_pipeline.astrology.landmarks import LocalDay
from astra_pipeline.astrology.natal import Natal
from astra_pipeline.astrology.signs import SIGNS, System
from astra_pipeline.astrology.sky_table import table_for, utc

SLOW: Mapping[System, tuple[str, ...]] = {
    "vedic": ("Saturn", "Jupiter", "Rahu"),
    "western": ("Saturn", "Jupiter", "Pluto", "Neptune", "Uranus"),
}
"""System -> its slow planets, the weightiest first."""
POINTS: Mapping[System, tuple[str, ...]] = {
    "vedic": ("Moon", "Ascendant", "Sun", "Venus", "Mars", "Mercury", "Jupiter", "Saturn"),
    "western": ("Sun", "Moon", "Ascendant", "Midheaven", "Venus", "Mars", "Mercury", "Jupiter", "Saturn"),
}
"""System -> the natal points that slow transits are read to, the weightiest first: the rest moves with the age."""
_ASPECTS = ("conjunction", "opposition", "square", "trine", "sextile")


@dataclass(frozen=True)
class SlowTransit:
    """A transit that is exact on a day; `at` is UTC, to the minute."""

    planet: str
    point: str
    aspect: str
    """Western: a name of aspects.NAMES. Vedic: "conjunction", or the number of the glance ("10th drishti")."""
    sign: str
    """The planet's sign in the system's zodiac."""
    house: int
    """The planet's house, as `Natal.house` counts."""
    at: dt.datetime
    rank: tuple[int, int, int]
    """For sorting, the weightiest first: by planet, point and aspect."""

    @property
    def key(self) -> str:
        """The same on all days of one transit: what a text's memory holds."""
        return f"transit:{self.planet}:{self.point}:{self.aspect}"


def slow_transits(natal: Natal, day: LocalDay, *, node: str = "mean") -> list[SlowTransit]:
    """The slow transits that are exact on a day, the weightiest first. A planet's return is a landmark instead."""
    return sorted(_exact(natal, day, node), key=lambda one: one.rank)


def _exact(natal: Natal, day: LocalDay, node: str) -> Iterator[SlowTransit]:
    table = table_for(day.start, node=node)
    low, high = day.span
    points = [point for point in POINTS[natal.system] if point in natal.points]
    for planet in SLOW[natal.system]:
        angles = _angles(planet, natal.system)
        degrees = np.array([natal.points[point] + angle for point in points for _, angle in angles]) % 360
        for place in table.crossed(planet, degrees, low, high, natal.system):
            point, number = points[place // len(angles)], place % len(angles)
            aspect = angles[number][0]
            if point == planet and aspect == "conjunction":
                continue
            for jd in table.crossings(planet, float(degrees[place]), low, high, natal.system):
                longitude = table.at(planet, jd, natal.system)
                rank = SLOW[natal.system].index(planet), POINTS[natal.system].index(point), number
                yield SlowTransit(
                    planet, point, aspect, SIGNS[int(longitude // 30)], natal.house(longitude), utc(jd), rank
                )


@cache
def _angles(planet: str, system: System) -> tuple[tuple[str, float], ...]:
    return tuple(_each_angle(planet, system))


def _each_angle(planet: str, system: System) -> Iterator[tuple[str, float]]:
    """(aspect, degrees from the natal point at which the planet makes it), the weightiest first."""
    if system == "vedic":
        yield "conjunction", 0.0
        for number in gochara.DRISHTI[planet]:
            # The planet looks forwards, so it stands behind what it looks at.
            yield f"{number}th drishti" if number != 3 else "3rd drishti", -30.0 * (number - 1)
        return
    angles = {aspect.name: aspect.angle for aspect in aspects.ASPECTS}
    for name in _ASPECTS:
        yield name, angles[name]
        if angles[name] % 180:
            yield name, -angles[name]
