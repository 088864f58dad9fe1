"""Lahiri ayanamsa: from the tropical to the sidereal zodiac."""

from __future__ import annotations

from astra_pipeline.astrology.timescales import J2000
from astra_pipeline.astrology.zodiac import FloatArray

# Degrees on the mean equinox: 23°15'00.658" on 21 March 1956 (Indian Calendar Reform Committee; Indian
# Astronomical Ephemeris) less the nutation of that day, carried to J2000 with the precession below.
_AT_J2000 = 23.857092
# General precession in longitude, arcseconds in Julian centuries: Capitaine et al. (2003), IAU 2006, eq. 39.
_PRECESSION = (5028.796195, 1.1054348, 0.00007964, -0.000023857)


def lahiri(jd_tt: FloatArray) -> FloatArray:
    """Lahiri ayanamsa in degrees at Julian dates (TT), on the mean equinox.

    Subtract it from longitudes without nutation.
    """
    centuries = (jd_tt - J2000) / 36525
    total = 0.0 * centuries
    for coefficient in reversed(_PRECESSION):
        total = (total + coefficient) * centuries
    return _AT_J2000 + total / 3600
