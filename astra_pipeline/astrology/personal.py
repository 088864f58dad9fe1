"""One person's day: the sky of their morning, and its transits to their chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from astra_pipeline.astrology import houses, transits
from astra_pipeline.astrology.ayanamsa import lahiri
from astra_pipeline.astrology.ephemeris import PLANETS, frame
from astra_pipeline.astrology.signs import System
from astra_pipeline.astrology.sky import phase_name, tithi_name
from astra_pipeline.astrology.timescales import julian_date, terrestrial
from astra_pipeline.astrology.transits import MOVING
from astra_pipeline.astrology.zodiac import NAKSHATRAS, SIGNS, FloatArray, nakshatra_index, normalised, signed

Nature = Literal["flow", "tension", "merge"]
NATURES: Mapping[str, Nature] = {
    "conjunction": "merge",
    "sextile": "flow",
    "trine": "flow",
    "square": "tension",
    "opposition": "tension",
}
"""Aspect -> its nature, by which texts read it."""

_HIGHLIGHTS = 5
_OF_ONE_MOVER = 2
_NODES = ("Rahu", "Ketu")
_FAST = ("Sun", "Moon", "Mercury", "Venus", "Mars")
# Days ahead within which the hour of an exact aspect is named.
_SOON = 18 / 24


@dataclass(frozen=True)
class Moment:
    """The sky at a moment, in one zodiac: longitudes and speeds (degrees, degrees a day) of MOVING planets."""

    at: dt.datetime
    system: System
    longitude: FloatArray
    speed: FloatArray
    moon_sidereal: float
    phase_angle: float

    def longitude_of(self, planet: str) -> float:
        return float(self.longitude[MOVING[self.system].index(planet)])


def moment(
    before: Mapping[str, Any], after: Mapping[str, Any], at: dt.datetime, *, system: System, node: str
) -> Moment:
    """The sky at `at` (UTC) from the stored skies of its UTC date and the next, by cubic Hermite interpolation.

    It keeps within 1" of the ephemeris, the Moon included. `node` is "mean" or "true". Speeds are those of the
    interpolation. Raises KeyError for a document that is no sky.
    """
    start = dt.datetime.fromisoformat(before["date"]).replace(tzinfo=dt.UTC)
    share = (at - start) / dt.timedelta(days=1)
    names = (*PLANETS, f"{node.title()} Node")
    ends = [{p["name"]: p for p in sky["positions"]} for sky in (before, after)]
    low, high = (np.array([end[name]["longitude"] for name in names]) for end in ends)
    speed_low, speed_high = (np.array([end[name]["speed"] for name in names]) for end in ends)
    gone = signed(high - low)
    bend, twist = 3 * gone - 2 * speed_low - speed_high, speed_low + speed_high - 2 * gone
    longitude = low + share * (speed_low + share * (bend + share * twist))
    speed = speed_low + share * (2 * bend + 3 * share * twist)

    jd_tt = terrestrial(julian_date([at]))
    offset = float(lahiri(jd_tt)[0] + np.degrees(frame(jd_tt).nutation[0]))
    stands: dict[str, tuple[float, float]] = dict(
        zip((*PLANETS, "Rahu"), zip(longitude.tolist(), speed.tolist(), strict=True), strict=True)
    )
    moving = MOVING[system]
    shift = offset if system == "vedic" else 0.0
    return Moment(
        at=at,
        system=system,
        longitude=normalised(np.array([stands[name][0] for name in moving]) - shift),
        speed=np.array([stands[name][1] for name in moving]),
        moon_sidereal=float(normalised(stands["Moon"][0] - offset)),
        phase_angle=float(normalised(stands["Moon"][0] - stands["Sun"][0])),
    )


def moon_of(sky: Moment) -> dict[str, Any]:
    """{sign (of the system), nakshatra (always sidereal), phase, tithi} of the Moon."""
    return {
        "sign": SIGNS[int(sky.longitude_of("Moon") // 30)],
        "nakshatra": NAKSHATRAS[int(nakshatra_index(np.array(sky.moon_sidereal)))],
        "phase": phase_name(sky.phase_angle),
        "tithi": tithi_name(int(sky.phase_angle // 12)),
    }


def readings(sky: Moment, charts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each chart's reading of the sky: {houses: planet -> {sign, house}, transits: highlights}.

    Houses are whole signs from the ascendant when vedic, the chart's own when western. Highlights are at most
    five, the weightiest first: {planet, point, aspect, nature, orb (degrees), applying, sign, house, exact_at
    (UTC, within the hour, or None)}.
    """
    if not charts:
        return []
    found = transits.transits(sky.longitude, sky.speed, transits.natal_longitudes(charts, sky.system), sky.system)
    longitude = np.repeat(sky.longitude[:, None], len(charts), axis=1)
    if sky.system == "vedic":
        ascendant = np.array([chart["vedic"]["ascendant_longitude"] for chart in charts])
        house = houses.whole_sign_house(longitude, ascendant[None, :])
    else:
        cusps = np.array([[cusp["longitude"] for cusp in chart["western"]["house_cusps"]] for chart in charts]).T
        house = houses.house_of(longitude, cusps)
    moving = MOVING[sky.system]
    speeds = dict(zip(moving, sky.speed.tolist(), strict=True))
    signs = [SIGNS[int(degrees // 30)] for degrees in sky.longitude.tolist()]
    found_readings = []
    for index in range(len(charts)):
        where = {
            name: {"sign": sign, "house": number}
            for name, sign, number in zip(moving, signs, house[:, index].tolist(), strict=True)
        }
        highlights = [_highlight(row, where, speeds, sky.at) for row in _highlighted(found.of(index))]
        found_readings.append({"houses": where, "transits": highlights})
    return found_readings


def houses_from_moon(sky: Moment, moon_sign: str) -> dict[str, dict[str, Any]]:
    """Planet -> {sign, house}, in whole signs counted from the natal Moon's.

    This is all that can be said of a chart that knows signs and no degrees.
    """
    first = SIGNS.index(moon_sign)
    signs = [int(degrees // 30) for degrees in sky.longitude.tolist()]
    return {
        name: {"sign": SIGNS[sign], "house": (sign - first) % 12 + 1}
        for name, sign in zip(MOVING[sky.system], signs, strict=True)
    }


def is_readable(chart: Mapping[str, Any], system: System) -> bool:
    """True for a stored chart with the degrees that `readings` takes.

    Charts of the old system may know signs only.
    """
    part = chart.get(system)
    try:
        natal = transits.natal_longitudes([chart], system)
        cusps = [float(cusp["longitude"]) for cusp in part["house_cusps"]] if part and system == "western" else []
    except (KeyError, TypeError, ValueError):
        return False
    return bool(np.isfinite(natal).all()) and len(cusps) in (0, 12)


def running_dasha(mahadashas: Sequence[Mapping[str, Any]], at: dt.datetime) -> dict[str, Any] | None:
    """{mahadasha, antardasha, until} of the period that runs at `at`, out of a chart's `vedic.dasha.periods`.

    None outside of the chart's 120 years.
    """
    for period in mahadashas:
        for inner in period["antardashas"]:
            if inner["start"] <= at < inner["end"]:
                return {"mahadasha": period["lord"], "antardasha": inner["lord"], "until": inner["end"]}
    return None


def _highlighted(ranked: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The weightiest transits, no planet more than twice and no point twice: a day is about several things."""
    picked: list[dict[str, Any]] = []
    for row in ranked:
        of_mover = [one for one in picked if one["planet"] == row["planet"]]
        # What meets one node meets the other as well.
        is_met = row["point"] in _NODES and any(one["point"] in _NODES for one in of_mover)
        if len(of_mover) < _OF_ONE_MOVER and not is_met and all(one["point"] != row["point"] for one in picked):
            picked.append(row)
        if len(picked) == _HIGHLIGHTS:
            break
    return picked


def _highlight(
    row: Mapping[str, Any], where: Mapping[str, Mapping[str, Any]], speeds: Mapping[str, float], at: dt.datetime
) -> dict[str, Any]:
    planet, orb = row["planet"], row["orb"]
    exact_at = None
    if row["applying"] and planet in _FAST and orb <= abs(speeds[planet]) * _SOON:
        exact_at = (at + dt.timedelta(days=orb / abs(speeds[planet]), minutes=30)).replace(
            minute=0, second=0, microsecond=0
        )
    return {
        "planet": planet,
        "point": row["point"],
        "aspect": row["aspect"],
        "nature": NATURES[row["aspect"]],
        "orb": round(orb, 2),
        "applying": row["applying"],
        **where[planet],
        "exact_at": exact_at,
    }
