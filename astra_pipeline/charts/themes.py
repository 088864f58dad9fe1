"""The bridge from a person's stored chart and local dates to `astrology.theme`. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from astra_pipeline.people.chart import Chart
from astra_pipeline.zones import at_local

if TYPE_CHECKING:
    from astra_pipeline.astrology.landmarks import LocalDay
    from astra_pipeline.astrology.natal import Natal
    from astra_pipeline.astrology.signs import System

_DAY = dt.timedelta(days=1)


def natal_of(chart: Chart, system: System, *, node: str = "mean") -> Natal | None:
    """A person's chart as landmarks and themes read it; None when not even the Moon's sign is known.

    The degrees of a chart that the old system wrote are not trusted: of such a chart only the signs count.
    """
    from astra_pipeline.astrology.natal import Natal  # with numpy, which the definitions load without

    moon = chart.signs(system).moon
    if not moon:
        return None
    placements, periods = (chart.placements, chart.periods) if chart.is_ours else ({}, ())
    return Natal.of(placements, system, moon_sign=moon, periods=periods, node=node)


def local_day(date: dt.date, zone: str, morning: dt.time) -> LocalDay:
    """The local day of a date in a zone, with its morning."""
    from astra_pipeline.astrology.landmarks import LocalDay

    midnight = dt.time()
    return LocalDay(
        date, at_local(date, midnight, zone), at_local(date + _DAY, midnight, zone), at_local(date, morning, zone)
    )
