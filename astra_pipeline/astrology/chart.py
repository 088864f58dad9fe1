"""Birth charts as documents: the numbers of many births are computed at once, then written out birth by birth.

The shape of a chart document and of each of its parts is here, a function a part. `chart_text` writes the same
document as JSON text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from astra_pipeline.astrology import aspects, dasha
from astra_pipeline.astrology.births import Birth
from astra_pipeline.astrology.chart_numbers import PAIRS, VEDIC_POINTS, Numbers, numbers
from astra_pipeline.astrology.ephemeris import EPHEMERIS, PLANETS, VERSION
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.summary import gathered, leading, vedic_summary, western_summary
from astra_pipeline.astrology.zodiac import ELEMENTS, MODALITIES, NAKSHATRAS, IntArray, degree_text

ENGINE = {"name": "astra_pipeline", "version": VERSION, "ephemeris": EPHEMERIS}
HOUSE_SYSTEMS = ("whole_sign", "placidus")
"""By whether Placidus houses exist at the latitude."""
_NO_PLACIDUS = (
    "houses_whole_sign: Placidus houses do not exist at this latitude; the western houses are whole signs"
)

Document = dict[str, Any]
# The lords of a mahadasha and of an antardasha in it.
Lords = tuple[str | None, str | None]


def charts(births: Sequence[Birth], *, now: dt.datetime, true_node: bool = False) -> list[Document]:
    """Compute the chart document of each birth; `now` (aware) fixes the dasha that is called current.

    Rahu and Ketu stand on the mean node unless `true_node`. In `dasha`, mahadasha and antardasha are those of
    the birth, current_* those of `now`, start_date and end_date the current antardasha's; `periods` are nine
    mahadashas with their antardashas, the first beginning before birth. Times are UTC datetimes.
    """
    if not births:
        return []
    found = numbers(births, now=now, true_node=true_node)
    return [
        chart_document(
            *(now, input_document(birth, placidus=placidus), vedic, western, mean, true),
            HOUSE_SYSTEMS[placidus],
        )
        for birth, vedic, western, mean, true, placidus in zip(
            births,
            _vedics(found),
            _westerns(found),
            found.mean_node.tolist(),
            found.true_node.tolist(),
            found.angles.placidus.tolist(),
            strict=True,
        )
    ]


def chart_document(
    now: Any, given: Any, vedic: Document, western: Document, mean: Any, true: Any, house_system: str
) -> Document:
    """A whole chart; `mean` and `true` are the longitudes of the Moon's nodes, tropical, in degrees."""
    return {
        "system": "both",
        "engine": dict(ENGINE),
        "calculated_at": now,
        "input": given,
        "vedic": vedic,
        "western": western
        | {"mean_node_longitude": mean, "true_node_longitude": true}
        | {"house_system": house_system},
    }


def input_document(birth: Birth, *, placidus: bool) -> Document:
    """The data that the chart was computed from, and the doubts about it."""
    return {
        "date": birth.date.isoformat(),
        "time": birth.time.isoformat("seconds" if birth.time.second else "minutes"),
        "timezone": birth.zone,
        "latitude": birth.latitude,
        "longitude": birth.longitude,
        "place": birth.place,
        "utc": birth.utc,
        "flags": [*birth.flags] if placidus else [*birth.flags, _NO_PLACIDUS],
    }


def vedic_document(
    sun_sign: str, moon_sign: str, rising: str, lagna: Any, ayanamsa: Any, planets: Any, periods: Any, summary: str
) -> Document:
    """The Vedic part; `lagna` and `ayanamsa` in degrees."""
    return {
        "sun_sign": sun_sign,
        "moon_sign": moon_sign,
        "ascendant": rising,
        "rising_sign": rising,
        "ascendant_longitude": lagna,
        "ayanamsa": ayanamsa,
        "planets": planets,
        "dasha": periods,
        "chart_summary": summary,
    }


