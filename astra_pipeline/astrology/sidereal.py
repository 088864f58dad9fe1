"""Longitudes in the sidereal zodiac (Lahiri), for searches over many moments."""

from __future__ import annotations

import numpy as np

from astra_pipeline.astrology.ayanamsa import lahiri
from astra_pipeline.astrology.ephemeris import PLANETS, frame, longitudes
from astra_pipeline.astrology.timescales import terrestrial
from astra_pipeline.astrology.zodiac import FloatArray, normalised


def sidereal_offset(jd_ut: FloatArray) -> FloatArray:
    """(n,) degrees to subtract from apparent tropical longitudes: the ayanamsa and the nutation of the moments."""
    jd_tt = terrestrial(np.atleast_1d(jd_ut))
    return lahiri(jd_tt) + np.degrees(frame(jd_tt).nutation)


def sidereal_longitudes(jd_ut: FloatArray, planets: tuple[str, ...] = PLANETS) -> FloatArray:
    """Sidereal longitudes of some planets, (len(planets), n), degrees in [0, 360)."""
    return normalised(longitudes(jd_ut, planets) - sidereal_offset(jd_ut))
