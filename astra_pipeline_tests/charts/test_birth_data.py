"""The birth that a person's document describes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.astrology.births import Birth
from astra_pipeline.charts import birth_data
from astra_pipeline.charts.births import from_record
from astra_pipeline.errors import BadBirth
from astra_pipeline.people.birth import FIELDS, BirthData
from astra_pipeline.people.person import Person

_NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
BORN: dict[str, Any] = {
    "id": "u",
    "date_of_birth": dt.datetime(2002, 8, 14, tzinfo=dt.UTC),
    "birth_time": "07:15",
    "birth_location": "Jhajjar, Haryana, India",
}


def birth_of(user: dict[str, Any], *, now: dt.datetime) -> Birth:
    return birth_data.birth_of(BirthData.read(user), now=now)


def birth_key(user: dict[str, Any], *, engine: str) -> str:
    return birth_data.birth_key(BirthData.read(user), engine=engine)


def has_current_chart(user: dict[str, Any], *, engine: str) -> bool:
    return birth_data.has_current_chart(Person.read(user), engine=engine)


def is_complete(user: dict[str, Any]) -> bool:
    return BirthData.read(user).is_complete


def test_the_zone_is_that_of_the_place_and_not_what_is_stored() -> None:
    born = birth_of(BORN | {"birth_location": "Los Angeles, USA", "birth_timezone": "America/New_York"}, now=_NOW)
    assert born.zone == "America/Los_Angeles"
    assert any(flag.startswith("birth_timezone_differs") for flag in born.flags)
    same_clock = birth_of(BORN | {"birth_timezone": "Asia/Calcutta"}, now=_NOW)
    assert same_clock.flags == ()


def test_a_stored_zone_that_is_none_is_no_hint() -> None:
    assert birth_of(BORN | {"birth_timezone": "Mars/Olympus"}, now=_NOW) == birth_of(BORN, now=_NOW)


@given(
    st.sampled_from(["Hyderabad", "London", "Paris", "New York", "Jhajjar, Haryana", "Bandra, Mumbai"]),
    st.sampled_from([None, "Asia/Kolkata", "Asia/Karachi", "America/Toronto", "US/Eastern", "Europe/Paris"]),
    st.dates(dt.date(1900, 1, 2), dt.date(2026, 11, 1)),
    st.times().map(lambda time: time.replace(second=0, microsecond=0)),
)
def test_a_document_and_a_record_of_the_same_data_are_the_same_birth(
    place: str, zone: str | None, date: dt.date, time: dt.time
) -> None:
    born = {"date_of_birth": date.isoformat(), "birth_time": f"{time:%H:%M}", "birth_location": place}
    record = {"date": date.isoformat(), "time": f"{time:%H:%M}", "place": place, "tz": zone}
    assert birth_of(born | {"birth_timezone": zone}, now=_NOW) == from_record(record)


def test_city_and_country_serve_where_the_location_is_unknown() -> None:
    born = birth_of(BORN | {"birth_location": "at home", "birth_city": "Pune", "birth_country": "India"}, now=_NOW)
    assert born.place == "Pune, Maharashtra, India"
    with pytest.raises(BadBirth, match="place is not known"):
        birth_of(BORN | {"birth_location": "at home"}, now=_NOW)


def test_a_day_that_contradicts_the_date_is_flagged() -> None:
    born = birth_of(BORN | {"birth_day": 15, "birth_month": 8}, now=_NOW)
    assert any(flag.startswith("birth_day_differs") for flag in born.flags)
    assert birth_of(BORN | {"birth_day": 14, "birth_month": 8}, now=_NOW).flags == ()


def test_a_date_as_text_of_the_old_system_is_read() -> None:
    assert birth_of(BORN | {"date_of_birth": "2002-08-14T00:00:00.000Z"}, now=_NOW).date == dt.date(2002, 8, 14)


@pytest.mark.parametrize("field", ["date_of_birth", "birth_time", "birth_location"])
def test_without_a_date_a_time_or_a_place_it_is_incomplete(field: str) -> None:
    assert is_complete(BORN)
    for nothing in (None, ""):
        assert not is_complete(BORN | {field: nothing})


def test_the_key_follows_what_a_chart_depends_on_and_the_engine() -> None:
    key = birth_key(BORN, engine="1-mean")
    assert key.startswith("1-mean:")
    assert key == birth_key(BORN | {"name": "Asha", "birth_day": 14}, engine="1-mean")
    assert key != birth_key(BORN, engine="2-mean")
    for field in FIELDS:
        assert key != birth_key(BORN | {field: "other"}, engine="1-mean")
    charted = BORN | {"astra": {"chart_key": key}, "user_overview": {"birth_chart": {"engine": {}}}}
    assert has_current_chart(charted, engine="1-mean")
    assert not has_current_chart(charted | {"user_overview": {"birth_chart": {"planets": []}}}, engine="1-mean")


_odd = (
    st.none()
    | st.text(max_size=30)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.lists(st.text(max_size=3), max_size=2)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
    | st.datetimes(timezones=st.just(dt.UTC))
)


@given(st.dictionaries(st.sampled_from([*FIELDS, "birth_day", "birth_month"]), _odd))
def test_no_document_raises_anything_but_bad_birth(fields: dict[str, Any]) -> None:
    user = BORN | fields
    assert isinstance(birth_key(user, engine="1"), str)
    if not is_complete(user):
        return
    try:
        born = birth_of(user, now=_NOW)
    except BadBirth:
        return
    assert born.utc.utcoffset() == dt.timedelta(0)
