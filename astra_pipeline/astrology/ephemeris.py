"""Apparent geocentric positions of Sun, Moon and planets from JPL DE421, for many moments at once.

Measured against Swiss Ephemeris 1920-2050: planets to 0.3", Sun and Moon to 0.01". The steps and their order are
those of the IAU standards as the Explanatory Supplement to the Astronomical Almanac (3rd ed., ch. 7) gives them:
light time, deflection by the Sun, aberration, bias-precession-nutation, ecliptic of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import erfa
import numpy as np

from astra_pipeline.astrology.kernel import path
from astra_pipeline.astrology.timescales import J2000, terrestrial
from astra_pipeline.astrology.zodiac import FloatArray, normalised, signed

VERSION = "2"
"""The version of everything that is computed here: raised when a stored chart must be computed anew."""
EPHEMERIS = "JPL DE421"

PLANETS = ("Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto")
"""The order of the first axis of every array of positions."""

# NAIF numbers. From Mars outwards the system's barycentre serves: the planet stays within 0.1" of it.
_TARGETS = {"Mercury": 1, "Venus": 2, "Mars": 4, "Jupiter": 5, "Saturn": 6, "Uranus": 7, "Neptune": 8, "Pluto": 9}
_SUN, _EARTH_MOON, _MOON, _EARTH = 10, 3, 301, 399
_AU_KM = 149597870.7
_LIGHT_DAYS_PER_KM = 1 / (299792.458 * 86400)
_LIGHT_KM_PER_DAY = 299792.458 * 86400
# Keeps the formula finite for a planet right behind the Sun. Behind the disk (one moment in 2,000 for some planet)
# nobody sees it and conventions differ by arcseconds; ours is that of NOVAS and skyfield, the formula as it is.
_DEFLECTION_LIMIT = 1e-9
# Half the interval over which speeds are measured: short for the Moon, long enough for double precision.
_STEP_DAYS = 0.002


@dataclass(frozen=True)
class Frame:
    """The rotation of the celestial frame into the ecliptic and equinox of each date. Angles in radians."""

    to_equator: FloatArray
    """(n, 3, 3): GCRS to true equator and equinox of date."""
    obliquity: FloatArray
    """(n,) true obliquity."""
    nutation: FloatArray
    """(n,) nutation in longitude."""
    mean_obliquity: FloatArray

    @cached_property
    def _tilt(self) -> tuple[FloatArray, FloatArray]:
        return np.sin(self.obliquity), np.cos(self.obliquity)

    def ecliptic(self, vector: FloatArray) -> FloatArray:
        """A vector (n, 3) turned from GCRS into the ecliptic and true equinox of date."""
        x, y, z = np.einsum("nij,nj->in", self.to_equator, vector)
        sine, cosine = self._tilt
        return np.stack([x, y * cosine + z * sine, z * cosine - y * sine], axis=-1)


@dataclass(frozen=True)
class Positions:
    """Positions seen from the Earth's centre, on the ecliptic and true equinox of date, in degrees.

    The first axis is PLANETS, the second the moments.
    """

    longitude: FloatArray
    latitude: FloatArray
    speed: FloatArray
    """The change of the longitude, degrees a day."""
    nutation: FloatArray
    """(n,) nutation in longitude, degrees: subtract it for longitudes on the mean equinox."""
    mean_node: FloatArray
    """(n,) longitude of the ascending node of the Moon's orbit."""
    mean_node_speed: FloatArray
    true_node: FloatArray
    true_node_speed: FloatArray

    @property
    def retrograde(self) -> np.ndarray:
        return self.speed < 0


def positions(jd_ut: FloatArray) -> Positions:
    """Positions and speeds at Julian dates (UT), an array of shape (n,)."""
    jd_tt = terrestrial(np.atleast_1d(jd_ut))
    # Both moments of all births at once: numpy's work is by the call as much as by the number.
    both = _snapshot(np.concatenate([jd_tt - _STEP_DAYS, jd_tt + _STEP_DAYS]))
    before, after = zip(*(np.split(values, 2, axis=-1) for values in both), strict=True)
    # The mean of two positions 6 minutes apart is the position between them to 0.004", the Moon's included.
    middle = [low + signed(high - low) / 2 for low, high in zip(before, after, strict=True)]
    rates = [signed(high - low) / (2 * _STEP_DAYS) for low, high in zip(before, after, strict=True)]
    longitude, latitude, nutation, mean_node, true_node = middle
    return Positions(
        longitude=normalised(longitude),
        latitude=latitude,
        speed=rates[0],
        nutation=nutation,
        mean_node=normalised(mean_node),
        mean_node_speed=rates[3],
        true_node=normalised(true_node),
        true_node_speed=rates[4],
    )


def longitudes(jd_ut: FloatArray, planets: tuple[str, ...] = PLANETS) -> FloatArray:
    """Apparent longitudes of some planets: (len(planets), n). Searches for events evaluate only these."""
    jd_tt = terrestrial(np.atleast_1d(jd_ut))
    return _apparent(jd_tt, planets, frame(jd_tt))[0]


