"""Ascendant, midheaven and cusps against their definitions, on skyfield's sidereal time and rotations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfield.api import Loader
from skyfield.framelib import ecliptic_frame
from skyfield_data import get_skyfield_data_path

from astra_pipeline.astrology import houses
from astra_pipeline.astrology.timescales import delta_t, julian_date, terrestrial

pytestmark = pytest.mark.filterwarnings("ignore:The file finals2000A.all has expired")

BIRTHS = 500
_FIRST, _LAST = (dt.datetime(year, 1, 1) for year in (1901, 2053))  # noqa: DTZ001 (hypothesis adds the zone)


@dataclass(frozen=True)
class Sky:
    """Each birth's sky as skyfield turns it; angles in radians."""

    jd_ut: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    sidereal: np.ndarray
    to_equator: np.ndarray
    angles: houses.Angles

    def turned(self, degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(hour angle, declination) of a point of the ecliptic for each birth."""
        along = np.radians(degrees)
        flat = np.array([np.cos(along), np.sin(along), np.zeros_like(along)])
        x, y, z = np.einsum("ijn,jn->in", self.to_equator, flat)
        return self.sidereal - np.arctan2(y, x), np.arcsin(z)

    def altitude(self, degrees: np.ndarray) -> np.ndarray:
        hour, declination = self.turned(degrees)
        phi = np.radians(self.latitude)
        return np.arcsin(np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour))

    def since_culmination(self, degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(how far east of the meridian, 0 to 2 pi; diurnal semi-arc)."""
        hour, declination = self.turned(degrees)
        semi_arc = np.arccos(-np.tan(np.radians(self.latitude)) * np.tan(declination))
        return -hour % (2 * np.pi), semi_arc


@pytest.fixture(scope="module")
def sky() -> Sky:
    load = Loader(get_skyfield_data_path(), verbose=False, expire=False)
    scale = load.timescale(builtin=True)
    scale.delta_t_function = lambda jd_tt: delta_t(np.asarray(jd_tt) - 60 / 86400)
    random = np.random.default_rng(20261123)
    first, last = julian_date([dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (1930, 2021)])
    jd_ut = random.uniform(first, last, BIRTHS)
    latitude, longitude = random.uniform(-60, 66, BIRTHS), random.uniform(-180, 180, BIRTHS)
    latitude[:8], longitude[:8] = [66, 66, 65.5, -66, -65.5, 0, 1e-3, -1e-3], [0, 180, -180, 90, 25, 0, 0, 0]
    times: Any = scale.tt_jd(terrestrial(jd_ut))
    assert np.abs(times.ut1 - jd_ut).max() * 86400 < 1e-3
    rotation = ecliptic_frame.rotation_at(times)
    return Sky(
        jd_ut=jd_ut,
        latitude=latitude,
        longitude=longitude,
        sidereal=np.radians(times.gast * 15 + longitude),
        to_equator=np.einsum("ijn,kjn->ikn", times.M, rotation),
        angles=houses.angles(jd_ut, latitude, longitude),
    )


def apart(one: Any, other: Any) -> np.ndarray:
    return np.abs((np.asarray(one) - np.asarray(other) + 180) % 360 - 180)


def bisected(below: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Where `below` turns from true to false between `low` and `high`."""
    for _ in range(50):
        middle = (low + high) / 2
        kept = below(middle)
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    return (low + high) / 2


def crossing(sky: Sky, value: Callable[[np.ndarray], np.ndarray], side: Callable[[np.ndarray], np.ndarray]) -> Any:
    """The one point of the whole ecliptic where `value` changes sign and `side` is true, found by trying."""
    grid = np.arange(0.0, 361.0)
    values = np.array([value(np.full(BIRTHS, degree)) for degree in grid])
    sides = np.array([side(np.full(BIRTHS, degree + 0.5)) for degree in grid[:-1]])
    changed = ((values[1:] > 0) != (values[:-1] > 0)) & sides
    assert np.array_equal(changed.sum(axis=0), np.ones(BIRTHS))
    low = grid[changed.argmax(axis=0)]
    rising = value(low) <= 0
    return bisected(lambda at: (value(at) <= 0) == rising, low, low + 1)


def test_the_ascendant_is_the_point_on_the_eastern_horizon(sky: Sky) -> None:
    found = crossing(sky, sky.altitude, lambda at: np.sin(sky.turned(at)[0]) < 0)
    assert apart(sky.angles.ascendant, found).max() < 1e-4


def test_the_midheaven_is_the_point_on_the_upper_meridian(sky: Sky) -> None:
    found = crossing(sky, lambda at: np.sin(sky.turned(at)[0]), lambda at: np.cos(sky.turned(at)[0]) > 0)
    assert apart(sky.angles.midheaven, found).max() < 1e-4


@pytest.mark.parametrize(("house", "share"), [(11, 1 / 3), (12, 2 / 3)])
def test_a_cusp_above_the_horizon_has_its_share_of_the_diurnal_semi_arc(sky: Sky, house: int, share: float) -> None:
    def nearer_the_meridian(degrees: np.ndarray) -> np.ndarray:
        gone, semi_arc = sky.since_culmination(degrees)
        return gone < share * semi_arc

    start = sky.angles.midheaven
    length = (sky.angles.ascendant - start) % 360
    found = bisected(nearer_the_meridian, start + 1e-6, start + length - 1e-6)
    assert apart(sky.angles.cusps[house - 1], found).max() < 1e-4


@pytest.mark.parametrize(("house", "share"), [(2, 1 / 3), (3, 2 / 3)])
def test_a_cusp_below_the_horizon_has_its_share_of_the_nocturnal_semi_arc(
    sky: Sky, house: int, share: float
) -> None:
    def nearer_the_horizon(degrees: np.ndarray) -> np.ndarray:
        gone, semi_arc = sky.since_culmination(degrees)
        return gone - semi_arc < share * (np.pi - semi_arc)

    start = sky.angles.ascendant
    length = (sky.angles.midheaven + 180 - start) % 360
    found = bisected(nearer_the_horizon, start + 1e-6, start + length - 1e-6)
    assert apart(sky.angles.cusps[house - 1], found).max() < 1e-4


def test_the_quarters_are_the_angles(sky: Sky) -> None:
    cusps = sky.angles.cusps
    assert sky.angles.placidus.all()
    assert np.array_equal(cusps[0], sky.angles.ascendant)
    assert np.array_equal(cusps[9], sky.angles.midheaven)
    assert apart(cusps[6], cusps[0] + 180).max() < 1e-9
    assert apart(cusps[3], cusps[9] + 180).max() < 1e-9


def test_at_the_equator_the_semi_arcs_are_equal() -> None:
    jd_ut = julian_date([dt.datetime(2000, 3, 20, 6, tzinfo=dt.UTC)])
    cusps = houses.angles(jd_ut, np.array([0.0]), np.array([30.0])).cusps[:, 0]
    obliquity = np.radians(23.4375)
    along = np.radians(cusps)
    ascension = np.degrees(np.arctan2(np.sin(along) * np.cos(obliquity), np.cos(along)))
    assert np.diff(ascension) % 360 == pytest.approx(np.full(11, 30.0), abs=0.01)


@given(
    st.floats(-66, 66),
    st.floats(-180, 180),
    st.datetimes(_FIRST, _LAST, timezones=st.just(dt.UTC)),
)
@settings(max_examples=60)
def test_cusps_go_round_the_circle_in_order_and_open_their_houses(
    latitude: float, longitude: float, at: dt.datetime
) -> None:
    angles = houses.angles(julian_date([at]), np.array([latitude]), np.array([longitude]))
    cusps = angles.cusps[:, 0]
    assert bool(angles.placidus[0])
    steps = np.diff(np.append(cusps, cusps[0])) % 360
    assert (steps > 0).all()
    assert steps.sum() == pytest.approx(360)
    assert apart(cusps[:6] + 180, cusps[6:]).max() < 1e-9
    just_after, just_before = ((cusps + step) % 360 for step in (1e-6, -1e-6))
    numbers = np.arange(1, 13)
    assert np.array_equal(houses.house_of(just_after[:, None], angles.cusps)[:, 0], numbers)
    assert np.array_equal(houses.house_of(just_before[:, None], angles.cusps)[:, 0], np.roll(numbers, 1))


@pytest.mark.parametrize("latitude", [66.6, -66.6, 71.0, -89.9, 90.0])
def test_beyond_the_polar_circles_the_houses_are_whole_signs(latitude: float) -> None:
    jd_ut = 2451545.0 + np.arange(50) * 0.37
    angles = houses.angles(jd_ut, np.full(50, latitude), np.full(50, 25.7))
    assert not angles.placidus.any()
    assert np.array_equal(angles.cusps[0], angles.ascendant // 30 * 30)
    assert np.array_equal(angles.cusps % 30, np.zeros((12, 50)))
    assert np.array_equal(np.diff(angles.cusps, axis=0) % 360, np.full((11, 50), 30.0))


def test_births_on_both_sides_of_a_polar_circle_do_not_disturb_each_other() -> None:
    jd_ut, longitude = np.full(3, 2451545.0), np.full(3, 25.7)
    together = houses.angles(jd_ut, np.array([60.0, 70.0, -40.0]), longitude)
    assert together.placidus.tolist() == [True, False, True]
    for index, latitude in enumerate([60.0, 70.0, -40.0]):
        alone = houses.angles(jd_ut[:1], np.array([latitude]), longitude[:1])
        assert apart(together.cusps[:, index], alone.cusps[:, 0]).max() < 1e-6


def test_the_houses_of_500_births_are_those_of_a_plain_loop(sky: Sky) -> None:
    planets = np.random.default_rng(5).uniform(0, 360, (10, BIRTHS))
    ours = houses.house_of(planets, sky.angles.cusps)
    for column in range(BIRTHS):
        cusps = sky.angles.cusps[:, column].tolist()
        for row, planet in enumerate(planets[:, column].tolist()):
            within = [
                house
                for house, (opens, closes) in enumerate(zip(cusps, cusps[1:] + cusps[:1], strict=True), start=1)
                if (planet - opens) % 360 < (closes - opens) % 360
            ]
            assert within == [ours[row, column]]


def test_a_planet_on_a_cusp_is_in_the_house_it_opens(sky: Sky) -> None:
    ours = houses.house_of(sky.angles.cusps, sky.angles.cusps)
    assert np.array_equal(ours, np.broadcast_to(np.arange(1, 13)[:, None], ours.shape))


def test_whole_sign_houses_count_signs_from_the_ascendants() -> None:
    longitude = np.array([[125.0, 149.9, 150.0, 119.9, 29.0]]).T
    assert houses.whole_sign_house(longitude, np.array([147.0]))[:, 0].tolist() == [1, 1, 2, 12, 9]
