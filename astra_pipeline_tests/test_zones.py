"""Zones and local days, against every quarter of an hour there was."""

from __future__ import annotations

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.astrology import localtime
from astra_pipeline.places import gazetteer
from astra_pipeline.zones import day_before, is_skipped, is_zone, local_date, person_zone

DAY = dt.timedelta(days=1)
QUARTER = dt.timedelta(minutes=15)
LONDON, KOLKATA = "Europe/London", "Asia/Kolkata"

IANA = available_timezones()
zones = st.sampled_from(sorted(IANA))
dates = st.dates(dt.date(1970, 1, 5), dt.date(2037, 12, 31))
instants = st.integers(0, 2**31).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))

SKIPPED = (
    ("Pacific/Apia", dt.date(2011, 12, 30)),
    ("Pacific/Fakaofo", dt.date(2011, 12, 30)),
    ("Pacific/Kwajalein", dt.date(1993, 8, 21)),
    ("Pacific/Kiritimati", dt.date(1994, 12, 31)),
    ("Pacific/Enderbury", dt.date(1994, 12, 31)),
)


@cache
def _dates_there(date: dt.date, zone: str) -> frozenset[dt.date]:
    """The local dates of every quarter of an hour of UTC around `date`."""
    there, midnight = ZoneInfo(zone), dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC)
    return frozenset((midnight + number * QUARTER).astimezone(there).date() for number in range(-4 * 40, 4 * 64))


@pytest.mark.parametrize("name", ["Asia/Kolkata", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_an_iana_name_is_a_zone(name: str):
    assert is_zone(name)


@pytest.mark.parametrize(
    "name",
    [None, "", " ", "Mars/Olympus", "Asia/", "Asia", "../Asia/Kolkata", "/etc/passwd", 5, b"UTC", ["UTC"], {}],
)
def test_what_names_no_iana_zone_is_none(name: object):
    assert not is_zone(name)


def test_the_libraries_take_the_same_names_for_zones_as_the_project():
    names = [*sorted(IANA), "localtime", "posixrules", "Factory", "Mars/Olympus", "Asia", "", None, 5.5]
    for library in (localtime, gazetteer):
        assert [library.is_zone(name) for name in names] == [is_zone(name) for name in names]


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=30))
def test_every_name_that_is_a_zone_can_be_used_as_one(name: str):
    if is_zone(name):
        assert ZoneInfo(name).key == name
    else:
        assert name not in IANA


@pytest.mark.parametrize(
    ("user", "zone"),
    [
        ({"timezone": LONDON, "birth_timezone": KOLKATA}, LONDON),
        ({"timezone": None, "birth_timezone": KOLKATA}, KOLKATA),
        ({"timezone": "Mars/Olympus", "birth_timezone": KOLKATA}, KOLKATA),
        ({"birth_timezone": KOLKATA}, KOLKATA),
        ({"timezone": LONDON, "birth_timezone": 330}, LONDON),
        ({"timezone": ["UTC"], "birth_timezone": {"name": "UTC"}}, "Asia/Dubai"),
        ({}, "Asia/Dubai"),
    ],
)
def test_a_persons_zone_is_where_they_are_else_where_they_were_born_else_the_default(
    user: dict[str, object], zone: str
):
    assert person_zone(user, "Asia/Dubai") == zone


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Asia/Kolkata", dt.date(2026, 5, 1), dt.date(2026, 5, 2)),
        ("Asia/Kathmandu", dt.date(2026, 5, 1), dt.date(2026, 5, 2)),
        ("America/St_Johns", dt.date(2026, 10, 31), dt.date(2026, 11, 1)),
        ("America/Sao_Paulo", dt.date(2018, 11, 3), dt.date(2018, 11, 4)),  # midnight itself did not happen
        ("Pacific/Apia", dt.date(2011, 12, 29), dt.date(2011, 12, 31)),
    ],
)
def test_the_local_date_turns_at_local_midnight_and_not_a_millisecond_earlier(
    zone: str, before: dt.date, after: dt.date
):
    midnight = dt.datetime.combine(after, dt.time(), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    assert local_date(midnight, zone) == after
    assert local_date(midnight - dt.timedelta(milliseconds=1), zone) == before


@settings(deadline=None, max_examples=100)
@given(instants, zones, zones)
def test_the_local_date_of_a_moment_does_not_depend_on_how_the_moment_is_written(
    at: dt.datetime, zone: str, written_in: str
):
    assert local_date(at.astimezone(ZoneInfo(written_in)), zone) == local_date(at, zone)
    assert abs(local_date(at, zone) - at.date()) <= DAY


@pytest.mark.parametrize(("zone", "date"), SKIPPED)
def test_a_zone_that_crossed_the_date_line_skipped_a_date(zone: str, date: dt.date):
    assert is_skipped(date, zone)
    assert not is_skipped(date - DAY, zone)
    assert not is_skipped(date + DAY, zone)
    assert not is_skipped(date, "Asia/Kolkata")
    assert day_before(date + DAY, zone) == date - DAY
    assert day_before(date + 2 * DAY, zone) == date + DAY


@settings(deadline=None, max_examples=150)
@given(st.one_of(st.tuples(zones, dates), st.sampled_from(SKIPPED)))
def test_a_date_is_skipped_exactly_when_no_moment_had_it(case: tuple[str, dt.date]):
    zone, date = case
    assert is_skipped(date, zone) == (date not in _dates_there(date, zone))


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_a_change_of_clocks_skips_no_date(zone: str):
    first = dt.date(2018, 1, 1)
    assert [day for day in range(365) if is_skipped(first + day * DAY, zone)] == []


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.tuples(zones, dates), st.sampled_from(SKIPPED)), st.integers(-1, 2))
def test_nothing_lies_between_a_date_and_the_one_before(case: tuple[str, dt.date], days: int):
    zone, date = case[0], case[1] + days * DAY
    before = day_before(date, zone)
    assert before < date
    assert not is_skipped(before, zone)
    there = _dates_there(date, zone)
    assert not any(before < day < date for day in there)
