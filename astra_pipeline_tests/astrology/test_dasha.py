"""Vimshottari periods: by example and for any Moon."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.astrology import dasha
from astra_pipeline.astrology.births import from_record
from astra_pipeline.astrology.chart import charts
from astra_pipeline.astrology.timescales import julian_date, moment

JHAJJAR = {"date": "2002-08-14", "time": "07:15", "lat": 28.6064, "lon": 76.6565, "tz": "Asia/Kolkata"}
NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
BORN = 2452500.5
SPAN = 360 / 27
SECOND = 1 / 86400
# Brihat Parashara Hora Shastra, from the third nakshatra (Krittika, the Sun) round.
PARASHARA = [
    ("Sun", 6),
    ("Moon", 10),
    ("Mars", 7),
    ("Rahu", 18),
    ("Jupiter", 16),
    ("Saturn", 19),
    ("Mercury", 17),
    ("Ketu", 7),
    ("Venus", 20),
]
moons = st.floats(0, 360, exclude_max=True)


def of(moon: float, born: float = BORN) -> dasha.Dashas:
    return dasha.vimshottari(np.array([born]), np.array([moon]))


def running(periods: dasha.Dashas, jd_ut: float) -> tuple[str, str]:
    return dasha.PERIODS[int(periods.first_lord[0])][int(periods.at(np.array([jd_ut]))[0])]


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    return charts([from_record(JHAJJAR)], now=NOW)[0]["vedic"]["dasha"]


def test_the_reference_birth_is_in_rahu_jupiter(reference: dict[str, Any]) -> None:
    assert (reference["mahadasha"], reference["antardasha"]) == ("Rahu", "Jupiter")
    first = reference["periods"][0]
    born = dt.datetime(2002, 8, 14, 1, 45, tzinfo=dt.UTC)
    assert first["lord"] == "Rahu"
    assert first["start"] < born < first["end"]


def test_the_reference_birth_is_in_jupiter_venus_in_november_2026(reference: dict[str, Any]) -> None:
    assert (reference["current_mahadasha"], reference["current_antardasha"]) == ("Jupiter", "Venus")
    assert reference["start_date"] <= NOW < reference["end_date"]
    assert reference["end_date"] - reference["start_date"] == pytest.approx(
        dt.timedelta(days=16 * 20 / 120 * 365.25), abs=dt.timedelta(seconds=2)
    )


def test_the_periods_of_a_document_follow_each_other_without_gaps(reference: dict[str, Any]) -> None:
    mahadashas = reference["periods"]
    assert [one["lord"] for one in mahadashas[:3]] == ["Rahu", "Jupiter", "Saturn"]
    for one, following in zip(mahadashas[:-1], mahadashas[1:], strict=True):
        assert one["end"] == following["start"]
    for one in mahadashas:
        parts = one["antardashas"]
        assert len(parts) == 9
        assert parts[0]["lord"] == one["lord"]
        assert (parts[0]["start"], parts[-1]["end"]) == (one["start"], one["end"])
        assert [part["end"] for part in parts[:-1]] == [part["start"] for part in parts[1:]]
    assert mahadashas[-1]["end"] - mahadashas[0]["start"] == pytest.approx(
        dt.timedelta(days=43830), abs=dt.timedelta(seconds=2)
    )


def test_who_is_older_than_120_years_has_no_current_period() -> None:
    born = from_record(JHAJJAR | {"date": "1901-01-01"})
    later = charts([born], now=dt.datetime(2050, 1, 1, tzinfo=dt.UTC))[0]["vedic"]["dasha"]
    assert (later["current_mahadasha"], later["current_antardasha"]) == (None, None)
    assert later["start_date"] <= born.utc < later["end_date"]


def test_before_birth_the_current_period_may_be_none() -> None:
    early = charts([from_record(JHAJJAR)], now=dt.datetime(1950, 1, 1, tzinfo=dt.UTC))[0]["vedic"]["dasha"]
    assert early["current_mahadasha"] is None
    assert (early["mahadasha"], early["antardasha"]) == ("Rahu", "Jupiter")


@pytest.mark.parametrize("number", range(27))
def test_each_nakshatra_begins_with_its_own_lord(number: int) -> None:
    lord, years = PARASHARA[(number - 2) % 9]
    periods = of((number + 0.5) * SPAN)
    assert dasha.LORDS[int(periods.first_lord[0])] == lord
    boundaries = periods.boundaries[0]
    assert boundaries[9] - boundaries[0] == pytest.approx(years * 365.25)
    assert boundaries[9] - BORN == pytest.approx(years * 365.25 / 2)


def test_a_moon_that_enters_swati_has_all_of_rahu_before_it() -> None:
    boundaries = of(14 * SPAN + 1e-9).boundaries[0]
    assert boundaries[0] == pytest.approx(BORN, abs=1e-3)
    assert boundaries[9] == pytest.approx(BORN + 18 * 365.25, abs=1e-3)


def test_three_quarters_through_bharani_five_years_of_venus_are_left() -> None:
    boundaries = of(1.75 * SPAN).boundaries[0]
    assert boundaries[9] - BORN == pytest.approx(5 * 365.25)
    assert running(of(1.75 * SPAN), BORN)[0] == "Venus"


@given(moons)
def test_periods_are_contiguous_and_last_120_years(moon: float) -> None:
    boundaries = of(moon).boundaries[0]
    assert (np.diff(boundaries) > 0).all()
    assert boundaries[-1] - boundaries[0] == pytest.approx(120 * 365.25)


@given(moons)
def test_the_birth_lies_in_the_first_mahadasha(moon: float) -> None:
    boundaries = of(moon).boundaries[0]
    assert boundaries[0] <= BORN <= boundaries[9] + SECOND / 1000


@given(moons)
def test_lords_come_in_parasharas_order_and_each_has_its_share(moon: float) -> None:
    periods = of(moon)
    lengths = dict(PARASHARA)
    order = [lord for lord, _ in PARASHARA]
    lords = dasha.PERIODS[int(periods.first_lord[0])]
    days = np.diff(periods.boundaries[0])
    for number, ((maha, antar), length) in enumerate(zip(lords, days, strict=True)):
        turn, subturn = divmod(number, 9)
        assert maha == order[(order.index(lords[0][0]) + turn) % 9]
        assert antar == order[(order.index(maha) + subturn) % 9]
        assert length == pytest.approx(lengths[maha] * lengths[antar] / 120 * 365.25, abs=1e-5)


@given(moons, st.floats(0, 119.9))
def test_the_period_of_a_moment_holds_the_moment(moon: float, years: float) -> None:
    periods = of(moon)
    at = float(periods.boundaries[0, 0]) + years * 365.25
    number = int(periods.at(np.array([at]))[0])
    assert periods.boundaries[0, number] <= at < periods.boundaries[0, number + 1]


def test_before_and_after_the_cycle_there_is_no_period() -> None:
    periods = of(100.0)
    first, last = periods.boundaries[0, [0, -1]]
    assert periods.at(np.array([first - 1]))[0] == -1
    assert periods.at(np.array([first]))[0] == 0
    assert periods.at(np.array([last - 1]))[0] == 80
    assert periods.at(np.array([last]))[0] == 81


@given(st.lists(st.tuples(moons, st.floats(2416000, 2468000)), min_size=1, max_size=5))
def test_births_together_have_the_periods_of_each_alone(births: list[tuple[float, float]]) -> None:
    moon, born = (np.array(column) for column in zip(*births, strict=True))
    together = dasha.vimshottari(born, moon)
    for index, (one, at) in enumerate(births):
        assert np.array_equal(together.boundaries[index], of(one, at).boundaries[0])


def test_a_mahadasha_of_jupiter_ends_sixteen_years_after_rahus() -> None:
    born = julian_date([dt.datetime(2002, 8, 14, 1, 45, tzinfo=dt.UTC)])
    boundaries = dasha.vimshottari(born, np.array([14.25 * SPAN])).boundaries[0]
    assert moment(float(boundaries[18])) - moment(float(boundaries[9])) == dt.timedelta(days=16 * 365.25)
