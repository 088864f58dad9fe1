"""The relation of a cell's sky to each reader's chart. Pure numpy, computed in a thread."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.charts import themes
from astra_pipeline.charts.skies import Skies
from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.horoscopes.rules import MORNING, Reader, System
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.zones import at_local

if TYPE_CHECKING:
    from astra_pipeline.astrology.theme import MoonDay, Theme

_DAY = dt.timedelta(days=1)
# The charts that are read together: numpy's calls are worth it, and nobody waits for long.
_AT_A_TIME = 100


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
    """The sky of a morning in relation to one reader's chart."""

    at: dt.datetime
    moon: Mapping[str, Any]
    """{sign, nakshatra, phase, tithi}."""
    houses: Mapping[str, Mapping[str, Any]]
    """Planet -> {sign, house}: from the natal Moon when vedic, of the chart when western."""
    transits: list[dict[str, Any]]
    """The weightiest aspects to the chart, by the five aspects; the app shows them beside the text."""
    events: list[SkyEvent]
    dasha: Mapping[str, Any] | None
    theme: Theme
    moon_day: MoonDay
    glances: tuple[tuple[str, str, int], ...]
    """(planet, natal planet or Ascendant, number of the drishti; 1 in one sign) when vedic; else none."""
    retrogrades: frozenset[str]
    """The planets that go backwards this morning."""


def sky_facts(wanted: Mapping[str, Wanted], skies: Skies) -> dict[str, SkyFacts]:
    """Item -> facts. Charts of one cell and one system are read together."""
    grouped: dict[tuple[CohortDate, System], dict[str, Wanted]] = {}
    for item, one in wanted.items():
        grouped.setdefault((one.cell, one.reader.system), {})[item] = one
    facts: dict[str, SkyFacts] = {}
    for (cell, system), ones in grouped.items():
        facts |= _of_cell(cell, system, ones, skies)
    return facts


@asynccontextmanager
async def computed_in_turn(
    wanted: Mapping[str, Wanted], skies: Skies
) -> AsyncIterator[Mapping[str, asyncio.Future[SkyFacts]]]:
    """Item -> its facts to come, computed in a thread for the block, some people at a time and in their order.

    So the first people's texts are asked for while the facts of the others are computed.
    """
    futures: dict[str, asyncio.Future[SkyFacts]] = {
        item: asyncio.get_running_loop().create_future() for item in wanted
    }
    computing = asyncio.create_task(_compute(wanted, skies, futures))
    try:
        yield futures
    finally:
        computing.cancel()
        with suppress(asyncio.CancelledError):
            await computing


async def _compute(
    wanted: Mapping[str, Wanted], skies: Skies, futures: Mapping[str, asyncio.Future[SkyFacts]]
) -> None:
    # A future is done before its time when the item that waits for it is given up.
    items = list(wanted)
    for first in range(0, len(items), _AT_A_TIME):
        some = items[first : first + _AT_A_TIME]
        try:
            facts = await asyncio.to_thread(sky_facts, {item: wanted[item] for item in some}, skies)
        except Exception as error:  # noqa: BLE001 - each of these people's items raises it
            for item in some:
                if not futures[item].done():
                    futures[item].set_exception(error)
        else:
            for item in some:
                if not futures[item].done():
                    futures[item].set_result(facts[item])


def _of_cell(cell: CohortDate, system: System, ones: Mapping[str, Wanted], skies: Skies) -> dict[str, SkyFacts]:
    from astra_pipeline.astrology import personal
    from astra_pipeline.astrology.transits import MOVING

    at = at_local(cell.date, MORNING, cell.zone)
    today, tomorrow = skies[at.date()], skies[at.date() + _DAY]
    sky = personal.moment(today.document, tomorrow.document, at, system=system, node=settings().astra_lunar_node)
    moon = personal.moon_of(sky)
    events = [event for step in (-1, 0, 1) for event in skies[cell.date + step * _DAY].events]
    # The nodes go backwards nearly always, which is no news.
    back = (
        name
        for name, speed in zip(MOVING[system], sky.speed, strict=True)
        if speed < 0 and name not in ("Rahu", "Ketu")
    )
    retrogrades = frozenset(back)
    charts = {
        item: chart
        for item, one in ones.items()
        if (chart := one.reader.chart) is not None and personal.is_readable(chart, system)
    }
    readings = dict(zip(charts, personal.readings(sky, list(charts.values())), strict=True))
    facts = {}
    for item, one in ones.items():
        from_moon = personal.houses_from_moon(sky, one.reader.signs.moon)
        reading = readings.get(item) or {"houses": from_moon, "transits": []}
        periods = one.person.chart.periods if one.person.chart else ()
        dasha = personal.running_dasha(list(periods), at) if item in charts else None
        houses = from_moon if system == "vedic" else reading["houses"]
        facts[item] = SkyFacts(
            at, moon, houses, reading["transits"], events, dasha, *_of_chart(one), retrogrades=retrogrades
        )
    return facts


def _of_chart(one: Wanted) -> tuple[Theme, MoonDay, tuple[tuple[str, str, int], ...]]:
    """(theme, Moon of the day, glances) of the date for one chart."""
    from astra_pipeline.astrology.theme import LifeDate, glances, moon_of_day, theme_of_day

    node = settings().astra_lunar_node
    assert one.person.chart is not None
    natal = themes.natal_of(one.person.chart, one.reader.system, node=node)
    assert natal is not None  # a reader's Moon has a sign
    day = themes.local_day(one.cell.date, one.cell.zone, MORNING)
    life = [LifeDate(known.what, known.date) for known in one.person.life.dates]
    return (
        theme_of_day(natal, day, life, node=node),
        moon_of_day(natal, day, node=node),
        tuple(glances(natal, day, node=node)),
    )
