"""Risings and settings of the Sun and the Moon at a place, and the parts of the Hindu day between them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

import erfa
import numpy as np

from astra_pipeline.astrology.ephemeris import frame, longitudes, places
from astra_pipeline.astrology.search import State, changes
from astra_pipeline.astrology.timescales import J2000, julian_date, moment, terrestrial
from astra_pipeline.astrology.zodiac import FloatArray

Part = Literal["sunrise", "three_muhurtas", "madhyahna", "aparahna", "pradosha", "nishita", "moonrise"]
"""Parts of a Hindu day, which lasts from sunrise to sunrise.

The day and the night have fifteen muhurtas each. "three_muhurtas" is the moment three muhurtas after sunrise;
madhyahna and aparahna are the third and the fourth fifth of the day; pradosha is the first fifth of the night;
nishita is the eighth muhurta of the night, about midnight. Source: Dharmasindhu, pariccheda 1 (kala-nirnaya).
"""

# Altitude of the Sun's centre when the upper limb touches the horizon, degrees: 34' of refraction and 16' of radius
# (Explanatory Supplement to the Astronomical Almanac, 3rd ed., 12.2).
_SUN_ALTITUDE = -50 / 60
_REFRACTION = 34 / 60
# Days between looks at the Sun; where a day or a night is shorter than two hours no festival is dated.
_SUN_STEP = 1 / 12
# Radius of the Moon in Earth radii, and radius of the Earth in km.
_MOON, _EARTH = 0.2725076, 6378.137


@dataclass(frozen=True)
class Observer:
    """A place on the Earth: degrees, north and east positive, and its IANA time zone."""

    latitude: float
    longitude: float
    zone: str


NEW_DELHI = Observer(28.6139, 77.2090, "Asia/Kolkata")
"""The place that published Indian calendars most often give the dates of festivals for."""


@dataclass(frozen=True)
class HinduDay:
    """One date at a place, from sunrise to sunrise, its moments as Julian dates (UT)."""

    date: dt.date
    observer: Observer
    sunrise: float
    sunset: float
    next_sunrise: float

    @property
    def moonrise(self) -> float:
        """The first rising of the Moon in the day; nan on a day without one."""
        rises = changes(_above("Moon", self.observer), self.sunrise, self.next_sunrise)
        return next((jd for jd, _, above in rises if above), float("nan"))

    def window(self, part: Part) -> tuple[float, float]:
        """The bounds of a part of the day; the same moment twice for a sunrise, a moonrise and the three muhurtas.

        (nan, nan) for the moonrise on a day without one.
        """
        day, night = self.sunset - self.sunrise, self.next_sunrise - self.sunset
        if part == "sunrise":
            return self.sunrise, self.sunrise
        if part == "three_muhurtas":
            return self.sunrise + day / 5, self.sunrise + day / 5
        if part == "madhyahna":
            return self.sunrise + day * 2 / 5, self.sunrise + day * 3 / 5
        if part == "aparahna":
            return self.sunrise + day * 3 / 5, self.sunrise + day * 4 / 5
        if part == "pradosha":
            return self.sunset, self.sunset + night / 5
        if part == "nishita":
            return self.sunset + night * 7 / 15, self.sunset + night * 8 / 15
        rise = self.moonrise
        return rise, rise


def hindu_days(first: dt.date, last: dt.date, observer: Observer) -> list[HinduDay]:
    """The days from one date to another, both included, at a place where the Sun rises and sets on each of them.

    A date on which it does not is left out. Raises UnusableBirth for dates that the ephemeris does not cover.
    """
    zone = ZoneInfo(observer.zone)
    midnight = [dt.datetime.combine(date, dt.time(), tzinfo=zone) for date in (first, last + dt.timedelta(days=2))]
    low, high = julian_date(midnight)
    sun = changes(_above("Sun", observer), low, high, step=_SUN_STEP)
    rises = [(jd, moment(jd).astimezone(zone).date()) for jd, _, above in sun if above]
    sets = [jd for jd, _, above in sun if not above]
    found = []
    for (sunrise, date), (following, _) in pairwise(rises):
        sunset = next((jd for jd in sets if sunrise < jd < following), None)
        if sunset is not None and date <= last and following - sunrise < 1.1:
            found.append(HinduDay(date, observer, sunrise, sunset, following))
    return found


def _above(body: Literal["Sun", "Moon"], observer: Observer) -> State:
    """1 while the upper limb of the body is above the horizon of sea level, else 0."""

    def above(jd_ut: FloatArray) -> np.ndarray:
        if body == "Sun":
            # The Sun's latitude is at most 1.2 arcseconds.
            sun = longitudes(jd_ut, ("Sun",))[0]
            return (_altitude(jd_ut, sun, 0.0 * sun, observer) > _SUN_ALTITUDE).astype(np.int64)
        longitude, latitude, distance = (row[0] for row in places(jd_ut, ("Moon",)))
        parallax = np.degrees(np.arcsin(_EARTH / distance))
        altitude = _altitude(jd_ut, longitude, latitude, observer)
        return (altitude > parallax * (1 - _MOON) - _REFRACTION).astype(np.int64)

    return above


def _altitude(jd_ut: FloatArray, longitude: FloatArray, latitude: FloatArray, observer: Observer) -> FloatArray:
    """Altitudes over the horizon of the Earth's centre, of points of the ecliptic of date; all in degrees."""
    jd_tt = terrestrial(jd_ut)
    of_date = frame(jd_tt)
    longitude, latitude, tilt = np.radians(longitude), np.radians(latitude), of_date.obliquity
    declination = np.arcsin(np.sin(latitude) * np.cos(tilt) + np.cos(latitude) * np.sin(tilt) * np.sin(longitude))
    ascension = np.arctan2(np.sin(longitude) * np.cos(tilt) - np.tan(latitude) * np.sin(tilt), np.cos(longitude))
    sidereal = erfa.gmst06(J2000, jd_ut - J2000, J2000, jd_tt - J2000)
    sidereal = sidereal + of_date.nutation * np.cos(of_date.mean_obliquity)
    hour_angle = sidereal + np.radians(observer.longitude) - ascension
    phi = np.radians(observer.latitude)
    height = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    return np.degrees(np.arcsin(height))