def vedic_point(
    name: str,
    sign: int,
    house: Any,
    degree: Any,
    longitude: Any,
    speed: Any,
    retrograde: bool,
    nakshatra: int,
    pada: Any,
) -> Document:
    """One of VEDIC_POINTS; `sign` and `nakshatra` are indexes."""
    return western_point(name, sign, house, degree, longitude, speed, retrograde) | {
        "nakshatra": NAKSHATRAS[nakshatra],
        "nakshatra_index": nakshatra,
        "pada": pada,
    }


def western_document(
    sun_sign: str,
    moon_sign: str,
    rising: str,
    ascendant: Any,
    midheaven: Any,
    planets: Any,
    cusps: Any,
    met: Any,
    elements: Any,
    modalities: Any,
    summary: str,
) -> Document:
    """The Western part; `ascendant` and `midheaven` in degrees."""
    return {
        "sun_sign": sun_sign,
        "moon_sign": moon_sign,
        "rising_sign": rising,
        "ascendant_longitude": ascendant,
        "mc_longitude": midheaven,
        "planets": planets,
        "house_cusps": cusps,
        "aspects": met,
        "elements": elements,
        "modalities": modalities,
        "chart_summary": summary,
    }


def western_point(
    name: str, sign: int, house: Any, degree: Any, longitude: Any, speed: Any, retrograde: bool
) -> Document:
    """One of PLANETS; `sign` is an index."""
    return {
        "name": name,
        "sign": SIGNS[sign],
        "house": house,
        "degree": degree,
        "longitude": longitude,
        "speed": speed,
        "retrograde": retrograde,
    }


def cusp_document(number: int, sign: int, degree: Any, longitude: Any) -> Document:
    """The cusp of a house 1..12; `sign` is an index."""
    return {"house": number, "sign": SIGNS[sign], "degree": degree, "longitude": longitude}


def aspect_document(pair: int, which: int, orb: Any, applying: bool) -> Document:
    """An aspect: `pair` is an index into PAIRS, `which` into `aspects.NAMES`."""
    first, second = PAIRS[pair]
    return {
        "planet1": PLANETS[first],
        "planet2": PLANETS[second],
        "aspect": aspects.NAMES[which],
        "orb": orb,
        "applying": applying,
    }


def dasha_document(born_in: Lords, runs_now: Lords, start: Any, end: Any, periods: Any) -> Document:
    """The dashas of a birth; `start` and `end` are those of the period that is shown."""
    return {
        "mahadasha": born_in[0],
        "antardasha": born_in[1],
        "current_mahadasha": runs_now[0],
        "current_antardasha": runs_now[1],
        "start_date": start,
        "end_date": end,
        "periods": periods,
    }


def lords_of(first_lord: int, period: int) -> Lords:
    """The lords of a dasha period; of none outside of the 120 years, which cover everybody alive."""
    lords = dasha.PERIODS[first_lord]
    return lords[period] if 0 <= period < len(lords) else (None, None)


def period_documents(first_lord: int, moments: Sequence[Any]) -> list[Document]:
    """The nine mahadashas with their antardashas, between 82 moments."""
    lords = dasha.PERIODS[first_lord]
    antardashas = [
        {"lord": lord, "start": start, "end": end}
        for (_, lord), start, end in zip(lords, moments[:-1], moments[1:], strict=True)
    ]
    return [
        {
            "lord": lords[first][0],
            "start": moments[first],
            "end": moments[first + 9],
            "antardashas": antardashas[first : first + 9],
        }
        for first in range(0, len(lords), 9)
    ]


