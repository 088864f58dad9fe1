"""Dates out of spoken language."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from astra_pipeline.language.spoken_birth import date_of
from astra_pipeline_tests.language.spoken_birth.caller import TODAY, born, sayings


def test_an_impossible_date_stays_in_words() -> None:
    found = born("I was born on the 31st of February 1990.")
    with pytest.raises(ValueError, match=r"."):
        dt.date.fromisoformat(found.get("date_of_birth", ""))


def test_one_of_two_dates_is_not_chosen() -> None:
    assert born("I was born on 14 or 15 August 2002.")["date_of_birth"] == "14 or 15 august 2002"
    assert date_of("14 August 2002, or maybe 15 August 2002") is None
    assert date_of("7:15, 15 August 2002") == "2002-08-15"
    assert date_of("at 7:15, August 14 2002") == "2002-08-14"


@given(sayings)
def test_a_date_in_iso_form_is_a_real_day_of_the_past(said: list[str]) -> None:
    found = born(*said, asked="When and where were you born?")
    date = found.get("date_of_birth", "")
    if len(date) == 10 and date[4] == date[7] == "-":
        assert dt.date(1900, 1, 1) <= dt.date.fromisoformat(date) <= TODAY
    assert all(value == value.strip() and value for value in found.values())
