"""Chart documents, local time, dashas, aspects, batches and the wheel."""

from __future__ import annotations

import datetime as dt
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astra_pipeline.astrology import UnusableBirth, aspects, dasha, houses, localtime, transits
from astra_pipeline.astrology.births import Birth, birth, from_record
from astra_pipeline.astrology.chart import charts
from astra_pipeline.astrology.ephemeris import PLANETS, VERSION, frame, positions
from astra_pipeline.astrology.timescales import julian_date, terrestrial
from astra_pipeline.astrology.wheel import chart_wheel, wheel
from astra_pipeline.astrology.zodiac import degree_text, nakshatra_index, pada

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
_FIRST, _LAST = map(dt.datetime.fromisoformat, ("1930-01-01", "2050-01-01"))  # drawn without a zone
JHAJJAR = {"date": "2002-08-14", "time": "07:15", "lat": 28.6064, "lon": 76.6565, "tz": "Asia/Kolkata"}


def chart_of(**fields: Any) -> dict[str, Any]:
    return charts([from_record(JHAJJAR | fields)], now=NOW)[0]


def test_the_reference_birth_has_the_chart_the_sky_had() -> None:
    chart = chart_of()
    vedic, western = chart["vedic"], chart["western"]
    assert (vedic["ascendant"], vedic["sun_sign"], vedic["moon_sign"]) == ("Leo", "Cancer", "Libra")
    assert (western["rising_sign"], western["sun_sign"], western["moon_sign"]) == ("Virgo", "Leo", "Scorpio")
    moon = vedic["planets"][1]
    assert (moon["nakshatra"], moon["nakshatra_index"], moon["pada"]) == ("Swati", 14, 1)
    periods = vedic["dasha"]
    assert (periods["mahadasha"], periods["antardasha"]) == ("Rahu", "Jupiter")
    assert (periods["current_mahadasha"], periods["current_antardasha"]) == ("Jupiter", "Venus")
    assert periods["start_date"] <= NOW < periods["end_date"]


def test_the_document_has_the_shape_readers_rely_on() -> None:
    chart = chart_of(place="Jhajjar")
    assert chart["system"] == "both"
    assert chart["engine"] == {"name": "astra_pipeline", "version": VERSION, "ephemeris": "JPL DE421"}
    assert chart["input"] == {
        "date": "2002-08-14",
        "time": "07:15",
        "timezone": "Asia/Kolkata",
        "latitude": 28.6064,
        "longitude": 76.6565,
        "place": "Jhajjar",
        "utc": dt.datetime(2002, 8, 14, 1, 45, tzinfo=dt.UTC),
        "flags": [],
    }
    assert [planet["name"] for planet in chart["western"]["planets"]] == list(PLANETS)
    names = [planet["name"] for planet in chart["vedic"]["planets"]]
    assert names == ["Sun", "Moon", "Mars", "Mercury", "Jupiter", "Venus", "Saturn", "Rahu", "Ketu"]
    assert [cusp["house"] for cusp in chart["western"]["house_cusps"]] == list(range(1, 13))
    assert sum(chart["western"]["elements"].values()) == sum(chart["western"]["modalities"].values()) == 10
    for part in ("vedic", "western"):
        summary = chart[part]["chart_summary"]
        assert chart[part]["sun_sign"] in summary
        assert chart[part]["moon_sign"] in summary
        assert chart[part]["rising_sign"] in summary


def test_rahu_and_ketu_face_each_other_on_the_node_asked_for() -> None:
    one = from_record(JHAJJAR)
    mean, true = (charts([one], now=NOW, true_node=asked)[0]["vedic"]["planets"] for asked in (False, True))
    for points in (mean, true):
        rahu, ketu = (point["longitude"] for point in points[-2:])
        assert (rahu + 180) % 360 == pytest.approx(ketu)
    western = charts([one], now=NOW)[0]["western"]
    gap = western["true_node_longitude"] - western["mean_node_longitude"]
    assert true[-2]["longitude"] - mean[-2]["longitude"] == pytest.approx(gap)


