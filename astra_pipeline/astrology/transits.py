"""Transits: the aspects that the moving sky makes to natal points, for many charts at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from astra_pipeline.astrology import aspects
from astra_pipeline.astrology.ephemeris import PLANETS
from astra_pipeline.astrology.zodiac import FloatArray

NATAL_POINTS = (*PLANETS, "Ascendant", "Midheaven")
_NARROWER = 0.4
"""Of a birth chart's orbs: a transit is felt closer to exactness."""


@dataclass(frozen=True)
class Transits:
    """Axes: transiting planet (PLANETS), natal point (NATAL_POINTS), chart."""

    found: aspects.Found

    def of(self, chart: int) -> list[dict[str, Any]]:
        """One chart's transits {planet, point, aspect, orb, applying}, the closest first."""
        which = self.found.aspect[:, :, chart]
        rows = [
            {
                "planet": PLANETS[planet],
                "point": NATAL_POINTS[point],
                "aspect": aspects.NAMES[which[planet, point]],
                "orb": float(self.found.orb[planet, point, chart]),
                "applying": bool(self.found.applying[planet, point, chart]),
            }
            for planet, point in np.argwhere(which >= 0)
        ]
        return sorted(rows, key=lambda row: (row["orb"], row["planet"], row["point"]))


def natal_longitudes(charts: Sequence[Mapping[str, Any]]) -> FloatArray:
    """(NATAL_POINTS, n) tropical longitudes out of chart documents."""
    return np.array(
        [
            [
                *(planet["longitude"] for planet in chart["western"]["planets"]),
                chart["western"]["ascendant_longitude"],
                chart["western"]["mc_longitude"],
            ]
            for chart in charts
        ],
        dtype=np.float64,
    ).T.reshape(len(NATAL_POINTS), len(charts))


def transits(longitude: FloatArray, speed: FloatArray, natal: FloatArray) -> Transits:
    """Of planets (PLANETS) at tropical `longitude` with `speed` to natal points (NATAL_POINTS, n)."""
    light = np.array([name in aspects.LUMINARIES for name in PLANETS])
    natal_light = np.array([name in aspects.LUMINARIES for name in NATAL_POINTS])
    return Transits(
        aspects.between(
            longitude[:, None, None],
            speed[:, None, None],
            natal[None, :, :],
            0.0,
            (light[:, None] | natal_light[None, :])[:, :, None],
            orb_factor=_NARROWER,
        )
    )
