"""The day's sky against published almanacs, and against skyfield's own searches."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from skyfield import almanac
from skyfield.api import Loader
from skyfield_data import get_skyfield_data_path

from astra_pipeline.astrology import UnusableBirth
from astra_pipeline.astrology.ephemeris import longitudes
from astra_pipeline.astrology.search import changes
from astra_pipeline.astrology.sky import day, events, phase_name, tithi_name
from astra_pipeline.astrology.timescales import julian_date

# UTC. Phases, equinoxes and solstices: US Naval Observatory, Astronomical Applications, 2024 and 2025.
# Stations of Mercury: Astronomical Almanac 2024 and common ephemerides.
PUBLISHED = [
    ("2024-01-11 11:57", "New Moon"),
    ("2024-01-18 03:53", "First Quarter"),
    ("2024-01-25 17:54", "Full Moon"),
    ("2024-02-02 23:18", "Last Quarter"),
    ("2024-02-16 15:01", "First Quarter"),
    ("2024-04-08 18:21", "New Moon"),
    ("2024-10-02 18:49", "New Moon"),
    ("2024-10-17 11:26", "Full Moon"),
    ("2024-03-20 03:06", "Sun enters Aries"),
    ("2024-06-20 20:51", "Sun enters Cancer"),
    ("2024-09-22 12:44", "Sun enters Libra"),
    ("2024-12-21 09:21", "Sun enters Capricorn"),
    ("2025-03-20 09:01", "Sun enters Aries"),
    ("2025-06-21 02:42", "Sun enters Cancer"),
    ("2024-04-01 22:14", "Mercury turns retrograde"),
    ("2024-04-25 12:54", "Mercury turns direct"),
]


@pytest.mark.parametrize(("at", "detail"), PUBLISHED)
def test_events_come_when_almanacs_say(at: str, detail: str) -> None:
    published = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    found = [event["at"] for event in day(published.date())["events"] if event["detail"] == detail]
    assert [abs(moment - published) <= dt.timedelta(minutes=5) for moment in found] == [True]


def test_the_phases_and_seasons_of_a_year_are_skyfields() -> None:
    load = Loader(get_skyfield_data_path(), verbose=False)
    kernel, scale = load("de421.bsp"), load.timescale(builtin=True)
    start, end = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2026, 2027))
    times, quarters = almanac.find_discrete(
        scale.from_datetime(start), scale.from_datetime(end), almanac.moon_phases(kernel)
    )
    ours = events(start, end)
    phases = [event for event in ours if event["type"] == "phase"]
    assert [event["detail"] for event in phases] == [almanac.MOON_PHASES[quarter] for quarter in quarters]
    for event, time in zip(phases, times, strict=True):
        assert abs(event["at"] - time.utc_datetime()) < dt.timedelta(minutes=1)
    times, _ = almanac.find_discrete(scale.from_datetime(start), scale.from_datetime(end), almanac.seasons(kernel))
    cardinal = ("Sun enters Aries", "Sun enters Cancer", "Sun enters Libra", "Sun enters Capricorn")
    seasons = [event["at"] for event in ours if event["detail"] in cardinal]
    for moment, time in zip(seasons, times, strict=True):
        assert abs(moment - time.utc_datetime()) < dt.timedelta(minutes=1)
    tithis = [event for event in ours if event["type"] == "tithi"]
    months = sum(event["detail"] == "New Moon" for event in phases)
    assert abs(len(tithis) - 30 * 365.25 / 29.530589) < 2
    assert {event["detail"] for event in tithis} == {f"{tithi_name(index)} begins" for index in range(30)}
    assert months == 12
    stations = [event for event in ours if event["type"] == "station"]
    for planet in ("Saturn", "Uranus", "Neptune", "Pluto"):
        turns = [event["detail"].split()[-1] for event in stations if event["body"] == planet]
        assert sorted(turns) == ["direct", "retrograde"]


@pytest.mark.parametrize("planet", ["Mercury", "Saturn", "Neptune", "Pluto"])
def test_a_station_is_where_the_longitude_turns(planet: str) -> None:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    stations = [e for e in events(start, start + dt.timedelta(days=365)) if e["type"] == "station"]
    for event in (one for one in stations if one["body"] == planet):
        near = julian_date([event["at"]])[0] + np.linspace(-0.5, 0.5, 2001)
        degrees = np.unwrap(longitudes(near, (planet,))[0], period=360)
        # Around its extremum the longitude is a parabola; fitted, its vertex is the station.
        offsets = near - near[1000]
        square, linear, _ = np.polyfit(offsets, degrees - degrees[1000], 2)
        assert abs(-linear / (2 * square)) * 24 * 60 < 5
        assert (square < 0) == event["detail"].endswith("retrograde")


def test_every_event_belongs_to_exactly_one_day() -> None:
    start = dt.date(2026, 2, 10)
    days = [start + dt.timedelta(days=number) for number in range(20)]
    separate = [event for date in days for event in day(date)["events"]]
    first = dt.datetime.combine(start, dt.time(), tzinfo=dt.UTC)
    assert separate == events(first, first + dt.timedelta(days=20))
    assert all(event["at"].date() in days for event in separate)


def test_the_day_tells_its_moon() -> None:
    sky = day(dt.date(2024, 1, 25))
    assert sky["moon"]["phase"] in ("Waxing Gibbous", "Full Moon")
    assert sky["moon"]["tithi"] == "Purnima"
    assert sky["moon"]["illumination"] > 0.98
    assert [position["name"] for position in sky["positions"]][-2:] == ["Mean Node", "True Node"]
    assert phase_name(0) == phase_name(357) == "New Moon"
    assert (tithi_name(0), tithi_name(14), tithi_name(29)) == ("Shukla Pratipada", "Purnima", "Amavasya")


@pytest.mark.parametrize("date", [dt.date(1900, 1, 1), dt.date(2053, 9, 30)])
def test_the_first_and_the_last_date_have_a_sky(date: dt.date) -> None:
    assert day(date)["date"] == date.isoformat()


def test_a_date_the_ephemeris_does_not_cover_is_refused() -> None:
    for date in (dt.date(1899, 12, 31), dt.date(2054, 1, 1)):
        with pytest.raises(UnusableBirth, match="outside of 1900"):
            day(date)


def test_a_search_finds_each_change_of_state_in_order() -> None:
    found = changes(lambda jd: np.floor(jd * 3).astype(np.int64), 0.1, 2.1)
    assert [round(at * 3, 5) for at, _, _ in found] == [1, 2, 3, 4, 5, 6]
    assert [(before, after) for _, before, after in found] == [(n, n + 1) for n in range(6)]
    assert changes(lambda jd: np.zeros(len(jd), dtype=np.int64), 0, 1) == []
