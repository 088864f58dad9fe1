"""Aspects: five angles, one table of orbs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from astra_pipeline.astrology.zodiac import FloatArray, IntArray, signed


@dataclass(frozen=True)
class Aspect:
    """An angle between two points. `orb` is what it may miss by; `orb_luminary` with Sun or Moon in it."""

    name: str
    angle: float
    orb: float
    orb_luminary: float


ASPECTS = (
    Aspect("conjunction", 0, 8, 10),
    Aspect("sextile", 60, 5, 6),
    Aspect("square", 90, 7, 8),
    Aspect("trine", 120, 7, 8),
    Aspect("opposition", 180, 8, 10),
)
NAMES = tuple(aspect.name for aspect in ASPECTS)
LUMINARIES = ("Sun", "Moon")
_ANGLES = np.array([aspect.angle for aspect in ASPECTS], dtype=np.float64)


@dataclass(frozen=True)
class Found:
    """Aspects between broadcast arrays of points."""

    aspect: IntArray
    """Index into ASPECTS, -1 where there is none."""
    orb: FloatArray
    """Degrees by which the angle is missed, never negative; without meaning where there is no aspect."""
    applying: np.ndarray
    """True while the angle is still being approached."""


def between(
    longitude: FloatArray,
    speed: FloatArray | float,
    other: FloatArray,
    other_speed: FloatArray | float,
    luminary: np.ndarray | bool,
    *,
    orb_factor: float = 1.0,
) -> Found:
    """Aspects of points at `longitude` to points at `other` (degrees; speeds in degrees a day).

    `luminary` is true where Sun or Moon is one of the two. Arrays are broadcast against each other, so a
    (planets, 1, 1) sky meets (1, points, users) natal charts in one call; natal points have speed 0.
    """
    difference = signed(longitude - other)
    apart = np.abs(difference)
    which = np.full(apart.shape, -1)
    # Orbs are narrower than half the distance between angles, so at most one aspect fits.
    for place, aspect in enumerate(ASPECTS):
        allowed = np.where(luminary, aspect.orb_luminary, aspect.orb) * orb_factor
        which[np.abs(apart - aspect.angle) <= allowed] = place
    angle = _ANGLES[which]
    gap = apart - angle
    widening = np.sign(difference) * (np.asarray(speed) - np.asarray(other_speed))
    # Of a conjunction met exactly the sign is 0: it applies no longer.
    return Found(aspect=which, orb=np.abs(gap), applying=np.sign(gap) * widening < 0)
