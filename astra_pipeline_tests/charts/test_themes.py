"""From a stored person to landmarks and themes."""

from __future__ import annotations

import datetime as dt

from astra_pipeline.astrology.natal import NORTH_NODE
from astra_pipeline.astrology.theme import theme_of_day
from astra_pipeline.charts.themes import local_day, natal_of
from astra_pipeline.people.chart import Chart
from astra_pipeline_tests.astrology.days import chart

_SIX = dt.time(6)


def read(document: object) -> Chart:
    found = Chart.read(document)
    assert found is not None
    return found


def test_a_stored_chart_is_read_with_its_points_houses_and_periods() -> None:
    stored = chart("1994-03-12 07:15")
    vedic, western = (natal_of(read(stored), system) for system in ("vedic", "western"))
    assert vedic is not None
    assert western is not None
    assert (vedic.points["Rahu"], vedic.nakshatra) == (
        next(one["longitude"] for one in stored["vedic"]["planets"] if one["name"] == "Rahu"),
        next(one["nakshatra_index"] for one in stored["vedic"]["planets"] if one["name"] == "Moon"),
    )
    assert (len(vedic.cusps), len(vedic.periods)) == (0, 9)
    assert (len(western.cusps), len(western.periods), western.nakshatra) == (12, 0, None)
    assert western.points[NORTH_NODE] == stored["western"]["mean_node_longitude"]
    assert western.points["Midheaven"] == stored["western"]["mc_longitude"]
    for planet in stored["western"]["planets"]:
        assert western.house(planet["longitude"]) == planet["house"]


def test_a_chart_of_signs_only_has_a_theme() -> None:
    found = natal_of(read({"vedic": {"sun_sign": "Leo", "moon_sign": "aquarius"}}), "vedic")
    assert found is not None
    theme = theme_of_day(found, local_day(dt.date(2026, 11, 12), "Asia/Kolkata", _SIX))
    assert (theme.kind, [one.key for one in theme.under_way]) == ("house", ["sade_sati:Saturn:Moon:setting"])
    assert natal_of(read({"vedic": {"sun_sign": "Leo"}}), "vedic") is None


def test_a_local_day_lasts_as_long_as_its_clocks_say() -> None:
    autumn = local_day(dt.date(2026, 11, 1), "America/New_York", _SIX)
    assert autumn.end - autumn.start == dt.timedelta(hours=25)
    assert autumn.morning == dt.datetime(2026, 11, 1, 11, tzinfo=dt.UTC)
    spring = local_day(dt.date(2026, 3, 8), "America/New_York", _SIX)
    assert spring.end - spring.start == dt.timedelta(hours=23)