def places(jd_ut: FloatArray, planets: tuple[str, ...]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(longitude, latitude, distance) of some planets, each (len(planets), n): degrees, degrees and km.

    The longitudes are in [-180, 180], apparent like the latitudes; the distance is that which the light has come.
    """
    jd_tt = terrestrial(np.atleast_1d(jd_ut))
    longitude, latitude = _apparent(jd_tt, planets, frame(jd_tt))
    earth = _position(0, _EARTH_MOON, jd_tt) + _position(_EARTH_MOON, _EARTH, jd_tt)
    seen = [_light_time(planet, jd_tt, earth, _barycentric(planet, jd_tt))[0] for planet in planets]
    return longitude, latitude, np.linalg.norm(np.array(seen), axis=-1)


def frame(jd_tt: FloatArray) -> Frame:
    """Precession IAU 2006 with nutation IAU 2000B at Julian dates (TT)."""
    days = jd_tt - J2000
    nutation, in_obliquity = erfa.nut00b(J2000, days)
    mean_obliquity, _, _, _, _, matrix = erfa.pn06(J2000, days, nutation, in_obliquity)
    return Frame(
        to_equator=matrix, obliquity=mean_obliquity + in_obliquity, nutation=nutation, mean_obliquity=mean_obliquity
    )


def _snapshot(jd_tt: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """(longitude, latitude, nutation, mean node, true node), degrees."""
    of_date = frame(jd_tt)
    longitude, latitude = _apparent(jd_tt, PLANETS, of_date)
    nutation = np.degrees(of_date.nutation)
    # Fundamental argument of the IERS Conventions (2010), 5.43, on the mean equinox of date.
    mean_node = np.degrees(erfa.faom03((jd_tt - J2000) / 36525)) + nutation
    return longitude, latitude, nutation, mean_node, _true_node(jd_tt, of_date)


def _true_node(jd_tt: FloatArray, of_date: Frame) -> FloatArray:
    """(n,) longitude at which the plane of the Moon's momentary motion cuts the ecliptic, degrees."""
    moon, moon_speed = path(_EARTH_MOON, _MOON).motion(jd_tt)
    earth, earth_speed = path(_EARTH_MOON, _EARTH).motion(jd_tt)
    normal = of_date.ecliptic(np.cross((moon - earth).T, (moon_speed - earth_speed).T))
    return np.degrees(np.arctan2(normal[:, 0], -normal[:, 1]))


def _apparent(jd_tt: FloatArray, planets: tuple[str, ...], of_date: Frame) -> tuple[FloatArray, FloatArray]:
    """(longitude, latitude) in degrees, each (len(planets), n); longitudes in [-180, 180]."""
    centre, centre_speed = path(0, _EARTH_MOON).motion(jd_tt)
    offset, offset_speed = path(_EARTH_MOON, _EARTH).motion(jd_tt)
    earth = (centre + offset).T
    velocity = (centre_speed + offset_speed).T / _LIGHT_KM_PER_DAY
    sun = _barycentric("Sun", jd_tt)
    from_sun = earth - sun
    sun_distance = np.linalg.norm(from_sun, axis=-1)
    towards_earth = from_sun / sun_distance[:, None]
    gamma_inverse = np.sqrt(1 - np.einsum("ni,ni->n", velocity, velocity))

    found = np.empty((2, len(planets), len(jd_tt)))
    for row, planet in enumerate(planets):
        seen, emitted = _light_time(planet, jd_tt, earth, sun if planet == "Sun" else _barycentric(planet, jd_tt))
        direction = seen / np.linalg.norm(seen, axis=-1)[:, None]
        if planet not in ("Sun", "Moon"):
            sun_to_planet = emitted - sun
            sun_to_planet /= np.linalg.norm(sun_to_planet, axis=-1)[:, None]
            direction = erfa.ld(
                1.0, direction, sun_to_planet, towards_earth, sun_distance / _AU_KM, _DEFLECTION_LIMIT
            )
        direction = erfa.ab(direction, velocity, sun_distance / _AU_KM, gamma_inverse)
        x, y, z = of_date.ecliptic(direction).T
        found[:, row] = np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.clip(z, -1, 1)))
    return found[0], found[1]


def _light_time(
    planet: str, jd_tt: FloatArray, earth: FloatArray, emitted: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(vector from the Earth, barycentric position) of the planet when the light we see left it; km, (n, 3).

    `emitted` is where the planet is now.
    """
    for _ in range(2):
        delay = np.linalg.norm(emitted - earth, axis=-1) * _LIGHT_DAYS_PER_KM
        emitted = _barycentric(planet, jd_tt - delay)
    return emitted - earth, emitted


def _barycentric(planet: str, jd_tt: FloatArray) -> FloatArray:
    """Position from the solar system's barycentre, km, (n, 3). TT serves for TDB: they differ by 2 ms."""
    if planet == "Sun":
        return _position(0, _SUN, jd_tt)
    if planet == "Moon":
        return _position(0, _EARTH_MOON, jd_tt) + _position(_EARTH_MOON, _MOON, jd_tt)
    return _position(0, _TARGETS[planet], jd_tt)


def _position(centre: int, target: int, jd_tt: FloatArray) -> FloatArray:
    return path(centre, target).position(jd_tt).T
