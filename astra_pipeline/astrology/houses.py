"""Ascendant, midheaven and houses."""

from __future__ import annotations

from dataclasses import dataclass

import erfa
import numpy as np

from astra_pipeline.astrology.ephemeris import frame
from astra_pipeline.astrology.timescales import J2000, terrestrial
from astra_pipeline.astrology.zodiac import FloatArray, IntArray, normalised, sign_index

# House -> (right ascension from the midheaven, share of the semi-arc), after Placidus.
_CUSPS = {11: (30.0, 1 / 3), 12: (60.0, 2 / 3), 2: (120.0, 2 / 3), 3: (150.0, 1 / 3)}
_ITERATIONS = 200
_CLOSE_ENOUGH = 1e-10


@dataclass(frozen=True)
class Angles:
    """Ascendant, midheaven and house cusps, in degrees of tropical longitude; the last axis is the births."""

    ascendant: FloatArray
    midheaven: FloatArray
    cusps: FloatArray
    """(12, n): cusps by Placidus, or by whole signs where Placidus does not exist."""
    placidus: np.ndarray
    """(n,) False beyond the polar circles, where some degrees of the ecliptic never rise."""


def angles(jd_ut: FloatArray, latitude: FloatArray, longitude: FloatArray) -> Angles:
    """The angles at Julian dates (UT) for geographic coordinates in degrees, north and east positive."""
    jd_tt = terrestrial(jd_ut)
    of_date = frame(jd_tt)
    days_ut, days_tt = jd_ut - J2000, jd_tt - J2000
    # GAST = GMST (IAU 2006) + equation of the equinoxes, complementary terms included.
    equinoxes = of_date.nutation * np.cos(of_date.mean_obliquity) + erfa.eect00(J2000, days_tt)
    sidereal = erfa.gmst06(J2000, days_ut, J2000, days_tt) + equinoxes + np.radians(longitude)
    phi = np.radians(latitude)
    obliquity = of_date.obliquity

    midheaven = np.arctan2(np.sin(sidereal), np.cos(sidereal) * np.cos(obliquity))
    rising = np.arctan2(np.cos(sidereal), -(np.sin(sidereal) * np.cos(obliquity) + np.tan(phi) * np.sin(obliquity)))
    ascendant, midheaven = normalised(np.degrees(rising)), normalised(np.degrees(midheaven))
    # Beyond the polar circles the formula may give the point that sets: the one that rises follows the midheaven.
    ascendant = np.where(normalised(ascendant - midheaven) > 180, normalised(ascendant + 180), ascendant)
    exists = np.abs(phi) + obliquity < np.pi / 2
    cusps = whole_signs(ascendant)
    if exists.any():
        quarters = _placidus(sidereal[exists], phi[exists], obliquity[exists])
        quarters |= {1: ascendant[exists], 10: midheaven[exists]}
        for house, degrees in quarters.items():
            cusps[house - 1, exists] = degrees
            cusps[(house + 5) % 12, exists] = normalised(degrees + 180)
    return Angles(ascendant=ascendant, midheaven=midheaven, cusps=cusps, placidus=exists)


def _placidus(sidereal: FloatArray, phi: FloatArray, obliquity: FloatArray) -> dict[int, FloatArray]:
    """Cusps 11, 12, 2, 3 in degrees: the points that have gone a third or two of their own semi-arc.

    A fixed point in right ascension; it converges slowly towards the polar circles.
    """
    found: dict[int, FloatArray] = {}
    slant, height = np.tan(obliquity), np.tan(phi)
    for house, (offset, share) in _CUSPS.items():
        base = sidereal + np.radians(offset)
        ascension = base
        for _ in range(_ITERATIONS):
            declination = np.arctan(slant * np.sin(ascension))
            rise = np.arcsin(np.clip(height * np.tan(declination), -1, 1))
            following = base + share * rise
            settled = np.max(np.abs(following - ascension)) < _CLOSE_ENOUGH
            ascension = following
            if settled:
                break
        longitude = np.arctan2(np.sin(ascension), np.cos(ascension) * np.cos(obliquity))
        found[house] = normalised(np.degrees(longitude))
    return found


def whole_signs(ascendant: FloatArray) -> FloatArray:
    """Cusps of whole-sign houses (12, n): each house is a sign, the first is the ascendant's."""
    return normalised(sign_index(ascendant) * 30.0 + np.arange(12)[:, None] * 30.0)


def house_of(longitude: FloatArray, cusps: FloatArray) -> IntArray:
    """The house 1..12 of longitudes (..., n) among cusps (12, n). A planet on a cusp is in the house it opens."""
    beyond = normalised(longitude[..., None, :] - cusps[0])
    opens = normalised(cusps - cusps[0])
    return (beyond >= opens).sum(axis=-2)


def whole_sign_house(longitude: FloatArray, ascendant: FloatArray) -> IntArray:
    """The house 1..12 of longitudes by whole signs."""
    return (sign_index(longitude) - sign_index(ascendant)) % 12 + 1