@pytest.mark.parametrize("latitude", [66.6, -66.6, 78.2, 90.0])
def test_beyond_the_polar_circles_houses_are_whole_signs_and_say_so(latitude: float) -> None:
    chart = chart_of(lat=latitude, lon=25.7, tz="Europe/Helsinki")
    assert chart["western"]["house_system"] == "whole_sign"
    assert any(flag.startswith("houses_whole_sign") for flag in chart["input"]["flags"])
    assert all(cusp["longitude"] % 30 == 0 for cusp in chart["western"]["house_cusps"])


@given(
    st.sampled_from([-89.0, -70.0, -66.6, -40.0, 0.0, 40.0, 66.5, 66.6, 69.0, 78.2, 89.0]),
    st.datetimes(_FIRST, _LAST, timezones=st.just(dt.UTC)),
)
@settings(max_examples=100, deadline=None)
def test_the_ascendant_rises_at_any_latitude(latitude: float, at: dt.datetime) -> None:
    jd_ut = julian_date([at])
    found = houses.angles(jd_ut, np.array([latitude]), np.array([33.1]))
    obliquity = frame(terrestrial(jd_ut)).obliquity[0]
    ecliptic, midheaven, phi = np.radians([found.ascendant[0], found.midheaven[0], latitude])
    ascension = np.arctan2(np.sin(ecliptic) * np.cos(obliquity), np.cos(ecliptic))
    declination = np.arcsin(np.sin(ecliptic) * np.sin(obliquity))
    hour_angle = np.arctan2(np.sin(midheaven) * np.cos(obliquity), np.cos(midheaven)) - ascension
    height = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    assert height == pytest.approx(0, abs=1e-9), "on the horizon"
    assert np.sin(hour_angle) < 0, "east of the meridian"


def test_the_ascendant_of_a_town_beyond_the_polar_circle_is_in_the_east() -> None:
    # skyfield: 244.11 degrees stood at azimuth 184 and was setting.
    chart = chart_of(date="1985-03-21", time="05:20", lat=68.97, lon=33.08, tz="Europe/Moscow")
    assert chart["western"]["ascendant_longitude"] == pytest.approx(64.11, abs=0.05)
    assert (chart["western"]["rising_sign"], chart["vedic"]["ascendant"]) == ("Gemini", "Taurus")


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Asia/Kolkata", "1943-06-15T12:00", "1943-06-15T05:30"),
        ("Asia/Kolkata", "1942-06-15T12:00", "1942-06-15T06:30"),
        ("America/New_York", "1918-07-01T12:00", "1918-07-01T16:00"),
        ("America/New_York", "1943-01-15T12:00", "1943-01-15T16:00"),
        ("Asia/Kathmandu", "2000-01-01T12:00", "2000-01-01T06:15"),
        ("Asia/Kathmandu", "1980-01-01T12:00", "1980-01-01T06:30"),
        ("Asia/Kolkata", "2000-02-29T00:00", "2000-02-28T18:30"),
    ],
)
def test_the_rules_in_force_there_and_then_are_used(zone: str, local: str, utc: str) -> None:
    at = dt.datetime.fromisoformat(local)
    resolved = localtime.resolve(at.date(), at.time(), zone)
    assert resolved.utc == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    assert resolved.flags == ()


def test_a_time_that_came_twice_or_never_is_flagged() -> None:
    twice = localtime.resolve(dt.date(2020, 11, 1), dt.time(1, 30), "America/New_York")
    assert twice.utc == dt.datetime(2020, 11, 1, 5, 30, tzinfo=dt.UTC)
    assert twice.flags[0].startswith("time_ambiguous")
    never = localtime.resolve(dt.date(2020, 3, 8), dt.time(2, 30), "America/New_York")
    assert never.utc == dt.datetime(2020, 3, 8, 7, 30, tzinfo=dt.UTC)
    assert never.flags[0].startswith("time_nonexistent")
    skipped = localtime.resolve(dt.date(2011, 12, 30), dt.time(12), "Pacific/Apia")
    assert "12:00 never was on 2011-12-30; 12:00 on 2011-12-31 is used" in skipped.flags[0]
    chart = chart_of(date="2020-03-08", time="02:30", tz="America/New_York", lat=40.7, lon=-74.0)
    assert chart["input"]["flags"] == list(never.flags)


