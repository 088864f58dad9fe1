"""The sky of a year and more as a table, from which the transits of any chart are read without a search.

A sample is taken every six hours. Between samples longitudes run straight: the Moon's is right to 0.003 degrees,
all others to far less, so that a moment read from the table is right to a minute.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from astra_pipeline.astrology.ephemeris import PLANETS, positions
from astra_pipeline.astrology.sidereal import sidereal_offset
from astra_pipeline.astrology.signs import System
from astra_pipeline.astrology.timescales import FIRST, LAST, julian_date, moment
from astra_pipeline.astrology.zodiac import FloatArray, normalised, signed

NAMES = (*PLANETS, "Rahu")
"""The rows of the table. Ketu stands opposite Rahu."""
_STEP = 0.25
# Days to either side of a month: the planets that linger longest on a degree do so for less.
_AROUND = 220
# Degrees that no planet but the Moon goes in a day and a half.
_A_DAY_AT_MOST = 4.0


@dataclass(frozen=True)
class Contact:
    """A time in which a planet keeps within an orb of a degree, as Julian dates (UT).

    `begins` and `ends` are None where the table ends first. `peaks` are the moments of exactness, several when the
    planet turns back; the moment of least distance when it is never exact.
    """

    begins: float | None
    ends: float | None
    peaks: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class SkyTable:
    """Longitudes of NAMES from the Julian date `start` on, unwrapped (they run past 360), in degrees."""

    start: float
    tropical: FloatArray
    """(NAMES, samples)."""
    offset: FloatArray
    """(samples,) degrees to subtract for sidereal longitudes."""

    @cached_property
    def sidereal(self) -> FloatArray:
        return self.tropical - self.offset

    def longitudes(self, system: System) -> FloatArray:
        """(NAMES, samples) in the zodiac of the system."""
        return self.sidereal if system == "vedic" else self.tropical

    def at(self, planet: str, jd_ut: float, system: System) -> float:
        """The longitude of a planet at a moment of the table, degrees in [0, 360)."""
        row = self.longitudes(system)[NAMES.index(planet)]
        place, share = divmod((jd_ut - self.start) / _STEP, 1)
        at = min(max(int(place), 0), len(row) - 2)
        return float(normalised(row[at] + share * (row[at + 1] - row[at])))

    def crossed(self, planet: str, degrees: FloatArray, low: float, high: float, system: System) -> list[int]:
        """The places in `degrees` of those that a planet may be on in a span of moments.

        A first look at many degrees at once: `crossings` tells whether and when.
        """
        first, last = self._samples(low, high)
        row = self.longitudes(system)[NAMES.index(planet)]
        before, after = (signed(row[at] - degrees) for at in (first, last))
        near = (np.abs(before) < 90) & (np.abs(after) < 90)
        return np.flatnonzero(near & ((before >= 0) != (after >= 0))).tolist()

    def crossings(self, planet: str, degree: float, low: float, high: float, system: System) -> list[float]:
        """The moments from `low` up to but not including `high` at which a planet is exactly on a degree."""
        first, last = self._samples(low, high)
        apart = signed(self.longitudes(system)[NAMES.index(planet), first : last + 1] - degree)
        return [jd for jd in self._zeros(apart, first) if low <= jd < high]

    def contact(
        self, planet: str, degree: float, orb: float, low: float, high: float, system: System
    ) -> Contact | None:
        """The time within the orb of a degree that a day touches, or None. The planet is not the Moon."""
        row = self.longitudes(system)[NAMES.index(planet)]
        first, last = self._samples(low, high)
        if np.abs(signed(row[first] - degree)) > orb + _A_DAY_AT_MOST:
            return None
        apart = signed(row - degree)
        inside = np.abs(apart) <= orb
        touched = np.flatnonzero(inside[first : last + 1])
        if not len(touched):
            return None
        begin = end = first + int(touched[0])
        while begin > 0 and inside[begin - 1]:
            begin -= 1
        while end < len(inside) - 1 and inside[end + 1]:
            end += 1
        edge = np.abs(apart) - orb
        begins = None if begin == 0 else self._zero(edge, begin - 1)
        ends = None if end == len(inside) - 1 else self._zero(edge, end)
        if (begins is not None and begins >= high) or (ends is not None and ends < low):
            return None
        exact = tuple(self._zeros(apart[begin : end + 1], begin))
        nearest = self.start + (begin + int(np.argmin(np.abs(apart[begin : end + 1])))) * _STEP
        return Contact(begins, ends, exact or (nearest,))

    def stations(self, planet: str, low: float, high: float) -> Iterator[tuple[float, bool]]:
        """(moment, whether it turns retrograde) of the tropical stations in a span, each right to an hour."""
        first, last = self._samples(low - _STEP, high + _STEP)
        row = self.tropical[NAMES.index(planet), first : last + 1]
        speed = np.diff(row)
        for place in np.flatnonzero((speed[1:] < 0) != (speed[:-1] < 0)).tolist():
            # The speeds are those of the middles of the steps.
            share = speed[place] / (speed[place] - speed[place + 1])
            at = self.start + (first + place + 0.5 + share) * _STEP
            if low <= at < high:
                yield at, bool(speed[place + 1] < 0)

    def _samples(self, low: float, high: float) -> tuple[int, int]:
        """The sample at or before `low` and the one at or after `high`."""
        first, last = int(np.floor((low - self.start) / _STEP)), int(np.ceil((high - self.start) / _STEP))
        return max(first, 0), min(last, self.tropical.shape[1] - 1)

    def _zeros(self, apart: FloatArray, first: int) -> Iterator[float]:
        # A step over the far side of the circle is no crossing.
        near = (np.abs(apart[1:]) < 90) & (np.abs(apart[:-1]) < 90)
        for place in np.flatnonzero(near & ((apart[1:] >= 0) != (apart[:-1] >= 0))).tolist():
            yield self._zero(apart, place, first)

    def _zero(self, values: FloatArray, place: int, first: int = 0) -> float:
        """The moment at which values that run straight from one sample to the next are zero."""
        share = values[place] / (values[place] - values[place + 1])
        return float(self.start + (first + place + share) * _STEP)


def table_for(at: dt.datetime, *, node: str = "mean") -> SkyTable:
    """The table that reaches more than half a year to either side of a moment (UTC); `node` is "mean" or "true".

    One is kept for a month. Raises UnusableBirth for a moment outside of 1900-2053.
    """
    julian_date([at])
    return _of_month(at.year, at.month, node)


@lru_cache(maxsize=6)
def _of_month(year: int, month: int, node: str) -> SkyTable:
    middle = dt.datetime(year, month, 15, tzinfo=dt.UTC)
    reach = dt.timedelta(days=_AROUND + 17)
    low, high = julian_date([max(middle - reach, FIRST), min(middle + reach, LAST - dt.timedelta(days=1))])
    moments = np.arange(low, high, _STEP)
    sky = positions(moments)
    rahu = sky.true_node if node == "true" else sky.mean_node
    return SkyTable(
        start=float(low),
        tropical=np.unwrap(np.vstack([sky.longitude, rahu[None, :]]), period=360, axis=1),
        offset=sidereal_offset(moments),
    )


def utc(jd_ut: float) -> dt.datetime:
    """A Julian date (UT) as a UTC datetime, to the nearest minute."""
    return (moment(jd_ut) + dt.timedelta(seconds=30)).replace(second=0, microsecond=0)
