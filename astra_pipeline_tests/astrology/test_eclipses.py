"""Eclipses against the canons of NASA and against skyfield."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from skyfield import almanac, eclipselib

from astra_pipeline.astrology.eclipses import eclipses, eclipses_of_year
from astra_pipeline.astrology.sky import day
from astra_pipeline_tests.astrology import reference

# F. Espenak and J. Meeus, "Five Millennium Canon of Solar Eclipses" and "... of Lunar Eclipses" (NASA): greatest
# eclipse in Terrestrial Dynamical Time, which is ahead of UTC by 67 to 75 seconds in these years.
CANON = [
    ("2013-05-25 04:11:06", "Penumbral lunar eclipse"),  # of magnitude 0.016
    ("2013-11-03 12:47:36", "Hybrid solar eclipse"),
    ("2014-04-29 06:04:33", "Annular solar eclipse"),  # the axis misses the Earth
    ("2014-10-23 21:45:39", "Partial solar eclipse"),
    ("2023-04-20 04:17:56", "Hybrid solar eclipse"),
    ("2023-05-05 17:24:05", "Penumbral lunar eclipse"),
    ("2023-10-14 18:00:41", "Annular solar eclipse"),
    ("2023-10-28 20:15:18", "Partial lunar eclipse"),
    ("2024-03-25 07:13:59", "Penumbral lunar eclipse"),
    ("2024-04-08 18:18:29", "Total solar eclipse"),
    ("2024-09-18 02:45:25", "Partial lunar eclipse"),
    ("2024-10-02 18:46:13", "Annular solar eclipse"),
    ("2025-03-14 06:59:56", "Total lunar eclipse"),
    ("2025-03-29 10:48:36", "Partial solar eclipse"),
    ("2025-09-07 18:12:58", "Total lunar eclipse"),
    ("2025-09-21 19:43:04", "Partial solar eclipse"),
    ("2026-02-17 12:13:06", "Annular solar eclipse"),
    ("2026-03-03 11:34:52", "Total lunar eclipse"),
    ("2026-08-12 17:47:06", "Total solar eclipse"),
    ("2026-08-28 04:14:04", "Partial lunar eclipse"),
    ("2027-02-06 16:00:48", "Annular solar eclipse"),
    ("2027-02-20 23:14:06", "Penumbral lunar eclipse"),
    ("2027-07-18 16:04:09", "Penumbral lunar eclipse"),  # of magnitude 0.003
    ("2027-08-02 10:07:50", "Total solar eclipse"),
    ("2027-08-17 07:14:59", "Penumbral lunar eclipse"),
    ("2031-11-14 21:07:31", "Hybrid solar eclipse"),
]


@pytest.mark.parametrize(("at", "name"), CANON)
def test_eclipses_are_those_of_the_canon(at: str, name: str) -> None:
    published = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC) - dt.timedelta(seconds=70)
    found = eclipses(published - dt.timedelta(days=1), published + dt.timedelta(days=1))
    assert [one.name for one in found] == [name]
    assert abs(found[0].at - published) < dt.timedelta(seconds=30)


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_a_year_has_no_eclipse_that_the_canon_lacks(year: int) -> None:
    assert [one.name for one in eclipses_of_year(year)] == [name for at, name in CANON if at.startswith(str(year))]


def test_lunar_eclipses_of_thirty_years_are_skyfields() -> None:
    start, end = reference.scale().utc(2020), reference.scale().utc(2050)
    times, kinds, _ = eclipselib.lunar_eclipses(start, end, reference.kernel())
    ours = [
        one
        for one in eclipses(times[0].utc_datetime() - dt.timedelta(days=1), end.utc_datetime())
        if one.body == "Moon"
    ]
    assert len(times) > 60
    assert [one.kind for one in ours] == [eclipselib.LUNAR_ECLIPSES[kind].lower() for kind in kinds]
    for eclipse, time in zip(ours, times, strict=True):
        assert abs(eclipse.at - time.utc_datetime()) < dt.timedelta(minutes=2)


def test_the_sun_is_eclipsed_where_the_discs_can_touch_from_somewhere_on_earth() -> None:
    """Discs overlap somewhere if their centres come closer than both radii and the difference of parallaxes."""
    start, end = reference.scale().utc(2024), reference.scale().utc(2034)
    times, phases = almanac.find_discrete(start, end, almanac.moon_phases(reference.kernel()))
    new_moons = times[phases == 0]
    expected = []
    for new_moon in new_moons:
        around = reference.scale().tt_jd(new_moon.tt + np.linspace(-0.1, 0.1, 97))
        earth = reference.kernel()["earth"].at(around)
        sun, moon = (earth.observe(reference.kernel()[name]).apparent() for name in ("sun", "moon"))
        apart = np.radians(sun.separation_from(moon).degrees)
        place = int(np.argmin(apart))
        sun_away, moon_away = sun.distance().km[place], moon.distance().km[place]
        reach = np.arcsin(6378.137 / moon_away) - np.arcsin(6378.137 / sun_away)
        reach += np.arcsin(696000 / sun_away) + np.arcsin(1737.4 / moon_away)
        # Poles nearer to the centre and grazing eclipses: none of these years' is within a thousandth of a degree.
        if apart[place] < reach:
            expected.append(new_moon.utc_datetime().date())
    found = [one for one in eclipses(start.utc_datetime(), end.utc_datetime()) if one.body == "Sun"]
    assert len(found) > 20
    assert [one.at.date() for one in found] == expected


def test_longitudes_of_eclipses_are_skyfields() -> None:
    for eclipse in eclipses_of_year(2026):
        times = reference.scale().from_datetimes([eclipse.at])
        for system, ours in (("western", eclipse.longitude), ("vedic", eclipse.sidereal)):
            theirs = reference.longitudes(eclipse.body, times, system)[0]
            assert abs(reference.apart(ours, theirs)) < 0.001


def test_an_eclipse_is_an_event_of_its_day() -> None:
    (event,) = [one for one in day(dt.date(2026, 8, 12))["events"] if one["type"] == "eclipse"]
    assert (event["body"], event["detail"], event["kind"]) == ("Sun", "Total solar eclipse", "total")
    assert event["at"] == dt.datetime(2026, 8, 12, 17, 46, tzinfo=dt.UTC)
    assert abs(event["longitude"] - 140.04) < 0.01


def test_years_beyond_the_ephemeris_have_none() -> None:
    assert eclipses_of_year(1890) == ()
    assert eclipses_of_year(2060) == ()


def test_penumbral_eclipses_are_not_seen() -> None:
    assert {one.name: one.is_seen for one in eclipses_of_year(2024)} == {
        "Penumbral lunar eclipse": False,
        "Total solar eclipse": True,
        "Partial lunar eclipse": True,
        "Annular solar eclipse": True,
    }