@given(
    st.datetimes(_FIRST, _LAST),
    st.sampled_from(
        ["Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo", "Australia/Lord_Howe", "Europe/Dublin"]
    ),
)
def test_the_moment_found_shows_the_clock_that_was_read(local: dt.datetime, zone: str) -> None:
    resolved = localtime.resolve(local.date(), local.time(), zone)
    shown = resolved.utc.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert shown == local or resolved.flags[0].startswith("time_nonexistent")


@given(st.floats(0, 360, exclude_max=True))
def test_dashas_follow_each_other_for_120_years(moon: float) -> None:
    born = julian_date([dt.datetime(1990, 1, 1, tzinfo=dt.UTC)])
    periods = dasha.vimshottari(born, np.array([moon]))
    boundaries = periods.boundaries[0]
    assert np.all(np.diff(boundaries) > 0)
    assert boundaries[-1] - boundaries[0] == pytest.approx(120 * 365.25)
    # A Moon that leaves its nakshatra this very moment ends its mahadasha now, to the precision of a Julian date.
    assert boundaries[0] <= born[0] <= boundaries[9]
    lords = dasha.PERIODS[int(periods.first_lord[0])]
    assert lords[0][0] == dasha.LORDS[int(moon * 27 / 360) % 9]
    for mahadasha in range(9):
        lord = lords[mahadasha * 9][0]
        assert lords[mahadasha * 9] == (lord, lord)
        years = (boundaries[mahadasha * 9 + 9] - boundaries[mahadasha * 9]) / 365.25
        assert years == pytest.approx(dasha.YEARS[lord])


@given(st.floats(0, 360), st.floats(-1, 15), st.floats(0, 360), st.floats(-1, 15), st.booleans())
def test_an_aspect_is_the_angle_it_says_and_applying_means_closing(
    one: float, speed: float, other: float, other_speed: float, luminary: bool
) -> None:
    def angle(time: float) -> float:
        return abs((one + speed * time - other - other_speed * time + 180) % 360 - 180)

    met = aspects.between(np.array(one), np.array(speed), np.array(other), np.array(other_speed), luminary)
    within = [
        index
        for index, aspect in enumerate(aspects.ASPECTS)
        if abs(angle(0) - aspect.angle) <= (aspect.orb_luminary if luminary else aspect.orb)
    ]
    assert ([int(met.aspect)] if met.aspect >= 0 else []) == within
    back = aspects.between(np.array(other), np.array(other_speed), np.array(one), np.array(speed), luminary)
    assert back.aspect == met.aspect
    if within:
        exact = aspects.ASPECTS[within[0]].angle
        assert float(met.orb) == pytest.approx(abs(angle(0) - exact), abs=1e-9)
        if abs(speed - other_speed) > 1e-3 and met.orb > 1e-2 and 1e-2 < angle(0) < 180 - 1e-2:
            assert bool(met.applying) == (abs(angle(1e-4) - exact) < abs(angle(0) - exact))


@given(st.floats(0, 360, exclude_max=True))
def test_degrees_nakshatras_and_padas_stay_within_bounds(longitude: float) -> None:
    degrees, minutes = degree_text(longitude).rstrip("'").split("°")
    assert 0 <= int(degrees) <= 29
    assert 0 <= int(minutes) <= 59
    at = np.array([longitude])
    assert 0 <= nakshatra_index(at)[0] <= 26
    assert 1 <= pada(at)[0] <= 4


