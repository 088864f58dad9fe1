"""The sky of a date: the positions at 00:00 UTC, and the events until the next midnight."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from astra_pipeline.astrology import aspects
from astra_pipeline.astrology.ayanamsa import lahiri
from astra_pipeline.astrology.chart import ENGINE
from astra_pipeline.astrology.eclipses import Eclipse, eclipses
from astra_pipeline.astrology.ephemeris import PLANETS, VERSION, longitudes, positions
from astra_pipeline.astrology.lunar_months import part_of_month
from astra_pipeline.astrology.search import State, changes
from astra_pipeline.astrology.timescales import julian_date, moment, require_date, terrestrial
from astra_pipeline.astrology.zodiac import (
    NAKSHATRAS,
    SIGNS,
    FloatArray,
    IntArray,
    degree_text,
    nakshatra_index,
    normalised,
    sign_index,
    signed,
)

SKY_VERSION = f"{VERSION}.1"
"""The version of the skies: raised beyond that of the charts when a stored sky lacks what one of today has."""
PHASES = ("New Moon", "First Quarter", "Full Moon", "Last Quarter")
_TITHIS = (
    "Pratipada",
    "Dwitiya",
    "Tritiya",
    "Chaturthi",
    "Panchami",
    "Shashthi",
    "Saptami",
    "Ashtami",
    "Navami",
    "Dashami",
    "Ekadashi",
    "Dwadashi",
    "Trayodashi",
    "Chaturdashi",
)
_HALF_A_MINUTE = dt.timedelta(seconds=30)
# Days to either side over which a speed is measured when stations are searched.
_SPEED_OVER = 0.01


def day(date: dt.date) -> dict[str, Any]:
    """The sky of a UTC date as a document.

    {date, engine, positions (tropical, 00:00 UTC), aspects, moon {phase_angle, phase, illumination, tithi,
    nakshatra}, ayanamsa, events [{type, body, at, detail}]}. `at` is UTC, to the nearest minute. An eclipse has
    `kind` and `longitude` (tropical, degrees) too. Raises UnusableBirth for a date outside of 1900-2053.
    """
    require_date(date)
    start = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC)
    jd_ut = julian_date([start])
    sky = positions(jd_ut)
    longitude, speed = sky.longitude[:, 0], sky.speed[:, 0]
    ayanamsa = float(lahiri(terrestrial(jd_ut))[0])
    phase_angle = float(normalised(longitude[1] - longitude[0]))
    moon = float(normalised(longitude[1] - ayanamsa - sky.nutation[0]))
    points = [
        _point(name, float(longitude[row]), float(speed[row]), float(sky.latitude[row, 0]))
        for row, name in enumerate(PLANETS)
    ]
    nodes = [
        _point("Mean Node", float(sky.mean_node[0]), float(sky.mean_node_speed[0]), 0.0),
        _point("True Node", float(sky.true_node[0]), float(sky.true_node_speed[0]), 0.0),
    ]
    return {
        "date": date.isoformat(),
        "engine": {**ENGINE, "version": SKY_VERSION},
        "positions": [*points, *nodes],
        "aspects": _aspects(longitude, speed),
        "moon": {
            "phase_angle": phase_angle,
            "phase": phase_name(phase_angle),
            "illumination": float((1 - np.cos(np.radians(phase_angle))) / 2),
            "tithi": tithi_name(int(phase_angle // 12)),
            "nakshatra": NAKSHATRAS[int(nakshatra_index(np.array(moon)))],
        },
        "ayanamsa": ayanamsa,
        "events": events(start, start + dt.timedelta(days=1)),
    }


KINDS = ("ingress", "station", "phase", "eclipse", "tithi")


def events(start: dt.datetime, end: dt.datetime, *, kinds: Sequence[str] = KINDS) -> list[dict[str, Any]]:
    """Events of these kinds whose minute lies from `start` up to but not including `end`."""
    # A minute is the nearest one, so the window of what rounds into it begins half a minute earlier.
    low, high = julian_date([start - _HALF_A_MINUTE, end - _HALF_A_MINUTE])
    found: list[dict[str, Any]] = []
    for planet in PLANETS:
        if "ingress" in kinds:
            for jd, _, sign in changes(_sign_of(planet), low, high):
                found.append(_event("ingress", planet, jd, f"{planet} enters {SIGNS[sign]}"))
        if "station" in kinds and planet not in aspects.LUMINARIES:
            for jd, _, backwards in changes(_backwards(planet), low, high):
                turned = "retrograde" if backwards else "direct"
                found.append(_event("station", planet, jd, f"{planet} turns {turned}"))
    if "eclipse" in kinds:
        found += [_eclipse(one) for one in eclipses(start - _HALF_A_MINUTE, end - _HALF_A_MINUTE)]
    if "phase" in kinds:
        for jd, _, quarter in changes(part_of_month(90), low, high):
            found.append(_event("phase", "Moon", jd, PHASES[quarter]))
    if "tithi" in kinds:
        for jd, _, tithi in changes(part_of_month(12), low, high):
            found.append(_event("tithi", "Moon", jd, f"{tithi_name(tithi)} begins"))
    return sorted(found, key=lambda event: (event["at"], event["type"], event["body"]))


def phase_name(phase_angle: float) -> str:
    """The phase an angle (degrees, 0 at new moon) lies in; a principal phase within six degrees of it."""
    quarter = round(phase_angle / 90)
    if abs(phase_angle - quarter * 90) <= 6:
        return PHASES[quarter % 4]
    return ("Waxing Crescent", "Waxing Gibbous", "Waning Gibbous", "Waning Crescent")[int(phase_angle // 90)]


def tithi_name(index: int) -> str:
    """Name of tithi 0..29: "Shukla Pratipada" to "Purnima", then "Krishna Pratipada" to "Amavasya"."""
    half, number = divmod(index % 30, 15)
    if number == 14:
        return ("Purnima", "Amavasya")[half]
    return f"{('Shukla', 'Krishna')[half]} {_TITHIS[number]}"


def _point(name: str, longitude: float, speed: float, latitude: float) -> dict[str, Any]:
    return {
        "name": name,
        "sign": SIGNS[int(longitude // 30)],
        "degree": degree_text(longitude),
        "longitude": longitude,
        "latitude": latitude,
        "speed": speed,
        "retrograde": speed < 0,
    }


def _aspects(longitude: FloatArray, speed: FloatArray) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for first, one in enumerate(PLANETS):
        for second in range(first + 1, len(PLANETS)):
            other = PLANETS[second]
            luminary = one in aspects.LUMINARIES or other in aspects.LUMINARIES
            met = aspects.between(longitude[first], speed[first], longitude[second], speed[second], luminary)
            if met.aspect >= 0:
                found.append(
                    {
                        "planet1": one,
                        "planet2": other,
                        "aspect": aspects.NAMES[int(met.aspect)],
                        "orb": round(float(met.orb), 4),
                        "applying": bool(met.applying),
                    }
                )
    return sorted(found, key=lambda aspect: aspect["orb"])


def _sign_of(planet: str) -> State:
    return lambda jd: sign_index(normalised(longitudes(jd, (planet,))[0]))


def _backwards(planet: str) -> State:
    def retrograde(jd: FloatArray) -> IntArray:
        before, after = (longitudes(jd + step, (planet,))[0] for step in (-_SPEED_OVER, _SPEED_OVER))
        return (signed(after - before) < 0).astype(np.int64)

    return retrograde


def _eclipse(eclipse: Eclipse) -> dict[str, Any]:
    event = _event("eclipse", eclipse.body, float(julian_date([eclipse.at])[0]), eclipse.name)
    return event | {"kind": eclipse.kind, "longitude": eclipse.longitude}


def _event(kind: str, body: str, jd_ut: float, detail: str) -> dict[str, Any]:
    at = (moment(jd_ut) + _HALF_A_MINUTE).replace(second=0, microsecond=0)
    return {"type": kind, "body": body, "at": at, "detail": detail}
