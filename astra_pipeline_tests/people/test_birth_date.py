"""Dates of birth that browsers stored as local midnights: case K13, and more of its kind."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.people import birth_date
from astra_pipeline.people.birth import BirthData
from astra_pipeline.zones import at_local

UTC = dt.UTC
KOLKATA, NEW_YORK, SAO_PAULO = "Asia/Kolkata", "America/New_York", "America/Sao_Paulo"
INDIAN = dt.datetime(2002, 8, 13, 18, 30, tzinfo=UTC)  # midnight of the 14th in India
THE_13TH, THE_14TH = dt.date(2002, 8, 13), dt.date(2002, 8, 14)

CASES: list[tuple[dict[str, Any], dt.date]] = [
    ({"date_of_birth": INDIAN, "birth_timezone": KOLKATA}, THE_14TH),
    ({"date_of_birth": INDIAN, "birth_timezone": KOLKATA, "birth_day": 14, "birth_month": 8}, THE_14TH),
    ({"date_of_birth": INDIAN, "timezone": KOLKATA, "birth_timezone": NEW_YORK}, THE_14TH),
    ({"date_of_birth": INDIAN, "birth_timezone": "asia/calcutta "}, THE_14TH),
    ({"date_of_birth": INDIAN}, THE_14TH),  # the default zone is India's
    ({"date_of_birth": INDIAN.replace(tzinfo=None), "birth_timezone": KOLKATA}, THE_14TH),
    ({"date_of_birth": "2002-08-13T18:30:00.000Z", "birth_timezone": KOLKATA}, THE_14TH),
    ({"date_of_birth": "2002-08-13T18:30:00.000Z"}, THE_14TH),
    ({"date_of_birth": "2002-08-13 18:30:00+00:00"}, THE_14TH),
    ({"date_of_birth": "2002-08-14T00:00:00+05:30"}, THE_14TH),
    ({"date_of_birth": "2002-08-14T00:00:00+02:00"}, THE_14TH),
    ({"date_of_birth": "2002-08-14T00:00:00-08:00"}, THE_14TH),
    ({"date_of_birth": "2002-08-14T00:00:00"}, THE_14TH),
    ({"date_of_birth": "Wed Aug 14 2002 00:00:00 GMT+0530 (India Standard Time)"}, THE_14TH),
    ({"date_of_birth": dt.datetime(2002, 8, 14, tzinfo=UTC)}, THE_14TH),
    ({"date_of_birth": dt.datetime(2002, 8, 14, tzinfo=UTC), "birth_timezone": NEW_YORK}, THE_14TH),
    ({"date_of_birth": "2002-08-14T00:00:00.000Z", "birth_timezone": NEW_YORK}, THE_14TH),
    ({"date_of_birth": "2002-08-14", "birth_timezone": NEW_YORK}, THE_14TH),
    ({"date_of_birth": THE_14TH}, THE_14TH),
    # West of UTC the midnight has the same date.
    ({"date_of_birth": dt.datetime(2002, 8, 14, 4, tzinfo=UTC), "timezone": NEW_YORK}, THE_14TH),
    # Nobody knows the zone: the stored day and month decide.
    ({"date_of_birth": dt.datetime(2002, 8, 13, 22, tzinfo=UTC), "birth_day": 14, "birth_month": 8}, THE_14TH),
    ({"date_of_birth": dt.datetime(2002, 8, 13, 22, tzinfo=UTC), "birth_day": 13, "birth_month": 8}, THE_13TH),
    ({"date_of_birth": dt.datetime(2002, 8, 13, 12, tzinfo=UTC), "birth_day": "13", "birth_month": 8.0}, THE_13TH),
    # On New Year's Eve the year differs, too.
    ({"date_of_birth": dt.datetime(1999, 12, 31, 18, 30, tzinfo=UTC)}, dt.date(2000, 1, 1)),
    # The clocks of Sao Paulo skipped that midnight: the date began at 01:00.
    ({"date_of_birth": dt.datetime(2002, 11, 3, 3, tzinfo=UTC), "timezone": SAO_PAULO}, dt.date(2002, 11, 3)),
    # India kept war time in 1943.
    ({"date_of_birth": dt.datetime(1943, 5, 1, 17, 30, tzinfo=UTC)}, dt.date(1943, 5, 2)),
]
FLAGGED: list[tuple[dict[str, Any], dt.date, str]] = [
    ({"date_of_birth": dt.datetime(2002, 8, 13, 22, tzinfo=UTC)}, THE_13TH, "birth_date_open"),
    ({"date_of_birth": dt.datetime(2002, 8, 14, 4, tzinfo=UTC)}, THE_14TH, "birth_date_open"),
    ({"date_of_birth": "2002-08-14T07:15:00Z"}, THE_14TH, "birth_date_open"),
    ({"date_of_birth": INDIAN + dt.timedelta(minutes=1)}, THE_13TH, "birth_date_open"),
    ({"date_of_birth": INDIAN, "birth_day": 13, "birth_month": 8}, THE_13TH, "birth_date_open"),
    ({"date_of_birth": INDIAN, "birth_day": 15, "birth_month": 8}, THE_14TH, "birth_day_differs"),
    ({"date_of_birth": INDIAN, "birth_day": 8, "birth_month": 14}, THE_14TH, "birth_day_differs"),
    (
        {"date_of_birth": dt.datetime(2002, 8, 14, tzinfo=UTC), "birth_day": 13, "birth_month": 8},
        THE_14TH,
        "birth_day_differs",
    ),
]


@pytest.mark.parametrize(("document", "date"), CASES)
def test_a_local_midnight_is_its_local_date(document: dict[str, Any], date: dt.date):
    assert BirthData.read(document).date(KOLKATA) == birth_date.BirthDate(date)


@pytest.mark.parametrize(("document", "date", "flag"), FLAGGED)
def test_a_moment_that_leaves_the_date_open_is_flagged(document: dict[str, Any], date: dt.date, flag: str):
    read = BirthData.read(document).date(KOLKATA)
    assert read.date == date
    assert read.flags[0].startswith(f"{flag}:")


@pytest.mark.parametrize("value", ["", "soon", "2002-08-14T99", "14", "11/03/2002", "2002-13-45T00:00:00Z"])
def test_text_that_is_no_date_or_one_of_two_is_refused(value: str):
    with pytest.raises(ValueError, match="no date"):
        birth_date.read(value)


@pytest.mark.parametrize("value", [None, 5, 1029263400000, True, ["2002-08-14"], {"year": 2002}])
def test_a_value_of_another_type_is_refused(value: object):
    with pytest.raises(TypeError):
        birth_date.read(value)


ZONES = (
    *(KOLKATA, NEW_YORK, SAO_PAULO, "Asia/Beirut", "Africa/Cairo", "Asia/Kathmandu", "America/St_Johns"),
    *("Pacific/Kiritimati", "Pacific/Apia", "America/Havana", "Europe/London", "Asia/Tehran", "America/Asuncion"),
)
zones = st.sampled_from(ZONES)
dates = st.dates(dt.date(1930, 1, 1), dt.date(2026, 11, 1))


@given(dates, zones)
def test_the_midnight_that_a_browser_stores_is_read_where_the_zone_is_known(date: dt.date, zone: str):
    """A browser's `new Date(year, month, day)`: where clocks skip midnight, the date begins an hour late."""
    stored = at_local(date, dt.time(), zone)
    if stored.astimezone(ZoneInfo(zone)).date() != date:
        return  # Samoa skipped that date
    for document in ({"timezone": zone}, {"birth_timezone": zone}):
        read = BirthData.read({"date_of_birth": stored} | document).date(zone)
        assert read == birth_date.BirthDate(date if stored.time() != dt.time() else stored.date())
        day = {"birth_day": date.day, "birth_month": date.month}
        assert BirthData.read({"date_of_birth": stored} | document | day).date(zone) == birth_date.BirthDate(date)


@given(st.datetimes(), st.integers(-5, 40) | st.none(), st.integers(-5, 20) | st.none(), zones)
def test_every_moment_has_a_date_within_a_day_of_it_or_is_flagged(at: dt.datetime, day: Any, month: Any, zone: str):
    read = birth_date.read(at, zones=[zone], day=day, month=month)
    assert abs(read.date - at.date()) <= dt.timedelta(days=1)
    if at.time() == dt.time() and (day is None or month is None):
        assert read == birth_date.BirthDate(at.date())
