"""Eclipses of the Sun and the Moon, from the same positions as all other events.

Solar eclipses: the geometry of Bessel as in the Explanatory Supplement to the Astronomical Almanac (3rd ed., ch.
11) and J. Meeus, "Astronomical Algorithms" (2nd ed., ch. 54). Lunar eclipses: the Earth's shadow enlarged after
Danjon (1951), as in F. Espenak and J. Meeus, "Five Millennium Canon of Lunar Eclipses" (NASA, 2009).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from astra_pipeline.astrology.ephemeris import places
from astra_pipeline.astrology.lunar_months import part_of_month
from astra_pipeline.astrology.search import changes
from astra_pipeline.astrology.sidereal import sidereal_offset
from astra_pipeline.astrology.timescales import FIRST, LAST, julian_date, moment
from astra_pipeline.astrology.zodiac import FloatArray, normalised

Kind = Literal["total", "annular", "hybrid", "partial", "penumbral"]

# Equatorial radius of the Earth and radius of the Sun, km (IAU 1976, as in both canons).
_EARTH = 6378.137
_SUN = 696000.0
# Radii of the Moon in Earth radii: the whole disc, and the smaller one of total eclipses, through its valleys.
_MOON, _MOON_UMBRA = 0.2725076, 0.272281
# Polar radius of the Earth, seen from the side, in equatorial radii: the mean of Meeus.
_LIMB = 0.9972
# Danjon: the shadow is a hundredth of the Moon's parallax larger than geometry has it.
_ENLARGED = 1.01
# Beyond this latitude of the Moon (degrees) at the New or Full Moon there is no eclipse.
_LATITUDE = 1.7
# The greatest eclipse is within so many days of the New or Full Moon.
_NEAR = 0.06
_SAMPLES = 41


@dataclass(frozen=True)
class Eclipse:
    """One eclipse at its greatest, seen from the Earth as a whole."""

    at: dt.datetime
    """UTC, to the second or so."""
    body: Literal["Sun", "Moon"]
    kind: Kind
    longitude: float
    """Tropical longitude of the eclipsed body, degrees."""
    sidereal: float
    """The same in the sidereal zodiac (Lahiri)."""

    @property
    def name(self) -> str:
        """The eclipse in words: "Total lunar eclipse"."""
        return f"{self.kind.capitalize()} {'solar' if self.body == 'Sun' else 'lunar'} eclipse"

    @property
    def is_seen(self) -> bool:
        """False for a penumbral eclipse, which the eye does not notice and Vedic tradition does not observe."""
        return self.kind != "penumbral"


def eclipses(start: dt.datetime, end: dt.datetime) -> list[Eclipse]:
    """The eclipses whose greatest moment lies from `start` up to but not including `end`, in order."""
    found = [one for year in range(start.year, end.year + 1) for one in eclipses_of_year(year)]
    return [one for one in found if start <= one.at < end]


@lru_cache(maxsize=64)
def eclipses_of_year(year: int) -> tuple[Eclipse, ...]:
    """The eclipses of a UTC year, in order. Empty outside of the years that the ephemeris covers."""
    begin, end = (dt.datetime(number, 1, 1, tzinfo=dt.UTC) for number in (year, year + 1))
    low, high = max(begin, FIRST), min(end, LAST)
    if low >= high:
        return ()
    first, last = julian_date([low, high - dt.timedelta(days=1)])
    halves = changes(part_of_month(180), first - _NEAR, last + 1 + _NEAR, step=0.5)
    near = np.array([jd for jd, _, _ in halves])
    if not len(near):
        return ()
    latitude = np.abs(places(near, ("Moon",))[1][0])
    found = [
        eclipse
        for (jd, _, half), off in zip(halves, latitude.tolist(), strict=True)
        if off < _LATITUDE and (eclipse := _eclipse(jd, "Sun" if half == 0 else "Moon")) is not None
    ]
    return tuple(one for one in found if low <= one.at < high)


def _eclipse(near: float, body: Literal["Sun", "Moon"]) -> Eclipse | None:
    """The eclipse of the body at the New or Full Moon `near` (Julian date, UT), if there is one."""
    if body == "Sun":
        greatest = _least(lambda jd: np.abs(_axis(jd)[0]), near)
        kind = _solar_kind(*(float(value[0]) for value in _axis(np.array([greatest]))))
    else:
        greatest = _least(lambda jd: _off_shadow(jd)[0], near)
        kind = _lunar_kind(*(float(value[0]) for value in _off_shadow(np.array([greatest]))))
    if kind is None:
        return None
    at = np.array([greatest])
    longitude = float(normalised(places(at, (body,))[0][0])[0])
    sidereal = float(normalised(longitude - sidereal_offset(at))[0])
    return Eclipse(moment(greatest), body, kind, longitude, sidereal)


def _least(distance: Callable[[FloatArray], FloatArray], near: float) -> float:
    """The Julian date at which a distance is least: ever finer samples about the least one."""
    reach = _NEAR
    while reach > 1e-6:
        moments = np.linspace(near - reach, near + reach, _SAMPLES)
        near = float(moments[int(np.argmin(distance(moments)))])  # type: ignore[operator]
        reach /= 10
    return near


def _vectors(jd_ut: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(Sun, Moon) as seen from the Earth's centre, in Earth radii on the ecliptic of date, each (n, 3)."""
    longitude, latitude, distance = places(jd_ut, ("Sun", "Moon"))
    longitude, latitude = np.radians(longitude), np.radians(latitude)
    unit = np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=-1
    )
    sun, moon = unit * (distance / _EARTH)[..., None]
    return sun, moon


