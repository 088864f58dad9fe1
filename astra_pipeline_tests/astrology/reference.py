"""Skyfield's view of the sky: an independent pipeline over the same DE421, for tests of landmarks."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import numpy as np
from skyfield.api import Loader
from skyfield.framelib import ecliptic_frame
from skyfield.nutationlib import iau2000a_radians
from skyfield_data import get_skyfield_data_path

_NAMES = {"Sun": "sun", "Moon": "moon", "Mercury": "mercury", "Venus": "venus"}
# The official 23°15'00.658" of 21 March 1956 holds the nutation of that day.
_OFFICIAL_JD, _OFFICIAL = 2435553.5, 23 + 15 / 60 + 0.658 / 3600


@cache
def kernel() -> Any:
    return Loader(get_skyfield_data_path(), verbose=False)("de421.bsp")


@cache
def scale() -> Any:
    return Loader(get_skyfield_data_path(), verbose=False).timescale(builtin=True)


def moments(start: dt.datetime, end: dt.datetime, *, hours: float) -> Any:
    """Skyfield's times from one moment to another, so many hours apart."""
    return scale().utc(
        start.year, start.month, start.day, np.arange(0, (end - start).total_seconds() / 3600, hours) + start.hour
    )


def tropical(body: str, times: Any) -> np.ndarray:
    """Apparent longitudes of a body on the true ecliptic of date, degrees."""
    target = kernel()[_NAMES.get(body, f"{body.lower()} barycenter")]
    apparent = kernel()["earth"].at(times).observe(target).apparent()
    return np.asarray(apparent.frame_latlon(ecliptic_frame)[1].degrees)


def ayanamsa(times: Any) -> np.ndarray:
    """Lahiri with nutation, degrees: precession by the first two terms of IAU 2006, written out anew."""

    def precessed(jd: Any) -> Any:
        centuries = (np.asarray(jd) - 2451545.0) / 36525
        return (5028.796195 * centuries + 1.1054348 * centuries**2) / 3600

    then = float(np.degrees(iau2000a_radians(scale().tt_jd(_OFFICIAL_JD))[0]))
    now = np.degrees(iau2000a_radians(times)[0])
    return _OFFICIAL - then + precessed(times.tt) - precessed(_OFFICIAL_JD) + now


def longitudes(body: str, times: Any, system: str) -> np.ndarray:
    """Longitudes in the zodiac of a system, degrees."""
    degrees = tropical(body, times)
    return (degrees - ayanamsa(times)) % 360 if system == "vedic" else degrees


def apart(one: Any, other: Any) -> np.ndarray:
    """Degrees from `other` to `one`, in [-180, 180)."""
    return (np.asarray(one) - np.asarray(other) + 180) % 360 - 180


def crossings(degrees: np.ndarray, target: float, times: Any) -> list[dt.datetime]:
    """The moments at which longitudes are on a degree, straight between the samples."""
    off = apart(degrees, target)
    near = (np.abs(off[1:]) < 90) & (np.abs(off[:-1]) < 90)
    found = []
    for place in np.flatnonzero(near & ((off[1:] >= 0) != (off[:-1] >= 0))):
        share = off[place] / (off[place] - off[place + 1])
        found.append(times[place].utc_datetime() + share * (times[place + 1] - times[place]) * dt.timedelta(days=1))
    return found
