"""Conversion of clock time into the time scales of the ephemeris."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from astra_pipeline.astrology.errors import UnusableBirth
from astra_pipeline.astrology.zodiac import FloatArray

FIRST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
LAST = dt.datetime(2053, 10, 1, tzinfo=dt.UTC)
"""Between these dates we compute: within JPL DE421, which covers 1899-07-29 to 2053-10-09."""
# In the east 1900 began in UTC's 1899.
_FROM = FIRST - dt.timedelta(days=1)

J2000 = 2451545.0
_UNIX_EPOCH_JD = 2440587.5
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_DELTA_T_FROM = 1900
# Seconds at the start of each year. To 2024: Astronomical Almanac, table K8 (USNO historic_deltat and deltat data).
# After: IERS predictions, then the parabola of Morrison, Stephenson, Hohenkerk and Zawilski (2021).
_DELTA_T = (
    # 1900
    -2.72, -1.54, -0.02, 1.24, 2.64, 3.86, 5.37, 6.14, 7.75, 9.13,
    # 1910
    10.46, 11.53, 13.36, 14.65, 16.01, 17.20, 18.24, 19.06, 20.25, 20.95,
    # 1920
    21.16, 22.25, 22.41, 23.03, 23.49, 23.62, 23.86, 24.49, 24.34, 24.08,
    # 1930
    24.02, 24.00, 23.87, 23.95, 23.86, 23.93, 23.73, 23.92, 23.96, 24.02,
    # 1940
    24.33, 24.83, 25.30, 25.70, 26.24, 26.77, 27.28, 27.78, 28.25, 28.71,
    # 1950
    29.15, 29.57, 29.97, 30.36, 30.72, 31.07, 31.35, 31.68, 32.18, 32.68,
    # 1960
    33.15, 33.59, 34.00, 34.47, 35.03, 35.73, 36.54, 37.43, 38.29, 39.20,
    # 1970
    40.18, 41.17, 42.23, 43.37, 44.49, 45.48, 46.46, 47.52, 48.53, 49.59,
    # 1980
    50.54, 51.38, 52.17, 52.96, 53.79, 54.34, 54.87, 55.32, 55.82, 56.30,
    # 1990
    56.86, 57.57, 58.31, 59.12, 59.98, 60.78, 61.63, 62.29, 62.97, 63.47,
    # 2000
    63.83, 64.09, 64.30, 64.47, 64.57, 64.69, 64.85, 65.15, 65.46, 65.78,
    # 2010
    66.07, 66.32, 66.60, 66.91, 67.28, 67.64, 68.10, 68.59, 68.97, 69.22,
    # 2020
    69.36, 69.36, 69.29, 69.20, 69.18, 69.14, 69.11, 69.10, 69.08, 69.07,
    # 2030
    69.08, 69.09, 69.12, 69.16, 69.20, 69.26, 69.33, 69.41, 69.51, 69.61,
    # 2040
    69.72, 69.85, 69.98, 70.13, 70.28, 70.45, 70.63, 70.81, 71.01, 71.22,
    # 2050
    71.44, 71.67, 71.92, 72.17, 72.43,
)  # fmt: skip


def julian_date(moments: Sequence[dt.datetime]) -> FloatArray:
    """Aware datetimes as Julian dates (UT).

    Raises UnusableBirth for a moment outside of 1900-2053.
    """
    for moment in moments:
        require_covered(moment)
    seconds = np.array([(moment - _EPOCH).total_seconds() for moment in moments], dtype=np.float64)
    return seconds / 86400.0 + _UNIX_EPOCH_JD


def require_covered(moment: dt.datetime) -> None:
    """Refuse a moment of a date that we do not compute for, with UnusableBirth."""
    if not _FROM <= moment < LAST:
        raise _uncovered(moment)


def require_date(date: dt.date) -> None:
    """Refuse a date that we do not compute for, with UnusableBirth."""
    if not FIRST.date() <= date < LAST.date():
        raise _uncovered(date)


def _uncovered(date: dt.date) -> UnusableBirth:
    return UnusableBirth(
        f"date {date:%Y-%m-%d} is outside of {FIRST:%Y} to {LAST:%Y-%m}, which the ephemeris covers"
    )


def moment(jd_ut: float) -> dt.datetime:
    """A Julian date (UT) as a UTC datetime, to the millisecond."""
    return _EPOCH + dt.timedelta(milliseconds=round((jd_ut - _UNIX_EPOCH_JD) * 86_400_000))


def terrestrial(jd_ut: Any) -> FloatArray:
    """Julian dates in TT for Julian dates in UT."""
    jd_ut = np.asarray(jd_ut, dtype=np.float64)
    return jd_ut + delta_t(jd_ut) / 86400.0


def delta_t(jd_ut: Any) -> FloatArray:
    """TT - UT1 in seconds, linear between the yearly values."""
    years = 2000.0 + (np.asarray(jd_ut, dtype=np.float64) - 2451544.5) / 365.2425
    return np.interp(years, np.arange(_DELTA_T_FROM, _DELTA_T_FROM + len(_DELTA_T)), _DELTA_T)
