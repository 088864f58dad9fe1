"""The Vedic method: houses from the Moon, glances, tara bala, chandrashtama."""

from __future__ import annotations

import pytest

from astra_pipeline.astrology import gochara
from astra_pipeline.astrology.ephemeris import PLANETS
from astra_pipeline.astrology.signs import SIGNS
from astra_pipeline.astrology.zodiac import NAKSHATRAS


def sign(name: str) -> int:
    return SIGNS.index(name)


def star(name: str) -> int:
    return NAKSHATRAS.index(name)


def test_houses_are_counted_from_the_natal_moon_itself() -> None:
    assert gochara.house_from(sign("Libra"), sign("Libra")) == 1
    assert gochara.house_from(sign("Virgo"), sign("Libra")) == 12
    assert gochara.house_from(sign("Taurus"), sign("Libra")) == 8


# Brihat Parashara Hora Shastra, ch. 26: the signs that a planet in Aries looks at.
@pytest.mark.parametrize(
    ("planet", "seen"),
    [
        ("Sun", ["Libra"]),
        ("Moon", ["Libra"]),
        ("Mercury", ["Libra"]),
        ("Venus", ["Libra"]),
        ("Mars", ["Cancer", "Libra", "Scorpio"]),
        ("Jupiter", ["Leo", "Libra", "Sagittarius"]),
        ("Saturn", ["Gemini", "Libra", "Capricorn"]),
    ],
)
def test_planets_look_at_the_signs_that_parashara_gives_them(planet: str, seen: list[str]) -> None:
    looked_at = [name for name in SIGNS if gochara.glance(planet, sign("Aries"), sign(name))]
    assert sorted(looked_at) == sorted(seen)


def test_a_glance_is_named_by_its_number() -> None:
    assert gochara.glance("Saturn", sign("Pisces"), sign("Sagittarius")) == 10
    assert gochara.glance("Jupiter", sign("Cancer"), sign("Pisces")) == 9
    assert gochara.glance("Sun", sign("Cancer"), sign("Cancer")) is None


# Tables of tara bala as panchangs print them, for the birth star Rohini.
@pytest.mark.parametrize(
    ("today", "tara", "good"),
    [
        ("Rohini", "Janma", None),
        ("Mrigashira", "Sampat", True),
        ("Ardra", "Vipat", False),
        ("Punarvasu", "Kshema", True),
        ("Pushya", "Pratyari", False),
        ("Ashlesha", "Sadhaka", True),
        ("Magha", "Vadha", False),
        ("Purva Phalguni", "Mitra", True),
        ("Uttara Phalguni", "Parama Mitra", True),
        ("Hasta", "Janma", None),
        ("Shravana", "Janma", None),
        ("Krittika", "Parama Mitra", True),
        ("Bharani", "Mitra", True),
    ],
)
def test_taras_run_in_nines_from_the_birth_star(today: str, tara: str, good: bool | None) -> None:
    found = gochara.tara_bala(star(today), star("Rohini"))
    assert (found.name, found.is_good) == (tara, good)
    assert gochara.TARAS[found.number - 1] == tara


def test_chandrashtama_is_the_eighth_sign_and_no_other() -> None:
    eighth = [name for name in SIGNS if gochara.is_chandrashtama(sign(name), sign("Aries"))]
    assert eighth == ["Scorpio"]


def test_favourable_houses_are_those_of_phaladeepika() -> None:
    assert all(gochara.is_favourable("Saturn", house) == (house in (3, 6, 11)) for house in range(1, 13))
    assert all(gochara.is_favourable("Jupiter", house) == (house in (2, 5, 7, 9, 11)) for house in range(1, 13))
    assert not gochara.is_favourable("Moon", 8)


def test_the_tables_hold_every_planet_that_is_read() -> None:
    read = {*PLANETS[:7], "Rahu", "Ketu"}
    assert gochara.GOOD_HOUSES.keys() == read
    assert gochara.DRISHTI.keys() == read


def test_every_nakshatra_has_one_nature() -> None:
    stars = [name for names in gochara.NATURES.values() for name in names]
    assert sorted(stars) == sorted(NAKSHATRAS)
    assert gochara.nature_of(star("Pushya")) == "swift"
    assert gochara.nature_of(star("Mula")) == "sharp"
