"""The lunar months of the Hindu calendar and the tithis in them, from one New Moon to the next (amanta).

Source: S. K. Chatterjee, "Indian Calendric System" (1988), and the Report of the Calendar Reform Committee (1955):
a month has the name of the sidereal sign that the Sun enters in it, Chaitra for Aries; a month in which the Sun
enters none is a leap month (adhika) and has the name of the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from astra_pipeline.astrology.ephemeris import longitudes
from astra_pipeline.astrology.search import State, changes
from astra_pipeline.astrology.sidereal import sidereal_longitudes
from astra_pipeline.astrology.zodiac import FloatArray, IntArray, normalised, sign_index

MONTHS = (
    "Chaitra",
    "Vaishakha",
    "Jyeshtha",
    "Ashadha",
    "Shravana",
    "Bhadrapada",
    "Ashvina",
    "Kartika",
    "Margashirsha",
    "Pausha",
    "Magha",
    "Phalguna",
)
# Days of which one holds the next New Moon.
_A_MONTH = 31.0
# The shortest tithi lasts 19 hours.
_TITHI_STEP = 0.25


@dataclass(frozen=True)
class LunarMonth:
    """A month from New Moon to New Moon, both as Julian dates (UT)."""

    name: str
    leap: bool
    begins: float
    ends: float

    @property
    def purnimanta(self) -> str:
        """The name of the month's dark half where months end with the Full Moon, as in the north of India.

        The bright half has the same name in both reckonings.
        """
        return MONTHS[(MONTHS.index(self.name) + 1) % 12]


@dataclass(frozen=True)
class Tithi:
    """One tithi: its number 0..29 from the New Moon, its month, and its bounds as Julian dates (UT)."""

    number: int
    month: LunarMonth
    begins: float
    ends: float


def part_of_month(degrees: int) -> State:
    """The number of the part of the month that a moment lies in; a part is so many degrees long, from New Moon."""

    def part(jd: FloatArray) -> IntArray:
        sun, moon = longitudes(jd, ("Sun", "Moon"))
        return np.floor_divide(normalised(moon - sun), degrees).astype(np.int64)

    return part


def months(start: float, end: float) -> list[LunarMonth]:
    """The months that any moment between two Julian dates (UT) lies in, in order."""
    halves = changes(part_of_month(180), start - _A_MONTH, end + _A_MONTH, step=1.0)
    new_moons = [jd for jd, _, half in halves if half == 0]
    signs = sign_index(sidereal_longitudes(np.array(new_moons), ("Sun",))[0]).tolist()
    found = [
        LunarMonth(MONTHS[(sign + 1) % 12], leap=following == sign, begins=begins, ends=ends)
        for begins, ends, sign, following in zip(new_moons, new_moons[1:], signs, signs[1:], strict=False)
    ]
    return [month for month in found if month.ends > start and month.begins < end]


def tithis(start: float, end: float) -> list[Tithi]:
    """The tithis of the months between two Julian dates (UT), in order."""
    whole = months(start, end)
    if not whole:
        return []
    bounds = changes(
        part_of_month(12), whole[0].begins - _TITHI_STEP, whole[-1].ends + _TITHI_STEP, step=_TITHI_STEP
    )
    found = []
    for (begins, _, number), (ends, _, _) in pairwise(bounds):
        middle = (begins + ends) / 2
        month = next((month for month in whole if month.begins < middle < month.ends), None)
        if month is not None:
            found.append(Tithi(number, month, begins, ends))
    return found
