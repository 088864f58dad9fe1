"""Chart documents as JSON text, written for many births at once.

A text is joined from pieces (`chart_pieces`) and from what belongs to the birth. Numbers and moments are written
for all births at once. The text is that of the document which `chart.charts` makes, letter for letter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import pairwise, repeat

import numpy as np
import orjson

from astra_pipeline.astrology import chart
from astra_pipeline.astrology import chart_pieces as pieces
from astra_pipeline.astrology.aspects import NAMES
from astra_pipeline.astrology.births import Birth
from astra_pipeline.astrology.chart_numbers import PAIRS, Numbers, VedicPoints, WesternPoints, numbers
from astra_pipeline.astrology.chart_pieces import HOUSES, PADAS, PointPieces
from astra_pipeline.astrology.ephemeris import PLANETS
from astra_pipeline.astrology.iso_text import LENGTH, iso_texts
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.summary import gathered, leading, vedic_summary, western_summary
from astra_pipeline.astrology.zodiac import (
    ELEMENTS,
    MODALITIES,
    NAKSHATRAS,
    FloatArray,
    IntArray,
    degree_index,
    sign_index,
)

# A piece of text for each birth.
Column = Iterable[bytes | memoryview]
_Written = list[list[bytes]]


def chart_texts(
    births: Sequence[Birth],
    *,
    now: dt.datetime,
    true_node: bool = False,
    ids: Sequence[bytes] | None = None,
    end: bytes = b"",
) -> list[bytes]:
    """The documents of `chart.charts` as JSON, a text a birth, without white space; moments in ISO 8601 with Z.

    With `ids`, JSON values, each document begins with its `id`. `end` is written after each.
    """
    if not births:
        return []
    found = numbers(births, now=now, true_node=true_node)
    named = _vedic(found) | _western(found) | _rest(births, now, found)
    opening, *frame = pieces.frame()
    columns: list[Column] = [repeat(opening, len(births))]
    if ids is not None:
        columns = [repeat(b'{"id":', len(births)), ids, repeat(b"," + opening.removeprefix(b"{"), len(births))]
    for name, piece in zip(frame[::2], frame[1::2], strict=True):
        columns += [*named[name.decode()], repeat(piece, len(births))]
    columns.append(repeat(end, len(births)))
    return list(map(b"".join, zip(*columns, strict=True)))


def _rest(births: Sequence[Birth], now: dt.datetime, found: Numbers) -> dict[str, list[Column]]:
    (mean,), (true,) = _numbers(found.mean_node[None], found.true_node[None])
    systems = [orjson.dumps(name) for name in chart.HOUSE_SYSTEMS]
    placidus = found.angles.placidus.tolist()
    given = (
        orjson.dumps(chart.input_document(birth, placidus=exists), option=orjson.OPT_UTC_Z)
        for birth, exists in zip(births, placidus, strict=True)
    )
    return {
        "now": [repeat(orjson.dumps(now, option=orjson.OPT_UTC_Z), len(births))],
        "input": [given],
        "mean_node": [mean],
        "true_node": [true],
        "house_system": [[systems[exists] for exists in placidus]],
    }


def _vedic(found: Numbers) -> dict[str, list[Column]]:
    points = found.vedic
    longitudes, (lagna,), (ayanamsa,) = _numbers(points.longitude, found.lagna[None], found.ayanamsa[None])
    tails = ((points.speed < 0) * len(NAKSHATRAS) + points.nakshatra) * PADAS + points.pada - 1
    sun, moon, rising = points.sign[0].tolist(), points.sign[1].tolist(), sign_index(found.lagna).tolist()
    first_lords = found.periods.first_lord.tolist()
    born_in = list(map(chart.lords_of, first_lords, found.born_in.tolist()))
    summaries = (
        vedic_summary(
            SIGNS[up], (SIGNS[day], house), (SIGNS[night], other), (NAKSHATRAS[star], pada), lords, together
        )
        for up, day, house, night, other, star, pada, lords, together in zip(
            rising,
            *(sun, points.house[0].tolist()),
            *(moon, points.house[1].tolist()),
            *(points.nakshatra[1].tolist(), points.pada[1].tolist()),
            born_in,
            map(gathered, found.in_fullest.tolist(), found.fullest.tolist()),
            strict=True,
        )
    )
    return {
        "vedic_sun": [_signs(sun)],
        "vedic_moon": [_signs(moon)],
        "vedic_rising": [_signs(rising)],
        "vedic_ascendant": [lagna],
        "vedic_ayanamsa": [ayanamsa],
        "vedic_points": _points(pieces.vedic_pieces(), points, tails, longitudes),
        "vedic_dasha": _dashas(found, first_lords, born_in),
        "vedic_summary": [map(orjson.dumps, summaries)],
    }


def _western(found: Numbers) -> dict[str, list[Column]]:
    points, angles = found.western, found.angles
    longitudes, cusps, (ascendant,), (midheaven,) = _numbers(
        points.longitude, angles.cusps, angles.ascendant[None], angles.midheaven[None]
    )
    sun, moon, rising = points.sign[0].tolist(), points.sign[1].tolist(), sign_index(angles.ascendant).tolist()
    elements = [tuple(row) for row in found.elements.T.tolist()]
    births = np.arange(len(sun))
    summaries = (
        western_summary(
            (SIGNS[day], house),
            (SIGNS[night], other),
            SIGNS[up],
            leading(ELEMENTS, counts),
            (NAMES[which], PLANETS[PAIRS[pair][0]], PLANETS[PAIRS[pair][1]], orb) if which >= 0 else None,
        )
        for up, day, house, night, other, counts, pair, which, orb in zip(
            rising,
            *(sun, points.house[0].tolist()),
            *(moon, points.house[1].tolist()),
            elements,
            *(values.tolist() for values in _closest(found, births)),
            strict=True,
        )
    )
    return {
        "western_sun": [_signs(sun)],
        "western_moon": [_signs(moon)],
        "western_rising": [_signs(rising)],
        "western_ascendant": [ascendant],
        "western_midheaven": [midheaven],
        "western_points": _points(pieces.western_pieces(), points, (points.speed < 0).astype(np.int64), longitudes),
        "western_cusps": _cusps(angles.cusps, cusps),
        "western_aspects": [_aspects(found)],
        "western_elements": [[pieces.count_piece(ELEMENTS, counts) for counts in elements]],
        "western_modalities": [[pieces.count_piece(MODALITIES, tuple(row)) for row in found.modalities.T.tolist()]],
        "western_summary": [map(orjson.dumps, summaries)],
    }


def _closest(found: Numbers, births: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """(pair, aspect or -1, orb) of each birth's closest aspect."""
    return found.closest, found.aspect[found.closest, births], found.orb[found.closest, births]