@given(
    st.floats(-66, 66),
    st.floats(-180, 180),
    st.datetimes(_FIRST, _LAST, timezones=st.just(dt.UTC)),
)
def test_cusps_go_round_the_circle_in_order(latitude: float, longitude: float, at: dt.datetime) -> None:
    angles = houses.angles(julian_date([at]), np.array([latitude]), np.array([longitude]))
    cusps = angles.cusps[:, 0]
    steps = np.diff(np.append(cusps, cusps[0])) % 360
    assert np.all(steps > 0)
    assert steps.sum() == pytest.approx(360)
    assert np.allclose((cusps[:6] + 180) % 360, cusps[6:])
    just_after = (cusps + 1e-6) % 360
    assert list(houses.house_of(just_after[:, None], angles.cusps)[:, 0]) == list(range(1, 13))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"date": None}, "date is missing"),
        ({"date": "2001-02-29"}, "date is no date of the calendar"),
        ({"date": "1899-12-31"}, "outside of 1900"),
        ({"date": "2060-01-01"}, "outside of 1900"),
        ({"date": 20020814}, "date is of type int"),
        ({"time": None}, "time is missing"),
        ({"time": "24:00"}, "time is no time of day"),
        ({"time": "7"}, "time is no time of day"),
        ({"lat": 91}, "lat is not between"),
        ({"lon": -181}, "lon is not between"),
        ({"lat": "north"}, "lat is no number"),
        ({"lat": float("nan")}, "lat is not between"),
        ({"lat": 10**400}, "lat is too large"),
        ({"tz": "Mars/Olympus"}, "tz is not an IANA"),
        ({"tz": None}, "tz is missing"),
        ({"lat": None}, "lat is missing"),
        ({"lon": None}, "lon is missing"),
        ({"place": 5}, "place is of type int"),
    ],
)
def test_what_cannot_be_a_birth_is_named(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(UnusableBirth, match=told):
        from_record(JHAJJAR | fields)


_json = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=2)


@given(st.dictionaries(st.sampled_from(["date", "time", "lat", "lon", "tz", "place"]), _json))
def test_no_record_raises_anything_but_an_unusable_birth(fields: dict[str, Any]) -> None:
    try:
        found = from_record(JHAJJAR | fields)
    except UnusableBirth:
        return
    assert isinstance(found, Birth)
    assert found.utc.utcoffset() == dt.timedelta(0)


@pytest.mark.parametrize("system", ["vedic", "western"])
def test_transits_of_many_charts_are_those_of_each(system: transits.System) -> None:
    drawn = [birth(dt.date(1980 + n, 3, 1 + n), dt.time(n), 20.0 + n, 70.0 + n, "Asia/Kolkata") for n in range(5)]
    documents = charts(drawn, now=NOW)
    sky = positions(julian_date([NOW]))
    moving = [PLANETS.index(name) for name in transits.MOVING[system] if name in PLANETS]
    nodes = [sky.mean_node, sky.mean_node_speed] if system == "vedic" else [np.array([])] * 2
    longitude = np.concatenate([sky.longitude[moving, 0], nodes[0]])
    speed = np.concatenate([sky.speed[moving, 0], nodes[1]])
    natal = transits.natal_longitudes(documents, system)
    together = transits.transits(longitude, speed, natal, system)
    for index, document in enumerate(documents):
        mine = transits.natal_longitudes([document], system)
        rows = together.of(index)
        assert rows == transits.transits(longitude, speed, mine, system).of(0)
        assert rows == sorted(rows, key=lambda row: -row["weight"])
        assert all(row["weight"] > 0 for row in rows)
        stands = dict(zip(transits.NATAL_POINTS[system], mine[:, 0], strict=True))
        for row in rows:
            gap = abs(
                (longitude[transits.MOVING[system].index(row["planet"])] - stands[row["point"]] + 180) % 360 - 180
            )
            angle = aspects.ASPECTS[aspects.NAMES.index(row["aspect"])].angle
            assert abs(gap - angle) == pytest.approx(row["orb"], abs=1e-9)


def test_the_wheel_is_drawn_from_the_positions() -> None:
    chart = chart_of()
    drawn = ElementTree.fromstring(chart_wheel(chart))
    texts = [element.text or "" for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert sum(text[0] in "☉☽☿♀♂♃♄♅♆♇" for text in texts) == 10
    assert texts.count("℞") == sum(planet["retrograde"] for planet in chart["western"]["planets"])
    moved = chart_wheel(chart_of(time="19:15"))
    assert moved != chart_wheel(chart)
    assert ElementTree.fromstring(wheel([])) is not None
