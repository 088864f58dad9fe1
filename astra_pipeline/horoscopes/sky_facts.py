"""The relation of a cell's sky to each reader's chart. Pure numpy: call it in a thread."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.charts.skies import Skies
from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.horoscopes.rules import MORNING, Reader, System
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.zones import at_local

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """A horoscope to be written: its person and its date."""

    cell: CohortDate
    person: Person
    reader: Reader

    @property
    def at(self) -> dt.datetime:
        """The morning of the date (UTC), the moment of the horoscope's sky."""
        return at_local(self.cell.date, MORNING, self.cell.zone)


@dataclass(frozen=True)
class SkyFacts:
    """The sky of a morning in relation to one reader's chart, as `astrology.personal` reads it, with the events."""

    at: dt.datetime
    moon: Mapping[str, Any]
    houses: Mapping[str, Mapping[str, Any]]
    transits: list[dict[str, Any]]
    events: list[SkyEvent]
    dasha: Mapping[str, Any] | None


def sky_facts(wanted: Mapping[str, Wanted], skies: Skies) -> dict[str, SkyFacts]:
    """Item -> facts. Charts of one cell and one system are read together."""
    grouped: dict[tuple[CohortDate, System], dict[str, Wanted]] = {}
    for item, one in wanted.items():
        grouped.setdefault((one.cell, one.reader.system), {})[item] = one
    facts: dict[str, SkyFacts] = {}
    for (cell, system), ones in grouped.items():
        facts |= _of_cell(cell, system, ones, skies)
    return facts


def _of_cell(cell: CohortDate, system: System, ones: Mapping[str, Wanted], skies: Skies) -> dict[str, SkyFacts]:
    from astra_pipeline.astrology import personal

    at = at_local(cell.date, MORNING, cell.zone)
    today, tomorrow = skies[at.date()], skies[at.date() + _DAY]
    sky = personal.moment(today.document, tomorrow.document, at, system=system, node=settings().astra_lunar_node)
    moon = personal.moon_of(sky)
    events = [event for step in (-1, 0, 1) for event in skies[cell.date + step * _DAY].events]
    charts = {
        item: chart
        for item, one in ones.items()
        if (chart := one.reader.chart) is not None and personal.is_readable(chart, system)
    }
    readings = dict(zip(charts, personal.readings(sky, list(charts.values())), strict=True))
    facts = {}
    for item, one in ones.items():
        houses = personal.houses_from_moon(sky, one.reader.signs.moon)
        reading = readings.get(item) or {"houses": houses, "transits": []}
        periods = one.person.chart.periods if one.person.chart else ()
        dasha = personal.running_dasha(list(periods), at) if item in charts else None
        facts[item] = SkyFacts(at, moon, reading["houses"], reading["transits"], events, dasha)
    return facts
