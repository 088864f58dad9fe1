"""Positions of 500 births against skyfield: an independent pipeline over the same DE421."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from skyfield.api import Loader
from skyfield.framelib import ecliptic_frame
from skyfield.nutationlib import iau2000a_radians
from skyfield_data import get_skyfield_data_path

from astra_pipeline.astrology.ayanamsa import lahiri
from astra_pipeline.astrology.ephemeris import PLANETS, Positions, longitudes, positions
from astra_pipeline.astrology.timescales import J2000, delta_t, julian_date, terrestrial
from astra_pipeline.astrology.zodiac import normalised, sign_index

pytestmark = pytest.mark.filterwarnings("ignore:The file finals2000A.all has expired")

ARCSECOND = 1 / 3600
STEP = 0.02
_NAMES = {"Sun": "sun", "Moon": "moon", "Mercury": "mercury", "Venus": "venus"}


@dataclass(frozen=True)
class Reference:
    jd_ut: np.ndarray
    jd_tt: np.ndarray
    ours: Positions
    longitude: np.ndarray
    latitude: np.ndarray
    speed: np.ndarray
    nutation: np.ndarray
    true_node: np.ndarray


def apart(one: Any, other: Any) -> np.ndarray:
    return np.abs((np.asarray(one) - np.asarray(other) + 180) % 360 - 180)


def skyfield_directions(kernel: Any, times: Any) -> tuple[np.ndarray, np.ndarray]:
    earth = kernel["earth"].at(times)
    latitudes, degrees = [], []
    for planet in PLANETS:
        target = kernel[_NAMES.get(planet, f"{planet.lower()} barycenter")]
        latitude, longitude, _ = earth.observe(target).apparent().frame_latlon(ecliptic_frame)
        latitudes.append(latitude.degrees)
        degrees.append(longitude.degrees)
    return np.array(degrees), np.array(latitudes)


@pytest.fixture(scope="module")
def reference() -> Reference:
    load = Loader(get_skyfield_data_path(), verbose=False, expire=False)
    kernel, scale = load("de421.bsp"), load.timescale(builtin=True)
    first, last = julian_date([dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1930, 2021)])
    jd_ut = np.random.default_rng(20261123).uniform(first, last, 500)
    jd_tt = terrestrial(jd_ut)
    times = scale.tt_jd(jd_tt)
    longitude, latitude = skyfield_directions(kernel, times)
    before, after = (skyfield_directions(kernel, scale.tt_jd(jd_tt + step))[0] for step in (-STEP, STEP))
    moon = (kernel["moon"] - kernel["earth"]).at(times)
    # The frame stands still at each moment: its own turning is no part of the Moon's motion.
    rotation = ecliptic_frame.rotation_at(times)
    place, motion = (
        np.einsum("ijn,jn->ni", rotation, vector) for vector in (moon.position.km, moon.velocity.km_per_s)
    )
    normal = np.cross(place, motion)
    return Reference(
        jd_ut=jd_ut,
        jd_tt=jd_tt,
        ours=positions(jd_ut),
        longitude=longitude,
        latitude=latitude,
        speed=((after - before + 180) % 360 - 180) / (2 * STEP),
        nutation=np.degrees(iau2000a_radians(times)[0]),
        true_node=np.degrees(np.arctan2(normal[:, 0], -normal[:, 1])),
    )


@pytest.mark.parametrize("planet", PLANETS)
def test_a_planet_stands_within_a_tenth_of_an_arcsecond_of_skyfields(reference: Reference, planet: str) -> None:
    row = PLANETS.index(planet)
    assert apart(reference.ours.longitude[row], reference.longitude[row]).max() < 0.1 * ARCSECOND
    assert np.abs(reference.ours.latitude[row] - reference.latitude[row]).max() < 0.1 * ARCSECOND


def test_longitudes_alone_are_those_of_the_full_positions(reference: Reference) -> None:
    assert apart(longitudes(reference.jd_ut), reference.ours.longitude).max() < 0.01 * ARCSECOND
    some = ("Moon", "Pluto")
    rows = [PLANETS.index(name) for name in some]
    assert apart(longitudes(reference.jd_ut, some), reference.ours.longitude[rows]).max() < 0.01 * ARCSECOND


def test_a_moment_alone_gives_what_it_gives_among_others(reference: Reference) -> None:
    alone = positions(reference.jd_ut[7:8])
    assert np.array_equal(alone.longitude[:, 0], reference.ours.longitude[:, 7])
    assert np.array_equal(alone.speed[:, 0], reference.ours.speed[:, 7])


def test_speeds_are_the_derivative_of_skyfields_longitudes(reference: Reference) -> None:
    assert np.abs(reference.ours.speed - reference.speed).max() < 2e-4


def test_a_planet_is_retrograde_where_skyfields_longitude_falls(reference: Reference) -> None:
    moving = np.abs(reference.speed) > 1e-4
    assert moving.mean() > 0.99
    assert np.array_equal(reference.ours.retrograde[moving], (reference.speed < 0)[moving])
    assert not reference.ours.retrograde[:2].any()


def test_every_sign_agrees_more_than_three_arcseconds_from_a_boundary(reference: Reference) -> None:
    within = reference.longitude % 30
    clear = (within > 3 * ARCSECOND) & (within < 30 - 3 * ARCSECOND)
    assert clear.mean() > 0.99
    theirs = np.floor(reference.longitude / 30).astype(int) % 12
    assert np.array_equal(sign_index(reference.ours.longitude)[clear], theirs[clear])


def test_the_true_node_is_where_the_moons_momentary_orbit_cuts_the_ecliptic(reference: Reference) -> None:
    assert apart(reference.ours.true_node, reference.true_node).max() < 0.1 * ARCSECOND


def test_the_mean_node_is_meeus_polynomial_with_nutation(reference: Reference) -> None:
    # Meeus, Astronomical Algorithms, 2nd ed., eq. 47.7, on the mean equinox of date.
    t = (reference.jd_tt - J2000) / 36525
    mean = 125.0445479 - 1934.1362891 * t + 0.0020754 * t**2 + t**3 / 467441 - t**4 / 60616000
    assert apart(reference.ours.mean_node, mean + reference.nutation).max() < 1 * ARCSECOND
    assert apart(reference.ours.nutation, reference.nutation).max() < 0.01 * ARCSECOND


def test_the_mean_node_regresses_once_in_18_6_years(reference: Reference) -> None:
    years = 360 / -reference.ours.mean_node_speed / 365.25
    assert np.abs(years - 18.6).max() < 0.2
    assert apart(reference.ours.true_node, reference.ours.mean_node).max() < 2


def test_the_ayanamsa_is_the_calendar_reform_committees() -> None:
    # 23°15'00.658" on 1956-03-21, Indian Calendar Reform Committee: a true ayanamsa, with that day's nutation.
    scale = Loader(get_skyfield_data_path(), verbose=False, expire=False).timescale(builtin=True)
    jd_tt = 2435553.5
    nutation = float(np.degrees(iau2000a_radians(scale.tt_jd(jd_tt))[0]))
    official = 23 + 15 / 60 + 0.658 / 3600
    assert float(lahiri(np.array(jd_tt))) + nutation == pytest.approx(official, abs=0.2 * ARCSECOND)


def test_the_ayanamsa_grows_by_the_precession() -> None:
    jd_tt = J2000 + 36525 * np.array([-0.9, 0.0, 0.5])
    per_year = (lahiri(jd_tt + 365.25) - lahiri(jd_tt)) * 3600
    assert per_year == pytest.approx(50.288 + 0.0222 * np.array([-0.9, 0.0, 0.5]), abs=2e-3)


@pytest.mark.parametrize(
    ("year", "seconds"), [(1930, 24.02), (1958, 32.18), (1972, 42.23), (1985, 54.34), (2000, 63.83), (2020, 69.36)]
)
def test_delta_t_at_a_new_year_is_what_was_observed(year: int, seconds: float) -> None:
    # USNO historic_deltat and deltat; 32.184 s at the start of TAI, ten seconds more at the first leap seconds.
    found = delta_t(julian_date([dt.datetime(year, 1, 1, tzinfo=dt.UTC)]))
    assert float(found[0]) == pytest.approx(seconds, abs=0.02)


def test_delta_t_is_skyfields_within_a_second_from_1930_to_2025() -> None:
    scale = Loader(get_skyfield_data_path(), verbose=False, expire=False).timescale(builtin=True)
    first, last = julian_date([dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1930, 2026)])
    times: Any = scale.ut1_jd(np.linspace(first, last, 1_000))
    assert np.abs(delta_t(times.ut1) - times.delta_t).max() < 1


def test_terrestrial_time_is_ahead_by_delta_t() -> None:
    jd_ut = np.array([2415020.5, J2000, 2460000.25])
    assert (terrestrial(jd_ut) - jd_ut) * 86400 == pytest.approx(delta_t(jd_ut), abs=1e-4)


def test_longitudes_lie_in_a_full_circle_over_the_whole_span() -> None:
    first, last = julian_date(
        [dt.datetime(1900, 1, 1, tzinfo=dt.UTC), dt.datetime(2053, 9, 30, 23, 59, tzinfo=dt.UTC)]
    )
    sky = positions(np.linspace(first, last, 200))
    for values in (sky.longitude, sky.mean_node, sky.true_node):
        assert np.array_equal(values, normalised(values))
    assert np.isfinite(sky.speed).all()
    assert np.abs(sky.latitude).max() < 18
