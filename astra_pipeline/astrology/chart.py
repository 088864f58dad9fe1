"""Birth charts as documents: everything computed for many births at once, then written out birth by birth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from astra_pipeline.astrology import aspects, dasha, houses
from astra_pipeline.astrology.ayanamsa import lahiri
from astra_pipeline.astrology.births import Birth
from astra_pipeline.astrology.ephemeris import EPHEMERIS, PLANETS, VERSION, Positions, positions
from astra_pipeline.astrology.summary import vedic_summary, western_summary
from astra_pipeline.astrology.timescales import julian_date, terrestrial
from astra_pipeline.astrology.zodiac import (
    ELEMENTS,
    MODALITIES,
    NAKSHATRAS,
    SIGNS,
    FloatArray,
    degree_text,
    nakshatra_index,
    normalised,
    pada,
    sign_index,
)

ENGINE = {"name": "astra_pipeline", "version": VERSION, "ephemeris": EPHEMERIS}
VEDIC_POINTS = ("Sun", "Moon", "Mars", "Mercury", "Jupiter", "Venus", "Saturn", "Rahu", "Ketu")
_GRAHAS = tuple(PLANETS.index(name) for name in VEDIC_POINTS[:7])
_PAIRS = [(a, b) for a in range(len(PLANETS)) for b in range(a + 1, len(PLANETS))]
_FIRST, _SECOND = (np.array(side) for side in zip(*_PAIRS, strict=True))
_LUMINARY_PAIR = np.array(
    [PLANETS[a] in aspects.LUMINARIES or PLANETS[b] in aspects.LUMINARIES for a, b in _PAIRS]
)[:, None]
_NO_PLACIDUS = (
    "houses_whole_sign: Placidus houses do not exist at this latitude; the western houses are whole signs"
)
_UNIX_EPOCH_JD = 2440587.5

Document = dict[str, Any]
# Column -> the values of one birth's planets, in their order.
Row = dict[str, list[Any]]


def charts(
    births: Sequence[Birth],
    *,
    now: dt.datetime,
    true_node: bool = False,
    moments_of: Callable[[np.ndarray], list[list[Any]]] | None = None,
) -> list[Document]:
    """Compute the chart document of each birth; `now` (aware) fixes the dasha that is called current.

    Rahu and Ketu stand on the mean node unless `true_node`. In `dasha`, mahadasha and antardasha are those of
    the birth, current_* those of `now`, start_date and end_date the current antardasha's; `periods` are nine
    mahadashas with their antardashas, the first beginning before birth. Times are UTC datetimes; `moments_of`
    (`as_iso`) writes those of `dasha` in another way.
    """
    if not births:
        return []
    jd_ut = julian_date([birth.utc for birth in births])
    sky = positions(jd_ut)
    angles = houses.angles(
        jd_ut, np.array([birth.latitude for birth in births]), np.array([birth.longitude for birth in births])
    )
    ayanamsa = lahiri(terrestrial(jd_ut))
    offset = ayanamsa + sky.nutation
    lagna = normalised(angles.ascendant - offset)
    sidereal, speeds = _sidereal_points(sky, offset, true_node=true_node)
    periods = _dashas(dasha.vimshottari(jd_ut, sidereal[1]), jd_ut, now, moments_of or as_datetimes)
    return [
        _document(birth, now, *parts)
        for birth, *parts in zip(
            births,
            map(_vedic, _vedic_rows(sidereal, speeds, lagna), lagna.tolist(), ayanamsa.tolist(), periods),
            map(
                _western,
                _western_rows(sky, angles),
                angles.ascendant.tolist(),
                angles.midheaven.tolist(),
                angles.cusps.T.tolist(),
                _aspects(sky, len(births)),
            ),
            sky.mean_node.tolist(),
            sky.true_node.tolist(),
            angles.placidus.tolist(),
            strict=True,
        )
    ]


def _sidereal_points(sky: Positions, offset: FloatArray, *, true_node: bool) -> tuple[FloatArray, FloatArray]:
    """(longitudes, speeds) of VEDIC_POINTS in the sidereal zodiac: degrees and degrees a day, each (9, n)."""
    node, node_speed = (sky.true_node, sky.true_node_speed) if true_node else (sky.mean_node, sky.mean_node_speed)
    points = np.concatenate([sky.longitude[list(_GRAHAS)], [node, node + 180]])
    speeds = np.concatenate([sky.speed[list(_GRAHAS)], [node_speed, node_speed]])
    return normalised(points - offset), speeds


def _vedic_rows(sidereal: FloatArray, speeds: FloatArray, lagna: FloatArray) -> list[Row]:
    """For each birth the columns of its Vedic planets, in the order of VEDIC_POINTS."""
    return _rows(
        {
            "sign": sign_index(sidereal),
            "house": houses.whole_sign_house(sidereal, lagna),
            "longitude": sidereal,
            "speed": speeds,
            "nakshatra": nakshatra_index(sidereal),
            "pada": pada(sidereal),
        }
    )


def _western_rows(sky: Positions, angles: houses.Angles) -> list[Row]:
    """For each birth the columns of its Western planets, in the order of PLANETS."""
    return _rows(
        {
            "sign": sign_index(sky.longitude),
            "house": houses.house_of(sky.longitude, angles.cusps),
            "longitude": sky.longitude,
            "speed": sky.speed,
        }
    )


def _rows(columns: dict[str, np.ndarray]) -> list[Row]:
    """Arrays (points, births) as a row of plain Python numbers for each birth.

    Reading single numbers out of arrays is what would cost.
    """
    by_birth = {name: values.T.tolist() for name, values in columns.items()}
    return [dict(zip(by_birth, values, strict=True)) for values in zip(*by_birth.values(), strict=True)]


def _document(
    birth: Birth, now: dt.datetime, vedic: Document, western: Document, mean: float, true: float, placidus: bool
) -> Document:
    """The chart document of one birth; `mean` and `true` are the longitudes of the Moon's nodes, tropical."""
    flags = [*birth.flags] if placidus else [*birth.flags, _NO_PLACIDUS]
    return {
        "system": "both",
        "engine": dict(ENGINE),
        "calculated_at": now,
        "input": _input(birth, flags),
        "vedic": vedic,
        "western": western
        | {"mean_node_longitude": mean, "true_node_longitude": true}
        | {"house_system": "placidus" if placidus else "whole_sign"},
    }


