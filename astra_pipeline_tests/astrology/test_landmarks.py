"""Landmarks against an independent search over skyfield's positions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest
from skyfield import almanac

from astra_pipeline.astrology.eclipses import eclipses_of_year
from astra_pipeline.astrology.landmarks import RETURN_ORBS, Landmark, landmarks
from astra_pipeline.astrology.natal import NORTH_NODE, Natal
from astra_pipeline.astrology.signs import SIGNS, System
from astra_pipeline_tests.astrology import reference
from astra_pipeline_tests.astrology.days import ZONE, chart, dates, local_day, natal

# Born with Saturn in Aries or Pisces, or Jupiter in Leo or Cancer: their returns are in the days below.
BIRTHS = ("1997-03-12 07:15", "1997-04-02 21:40", "2003-08-20 03:05", "1967-05-30 12:00", "2008-01-17 16:20")
DAYS = dates("2026-10-01", 182)
SYSTEMS: tuple[System, ...] = ("vedic", "western")


def told(who: Natal, days: Iterable[dt.date] = DAYS, **which: str) -> list[tuple[dt.date, Landmark]]:
    """(date, landmark) of those with these values."""
    return [
        (date, one)
        for date in days
        for one in landmarks(who, local_day(date))
        if all(getattr(one, name) == value for name, value in which.items())
    ]


@cache
def half_year(born: str, system: System) -> list[tuple[dt.date, Landmark]]:
    """(date, landmark) of a birth on DAYS."""
    return told(natal(born, system))


def of_birth(born: str, system: System, **which: str) -> list[tuple[dt.date, Landmark]]:
    """Those of half a year with these values."""
    return [
        (date, one)
        for date, one in half_year(born, system)
        if all(getattr(one, name) == value for name, value in which.items())
    ]


@cache
def sampled() -> Any:
    """Skyfield's times over DAYS."""
    return reference.moments(local_day(DAYS[0]).start, local_day(DAYS[-1]).end, hours=2)


@pytest.mark.parametrize("system", SYSTEMS)
def test_returns_are_exact_on_the_days_on_which_skyfield_has_them(system: System) -> None:
    times = sampled()
    compared = 0
    for planet in ("Sun", "Moon", "Venus", "Mars", "Jupiter", "Saturn"):
        degrees = reference.longitudes(planet, times, system)
        for born in BIRTHS:
            who = natal(born, system)
            exact = reference.crossings(degrees, who.points[planet], times)
            expected = [at for at in exact if local_day(DAYS[0]).start <= at < local_day(DAYS[-1]).end]
            found = of_birth(born, system, kind="return", body=planet, stage="peak")
            found = [(date, one) for date, one in found if one.at and _is_exact(one, who, system)]
            assert [date for date, _ in found] == sorted({at.astimezone(ZONE).date() for at in expected})
            for date, one in found:
                assert one.at is not None
                nearest = min(abs(one.at - at) for at in expected)
                # Saturn near its station crosses a degree slowly.
                assert nearest < dt.timedelta(minutes=3 if planet in ("Sun", "Moon") else 30), (planet, date)
                compared += 1
    assert compared > 30


def _is_exact(one: Landmark, who: Natal, system: System) -> bool:
    """False for the peak of a return that is never exact: the moment of least distance."""
    times = reference.scale().from_datetimes([one.at])
    off = float(abs(reference.apart(reference.longitudes(one.body, times, system)[0], who.points[one.point])))
    return off < 0.01


@pytest.mark.parametrize("system", SYSTEMS)
def test_returns_begin_and_end_where_skyfields_planet_is_a_degree_off(system: System) -> None:
    compared = 0
    for born in BIRTHS:
        who = natal(born, system)
        for stage in ("begins", "ends"):
            for _, one in of_birth(born, system, kind="return", stage=stage):
                assert one.at is not None
                if one.body in ("Rahu", NORTH_NODE):
                    continue
                times = reference.scale().from_datetimes([one.at])
                degrees = reference.longitudes(one.body, times, system)
                off = float(abs(reference.apart(degrees[0], who.points[one.point])))
                assert abs(off - RETURN_ORBS[one.body]) < 0.005
                compared += 1
    assert compared > 5


def test_a_return_is_told_on_its_first_day_at_its_peaks_and_on_its_last_day() -> None:
    """Saturn, stationary near 8 Aries in December 2026, goes over the natal degree of a birth of 1967."""
    for born in BIRTHS:
        for system in SYSTEMS:
            days = of_birth(born, system, kind="return", body="Saturn")
            stages = [one.stage for _, one in days]
            for place, (_, one) in enumerate(days):
                if one.stage == "begins" and one.ends and one.ends < local_day(DAYS[-1]).end:
                    assert {"peak", "ends"} <= set(stages[place:])
            assert {one.key for _, one in days} <= {"return:Saturn:Saturn"}
    with_return = {
        (born, system)
        for born in BIRTHS
        for system in SYSTEMS
        if of_birth(born, system, body="Saturn", kind="return")
    }
    assert with_return


