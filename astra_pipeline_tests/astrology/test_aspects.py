"""Aspects against their definition, one pair at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from astra_pipeline.astrology import aspects

degrees = st.floats(0, 360, exclude_max=True)
speeds = st.floats(-2, 15.5)


def met(one: float, speed: float, other: float, other_speed: float, luminary: bool = False) -> aspects.Found:
    return aspects.between(np.array(one), np.array(speed), np.array(other), np.array(other_speed), luminary)


def separation(one: float, other: float) -> float:
    apart = abs(one - other) % 360
    return min(apart, 360 - apart)


def by_definition(one: float, other: float, luminary: bool) -> list[int]:
    return [
        index
        for index, aspect in enumerate(aspects.ASPECTS)
        if abs(separation(one, other) - aspect.angle) <= (aspect.orb_luminary if luminary else aspect.orb)
    ]


def clear_of_edges(one: float, other: float) -> bool:
    gaps = [abs(separation(one, other) - aspect.angle) for aspect in aspects.ASPECTS]
    edges = {aspect.orb for aspect in aspects.ASPECTS} | {aspect.orb_luminary for aspect in aspects.ASPECTS}
    return all(abs(gap - edge) > 1e-9 for gap in gaps for edge in edges)


@pytest.mark.parametrize(
    ("one", "other", "luminary", "name", "orb"),
    [
        (10.0, 10.0, False, "conjunction", 0.0),
        (359.0, 3.0, False, "conjunction", 4.0),
        (0.0, 9.0, False, None, None),
        (0.0, 9.0, True, "conjunction", 9.0),
        (350.0, 48.0, False, "sextile", 2.0),
        (100.0, 13.0, False, "square", 3.0),
        (300.0, 67.0, False, "trine", 7.0),
        (300.0, 67.9, True, "trine", 7.9),
        (5.0, 176.0, True, "opposition", 9.0),
        (5.0, 176.0, False, None, None),
        (0.0, 30.0, True, None, None),
        (0.0, 150.0, True, None, None),
    ],
)
def test_an_aspect_is_found_within_its_orb(
    one: float, other: float, luminary: bool, name: str | None, orb: float | None
) -> None:
    found = met(one, 0, other, 0, luminary)
    assert (aspects.NAMES[found.aspect] if found.aspect >= 0 else None) == name
    if orb is not None:
        assert float(found.orb) == pytest.approx(orb)


def test_at_most_one_aspect_fits_between_two_points() -> None:
    ordered = sorted(aspects.ASPECTS, key=lambda aspect: aspect.angle)
    for narrow, wide in zip(ordered[:-1], ordered[1:], strict=True):
        assert narrow.angle + narrow.orb_luminary < wide.angle - wide.orb_luminary
    assert all(aspect.orb <= aspect.orb_luminary for aspect in ordered)


@given(degrees, degrees, st.booleans())
def test_an_aspect_is_what_the_definition_says(one: float, other: float, luminary: bool) -> None:
    assume(clear_of_edges(one, other))
    found = met(one, 0, other, 0, luminary)
    within = by_definition(one, other, luminary)
    assert ([int(found.aspect)] if found.aspect >= 0 else []) == within
    if within:
        missed = abs(separation(one, other) - aspects.ASPECTS[within[0]].angle)
        assert float(found.orb) == pytest.approx(missed, abs=1e-9)


@given(degrees, speeds, st.sampled_from([0, 60, 90, 120, 180]), st.floats(-10, 10), speeds, st.booleans())
def test_an_applying_aspect_has_a_smaller_orb_a_moment_later(
    one: float, speed: float, angle: float, off: float, other_speed: float, mirrored: bool
) -> None:
    other = (one + (-1 if mirrored else 1) * (angle + off)) % 360
    assume(clear_of_edges(one, other) and abs(off) > 1e-3 and abs(speed - other_speed) > 1e-3)
    found = met(one, speed, other, other_speed, luminary=True)
    assume(found.aspect >= 0)
    exact = aspects.ASPECTS[int(found.aspect)].angle
    moment = 1e-5
    later = abs(separation(one + speed * moment, other + other_speed * moment) - exact)
    assert bool(found.applying) == (later < abs(separation(one, other) - exact))


@given(degrees, speeds, degrees, speeds, st.booleans())
def test_an_aspect_is_the_same_from_either_side(
    one: float, speed: float, other: float, other_speed: float, luminary: bool
) -> None:
    there, back = met(one, speed, other, other_speed, luminary), met(other, other_speed, one, speed, luminary)
    assume(clear_of_edges(one, other))
    assert there.aspect == back.aspect
    assert float(there.orb) == pytest.approx(float(back.orb), abs=1e-9)
    if there.orb > 1e-9 and 1e-9 < separation(one, other) < 180 - 1e-9:
        assert there.applying == back.applying


@given(degrees, speeds, degrees, st.floats(0, 360))
def test_turning_the_whole_circle_changes_no_aspect(
    one: float, speed: float, other: float, turn: float
) -> None:
    turned = ((one + turn) % 360, (other + turn) % 360)
    assume(clear_of_edges(one, other) and clear_of_edges(*turned))
    before, after = met(one, speed, other, 0), met(turned[0], speed, turned[1], 0)
    assert before.aspect == after.aspect
    assert float(before.orb) == pytest.approx(float(after.orb), abs=1e-9)


@pytest.mark.parametrize(
    ("one", "speed", "other", "other_speed", "applying"),
    [
        (10, 1.0, 15, 0.1, True),
        (15, 0.1, 10, 1.0, True),
        (20, 1.0, 15, 0.1, False),
        (20, -1.0, 15, 0.1, True),
        (358, 1.0, 3, 0.0, True),
        (10, 1.0, 104, 0.0, True),
        (10, 1.0, 96, 0.0, False),
        (10, 13.0, 195, 1.0, True),
        (10, 13.0, 185, 1.0, False),
        (10, 1.0, 10, 0.5, False),
        (10, 1.0, 13, 1.0, False),
    ],
)
def test_what_closes_in_applies_and_what_moves_away_separates(
    one: float, speed: float, other: float, other_speed: float, applying: bool
) -> None:
    found = met(one, speed, other, other_speed)
    assert found.aspect >= 0
    assert bool(found.applying) == applying


def test_a_factor_narrows_every_orb() -> None:
    others = np.array([3.0, 3.3, 62.0, 62.1, 183.1, 183.3])
    found = aspects.between(np.array(0.0), 1.0, others, 0.0, False, orb_factor=0.4)
    assert [aspects.NAMES[which] if which >= 0 else None for which in found.aspect] == [
        "conjunction",
        None,
        "sextile",
        None,
        "opposition",
        None,
    ]


def test_arrays_meet_as_their_elements_do() -> None:
    random = np.random.default_rng(3)
    longitude, speed = random.uniform(0, 360, 10), random.uniform(-1, 14, 10)
    natal = random.uniform(0, 360, (12, 40))
    luminary = random.random((10, 12)) < 0.3
    found = aspects.between(
        longitude[:, None, None], speed[:, None, None], natal[None], 0.0, luminary[:, :, None]
    )
    assert found.aspect.shape == (10, 12, 40)
    for planet, point, chart in np.ndindex(10, 12, 40):
        within = by_definition(longitude[planet], natal[point, chart], bool(luminary[planet, point]))
        which = found.aspect[planet, point, chart]
        assert ([which] if which >= 0 else []) == within
