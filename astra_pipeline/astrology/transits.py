"""Transits: the aspects that the moving sky makes to natal points, for many charts at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from astra_pipeline.astrology import aspects
from astra_pipeline.astrology.chart import VEDIC_POINTS
from astra_pipeline.astrology.ephemeris import PLANETS
from astra_pipeline.astrology.signs import System
from astra_pipeline.astrology.zodiac import FloatArray

NATAL_POINTS: Mapping[System, tuple[str, ...]] = {
    "vedic": (*VEDIC_POINTS, "Ascendant"),
    "western": (*PLANETS, "Ascendant", "Midheaven"),
}
MOVING: Mapping[System, tuple[str, ...]] = {"vedic": (*PLANETS[:7], "Rahu"), "western": PLANETS}
"""System -> the planets whose transits it reads. Ketu stands opposite Rahu, so its aspects are Rahu's."""

# The share of a birth chart's orbs that a transit has: it is felt closer to exactness.
_NARROWER = 0.4
_MOVER_WEIGHT = {
    "Sun": 1.0,
    "Moon": 0.8,
    "Mercury": 0.75,
    "Venus": 0.85,
    "Mars": 1.0,
    "Jupiter": 1.0,
    "Saturn": 1.1,
    "Uranus": 0.8,
    "Neptune": 0.7,
    "Pluto": 0.8,
    "Rahu": 0.8,
}
_POINT_WEIGHT = {
    "Sun": 1.0,
    "Moon": 1.1,
    "Ascendant": 1.0,
    "Midheaven": 0.8,
    "Mercury": 0.8,
    "Venus": 0.9,
    "Mars": 0.9,
    "Jupiter": 0.8,
    "Saturn": 0.85,
    "Uranus": 0.4,
    "Neptune": 0.4,
    "Pluto": 0.4,
    "Rahu": 0.6,
    "Ketu": 0.5,
}
_ASPECT_WEIGHT = {"conjunction": 1.0, "opposition": 0.9, "square": 0.9, "trine": 0.8, "sextile": 0.6}
_APPLYING = 1.15


@dataclass(frozen=True)
class Transits:
    """The transits of many charts. Axes of `found`: moving planet, natal point, chart."""

    moving: tuple[str, ...]
    points: tuple[str, ...]
    found: aspects.Found
    weight: FloatArray
    """The importance of a transit, for ranking, by its mover, its point and its orb; 0 where there is none."""

    def of(self, chart: int) -> list[dict[str, Any]]:
        """One chart's transits {planet, point, aspect, orb, applying, weight}, the weightiest first."""
        which = self.found.aspect[:, :, chart]
        rows = [
            {
                "planet": self.moving[planet],
                "point": self.points[point],
                "aspect": aspects.NAMES[which[planet, point]],
                "orb": float(self.found.orb[planet, point, chart]),
                "applying": bool(self.found.applying[planet, point, chart]),
                "weight": float(self.weight[planet, point, chart]),
            }
            for planet, point in np.argwhere(which >= 0)
        ]
        return sorted(rows, key=lambda row: (-row["weight"], row["planet"], row["point"]))


def natal_longitudes(charts: Sequence[Mapping[str, Any]], system: System) -> FloatArray:
    """Longitudes out of chart documents, (NATAL_POINTS of the system, n): sidereal when vedic, else tropical.

    Raises KeyError for a chart that is not ours.
    """
    columns = []
    for chart in charts:
        part = chart[system]
        stands = {planet["name"]: planet["longitude"] for planet in part["planets"]}
        stands["Ascendant"] = part["ascendant_longitude"]
        if system == "western":
            stands["Midheaven"] = part["mc_longitude"]
        columns.append([stands[point] for point in NATAL_POINTS[system]])
    return np.array(columns, dtype=np.float64).T.reshape(len(NATAL_POINTS[system]), len(charts))


def transits(longitude: FloatArray, speed: FloatArray, natal: FloatArray, system: System) -> Transits:
    """Transits of MOVING planets at `longitude` with `speed` to NATAL_POINTS (points, n), in the system's zodiac.

    Both sides sidereal or both tropical: over a life of 72 years the zodiacs drift apart by a degree.
    """
    moving, points = MOVING[system], NATAL_POINTS[system]
    light = np.array([name in aspects.LUMINARIES for name in moving])
    natal_light = np.array([name in aspects.LUMINARIES for name in points])
    luminary = light[:, None] | natal_light[None, :]
    found = aspects.between(
        longitude[:, None, None],
        speed[:, None, None],
        natal[None, :, :],
        0.0,
        luminary[:, :, None],
        orb_factor=_NARROWER,
    )
    orbs = np.array([[a.orb, a.orb_luminary] for a in aspects.ASPECTS]) * _NARROWER
    allowed = orbs[found.aspect, luminary.astype(np.int64)[:, :, None]]
    kind = np.array([_ASPECT_WEIGHT[name] for name in aspects.NAMES])[found.aspect]
    mover = np.array([_MOVER_WEIGHT[name] for name in moving])[:, None, None]
    touched = np.array([_POINT_WEIGHT[name] for name in points])[None, :, None]
    close = (1 - found.orb / allowed) * np.where(found.applying, _APPLYING, 1.0)
    return Transits(moving, points, found, np.where(found.aspect >= 0, mover * touched * kind * close, 0.0))