def _axis(jd_ut: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(gamma, penumbra, umbra): of the Moon's shadow in the plane through the Earth's centre, in Earth radii.

    Gamma is the distance of the shadow's axis from the centre; the others are the radii of the cones, the umbra's
    negative where the Moon covers the whole Sun.
    """
    sun, moon = _vectors(jd_ut)
    apart = np.linalg.norm(sun - moon, axis=-1)
    axis = (sun - moon) / apart[:, None]
    height = np.einsum("ni,ni->n", moon, axis)
    gamma = np.linalg.norm(moon - height[:, None] * axis, axis=-1)
    outer = np.arcsin((_SUN / _EARTH + _MOON) / apart)
    inner = np.arcsin((_SUN / _EARTH - _MOON_UMBRA) / apart)
    penumbra = height * np.tan(outer) + _MOON / np.cos(outer)
    umbra = height * np.tan(inner) - _MOON_UMBRA / np.cos(inner)
    return gamma, penumbra, umbra


def _solar_kind(gamma: float, penumbra: float, umbra: float) -> Kind | None:
    if gamma > _LIMB + penumbra:
        return None
    if gamma > _LIMB + abs(umbra):
        return "partial"
    if umbra < 0:
        return "total"
    # On the ground below the axis the cone is narrower than in the plane through the centre: Meeus, ch. 54.
    return "hybrid" if gamma < _LIMB and umbra < 0.00464 * np.sqrt(1 - gamma**2) else "annular"


def _off_shadow(jd_ut: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """(distance of the Moon's centre from the shadow's axis, radii of umbra, penumbra and Moon), radians."""
    sun, moon = _vectors(jd_ut)
    sun_distance, moon_distance = np.linalg.norm(sun, axis=-1), np.linalg.norm(moon, axis=-1)
    across = np.linalg.norm(np.cross(moon, -sun), axis=-1)
    along = np.einsum("ni,ni->n", moon, -sun)
    parallax, sun_parallax = np.arcsin(1 / moon_distance), np.arcsin(1 / sun_distance)
    sun_radius = np.arcsin(_SUN / _EARTH / sun_distance)
    shadow = _ENLARGED * parallax + sun_parallax
    return np.arctan2(across, along), shadow - sun_radius, shadow + sun_radius, np.arcsin(_MOON / moon_distance)


def _lunar_kind(off: float, umbra: float, penumbra: float, radius: float) -> Kind | None:
    if off > penumbra + radius:
        return None
    if off > umbra + radius:
        return "penumbral"
    return "total" if off < umbra - radius else "partial"
