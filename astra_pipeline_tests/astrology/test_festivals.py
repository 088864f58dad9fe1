"""Lunar months and festivals against published calendars; sunrises and moonrises against skyfield."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from skyfield import almanac
from skyfield.api import wgs84

from astra_pipeline.astrology.daylight import NEW_DELHI, Observer, hindu_days
from astra_pipeline.astrology.festivals import Festival, festival_table, festivals_of_year, festivals_on
from astra_pipeline.astrology.lunar_months import months, tithis
from astra_pipeline.astrology.timescales import julian_date, moment
from astra_pipeline_tests.astrology import reference

# Department of Personnel and Training, Government of India: circulars of gazetted and restricted holidays.
GOVERNMENT = {
    2024: {
        "maha_shivaratri": "03-08",
        "holi": "03-25",
        "ugadi": "04-09",
        "rama_navami": "04-17",
        "mahavir_jayanti": "04-21",
        "buddha_purnima": "05-23",
        "raksha_bandhan": "08-19",
        "janmashtami": "08-26",
        "ganesh_chaturthi": "09-07",
        "dussehra": "10-12",
        "diwali": "10-31",
        "kartika_purnima": "11-15",
    },
    2025: {
        "vasant_panchami": "02-02",
        "maha_shivaratri": "02-26",
        "holi": "03-14",
        "ugadi": "03-30",
        "rama_navami": "04-06",
        "mahavir_jayanti": "04-10",
        "buddha_purnima": "05-12",
        "ratha_yatra": "06-27",
        "raksha_bandhan": "08-09",
        "janmashtami": "08-16",
        "ganesh_chaturthi": "08-27",
        "durga_ashtami": "09-30",
        "dussehra": "10-02",
        "karva_chauth": "10-10",
        "diwali": "10-20",
        "govardhan": "10-22",
        "bhai_dooj": "10-23",
        "kartika_purnima": "11-05",
    },
    2026: {
        "maha_shivaratri": "02-15",
        "holi": "03-04",
        "ugadi": "03-19",
        "rama_navami": "03-26",
        "mahavir_jayanti": "03-31",
        "buddha_purnima": "05-01",
        "janmashtami": "09-04",
        "ganesh_chaturthi": "09-14",
        "dussehra": "10-20",
        "diwali": "11-08",
        "kartika_purnima": "11-24",
    },
}
# Drik Panchang, festivals for New Delhi.
PANCHANG = {
    2023: {
        "maha_shivaratri": "02-18",
        "holi": "03-08",
        "akshaya_tritiya": "04-22",
        "raksha_bandhan": "08-30",
        "janmashtami": "09-06",
        "ganesh_chaturthi": "09-19",
        "navaratri": "10-15",
        "dussehra": "10-24",
        "diwali": "11-12",
    },
    2024: {
        "vasant_panchami": "02-14",
        "hanuman_jayanti": "04-23",
        "akshaya_tritiya": "05-10",
        "guru_purnima": "07-21",
        "nag_panchami": "08-09",
        "navaratri": "10-03",
        "durga_ashtami": "10-11",
        "sharad_purnima": "10-16",
        "karva_chauth": "10-20",
        "dhanteras": "10-29",
        "govardhan": "11-02",
        "bhai_dooj": "11-03",
        "chhath": "11-07",
    },
    2025: {
        "hanuman_jayanti": "04-12",
        "akshaya_tritiya": "04-30",
        "guru_purnima": "07-10",
        "nag_panchami": "07-29",
        "pitru_amavasya": "09-21",
        "navaratri": "09-22",
        "sharad_purnima": "10-06",
        "dhanteras": "10-18",
        "chhath": "10-27",
    },
    2026: {
        "vasant_panchami": "01-23",
        "hanuman_jayanti": "04-02",
        "akshaya_tritiya": "04-19",
        "ratha_yatra": "07-16",
        "guru_purnima": "07-29",
        "nag_panchami": "08-17",
        "raksha_bandhan": "08-28",
        "pitru_amavasya": "10-10",
        "navaratri": "10-11",
        "durga_ashtami": "10-19",
        "karva_chauth": "10-29",
        "dhanteras": "11-06",
        "govardhan": "11-10",
        "bhai_dooj": "11-11",
        "chhath": "11-15",
    },
}


@pytest.mark.parametrize("year", [2023, 2024, 2025, 2026])
def test_festivals_fall_on_the_published_dates(year: int) -> None:
    published = GOVERNMENT.get(year, {}) | PANCHANG[year]
    computed = festivals_of_year(year)
    assert {name: f"{computed[name]:%m-%d}" for name in published} == published


def test_every_festival_comes_once_a_year() -> None:
    rows = {one.id for one in festival_table().festivals}
    for year in range(2027, 2032):
        assert festivals_of_year(year).keys() == rows


def test_a_date_knows_its_festivals() -> None:
    assert [one.name for one in festivals_on(dt.date(2026, 11, 8))] == ["Diwali"]
    assert festivals_on(dt.date(2026, 11, 29)) == ()


def test_the_dark_half_has_the_next_months_name_in_the_north() -> None:
    row: dict[str, Any] = {"id": "x", "name": "X", "at": "sunrise", "otherwise": "begins", "source": "a book"}
    Festival(**row, month="Ashvina", purnimanta="Kartika", tithi="Amavasya")
    with pytest.raises(ValueError, match="purnimanta"):
        Festival(**row, month="Ashvina", purnimanta="Ashvina", tithi="Amavasya")
    with pytest.raises(ValueError, match="month and tithi"):
        Festival(**row, month="October", purnimanta="Ashvina", tithi="Amavasya")


# Rashtriya Panchang: the leap months of these years.
@pytest.mark.parametrize(
    ("year", "name"),
    [(2018, "Jyeshtha"), (2020, "Ashvina"), (2023, "Shravana"), (2026, "Jyeshtha"), (2029, "Chaitra")],
)
def test_leap_months_are_the_published_ones(year: int, name: str) -> None:
    low, high = julian_date([dt.datetime(number, 1, 1, tzinfo=dt.UTC) for number in (year, year + 1)])
    assert [month.name for month in months(low, high) if month.leap] == [name]


def test_tithis_follow_each_other_without_a_gap() -> None:
    low, high = julian_date([dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 12, 1, tzinfo=dt.UTC)])
    found = tithis(low, high)
    for one, following in pairwise(found):
        assert following.number == (one.number + 1) % 30
        assert abs(following.begins - one.ends) < 1e-6
        assert 19 / 24 < one.ends - one.begins < 27 / 24


@pytest.mark.parametrize("observer", [NEW_DELHI, Observer(51.5074, -0.1278, "Europe/London")])
def test_the_sun_and_the_moon_rise_when_skyfield_sees_them(observer: Observer) -> None:
    place = reference.kernel()["earth"] + wgs84.latlon(observer.latitude, observer.longitude)
    days = hindu_days(dt.date(2026, 10, 20), dt.date(2026, 10, 26), observer)
    assert [day.date for day in days] == [dt.date(2026, 10, 20) + dt.timedelta(days=count) for count in range(7)]
    start, end = (reference.scale().from_datetime(dt.datetime(2026, 10, day, tzinfo=dt.UTC)) for day in (19, 28))
    kernel = reference.kernel()
    suns = [time.utc_datetime() for time in almanac.find_risings(place, kernel["sun"], start, end)[0]]
    sets = [time.utc_datetime() for time in almanac.find_settings(place, kernel["sun"], start, end)[0]]
    moons = [time.utc_datetime() for time in almanac.find_risings(place, kernel["moon"], start, end)[0]]
    for day in days:
        assert min(abs(moment(day.sunrise) - rise) for rise in suns) < dt.timedelta(seconds=30)
        assert min(abs(moment(day.sunset) - rise) for rise in sets) < dt.timedelta(seconds=30)
        if day.moonrise == day.moonrise:  # nan: the Moon does not rise between these sunrises
            # Skyfield's Moon is a point of the mean radius seen from the ellipsoid.
            assert min(abs(moment(day.moonrise) - rise) for rise in moons) < dt.timedelta(minutes=2)
