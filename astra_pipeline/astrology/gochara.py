"""The Vedic method of reading a day: gochara from the natal Moon, drishti, tara bala, chandrashtama, nakshatra.

Nothing of this is read for a Western chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from astra_pipeline.astrology.zodiac import NAKSHATRAS

GOOD_HOUSES: Mapping[str, frozenset[int]] = {
    "Sun": frozenset({3, 6, 10, 11}),
    "Moon": frozenset({1, 3, 6, 7, 10, 11}),
    "Mars": frozenset({3, 6, 11}),
    "Mercury": frozenset({2, 4, 6, 8, 10, 11}),
    "Jupiter": frozenset({2, 5, 7, 9, 11}),
    "Venus": frozenset({1, 2, 3, 4, 5, 8, 9, 11, 12}),
    "Saturn": frozenset({3, 6, 11}),
    "Rahu": frozenset({3, 6, 11}),
    "Ketu": frozenset({3, 6, 11}),
}
"""Planet -> the houses from the natal Moon in which its transit is favourable.

Source: Phaladeepika of Mantreswara, ch. 26 (gochara phala); Brihat Samhita, ch. 104. The nodes go with Saturn.
"""

_SEVENTH = (7,)
DRISHTI: Mapping[str, tuple[int, ...]] = {
    "Sun": _SEVENTH,
    "Moon": _SEVENTH,
    "Mars": (4, 7, 8),
    "Mercury": _SEVENTH,
    "Jupiter": (5, 7, 9),
    "Venus": _SEVENTH,
    "Saturn": (3, 7, 10),
    "Rahu": _SEVENTH,
    "Ketu": _SEVENTH,
}
"""Planet -> the signs it looks at with its full glance, counted from its own as 1.

Source: Brihat Parashara Hora Shastra, ch. 26 (graha drishti). Parashara names no glance of the nodes' own; they
have the seventh, on each other, that all have.
"""

TARAS = (
    "Janma",
    "Sampat",
    "Vipat",
    "Kshema",
    "Pratyari",
    "Sadhaka",
    "Vadha",
    "Mitra",
    "Parama Mitra",
)
"""The nine taras in turn, from the birth star on."""
# The third, the fifth and the seventh.
_BAD_TARAS = frozenset({2, 4, 6})

NATURES: Mapping[str, tuple[str, ...]] = {
    "fixed": ("Rohini", "Uttara Phalguni", "Uttara Ashadha", "Uttara Bhadrapada"),
    "movable": ("Punarvasu", "Swati", "Shravana", "Dhanishta", "Shatabhisha"),
    "fierce": ("Bharani", "Magha", "Purva Phalguni", "Purva Ashadha", "Purva Bhadrapada"),
    "mixed": ("Krittika", "Vishakha"),
    "swift": ("Ashwini", "Pushya", "Hasta"),
    "gentle": ("Mrigashira", "Chitra", "Anuradha", "Revati"),
    "sharp": ("Ardra", "Ashlesha", "Jyeshtha", "Mula"),
}
"""Nature (dhruva, chara, ugra, mishra, kshipra, mridu, tikshna) -> the nakshatras that have it.

Source: Brihat Samhita, ch. 98; Muhurta Chintamani, nakshatra prakarana.
"""
_NATURE_OF = {nakshatra: nature for nature, stars in NATURES.items() for nakshatra in stars}


@dataclass(frozen=True)
class Tara:
    """The relation of the day's star to the birth star."""

    number: int
    """1 Janma .. 9 Parama Mitra."""
    name: str
    is_good: bool | None
    """None for Janma, the birth star itself, which is mixed."""


def house_from(sign: int, natal_sign: int) -> int:
    """The house 1..12 of a sign counted from a natal sign (both 0 Aries .. 11 Pisces), its own sign the first.

    Gochara counts from the natal Moon: Phaladeepika, ch. 26, verse 1.
    """
    return (sign - natal_sign) % 12 + 1


def is_favourable(planet: str, house: int) -> bool:
    """True when the planet's transit of this house from the natal Moon is favourable, by GOOD_HOUSES."""
    return house in GOOD_HOUSES[planet]


def glance(planet: str, sign: int, other: int) -> int | None:
    """The number of the glance with which a planet in a sign looks at another sign, by DRISHTI; None for none.

    A planet does not look at its own sign: what stands there is joined with it (yuti).
    """
    number = house_from(other, sign)
    return number if number in DRISHTI[planet] else None


def tara_bala(nakshatra: int, birth_nakshatra: int) -> Tara:
    """The tara of a day's nakshatra for a birth star, both 0 Ashwini .. 26 Revati.

    Counted from the birth star, in nines; Vipat, Pratyari and Vadha are unfavourable. Source: Muhurta Chintamani,
    nakshatra prakarana; B. V. Raman, "Muhurtha", ch. 3.
    """
    number = (nakshatra - birth_nakshatra) % 27 % 9
    return Tara(number + 1, TARAS[number], None if number == 0 else number not in _BAD_TARAS)


def is_chandrashtama(moon_sign: int, natal_moon_sign: int) -> bool:
    """True while the Moon is in the eighth sign from the natal Moon (both 0 Aries .. 11 Pisces).

    Source: B. V. Raman, "Muhurtha", ch. 3: for the sixty hours or so of chandrashtama nothing new is begun.
    """
    return house_from(moon_sign, natal_moon_sign) == 8


def nature_of(nakshatra: int) -> str:
    """The nature of a nakshatra, 0 Ashwini .. 26 Revati, by NATURES: what a day under it is used for."""
    return _NATURE_OF[NAKSHATRAS[nakshatra]]
