"""The facts of a morning by skyfield alone, in the form of a horoscope's input.

Positions, phases, stations and dashas are computed anew. Natal degrees and cusps are the chart's, which the tests of
charts compare with skyfield; festivals, eclipses and other landmarks of a text are compared in their own tests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from astra_pipeline.astrology.gochara import TARAS
from astra_pipeline.astrology.natal import Natal
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.zodiac import NAKSHATRAS
from astra_pipeline_tests.astrology import reference

BODIES = ("Sun", "Moon", "Mercury", "Venus", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune", "Pluto")
ASPECTS = {0: "conjunction", 60: "sextile", 90: "square", 120: "trine", 180: "opposition"}
LORDS = ("Ketu", "Venus", "Sun", "Moon", "Mars", "Rahu", "Jupiter", "Saturn", "Mercury")
YEARS = (7, 20, 6, 10, 7, 18, 16, 19, 17)
TITHIS = (
    *("Pratipada", "Dwitiya", "Tritiya", "Chaturthi", "Panchami", "Shashthi", "Saptami"),
    *("Ashtami", "Navami", "Dashami", "Ekadashi", "Dwadashi", "Trayodashi", "Chaturdashi"),
)
QUARTERS = ("New Moon", "First Quarter", "Full Moon", "Last Quarter")
BETWEEN = ("Waxing Crescent", "Waxing Gibbous", "Waning Gibbous", "Waning Crescent")
LANDMARKS = frozenset(("return", "sade_sati", "dasha", "eclipse", "station", "festival", "lunation"))
# Fields of an input that say something of the sky or the chart.
OF_THE_SKY = frozenset(
    (
        "theme", "facts", "moon", "planets", "transits", "glances", "events", "dasha", "panchanga", "natal", "next_week", "sky",
        "sun_sign", "moon_sign", "rising_sign",
    )
)  # fmt: skip
# The widest orb that a text may tell, and how far two computations may be apart.
WIDEST, TOLERANCE = 8.0, 0.011
MINUTE = dt.timedelta(minutes=1)


def by_skyfield(facts: Mapping[str, Any], natal: Natal, at: dt.datetime, zone: str) -> dict[str, Any]:
    """The input of a morning `at` (UTC) with everything of the sky computed by skyfield."""
    degrees = longitudes(at, natal.system)
    sidereal = longitudes(at, "vedic")
    elongation = (sidereal["Moon"] - sidereal["Sun"]) % 360
    placed = {
        body: {
            "sign": SIGNS[int(degree // 30)],
            "house": house(degree, natal, facts),
            "retrograde": body not in ("Sun", "Moon") and moves_back(body, at, natal.system),
        }
        for body, degree in degrees.items()
    }
    told = {name: value for name, value in facts.items() if name not in OF_THE_SKY}
    landmarks = [
        {field: one[field] for field in ("kind", "name", "planet", "detail", "point")}
        for one in (facts.get("theme"), *facts.get("facts", ()))
        if one and one["kind"] in LANDMARKS
    ]
    # A New or Full Moon of the day may be in the next sign.
    later = [
        {"body": body, "sign": SIGNS[int(degree // 30)], "house": house(degree, natal, facts)}
        for hours in (-6, 6, 12, 18)
        for body, degree in longitudes(at + dt.timedelta(hours=hours), natal.system).items()
        if landmarks
    ]
    star = int(sidereal["Moon"] // (360 / 27))
    points = {name: SIGNS[int(degree // 30)] for name, degree in natal.points.items()}
    return told | {
        "sun_sign": points["Sun"],
        "moon_sign": points["Moon"],
        "rising_sign": points["Ascendant"],
        "planets": placed,
        "moon": placed["Moon"]
        | {
            "nakshatra": NAKSHATRAS[star],
            "tara": TARAS[(star - int(natal.points["Moon"] // (360 / 27))) % 9],
            "chandrashtama": placed["Moon"]["house"] == 8,
            "tithi": tithi(elongation),
            "phase": phase(elongation),
        },
        "landmarks": landmarks,
        "later": later,
        "transits": list(aspects(degrees, natal)),
        "glances": list(glances(degrees, natal)) if natal.system == "vedic" else [],
        "natal": {name: {"sign": sign} for name, sign in points.items()},
        "events": events(at, zone),
        "dasha": dasha(natal, facts, at),
    }


@cache
def longitudes(at: dt.datetime, system: str) -> dict[str, float]:
    """Body -> its longitude in the zodiac of a system, the mean nodes among them."""
    time = reference.scale().from_datetime(at)
    found = {body: float(reference.longitudes(body, time, system)) for body in BODIES}
    centuries = (time.tt - 2451545.0) / 36525
    node = 125.0445479 - 1934.1362891 * centuries + 0.0020754 * centuries**2  # Meeus, ch. 47
    node -= float(reference.ayanamsa(time)) if system == "vedic" else 0
    return found | {"Rahu": node % 360, "Ketu": (node + 180) % 360}


def moves_back(body: str, at: dt.datetime, system: str) -> bool:
    """Whether the body is retrograde."""
    after = longitudes(at + dt.timedelta(hours=6), system)[body]
    return float(reference.apart(after, longitudes(at, system)[body])) < 0


def house(degree: float, natal: Natal, facts: Mapping[str, Any]) -> int:
    """The house as the input counts: from the natal Moon when vedic, by the chart's cusps when western."""
    if natal.system == "western":
        widths = [(degree - cusp) % 360 for cusp in natal.cusps]
        return widths.index(min(widths)) + 1
    first = "Moon" if "panchanga" in facts else "Ascendant"
    return (int(degree // 30) - int(natal.points[first] // 30)) % 12 + 1


def tithi(elongation: float) -> str:
    """The lunar day of an elongation of the Moon."""
    half, number = divmod(int(elongation // 12), 15)
    return ("Purnima", "Amavasya")[half] if number == 14 else f"{('Shukla', 'Krishna')[half]} {TITHIS[number]}"


def phase(elongation: float) -> str:
    """The phase of an elongation; a principal one within six degrees."""
    near = round(elongation / 90)
    return QUARTERS[near % 4] if abs(elongation - 90 * near) <= 6 else BETWEEN[int(elongation // 90)]


def aspects(degrees: Mapping[str, float], natal: Natal) -> Iterator[dict[str, Any]]:
    """Every aspect to a natal point within WIDEST, once for each of the orbs that rounding may give."""
    for planet, degree in degrees.items():
        for point, own in natal.points.items():
            apart = abs(float(reference.apart(degree, own)))
            for angle, aspect in ASPECTS.items():
                if abs(apart - angle) <= WIDEST:
                    for off in (-TOLERANCE, 0, TOLERANCE):
                        orb = abs(abs(apart - angle) + off)
                        yield {"planet": planet, "point": point, "aspect": aspect, "orb": orb}


def glances(degrees: Mapping[str, float], natal: Natal) -> Iterator[dict[str, Any]]:
    """Drishti by whole signs: the seventh of all, the fourth and eighth of Mars, and so on."""
    also = {"Mars": (4, 8), "Jupiter": (5, 9), "Saturn": (3, 10)}
    for planet, degree in degrees.items():
        for point, own in natal.points.items():
            number = (int(own // 30) - int(degree // 30)) % 12 + 1
            if number == 1 or number in (7, *also.get(planet, ())):
                yield {
                    "planet": planet,
                    "point": point,
                    "glance": "conjunction" if number == 1 else f"{number}th drishti",
                }


@cache
def events(at: dt.datetime, zone: str) -> list[dict[str, str]]:
    """Phases, stations and ingresses of the local day, at the minute and at those beside it."""
    midnight = at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0)
    start = midnight.astimezone(dt.UTC).replace(minute=0)
    times = reference.moments(start, start + dt.timedelta(hours=27), hours=1)
    tropical = {body: reference.tropical(body, times) for body in BODIES}
    moon = (tropical["Moon"] - tropical["Sun"]) % 360
    found = [
        (moment, name)
        for quarter, name in enumerate(QUARTERS)
        for moment in reference.crossings(moon, 90.0 * quarter, times)
    ]
    told: list[dict[str, str]] = []
    for body in BODIES[2:]:
        steps = reference.apart(tropical[body][1:], tropical[body][:-1])
        for place in np.flatnonzero((steps[1:] < 0) != (steps[:-1] < 0)):
            turned = "retrograde" if steps[place + 1] < 0 else "direct"
            told.append({"what": f"{body} turns {turned}"})
    for body in BODIES:
        for number, sign in enumerate(SIGNS):
            found += [
                (moment, f"{body} enters {sign}")
                for moment in reference.crossings(tropical[body], 30.0 * number, times)
            ]
    for moment, name in found:
        for step in (-1, 0, 1):
            local = (moment + step * MINUTE).astimezone(ZoneInfo(zone))
            if local.date() == midnight.date():
                told.append({"what": name, "at": f"{local:%H:%M}"})
    return told


def dasha(natal: Natal, facts: Mapping[str, Any], at: dt.datetime) -> dict[str, str]:
    """The running Vimshottari periods of a vedic chart, reckoned from the natal Moon's star.

    The birth is not among a text's facts: it is where the chart's first period has run for its share.
    """
    if natal.system != "vedic" or not natal.periods:
        return {}
    span = 360 / 27
    star, share = divmod(natal.points["Moon"] / span, 1)
    first = int(star) % 9
    born = natal.periods[0]["antardashas"][-1]["end"] - dt.timedelta(days=365.25 * YEARS[first] * (1 - share))
    begins = born - dt.timedelta(days=365.25 * YEARS[first] * share)
    for number in range(first, first + 18):
        maha = number % 9
        ends = begins + dt.timedelta(days=365.25 * YEARS[maha])
        if begins <= at < ends:
            for inner in range(maha, maha + 9):
                antar = inner % 9
                begins += dt.timedelta(days=365.25 * YEARS[maha] * YEARS[antar] / 120)
                if at < begins:
                    return {"mahadasha": LORDS[maha], "antardasha": LORDS[antar], "until": f"{begins:%B %Y}"}
        begins = ends
    return {}
