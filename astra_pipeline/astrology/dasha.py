"""Vimshottari dasha: the 120 years of periods that the Moon's nakshatra sets running at birth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from astra_pipeline.astrology.zodiac import NAKSHATRA_SPAN, FloatArray, IntArray, nakshatra_index

YEARS = {
    "Ketu": 7,
    "Venus": 20,
    "Sun": 6,
    "Moon": 10,
    "Mars": 7,
    "Rahu": 18,
    "Jupiter": 16,
    "Saturn": 19,
    "Mercury": 17,
}
"""Lord -> years of its mahadasha, in their order (Brihat Parashara Hora Shastra)."""
LORDS = tuple(YEARS)
DAYS_A_YEAR = 365.25
_CYCLE = sum(YEARS.values())
_MINUTE = 60_000_000_000


def _boundaries() -> FloatArray:
    """(9, 82): days from the cycle's start to each antardasha's start, and its end, by first lord."""
    years = np.array(list(YEARS.values()), dtype=np.float64)
    rows = []
    for first in range(9):
        mahadashas = np.roll(years, -first)
        antardashas = np.concatenate(
            [length * np.roll(years, -(first + turn)) / _CYCLE for turn, length in enumerate(mahadashas)]
        )
        rows.append(np.concatenate([[0.0], np.cumsum(antardashas)]) * DAYS_A_YEAR)
    return np.array(rows)


_BOUNDARIES = _boundaries()
PERIODS = tuple(
    tuple(
        (LORDS[(first + turn) % 9], LORDS[(first + turn + subturn) % 9])
        for turn in range(9)
        for subturn in range(9)
    )
    for first in range(9)
)
"""By first lord: (mahadasha, antardasha) of the 81 periods in turn."""


@dataclass(frozen=True)
class Dashas:
    """The antardashas of each birth: row b holds 82 boundaries; 81 periods lie between them."""

    first_lord: IntArray
    """(n,) index into LORDS of the mahadasha at birth."""
    boundaries: NDArray[np.float64]
    """(n, 82) Julian dates (UT). The first lies before birth, unless the Moon had just entered its nakshatra."""

    def at(self, jd_ut: FloatArray) -> IntArray:
        """(n,) period 0..80 that runs at a Julian date (UT); -1 before the first, 81 after the last."""
        moments = np.broadcast_to(jd_ut, self.first_lord.shape)
        return (self.boundaries <= moments[:, None]).sum(axis=1) - 1


def vimshottari(jd_ut: FloatArray, sidereal_moon: FloatArray) -> Dashas:
    """Periods of births at Julian dates (UT) with the Moon at sidereal longitudes in [0, 360)."""
    nakshatra = nakshatra_index(sidereal_moon)
    first = nakshatra % 9
    gone = sidereal_moon / NAKSHATRA_SPAN - nakshatra
    length = np.array(list(YEARS.values()), dtype=np.float64)[first] * DAYS_A_YEAR
    return Dashas(first_lord=first, boundaries=(jd_ut - gone * length)[:, None] + _BOUNDARIES[first])
