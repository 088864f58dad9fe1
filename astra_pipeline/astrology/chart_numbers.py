"""The numbers of birth charts: everything that is computed for many births at once, before any of it has words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from astra_pipeline.astrology import aspects, dasha, houses
from astra_pipeline.astrology.ayanamsa import lahiri
from astra_pipeline.astrology.births import Birth
from astra_pipeline.astrology.ephemeris import PLANETS, Positions, positions
from astra_pipeline.astrology.timescales import julian_date, terrestrial
from astra_pipeline.astrology.zodiac import (
    ELEMENTS,
    MODALITIES,
    FloatArray,
    IntArray,
    nakshatra_index,
    normalised,
    pada,
    sign_index,
)

VEDIC_POINTS = ("Sun", "Moon", "Mars", "Mercury", "Jupiter", "Venus", "Saturn", "Rahu", "Ketu")
PAIRS = [(a, b) for a in range(len(PLANETS)) for b in range(a + 1, len(PLANETS))]
"""The pairs of PLANETS between which aspects are sought, by index."""
_GRAHAS = tuple(PLANETS.index(name) for name in VEDIC_POINTS[:7])
_FIRST, _SECOND = (np.array(side) for side in zip(*PAIRS, strict=True))
_LUMINARY_PAIR = np.array([PLANETS[a] in aspects.LUMINARIES or PLANETS[b] in aspects.LUMINARIES for a, b in PAIRS])[
    :, None
]
# Axes to compare (points, births) with, one value a row: counts are sums over the points.
_HOUSES, _ELEMENTS, _MODALITIES = (
    np.arange(first, first + count)[:, None, None]
    for first, count in ((1, 12), (0, len(ELEMENTS)), (0, len(MODALITIES)))
)
_BITS = np.arange(len(VEDIC_POINTS))[:, None]
_UNIX_EPOCH_JD = 2440587.5


@dataclass(frozen=True)
class VedicPoints:
    """The VEDIC_POINTS in the sidereal zodiac: each array is (9, n), degrees and degrees a day."""

    sign: IntArray
    house: IntArray
    longitude: FloatArray
    speed: FloatArray
    nakshatra: IntArray
    pada: IntArray


@dataclass(frozen=True)
class WesternPoints:
    """The PLANETS in the tropical zodiac: each array is (10, n), degrees and degrees a day."""

    sign: IntArray
    house: IntArray
    longitude: FloatArray
    speed: FloatArray


@dataclass(frozen=True)
class Numbers:
    """The numbers of n charts; the last axis is the births, angles are in degrees."""

    vedic: VedicPoints
    western: WesternPoints
    angles: houses.Angles
    lagna: FloatArray
    """(n,) the ascendant in the sidereal zodiac."""
    ayanamsa: FloatArray
    mean_node: FloatArray
    true_node: FloatArray
    aspect: IntArray
    """(45, n) for each of PAIRS the index into `aspects.NAMES`, -1 where there is none."""
    orb: FloatArray
    """(45, n) degrees by which the angle is missed, to four places."""
    applying: np.ndarray
    closest: IntArray
    """(n,) the aspect with the smallest orb, an index into PAIRS; without meaning where there is none."""
    elements: IntArray
    """(4, n) the planets in each of `zodiac.ELEMENTS`."""
    modalities: IntArray
    """(3, n) the planets in each of `zodiac.MODALITIES`."""
    fullest: IntArray
    """(n,) the whole-sign house with the most of VEDIC_POINTS; of houses with as many, the first."""
    in_fullest: IntArray
    """(n,) the points in it: bit i stands for VEDIC_POINTS[i]."""
    periods: dasha.Dashas
    moments: np.ndarray
    """(n, 82) boundaries of the dasha's periods, UTC, datetime64[s]."""
    born_in: IntArray
    """(n,) the period 0..80 of the birth."""
    runs_now: IntArray
    """(n,) the period that runs now; -1 or 81 outside of the 120 years."""
    shown: IntArray
    """(n,) the period whose dates are shown: the running one; outside of the 120 years, that of the birth."""


def numbers(births: Sequence[Birth], *, now: dt.datetime, true_node: bool) -> Numbers:
    """The numbers of each birth's chart; `now` and `true_node` as in `chart.charts`."""
    jd_ut = julian_date([birth.utc for birth in births])
    sky = positions(jd_ut)
    angles = houses.angles(
        jd_ut, np.array([birth.latitude for birth in births]), np.array([birth.longitude for birth in births])
    )
    ayanamsa = lahiri(terrestrial(jd_ut))
    offset = ayanamsa + sky.nutation
    lagna = normalised(angles.ascendant - offset)
    sidereal, speeds = _sidereal_points(sky, offset, true_node=true_node)
    met = aspects.between(
        sky.longitude[_FIRST], sky.speed[_FIRST], sky.longitude[_SECOND], sky.speed[_SECOND], _LUMINARY_PAIR
    )
    orb = np.round(met.orb, 4)
    sign, house = sign_index(sky.longitude), houses.whole_sign_house(sidereal, lagna)
    fullest = (house == _HOUSES).sum(axis=1).argmax(axis=0) + 1
    periods = dasha.vimshottari(jd_ut, sidereal[1])
    born_in = periods.at(jd_ut)
    runs_now = periods.at(np.array([(now.timestamp() / 86400) + _UNIX_EPOCH_JD]))
    return Numbers(
        vedic=VedicPoints(
            sign=sign_index(sidereal),
            house=house,
            longitude=sidereal,
            speed=speeds,
            nakshatra=nakshatra_index(sidereal),
            pada=pada(sidereal),
        ),
        western=WesternPoints(
            sign=sign,
            house=houses.house_of(sky.longitude, angles.cusps),
            longitude=sky.longitude,
            speed=sky.speed,
        ),
        angles=angles,
        lagna=lagna,
        ayanamsa=ayanamsa,
        mean_node=sky.mean_node,
        true_node=sky.true_node,
        aspect=met.aspect,
        orb=orb,
        applying=met.applying,
        closest=np.where(met.aspect >= 0, orb, np.inf).argmin(axis=0),
        elements=(sign % len(ELEMENTS) == _ELEMENTS).sum(axis=1),
        modalities=(sign % len(MODALITIES) == _MODALITIES).sum(axis=1),
        fullest=fullest,
        in_fullest=((house == fullest) << _BITS).sum(axis=0),
        periods=periods,
        moments=np.rint((periods.boundaries - _UNIX_EPOCH_JD) * 86400).astype("datetime64[s]"),
        born_in=born_in,
        runs_now=runs_now,
        shown=np.where((runs_now >= 0) & (runs_now < len(dasha.PERIODS[0])), runs_now, born_in),
    )


def _sidereal_points(sky: Positions, offset: FloatArray, *, true_node: bool) -> tuple[FloatArray, FloatArray]:
    """(longitudes, speeds) of VEDIC_POINTS in the sidereal zodiac: degrees and degrees a day, each (9, n)."""
    node, node_speed = (sky.true_node, sky.true_node_speed) if true_node else (sky.mean_node, sky.mean_node_speed)
    points = np.concatenate([sky.longitude[list(_GRAHAS)], [node, node + 180]])
    speeds = np.concatenate([sky.speed[list(_GRAHAS)], [node_speed, node_speed]])
    return normalised(points - offset), speeds
