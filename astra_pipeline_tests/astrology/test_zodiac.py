"""Signs, nakshatras, padas and the words for degrees."""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.astrology.births import from_record
from astra_pipeline.astrology.chart import charts
from astra_pipeline.astrology.zodiac import (
    NAKSHATRAS,
    SIGNS,
    degree_text,
    nakshatra_index,
    normalised,
    pada,
    sign_index,
    signed,
)

degrees = st.floats(0, 360, exclude_max=True)


def test_the_reference_birth_has_the_signs_the_sky_had() -> None:
    record = {"date": "2002-08-14", "time": "07:15", "lat": 28.6064, "lon": 76.6565, "tz": "Asia/Kolkata"}
    chart = charts([from_record(record)], now=dt.datetime(2026, 11, 23, tzinfo=dt.UTC))[0]
    vedic, western = chart["vedic"], chart["western"]
    assert [vedic[name] for name in ("ascendant", "sun_sign", "moon_sign")] == ["Leo", "Cancer", "Libra"]
    assert [western[name] for name in ("rising_sign", "sun_sign", "moon_sign")] == ["Virgo", "Leo", "Scorpio"]
    moon = vedic["planets"][1]
    assert (moon["name"], moon["nakshatra"], moon["pada"]) == ("Moon", "Swati", 1)


def test_there_are_twelve_signs_and_twenty_seven_nakshatras() -> None:
    assert len(set(SIGNS)) == 12
    assert len(set(NAKSHATRAS)) == 27


@pytest.mark.parametrize("number", range(12))
def test_a_sign_begins_on_its_boundary(number: int) -> None:
    boundary = np.array([number * 30.0, np.nextafter(number * 30.0 + 30, 0)])
    assert sign_index(boundary).tolist() == [number, number]


@pytest.mark.parametrize("quarter", range(108))
def test_a_pada_holds_what_lies_between_its_boundaries(quarter: int) -> None:
    span = 360 / 108
    inside = np.array([quarter * span + 1e-9, (quarter + 0.5) * span, (quarter + 1) * span - 1e-9])
    assert nakshatra_index(inside).tolist() == [quarter // 4] * 3
    assert pada(inside).tolist() == [quarter % 4 + 1] * 3


@pytest.mark.parametrize("number", range(27))
def test_a_nakshatra_begins_with_its_first_pada(number: int) -> None:
    start = np.array([number * 40 / 3])
    assert nakshatra_index(start).tolist() == [number]
    assert pada(start).tolist() == [1]


def test_nine_padas_are_a_sign() -> None:
    middles = (np.arange(108) + 0.5) * 360 / 108
    assert np.array_equal(sign_index(middles), np.arange(108) // 9)


@given(degrees)
def test_nakshatra_and_pada_never_contradict_each_other(longitude: float) -> None:
    at = np.array([longitude])
    number, quarter = int(nakshatra_index(at)[0]), int(pada(at)[0])
    assert 0 <= number <= 26
    assert 1 <= quarter <= 4
    start = Fraction(40, 3) * number + Fraction(10, 3) * (quarter - 1)
    assert start - Fraction(1, 10**9) <= Fraction(longitude) <= start + Fraction(10, 3) + Fraction(1, 10**9)


@given(degrees)
def test_degrees_are_shown_below_30_and_minutes_below_60(longitude: float) -> None:
    shown = re.fullmatch(r"(\d{1,2})°(\d\d)'", degree_text(longitude))
    assert shown is not None
    whole, minutes = int(shown[1]), int(shown[2])
    assert whole < 30
    assert minutes < 60
    assert 0 <= longitude % 30 - (whole + minutes / 60) < 1 / 60 + 1e-9 or longitude % 30 > 30 - 1e-9


@pytest.mark.parametrize(
    ("longitude", "text"),
    [
        (0.0, "0°00'"),
        (147.24, "27°14'"),
        (29.99999, "29°59'"),
        (30.0, "0°00'"),
        (np.nextafter(30.0, 0), "29°59'"),
        (np.nextafter(120.0, 0), "29°59'"),
        (59.9999999, "29°59'"),
        (359.9999999, "29°59'"),
        (12.5, "12°30'"),
    ],
)
def test_degrees_and_minutes_are_cut_off_and_not_rounded_up(longitude: float, text: str) -> None:
    assert degree_text(longitude) == text


@given(degrees)
def test_the_words_for_degrees_belong_to_the_sign_that_is_named(longitude: float) -> None:
    whole, minutes = (int(part) for part in degree_text(longitude).rstrip("'").split("°"))
    told = int(sign_index(np.array([longitude]))[0]) * 30 + whole + minutes / 60
    assert abs(told - longitude) <= 1 / 60 + 1e-9


@given(st.floats(-1e6, 1e6))
def test_normalised_degrees_lie_in_the_circle(value: float) -> None:
    found = float(normalised(value))
    assert 0 <= found < 360
    assert np.cos(np.radians(found)) == pytest.approx(np.cos(np.radians(value)), abs=1e-6)


@given(st.floats(-1e6, 1e6))
def test_signed_degrees_lie_within_half_a_circle(value: float) -> None:
    found = float(signed(value))
    assert -180 <= found < 180
    assert np.sin(np.radians(found)) == pytest.approx(np.sin(np.radians(value)), abs=1e-6)


def test_a_tiny_negative_angle_is_zero_and_not_360() -> None:
    assert float(normalised(-1e-18)) == 0
