"""Two or three true sentences about a chart, from its placements alone."""

from __future__ import annotations

from functools import cache

from astra_pipeline.astrology.chart_numbers import VEDIC_POINTS

_ORDINALS = ("", "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th", "11th", "12th")
_A_GATHERING = 3

# (sign, house) of a planet.
Placed = tuple[str, int]


def vedic_summary(
    ascendant: str, sun: Placed, moon: Placed, mansion: tuple[str, int], born_in: tuple[str, str], together: str
) -> str:
    """Sentences about the Vedic part of a chart.

    `mansion` is the Moon's (nakshatra, pada), `born_in` the (mahadasha, antardasha) of the birth, `together` what
    `gathered` says.
    """
    return (
        f"{ascendant} rises, with the Sun in {sun[0]} in the {_ORDINALS[sun[1]]} house and "
        f"the Moon in {moon[0]} in the {_ORDINALS[moon[1]]}. "
        f"The Moon's nakshatra is {mansion[0]}, pada {mansion[1]}, so life began in "
        f"{born_in[0]} mahadasha, {born_in[1]} antardasha.{together}"
    )


def western_summary(
    sun: Placed, moon: Placed, rising: str, elements: str, closest: tuple[str, str, str, float] | None
) -> str:
    """Sentences about the Western part of a chart.

    `elements` is what `leading` says; `closest` is (aspect, planet, planet, orb in degrees), None without one.
    """
    text = (
        f"Sun in {sun[0]} in the {_ORDINALS[sun[1]]} house, Moon in {moon[0]} in the "
        f"{_ORDINALS[moon[1]]}, {rising} rising. {elements}"
    )
    if closest is None:
        return text
    aspect, first, second, orb = closest
    return f"{text} The closest aspect is the {aspect} of {first} and {second}, exact to {orb:.1f} degrees."


@cache
def leading(elements: tuple[str, ...], counts: tuple[int, ...]) -> str:
    """A sentence about the elements with the most planets in their signs."""
    most = max(counts)
    names = [name for name, count in zip(elements, counts, strict=True) if count == most]
    return f"{most} of the ten planets stand in {' and as many in '.join(names)} signs."


@cache
def gathered(points: int, house: int) -> str:
    """A sentence, after a space, about the points in a house; "" for fewer than three.

    Bit i of `points` stands for VEDIC_POINTS[i].
    """
    names = [name for place, name in enumerate(VEDIC_POINTS) if points >> place & 1]
    if len(names) < _A_GATHERING:
        return ""
    return f" {', '.join(names[:-1])} and {names[-1]} gather in the {_ORDINALS[house]} house."