@pytest.mark.parametrize("system", SYSTEMS)
def test_new_and_full_moons_stand_in_the_house_that_skyfields_moon_is_in(system: System) -> None:
    times, phases = almanac.find_discrete(
        reference.scale().from_datetime(local_day(DAYS[0]).start),
        reference.scale().from_datetime(local_day(DAYS[-1]).end),
        almanac.moon_phases(reference.kernel()),
    )
    syzygies = [(time, phase) for time, phase in zip(times, phases, strict=True) if phase in (0, 2)]
    for born in BIRTHS[:2]:
        who = natal(born, system)
        found = of_birth(born, system, kind="lunation")
        # One that is an eclipse on a natal point is told as the eclipse.
        eclipsed = {date for date, _ in of_birth(born, system, kind="eclipse")}
        expected = [one for one in syzygies if one[0].utc_datetime().astimezone(ZONE).date() not in eclipsed]
        assert [date for date, _ in found] == [time.utc_datetime().astimezone(ZONE).date() for time, _ in expected]
        for (_, one), (time, phase) in zip(found, expected, strict=True):
            assert one.name == almanac.MOON_PHASES[phase]
            times = reference.scale().from_datetimes([time.utc_datetime()])
            degree = float(reference.longitudes("Moon", times, system)[0])
            assert one.sign == SIGNS[int(degree // 30)]
            if system == "vedic":
                assert one.house == (int(degree // 30) - int(who.points["Moon"] // 30)) % 12 + 1
            else:
                assert one.house == _placidus(chart(born), degree)


def _placidus(document: dict[str, Any], degree: float) -> int:
    cusps = [cusp["longitude"] for cusp in document["western"]["house_cusps"]]
    for house, (opens, closes) in enumerate(zip(cusps, cusps[1:] + cusps[:1], strict=True), start=1):
        if (degree - opens) % 360 < (closes - opens) % 360:
            return house
    raise AssertionError("the cusps leave a gap")


def test_eclipses_on_natal_points_are_told_to_whom_they_concern() -> None:
    """The total eclipse of 12 August 2026 was at 20 Leo, the partial one of 28 August at 5 Pisces."""
    sun_at = Natal(
        "western", 0, {"Sun": 141.5, "Moon": 12.0, "Ascendant": 318.0}, tuple(map(float, range(0, 360, 30)))
    )
    (sun, ascendant) = told(sun_at, dates("2026-08-01", 31), kind="eclipse")
    assert (sun[0], sun[1].point, sun[1].detail) == (dt.date(2026, 8, 12), "Sun", "total conjunction")
    assert (ascendant[1].point, ascendant[1].detail) == ("Ascendant", "total opposition")
    assert sun[1].house == 5
    assert told(sun_at, [dt.date(2026, 8, 12)], kind="lunation") == []
    far = Natal("western", 0, {"Sun": 145.0, "Moon": 12.0}, tuple(map(float, range(0, 360, 30))))
    assert told(far, dates("2026-08-01", 31), kind="eclipse") == []


def test_a_penumbral_eclipse_is_no_landmark_of_a_vedic_chart() -> None:
    (penumbral,) = [one for one in eclipses_of_year(2027) if one.at.month == 2 and one.body == "Moon"]
    western = Natal("western", 0, {"Moon": penumbral.longitude}, tuple(map(float, range(0, 360, 30))))
    vedic = Natal("vedic", int(penumbral.sidereal // 30), {"Moon": penumbral.sidereal})
    days = [penumbral.at.astimezone(ZONE).date()]
    assert [one.point for _, one in told(western, days, kind="eclipse")] == ["Moon"]
    assert told(vedic, days, kind="eclipse") == []
    (full,) = [one for _, one in told(vedic, days, kind="lunation")]
    assert full.detail == ""


# Mercury's stations: common ephemerides for 2026, UTC, with the degree of the tropical zodiac.
@pytest.mark.parametrize(
    ("date", "turned", "degree"),
    [("2026-06-29", "retrograde", 116.4), ("2026-07-23", "direct", 106.3), ("2026-11-13", "direct", 215.0)],
)
def test_a_station_is_told_to_whom_it_stands_on(date: str, turned: str, degree: float) -> None:
    cusps = tuple(map(float, range(0, 360, 30)))
    on, off = (Natal("western", 0, {"Venus": degree + gap}, cusps) for gap in (0.4, 2.0))
    days = [dt.date.fromisoformat(date) + dt.timedelta(days=gap) for gap in (-1, 0, 1)]
    ((_, one),) = told(on, days, kind="station", body="Mercury")
    assert (one.detail, one.point) == (turned, "Venus")
    assert one.at is not None
    assert one.at.date().isoformat() == date
    assert told(off, days, kind="station") == []


def test_a_period_that_begins_is_told_on_its_day() -> None:
    levels = set()
    for born in BIRTHS[:3]:
        for period in chart(born)["vedic"]["dasha"]["periods"]:
            for place, inner in enumerate(period["antardashas"]):
                if not 2022 <= inner["start"].year <= 2028:
                    continue
                ((_, one),) = told(natal(born, "vedic"), [inner["start"].astimezone(ZONE).date()], kind="dasha")
                assert one.detail == f"{period['lord']}/{inner['lord']}"
                assert one.name == (f"{inner['lord']} antardasha" if place else f"{period['lord']} mahadasha")
                levels.add(bool(place))
    assert levels == {True, False}


def test_sade_sati_is_told_when_its_phases_change_and_is_else_under_way() -> None:
    """Saturn is in Pisces until 3 June 2027, in India."""
    for moon, before, name in (
        ("Aries", "rising", "Sade sati, peak phase"),
        ("Pisces", "peak", "Sade sati, setting phase"),
        ("Taurus", None, "Sade sati, rising phase"),
        ("Aquarius", "setting", "Sade sati, a pause"),
    ):
        who = Natal("vedic", SIGNS.index(moon), {"Moon": SIGNS.index(moon) * 30 + 15.0})
        the_day_before = [(one.stage, one.detail) for _, one in told(who, [dt.date(2027, 6, 2)], kind="sade_sati")]
        assert the_day_before == ([("under way", before)] if before else [])
        ((_, one),) = told(who, [dt.date(2027, 6, 3)], kind="sade_sati")
        assert (one.name, one.stage) == (name, "ends" if moon == "Aquarius" else "begins")
        assert one.at is not None
        assert one.at.astimezone(ZONE).date() == dt.date(2027, 6, 3)
    assert told(Natal("vedic", SIGNS.index("Leo")), [dt.date(2027, 6, 3)], kind="sade_sati") == []


def test_sade_sati_is_over_only_when_saturn_does_not_turn_back() -> None:
    """Saturn is in Pisces once more from 20 October 2027 to 23 February 2028, in India."""
    who = Natal("vedic", SIGNS.index("Aquarius"))
    days = [dt.date(2027, 6, 3), dt.date(2027, 10, 20), dt.date(2028, 2, 23)]
    assert [(one.stage, one.name, one.detail) for _, one in told(who, days, kind="sade_sati")] == [
        ("ends", "Sade sati, a pause", "pause"),
        ("begins", "Sade sati, setting phase", "setting"),
        ("ends", "Sade sati", "setting"),
    ]


def test_the_peak_of_sade_sati_is_saturn_on_the_natal_moon() -> None:
    times = sampled()
    degrees = reference.longitudes("Saturn", times, "vedic")
    target = float(degrees[1500])
    who = Natal("vedic", int(target // 30), {"Moon": target})
    expected = {at.astimezone(ZONE).date() for at in reference.crossings(degrees, target, times)}
    found = {date for date, _ in told(who, kind="sade_sati", stage="peak")}
    assert found == {date for date in expected if date in DAYS}
    assert found


def test_a_western_chart_has_no_landmark_of_the_vedic_method() -> None:
    words = ("dasha", "sati", "rahu", "ketu", "nakshatra", "tithi")
    for _, one in half_year(BIRTHS[0], "western"):
        assert one.kind not in ("sade_sati", "dasha", "festival")
        assert not any(word in f"{one.name} {one.body} {one.point} {one.detail}".lower() for word in words)


def test_the_nodes_come_back_after_eighteen_and_a_half_years() -> None:
    born = "2008-01-17 16:20"
    days = dates("2026-06-01", 120)
    for system, body in (("vedic", "Rahu"), ("western", NORTH_NODE)):
        found = told(natal(born, system), days, kind="return", body=body, stage="peak")
        years = [(date - dt.date(2008, 1, 17)).days / 365.25 for date, _ in found]
        assert years == [pytest.approx(18.6, abs=0.2)]


def test_festivals_are_told_to_vedic_readers_on_their_date() -> None:
    ((date, one),) = told(natal(BIRTHS[0], "vedic"), dates("2026-11-07", 3), kind="festival")
    assert (date, one.name, one.key) == (dt.date(2026, 11, 8), "Diwali", "festival:diwali")


def test_a_chart_without_degrees_has_the_landmarks_that_need_none() -> None:
    kinds = {one.kind for _, one in told(Natal("vedic", SIGNS.index("Aquarius")), dates("2026-11-01", 30))}
    assert kinds == {"sade_sati", "festival", "lunation"}