def _aspects(sky: Positions, births: int) -> list[list[Document]]:
    """For each birth the aspects among its planets, as documents."""
    met = aspects.between(
        sky.longitude[_FIRST], sky.speed[_FIRST], sky.longitude[_SECOND], sky.speed[_SECOND], _LUMINARY_PAIR
    )
    found: list[list[Document]] = [[] for _ in range(births)]
    pair, birth = np.nonzero(met.aspect >= 0)
    for row, index, which, orb, applying in zip(
        pair.tolist(),
        birth.tolist(),
        met.aspect[pair, birth].tolist(),
        np.round(met.orb[pair, birth], 4).tolist(),
        met.applying[pair, birth].tolist(),
        strict=True,
    ):
        first, second = _PAIRS[row]
        found[index].append(
            {
                "planet1": PLANETS[first],
                "planet2": PLANETS[second],
                "aspect": aspects.NAMES[which],
                "orb": orb,
                "applying": applying,
            }
        )
    return found


def _input(birth: Birth, flags: list[str]) -> Document:
    return {
        "date": birth.date.isoformat(),
        "time": birth.time.isoformat("seconds" if birth.time.second else "minutes"),
        "timezone": birth.zone,
        "latitude": birth.latitude,
        "longitude": birth.longitude,
        "place": birth.place,
        "utc": birth.utc,
        "flags": flags,
    }