def _points(
    cut: PointPieces, points: VedicPoints | WesternPoints, tails: IntArray, longitudes: _Written
) -> list[Column]:
    """The list of a zodiac's points; `tails` are indexes into the tails, (points, births)."""
    heads = points.sign * HOUSES + points.house - 1
    degrees = pieces.degree_pieces()[degree_index(points.longitude)].tolist()
    ends = cut.tails[tails].tolist()
    (speeds,) = _numbers(points.speed, before=cut.between)
    columns: list[Column] = []
    for place, table in enumerate(cut.heads):
        columns += [table[heads[place]].tolist(), degrees[place], longitudes[place], speeds[place], ends[place]]
    return [*columns, repeat(b"]", heads.shape[1])]


def _cusps(cusps: FloatArray, longitudes: _Written) -> list[Column]:
    heads, end = pieces.cusp_pieces()
    signs = sign_index(cusps)
    degrees = pieces.degree_pieces()[degree_index(cusps)].tolist()
    columns: list[Column] = []
    for place, table in enumerate(heads):
        columns += [table[signs[place]].tolist(), degrees[place], longitudes[place]]
    return [*columns, repeat(end, cusps.shape[1])]


def _aspects(found: Numbers) -> Column:
    heads, tails = pieces.aspect_pieces()
    births, pairs = np.nonzero(found.aspect.T >= 0)
    parts = [b""] * (3 * len(pairs))
    parts[0::3] = heads[pairs * len(NAMES) + found.aspect[pairs, births]].tolist()
    parts[1::3] = _numbers(found.orb[pairs, births][None])[0][0]
    parts[2::3] = tails[found.applying[pairs, births].astype(np.int64)].tolist()
    ends = np.cumsum(3 * np.bincount(births, minlength=found.aspect.shape[1])).tolist()
    # Each head begins with a comma; that of the first goes.
    return [b"[" + b"".join(parts[first:last])[1:] + b"]" for first, last in pairwise([0, *ends])]


def _dashas(found: Numbers, first_lords: list[int], born_in: list[chart.Lords]) -> list[Column]:
    moments = iso_texts(found.moments)
    births = np.arange(len(first_lords))
    runs_now = map(chart.lords_of, first_lords, found.runs_now.tolist())
    starts, before_end, before_periods, ends = zip(*map(pieces.dasha_pieces, born_in, runs_now), strict=True)
    return [
        *(starts, moments[births, found.shown].tolist()),
        *(before_end, moments[births, found.shown + 1].tolist()),
        *(before_periods, _periods(found.periods.first_lord, moments), ends),
    ]


def _periods(first_lord: IntArray, moments: np.ndarray) -> Column:
    """The periods of each birth: births of one first lord have the same text but for the moments."""
    letters = moments.view(np.uint8).reshape(*moments.shape, LENGTH)
    texts: list[bytes | memoryview] = [b""] * len(first_lord)
    for lord in np.unique(first_lord).tolist():
        births = np.flatnonzero(first_lord == lord)
        template, places = pieces.period_template(lord)
        written = np.empty((len(births), len(template)), dtype=np.uint8)
        written[:] = template
        of_these = letters[births]
        for place, moment in places:
            written[:, place : place + LENGTH] = of_these[:, moment]
        for birth, row in zip(births.tolist(), written, strict=True):
            texts[birth] = row.data
    return texts


def _signs(indexes: Sequence[int]) -> Column:
    return [_SIGN_TEXTS[index] for index in indexes]


_SIGN_TEXTS = [orjson.dumps(sign) for sign in SIGNS]


def _numbers(*arrays: FloatArray, before: bytes = b"") -> list[_Written]:
    """Arrays (rows, births) as JSON numbers: for each array and row a text a birth, with `before` before it."""
    rows = np.concatenate(arrays)
    written = orjson.dumps(rows.ravel(), option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    texts = (before + written.replace(b",", b"\n" + before)).split(b"\n")
    births = rows.shape[1]
    by_row = (
        [texts[first : first + births] for first in range(0, rows.size, births)] if births else [[]] * len(rows)
    )
    ends = np.cumsum([len(array) for array in arrays]).tolist()
    return [by_row[first:last] for first, last in pairwise([0, *ends])]
