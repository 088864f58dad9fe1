"""Births from records and places in words, and the libraries' refusals as an item's failure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.astrology import births as library
from astra_pipeline.astrology.births import Birth
from astra_pipeline.charts.births import at_place, from_record, parse_date, parse_time
from astra_pipeline.errors import BadBirth, ItemError

AT_JHAJJAR = {"date": "2002-08-14", "time": "07:15", "place": "Jhajjar, Haryana, India"}
COORDINATES = {"lat": 28.6064, "lon": 76.6565, "tz": "Asia/Kolkata"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"date": None}, "date is missing"),
        ({"date": "2001-02-29"}, "date is no date of the calendar"),
        ({"date": "1899-12-31"}, "outside of 1900"),
        ({"time": None}, "time is missing"),
        ({"time": "24:00"}, "time is no time of day"),
        ({"place": None}, "place is missing, and lat and lon are too"),
        ({"place": 5}, "place is of type int"),
        ({"place": "Xyzzyville"}, "place is not known"),
        ({"place": "Pune", "tz": "Mars/Olympus"}, "tz is not an IANA"),
        ({"place": "Pune", "tz": 5.5}, "tz is not an IANA"),
        (COORDINATES | {"lat": 91}, "lat is not between"),
        (COORDINATES | {"lat": None}, "lat is missing"),
    ],
)
def test_a_record_that_cannot_be_a_birth_is_refused_by_field_as_an_items_failure(
    fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadBirth, match=message) as refused:
        from_record(AT_JHAJJAR | fields)
    assert isinstance(refused.value, ItemError)


def test_coordinates_beside_a_place_are_used_and_the_place_only_names_them() -> None:
    record = AT_JHAJJAR | COORDINATES | {"place": "Xyzzyville"}
    assert from_record(record) == library.from_record(record)
    assert from_record(record).place == "Xyzzyville"


def test_the_first_text_that_names_a_place_is_the_birthplace_and_the_first_is_refused_when_none_does() -> None:
    date, time = parse_date("2002-08-14"), parse_time("07:15")
    assert at_place(date, time, ["at home", "Pune, India"]).place == "Pune, Maharashtra, India"
    with pytest.raises(BadBirth, match="place is not known"):
        at_place(date, time, ["at home", "Xyzzyville"])
    with pytest.raises(BadBirth, match="place is missing"):
        at_place(date, time, [])


def test_a_date_and_a_time_that_cannot_be_read_are_an_items_failure() -> None:
    with pytest.raises(BadBirth, match="date is no date"):
        parse_date("soon")
    with pytest.raises(BadBirth, match="time is no time of day"):
        parse_time("soon")


@pytest.mark.parametrize(
    ("place", "tz", "city", "zone", "flags"),
    [
        ("Jhajjar", None, "Jhajjar, Haryana, India", "Asia/Kolkata", []),
        ("Jhajjar", "", "Jhajjar, Haryana, India", "Asia/Kolkata", []),
        ("Jhajjar", "Asia/Calcutta", "Jhajjar, Haryana, India", "Asia/Kolkata", []),
        ("Hyderabad", "Asia/Karachi", "Hyderabad, Sindh, Pakistan", "Asia/Karachi", ["place_ambiguous"]),
        (
            "New York",
            "Asia/Kolkata",
            "New York City, New York, United States",
            "America/New_York",
            ["birth_timezone_differs"],
        ),
    ],
)
def test_a_zone_beside_a_place_chooses_among_its_namesakes_and_never_its_clock(
    place: str, tz: str | None, city: str, zone: str, flags: list[str]
) -> None:
    found = from_record({"date": "2002-08-14", "time": "07:15", "place": place, "tz": tz})
    assert (found.place, found.zone) == (city, zone)
    assert [flag.split(":")[0] for flag in found.flags] == flags


_json = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)


@given(st.dictionaries(st.sampled_from(["date", "time", "lat", "lon", "tz", "place"]), _json))
def test_no_record_raises_anything_but_bad_birth(fields: dict[str, Any]) -> None:
    try:
        found = from_record(AT_JHAJJAR | fields)
    except BadBirth:
        return
    assert isinstance(found, Birth)
    assert found.utc.utcoffset() == dt.timedelta(0)
