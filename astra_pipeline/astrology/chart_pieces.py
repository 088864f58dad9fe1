"""The pieces of a chart's JSON text that repeat, cut once out of the parts of a chart document.

What changes from birth to birth is a mark in the part; the pieces are what stands before, between and after marks.
Tables of pieces are arrays of `bytes` objects, to be taken by index for many births at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import orjson

from astra_pipeline.astrology import aspects, chart
from astra_pipeline.astrology.chart_numbers import PAIRS, VEDIC_POINTS
from astra_pipeline.astrology.ephemeris import PLANETS
from astra_pipeline.astrology.iso_text import LENGTH
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.zodiac import DEGREE_TEXTS, NAKSHATRAS

HOUSES = 12
PADAS = 4
_MOMENTS = 82
_MARK = "@"

Pieces = list[bytes]


@dataclass(frozen=True)
class PointPieces:
    """The pieces of the points of one zodiac: head, degree, longitude, `between`, speed, tail."""

    heads: list[np.ndarray]
    """For each point its heads by sign * HOUSES + house - 1, with the list's bracket or comma before it."""
    between: bytes
    tails: np.ndarray


def cut(part: Any) -> Pieces:
    """The JSON of a part, cut at its marks."""
    return orjson.dumps(part).split(f'"{_MARK}"'.encode())


@cache
def frame() -> Pieces:
    """A whole document: by turns a piece and the name of what comes after it."""
    vedic = chart.vedic_document(*(f"{_MARK}vedic_{name}" for name in _VEDIC))
    western = chart.western_document(*(f"{_MARK}western_{name}" for name in _WESTERN))
    whole = chart.chart_document("@now", "@input", vedic, western, "@mean_node", "@true_node", "@house_system")
    return re.split(rb'"@(\w+)"', orjson.dumps(whole))


_VEDIC = ("sun", "moon", "rising", "ascendant", "ayanamsa", "points", "dasha", "summary")
_WESTERN = (
    *("sun", "moon", "rising", "ascendant", "midheaven", "points"),
    *("cusps", "aspects", "elements", "modalities", "summary"),
)


@cache
def vedic_pieces() -> PointPieces:
    """The pieces of VEDIC_POINTS; tails by (retrograde * 27 + nakshatra) * PADAS + pada - 1."""

    def point(
        name: str, *, sign: int = 0, house: int = 1, retrograde: bool = False, nakshatra: int = 0, pada: int = 1
    ) -> chart.Document:
        return chart.vedic_point(name, sign, house, _MARK, _MARK, _MARK, retrograde, nakshatra, pada)

    tails = (
        cut(point("Sun", retrograde=retrograde, nakshatra=nakshatra, pada=pada))[3]
        for retrograde in (False, True)
        for nakshatra in range(len(NAKSHATRAS))
        for pada in range(1, PADAS + 1)
    )
    return _point_pieces(VEDIC_POINTS, point, tails)


@cache
def western_pieces() -> PointPieces:
    """The pieces of PLANETS; tails by retrograde."""

    def point(name: str, *, sign: int = 0, house: int = 1, retrograde: bool = False) -> chart.Document:
        return chart.western_point(name, sign, house, _MARK, _MARK, _MARK, retrograde)

    return _point_pieces(PLANETS, point, (cut(point("Sun", retrograde=back))[3] for back in (False, True)))


def _point_pieces(names: tuple[str, ...], point: Callable[..., Any], tails: Iterable[bytes]) -> PointPieces:
    heads = [
        _table(
            (b"," if place else b"[") + cut(point(name, sign=sign, house=house))[0]
            for sign in range(len(SIGNS))
            for house in range(1, HOUSES + 1)
        )
        for place, name in enumerate(names)
    ]
    return PointPieces(heads, cut(point(names[0]))[2], _table(tails))


@cache
def degree_pieces() -> np.ndarray:
    """By `degree_index`: the degree within the sign, and what comes before the longitude."""
    after = cut(chart.cusp_document(1, 0, _MARK, _MARK))[1]
    return _table(orjson.dumps(text) + after for text in DEGREE_TEXTS)


@cache
def cusp_pieces() -> tuple[list[np.ndarray], bytes]:
    """(for each house its heads by sign, the end after the last longitude); a head closes the cusp before it."""
    pieces = [
        [cut(chart.cusp_document(house, sign, _MARK, _MARK)) for sign in range(len(SIGNS))]
        for house in range(1, HOUSES + 1)
    ]
    end = pieces[0][0][2]
    heads = [_table((end + b"," if place else b"[") + head for head, *_ in row) for place, row in enumerate(pieces)]
    return heads, end + b"]"


@cache
def aspect_pieces() -> tuple[np.ndarray, np.ndarray]:
    """(heads by pair * aspects + aspect, each after a comma; tails by applying)."""
    heads = (
        b"," + cut(chart.aspect_document(pair, which, _MARK, applying=False))[0]
        for pair in range(len(PAIRS))
        for which in range(len(aspects.NAMES))
    )
    tails = (cut(chart.aspect_document(0, 0, _MARK, applying=applying))[1] for applying in (False, True))
    return _table(heads), _table(tails)


@cache
def count_piece(names: tuple[str, ...], counts: tuple[int, ...]) -> bytes:
    """An object of counts by name."""
    return orjson.dumps(dict(zip(names, counts, strict=True)))


@cache
def dasha_pieces(born_in: chart.Lords, runs_now: chart.Lords) -> Pieces:
    """The pieces before the start of the period that is shown, before its end, before the periods, after them."""
    before, between, after, end = cut(chart.dasha_document(born_in, runs_now, _MARK, _MARK, _MARK))
    return [before + b'"', b'"' + between + b'"', b'"' + after, end]


@cache
def period_template(first_lord: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """(the text of all periods as letters, [(place of a moment in it, which of the 82 moments)])."""
    marks = [f"{_MARK}{number:0{LENGTH - 1}}" for number in range(_MOMENTS)]
    text = orjson.dumps(chart.period_documents(first_lord, marks))
    places = [(found.start(), int(found[1])) for found in re.finditer(rb"@(\d+)", text)]
    return np.frombuffer(text, dtype=np.uint8), places


def _table(pieces: Iterable[bytes]) -> np.ndarray:
    return np.array(list(pieces), dtype=object)