def _vedics(found: Numbers) -> list[Document]:
    """For each birth its Vedic part."""
    points = found.vedic
    retrograde = points.speed < 0
    columns = (points.sign, points.house, points.longitude, points.speed, retrograde, points.nakshatra, points.pada)
    documents = []
    for rising, ayanamsa, periods, in_house, house, *row in zip(
        found.lagna.tolist(),
        found.ayanamsa.tolist(),
        _dashas(found),
        found.in_fullest.tolist(),
        found.fullest.tolist(),
        *_by_birth(*columns),
        strict=True,
    ):
        planets = [
            vedic_point(name, sign, house, degree_text(longitude), longitude, *rest)
            for name, sign, house, longitude, *rest in zip(VEDIC_POINTS, *row, strict=True)
        ]
        sun, moon = planets[:2]
        ascendant = SIGNS[int(rising // 30) % 12]
        summary = vedic_summary(
            ascendant,
            (sun["sign"], sun["house"]),
            (moon["sign"], moon["house"]),
            (moon["nakshatra"], moon["pada"]),
            (periods["mahadasha"], periods["antardasha"]),
            gathered(in_house, house),
        )
        documents.append(
            vedic_document(sun["sign"], moon["sign"], ascendant, rising, ayanamsa, planets, periods, summary)
        )
    return documents


def _westerns(found: Numbers) -> list[Document]:
    """For each birth its Western part."""
    points, angles = found.western, found.angles
    columns = (points.sign, points.house, points.longitude, points.speed, points.speed < 0)
    documents = []
    for ascendant, midheaven, cusps, met, elements, modalities, *row in zip(
        angles.ascendant.tolist(),
        angles.midheaven.tolist(),
        angles.cusps.T.tolist(),
        _aspects(found),
        counts(ELEMENTS, found.elements),
        counts(MODALITIES, found.modalities),
        *_by_birth(*columns),
        strict=True,
    ):
        planets = [
            western_point(name, sign, house, degree_text(longitude), longitude, *rest)
            for name, sign, house, longitude, *rest in zip(PLANETS, *row, strict=True)
        ]
        sun, moon = planets[:2]
        rising = SIGNS[int(ascendant // 30) % 12]
        closest = min(met, key=lambda aspect: aspect["orb"], default=None)
        summary = western_summary(
            (sun["sign"], sun["house"]),
            (moon["sign"], moon["house"]),
            rising,
            leading(tuple(elements), tuple(elements.values())),
            closest and (closest["aspect"], closest["planet1"], closest["planet2"], closest["orb"]),
        )
        houses = [
            cusp_document(number, int(cusp // 30) % 12, degree_text(cusp), cusp)
            for number, cusp in enumerate(cusps, start=1)
        ]
        documents.append(
            western_document(
                *(sun["sign"], moon["sign"], rising, ascendant, midheaven),
                *(planets, houses, met, elements, modalities, summary),
            )
        )
    return documents


def counts(names: Sequence[str], found: IntArray) -> list[dict[str, int]]:
    """Counts (names, births) as {name: count} for each birth."""
    return [dict(zip(names, row, strict=True)) for row in found.T.tolist()]


def _by_birth(*columns: np.ndarray) -> list[list[list[Any]]]:
    """Arrays (points, births) as plain values, birth by birth: reading single numbers out of arrays costs."""
    return [values.T.tolist() for values in columns]


def _aspects(found: Numbers) -> list[list[Document]]:
    """For each birth the aspects among its planets, in the order of PAIRS."""
    documents: list[list[Document]] = [[] for _ in found.lagna]
    pairs, births = np.nonzero(found.aspect >= 0)
    for birth, *parts in zip(
        births.tolist(),
        pairs.tolist(),
        *(values[pairs, births].tolist() for values in (found.aspect, found.orb, found.applying)),
        strict=True,
    ):
        documents[birth].append(aspect_document(*parts))
    return documents


def _dashas(found: Numbers) -> list[Document]:
    moments = [
        [moment.replace(tzinfo=dt.UTC) for moment in row] for row in found.moments.astype(dt.datetime).tolist()
    ]
    return [
        dasha_document(
            lords_of(first_lord, born),
            lords_of(first_lord, running),
            dates[shown],
            dates[shown + 1],
            period_documents(first_lord, dates),
        )
        for first_lord, born, running, shown, dates in zip(
            found.periods.first_lord.tolist(),
            found.born_in.tolist(),
            found.runs_now.tolist(),
            found.shown.tolist(),
            moments,
            strict=True,
        )
    ]