def _vedic(row: Row, rising: float, ayanamsa: float, periods: Document) -> Document:
    planets = [
        {
            "name": name,
            "sign": SIGNS[sign],
            "house": house,
            "degree": degree_text(longitude),
            "longitude": longitude,
            "speed": speed,
            "retrograde": speed < 0,
            "nakshatra": NAKSHATRAS[nakshatra],
            "nakshatra_index": nakshatra,
            "pada": quarter,
        }
        for name, sign, house, longitude, speed, nakshatra, quarter in zip(
            VEDIC_POINTS,
            row["sign"],
            row["house"],
            row["longitude"],
            row["speed"],
            row["nakshatra"],
            row["pada"],
            strict=True,
        )
    ]
    ascendant = SIGNS[int(rising // 30) % 12]
    document: Document = {
        "sun_sign": planets[0]["sign"],
        "moon_sign": planets[1]["sign"],
        "ascendant": ascendant,
        "rising_sign": ascendant,
        "ascendant_longitude": rising,
        "ayanamsa": ayanamsa,
        "planets": planets,
        "dasha": periods,
    }
    document["chart_summary"] = vedic_summary(document)
    return document


def _western(row: Row, ascendant: float, midheaven: float, cusps: list[float], met: list[Document]) -> Document:
    planets = [
        {
            "name": name,
            "sign": SIGNS[sign],
            "house": house,
            "degree": degree_text(longitude),
            "longitude": longitude,
            "speed": speed,
            "retrograde": speed < 0,
        }
        for name, sign, house, longitude, speed in zip(
            PLANETS, row["sign"], row["house"], row["longitude"], row["speed"], strict=True
        )
    ]
    elements = dict.fromkeys(ELEMENTS, 0)
    modalities = dict.fromkeys(MODALITIES, 0)
    for sign in row["sign"]:
        elements[ELEMENTS[sign % 4]] += 1
        modalities[MODALITIES[sign % 3]] += 1
    document: Document = {
        "sun_sign": planets[0]["sign"],
        "moon_sign": planets[1]["sign"],
        "rising_sign": SIGNS[int(ascendant // 30) % 12],
        "ascendant_longitude": ascendant,
        "mc_longitude": midheaven,
        "planets": planets,
        "house_cusps": [
            {
                "house": number,
                "sign": SIGNS[int(cusp // 30) % 12],
                "degree": degree_text(cusp),
                "longitude": cusp,
            }
            for number, cusp in enumerate(cusps, start=1)
        ],
        "aspects": met,
        "elements": elements,
        "modalities": modalities,
    }
    document["chart_summary"] = western_summary(document)
    return document


def _dashas(
    periods: dasha.Dashas, jd_ut: np.ndarray, now: dt.datetime, moments_of: Callable[[np.ndarray], list[list[Any]]]
) -> list[Document]:
    dates = moments_of(np.rint((periods.boundaries - _UNIX_EPOCH_JD) * 86400).astype("datetime64[s]"))
    at_birth = periods.at(jd_ut).tolist()
    today = periods.at(np.array([(now.timestamp() / 86400) + _UNIX_EPOCH_JD])).tolist()
    first_lords = periods.first_lord.tolist()
    documents = []
    for moments, born, running, first_lord in zip(dates, at_birth, today, first_lords, strict=True):
        lords = dasha.PERIODS[first_lord]
        # The 120 years cover everybody alive. Outside of them the period of the birth is shown.
        current = lords[running] if 0 <= running <= 80 else (None, None)
        shown = running if 0 <= running <= 80 else born
        antardashas = [
            {"lord": lord, "start": start, "end": end}
            for (_, lord), start, end in zip(lords, moments[:-1], moments[1:], strict=True)
        ]
        documents.append(
            {
                "mahadasha": lords[born][0],
                "antardasha": lords[born][1],
                "current_mahadasha": current[0],
                "current_antardasha": current[1],
                "start_date": moments[shown],
                "end_date": moments[shown + 1],
                "periods": [
                    {
                        "lord": lords[first][0],
                        "start": moments[first],
                        "end": moments[first + 9],
                        "antardashas": antardashas[first : first + 9],
                    }
                    for first in range(0, 81, 9)
                ],
            }
        )
    return documents


def as_datetimes(dates: np.ndarray) -> list[list[dt.datetime]]:
    """UTC datetimes, for documents that are stored."""
    return [[moment.replace(tzinfo=dt.UTC) for moment in row] for row in dates.astype(dt.datetime).tolist()]


def as_iso(dates: np.ndarray) -> list[list[str]]:
    """ISO 8601 texts, for documents that are written out: much faster than a datetime each."""
    return np.datetime_as_string(dates, timezone="UTC").tolist()
