"""A chart drawn as a wheel, from its real positions (SVG)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from astra_pipeline.astrology.zodiac import SIGNS

_GLYPHS = {
    "Sun": "☉", "Moon": "☽", "Mercury": "☿", "Venus": "♀", "Mars": "♂", "Jupiter": "♃", "Saturn": "♄",
    "Uranus": "♅", "Neptune": "♆", "Pluto": "♇", "Rahu": "☊", "Ketu": "☋", "Mean Node": "☊",
}  # fmt: skip
_SIGN_GLYPHS = "♈♉♊♋♌♍♎♏♐♑♒♓"
_ELEMENT_COLOURS = ("#f6d5cd", "#d9e7cf", "#fbf0c9", "#cfe3f1")
_ASPECT_COLOURS = {"square": "#c0392b", "opposition": "#c0392b", "trine": "#2a7ab8", "sextile": "#2a7ab8"}
_TEXT_ONLY = "\ufe0e"  # the letter, not the emoji
_SIZE, _CENTRE = 420, 210
_RIM, _SIGNS_INSIDE, _PLANETS_AT, _ASPECTS_AT = 205, 172, 148, 112
# Degrees by which neighbours' glyphs are kept apart; the tick shows the planet's real place.
_APART = 7.5


def wheel(
    planets: Sequence[Mapping[str, Any]],
    aspects: Sequence[Mapping[str, Any]] = (),
    *,
    ascendant: float | None = None,
    cusps: Sequence[float] = (),
) -> str:
    """Draw {name, longitude, retrograde} and {planet1, planet2, aspect} as an SVG document.

    The ascendant is on the left, longitudes run anticlockwise; without one, 0° Aries is on the left.
    """
    turn = ascendant or 0.0
    svg = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {_SIZE} {_SIZE}", "width": f"{_SIZE}"},
        height=f"{_SIZE}",
    )
    ElementTree.SubElement(svg, "circle", cx=f"{_CENTRE}", cy=f"{_CENTRE}", r=f"{_RIM + 3}", fill="white")
    for index in range(12):
        _sector(svg, index, turn)
    for number, cusp in enumerate(cusps, start=1):
        angular = number in (1, 4, 7, 10)
        _line(svg, cusp - turn, _ASPECTS_AT, _SIGNS_INSIDE, "#444" if angular else "#bbb", 2 if angular else 1)
    longitudes = {str(planet["name"]): float(planet["longitude"]) for planet in planets}
    for aspect in aspects:
        colour = _ASPECT_COLOURS.get(str(aspect["aspect"]))
        if colour and aspect["planet1"] in longitudes and aspect["planet2"] in longitudes:
            ends = [_at(longitudes[str(aspect[side])] - turn, _ASPECTS_AT) for side in ("planet1", "planet2")]
            _segment(svg, ends[0], ends[1], colour, 0.8)
    ElementTree.SubElement(
        svg, "circle", cx=f"{_CENTRE}", cy=f"{_CENTRE}", r=f"{_ASPECTS_AT}", fill="none", stroke="#999"
    )
    shown = _spread({name: longitude for name, longitude in longitudes.items() if name in _GLYPHS})
    backwards = {str(planet["name"]) for planet in planets if planet.get("retrograde")}
    for name, place in shown.items():
        _line(svg, longitudes[name] - turn, _SIGNS_INSIDE - 6, _SIGNS_INSIDE, "#333", 1.5)
        _text(svg, place - turn, _PLANETS_AT, _GLYPHS[name] + _TEXT_ONLY, 19, "#222")
        if name in backwards:
            _text(svg, place - turn, _PLANETS_AT - 18, "℞", 10, "#a33")
    return ElementTree.tostring(svg, encoding="unicode")


def chart_wheel(chart: Mapping[str, Any]) -> str:
    """The wheel of a chart document's western part."""
    western = chart["western"]
    return wheel(
        western["planets"],
        western["aspects"],
        ascendant=western["ascendant_longitude"],
        cusps=[cusp["longitude"] for cusp in western["house_cusps"]],
    )


def _spread(longitudes: Mapping[str, float]) -> dict[str, float]:
    """The degrees at which glyphs are drawn so that neighbours do not cover each other, in their order."""
    order = sorted(longitudes, key=lambda name: longitudes[name])
    if not order:
        return {}
    # Begin after the widest gap, so that pushing forwards does not run into the first again.
    gaps = [(longitudes[name] - longitudes[order[index - 1]]) % 360 for index, name in enumerate(order)]
    start = gaps.index(max(gaps))
    order = order[start:] + order[:start]
    places: dict[str, float] = {}
    last: float | None = None
    for name in order:
        place = longitudes[name]
        if last is not None:
            place = last + max((place - last) % 360 if (place - last) % 360 < 180 else 0.0, _APART)
        places[name] = last = place
    return places


def _sector(svg: ElementTree.Element, index: int, turn: float) -> None:
    begin, end = index * 30 - turn, index * 30 + 30 - turn
    (a, b), (c, d) = _at(begin, _RIM), _at(end, _RIM)
    (e, f), (g, h) = _at(end, _SIGNS_INSIDE), _at(begin, _SIGNS_INSIDE)
    path = (
        f"M{a:.1f} {b:.1f}A{_RIM} {_RIM} 0 0 0 {c:.1f} {d:.1f}L{e:.1f} {f:.1f}"
        f"A{_SIGNS_INSIDE} {_SIGNS_INSIDE} 0 0 1 {g:.1f} {h:.1f}Z"
    )
    sector = ElementTree.SubElement(svg, "path", d=path, fill=_ELEMENT_COLOURS[index % 4], stroke="#999")
    ElementTree.SubElement(sector, "title").text = SIGNS[index]
    _text(svg, begin + 15, (_RIM + _SIGNS_INSIDE) / 2, _SIGN_GLYPHS[index] + _TEXT_ONLY, 18, "#444")


def _at(degrees: float, radius: float) -> tuple[float, float]:
    angle = math.radians(180 + degrees)
    return _CENTRE + radius * math.cos(angle), _CENTRE - radius * math.sin(angle)


def _line(
    svg: ElementTree.Element, degrees: float, inside: float, outside: float, colour: str, width: float
) -> None:
    _segment(svg, _at(degrees, inside), _at(degrees, outside), colour, width)


def _segment(
    svg: ElementTree.Element, start: tuple[float, float], end: tuple[float, float], colour: str, width: float
) -> None:
    ElementTree.SubElement(
        svg,
        "line",
        {"stroke-width": f"{width}"},
        x1=f"{start[0]:.1f}",
        y1=f"{start[1]:.1f}",
        x2=f"{end[0]:.1f}",
        y2=f"{end[1]:.1f}",
        stroke=colour,
    )


def _text(svg: ElementTree.Element, degrees: float, radius: float, text: str, size: int, colour: str) -> None:
    x, y = _at(degrees, radius)
    placed = {"text-anchor": "middle", "dominant-baseline": "central", "font-size": f"{size}"}
    ElementTree.SubElement(svg, "text", placed, x=f"{x:.1f}", y=f"{y:.1f}", fill=colour).text = text
