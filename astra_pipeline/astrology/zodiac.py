"""Signs, nakshatras and padas: the names of longitudes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from astra_pipeline.astrology.signs import SIGNS as SIGNS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ELEMENTS = ("fire", "earth", "air", "water")
"""The elements of the signs in turn: Aries fire, Taurus earth, ..."""
MODALITIES = ("cardinal", "fixed", "mutable")
"""The modalities of the signs in turn: Aries cardinal, Taurus fixed, ..."""
NAKSHATRAS = (
    "Ashwini",
    "Bharani",
    "Krittika",
    "Rohini",
    "Mrigashira",
    "Ardra",
    "Punarvasu",
    "Pushya",
    "Ashlesha",
    "Magha",
    "Purva Phalguni",
    "Uttara Phalguni",
    "Hasta",
    "Chitra",
    "Swati",
    "Vishakha",
    "Anuradha",
    "Jyeshtha",
    "Mula",
    "Purva Ashadha",
    "Uttara Ashadha",
    "Shravana",
    "Dhanishta",
    "Shatabhisha",
    "Purva Bhadrapada",
    "Uttara Bhadrapada",
    "Revati",
)
NAKSHATRA_SPAN = 360 / len(NAKSHATRAS)


def normalised(degrees: Any) -> FloatArray:
    """Degrees in [0, 360)."""
    reduced = np.mod(np.asarray(degrees, dtype=np.float64), 360.0)
    # A tiny negative number is rounded up to 360 itself.
    return np.where(reduced >= 360.0, 0.0, reduced)


def signed(degrees: Any) -> FloatArray:
    """Degrees in [-180, 180)."""
    return normalised(np.asarray(degrees) + 180.0) - 180.0


def sign_index(longitude: FloatArray) -> IntArray:
    """0 Aries .. 11 Pisces, for longitudes in [0, 360)."""
    return np.minimum(np.floor_divide(longitude, 30.0), 11).astype(np.int64)


def nakshatra_index(sidereal_longitude: FloatArray) -> IntArray:
    """0 Ashwini .. 26 Revati, for sidereal longitudes in [0, 360)."""
    return np.minimum(np.floor(sidereal_longitude * (27 / 360)), 26).astype(np.int64)


def pada(sidereal_longitude: FloatArray) -> IntArray:
    """Quarter of the nakshatra, 1..4."""
    return np.minimum(np.floor(sidereal_longitude * (108 / 360)), 107).astype(np.int64) % 4 + 1


DEGREE_TEXTS = tuple(f"{minutes // 60}°{minutes % 60:02d}'" for minutes in range(30 * 60))
"""The degrees and whole minutes within a sign, in turn."""


def degree_index(longitude: FloatArray) -> IntArray:
    """The places in DEGREE_TEXTS of longitudes in [0, 360)."""
    return (longitude * 60).astype(np.int64) % len(DEGREE_TEXTS)


def degree_text(longitude: float) -> str:
    """Degrees and whole minutes within the sign: 27°14' for 147.24."""
    return DEGREE_TEXTS[int(longitude * 60) % len(DEGREE_TEXTS)]
