"""The theme of a day and of a week: one, by rank."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from itertools import product

import pytest

from astra_pipeline.astrology.gochara import TARAS
from astra_pipeline.astrology.landmarks import Landmark
from astra_pipeline.astrology.natal import Natal
from astra_pipeline.astrology.signs import SIGNS, System
from astra_pipeline.astrology.slow_transits import SlowTransit, slow_transits
from astra_pipeline.astrology.theme import (
    RANKS,
    LifeDate,
    Standing,
    glances,
    moon_of_day,
    theme_of_day,
    theme_of_week,
)
from astra_pipeline.astrology.zodiac import NAKSHATRAS
from astra_pipeline_tests.astrology import reference
from astra_pipeline_tests.astrology.days import dates, local_day, natal

BORN = "1994-03-12 07:15"
BIRTHS = (BORN, "1971-11-30 23:10", "1985-06-08 14:25", "2001-02-17 04:50")
DAYS = dates("2026-11-01", 120)


@pytest.mark.parametrize("system", ["vedic", "western"])
def test_the_theme_is_the_weightiest_there_is(system: System) -> None:
    kinds = set()
    for born, date in product(BIRTHS, DAYS):
        life = [LifeDate("exam", date)] if date.day % 3 == 0 else []
        theme = theme_of_day(natal(born, system), local_day(date), life)
        ranks = [RANKS.index(kind_of(one)) for one in (theme.subject, *theme.others)]
        assert ranks == sorted(ranks)
        assert theme.kind == kind_of(theme.subject)
        assert isinstance((theme.subject, *theme.others)[-1], Standing)
        assert all(one.stage == "under way" for one in theme.under_way)
        kinds.add(theme.kind)
    assert kinds == set(RANKS)


def kind_of(subject: object) -> str:
    return {Landmark: "landmark", LifeDate: "life_date", SlowTransit: "transit", Standing: "house"}[type(subject)]  # type: ignore[index]


def test_a_landmark_goes_before_a_date_of_ones_life_and_that_before_the_sky() -> None:
    who = natal(BORN, "vedic")
    diwali, quiet = dt.date(2026, 11, 8), dt.date(2026, 11, 12)
    assert theme_of_day(who, local_day(diwali), [LifeDate("viva", diwali)]).key == "festival:diwali"
    theme = theme_of_day(who, local_day(quiet), [LifeDate("viva", quiet), LifeDate("party", diwali)])
    assert theme.subject == LifeDate("viva", quiet)
    assert theme.key == "life_date:2026-11-12"


def test_the_kinds_of_landmarks_have_their_order() -> None:
    """On 24 November 2026 the Full Moon is on a festival of the Full Moon; the festival goes first."""
    theme = theme_of_day(natal(BORN, "vedic"), local_day(dt.date(2026, 11, 24)))
    keys = [one.key for one in (theme.subject, *theme.others) if isinstance(one, Landmark)]
    assert keys == ["festival:kartika_purnima", "lunation:Moon"]


def test_a_return_goes_before_a_festival_and_the_moons_own_goes_last() -> None:
    def landmark(kind: str, body: str = "", point: str = "") -> Landmark:
        return Landmark(kind, "peak", body=body, name="", point=point)  # type: ignore[arg-type]

    ranked = [
        landmark("return", "Saturn"),
        landmark("return", "Jupiter"),
        landmark("return", "Sun"),
        landmark("sade_sati", "Saturn"),
        landmark("dasha"),
        landmark("eclipse", "Sun", "Sun"),
        landmark("station", "Mercury", "Sun"),
        landmark("festival"),
        landmark("lunation", "Moon"),
        landmark("return", "Moon"),
    ]
    shuffled = [*ranked[5:], *ranked[:5]]
    assert sorted(shuffled, key=lambda one: one.rank) == ranked


@pytest.mark.parametrize("system", ["vedic", "western"])
def test_slow_transits_are_exact_where_skyfield_has_them(system: System) -> None:
    compared = 0
    for born, date in product(BIRTHS, DAYS):
        who = natal(born, system)
        for one in slow_transits(who, local_day(date)):
            if one.planet == "Rahu":
                continue
            times = reference.scale().from_datetimes([one.at])
            degree = float(reference.longitudes(one.planet, times, system)[0])
            gap = float(reference.apart(degree, who.points[one.point]))
            assert any(abs(reference.apart(gap, angle)) < 0.003 for angle in ANGLES[one.aspect]), one
            compared += 1
    assert compared > 5


# Aspect -> degrees from the natal point to the planet. One that gives its 10th glance stands 270 degrees behind.
ANGLES = {
    "conjunction": (0,),
    "opposition": (180,),
    "square": (90, -90),
    "trine": (120, -120),
    "sextile": (60, -60),
    "3rd drishti": (-60,),
    "5th drishti": (-120,),
    "7th drishti": (180,),
    "9th drishti": (-240,),
    "10th drishti": (-270,),
}


def test_no_slow_transit_is_missed() -> None:
    """Saturn and Jupiter over every natal point, by skyfield, in the Western zodiac."""
    who = natal(BORN, "western")
    times = reference.moments(local_day(DAYS[0]).start, local_day(DAYS[-1]).end, hours=2)
    found = {
        (one.planet, one.point, one.aspect, one.at.date())
        for date in DAYS
        for one in slow_transits(who, local_day(date))
    }
    expected = set()
    for planet in ("Saturn", "Jupiter"):
        degrees = reference.tropical(planet, times)
        for point in ("Sun", "Moon", "Ascendant", "Midheaven", "Venus", "Mars", "Mercury", "Jupiter", "Saturn"):
            for aspect in ("conjunction", "opposition", "square", "trine", "sextile"):
                if point == planet and aspect == "conjunction":
                    continue
                for angle in ANGLES[aspect]:
                    for at in reference.crossings(degrees, who.points[point] + angle, times):
                        expected.add((planet, point, aspect, at.date()))
    assert {one for one in found if one[0] in ("Saturn", "Jupiter")} == expected
    assert expected


def test_the_moon_of_a_vedic_day_has_its_star_its_tara_and_its_house_from_the_natal_moon() -> None:
    who = natal(BORN, "vedic")
    eighths = 0
    for date in DAYS[:30]:
        day = local_day(date)
        moon = moon_of_day(who, day)
        times = reference.scale().from_datetimes([day.morning])
        degree = float(reference.longitudes("Moon", times, "vedic")[0])
        star, natal_star = int(degree // (360 / 27)), int(who.points["Moon"] // (360 / 27))
        assert (moon.sign, moon.nakshatra) == (SIGNS[int(degree // 30)], NAKSHATRAS[star])
        assert moon.tara is not None
        assert moon.tara.name == TARAS[(star - natal_star) % 27 % 9]
        house = (int(degree // 30) - int(who.points["Moon"] // 30)) % 12 + 1
        assert (moon.house, moon.chandrashtama) == (house, house == 8)
        eighths += moon.chandrashtama
    assert 2 <= eighths <= 3


def test_a_western_day_has_nothing_of_the_vedic_method() -> None:
    who = natal(BORN, "western")
    day = local_day(DAYS[0])
    moon = asdict(moon_of_day(who, day))
    assert {name for name, value in moon.items() if value} == {"sign", "house"}
    assert list(glances(who, day)) == []
    assert not any("drishti" in one.aspect for date in DAYS for one in slow_transits(who, local_day(date)))


def test_glances_fall_on_whole_signs() -> None:
    """Saturn, in sidereal Pisces all through November 2026, looks at Taurus, Virgo and Sagittarius."""
    who = natal(BORN, "vedic")
    seen = {(point, number) for planet, point, number in glances(who, local_day(DAYS[10])) if planet == "Saturn"}
    pisces, counts = SIGNS.index("Pisces"), {0: 1, 2: 3, 6: 7, 9: 10}
    expected = {
        (point, counts[gap])
        for point, degree in who.points.items()
        if (gap := (int(degree // 30) - pisces) % 12) in counts
    }
    assert seen == expected
    assert seen


def test_the_theme_of_a_week_is_the_weightiest_of_its_days() -> None:
    week = [local_day(date) for date in dates("2026-11-02", 7)]
    theme = theme_of_week(natal(BORN, "vedic"), week, [LifeDate("exam", dt.date(2026, 11, 4))])
    assert (theme.key, theme.date) == ("festival:dhanteras", dt.date(2026, 11, 6))
    assert LifeDate("exam", dt.date(2026, 11, 4)) in theme.others
    western = theme_of_week(natal(BORN, "western"), week, [LifeDate("exam", dt.date(2026, 11, 4))])
    assert (western.key, western.date) == ("life_date:2026-11-04", dt.date(2026, 11, 4))


def test_a_quiet_week_has_the_house_of_the_sun() -> None:
    theme = theme_of_week(Natal("vedic", SIGNS.index("Leo")), [local_day(date) for date in dates("2026-11-26", 7)])
    assert theme.subject == Standing("Sun", "Scorpio", 4)
    with pytest.raises(ValueError, match="at least one day"):
        theme_of_week(Natal("vedic", 0), [])
