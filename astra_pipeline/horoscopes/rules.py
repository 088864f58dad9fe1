"""The rules of horoscopes: the readers who can have one, and the hour when it is due. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from astra_pipeline.astrology.signs import System as System
from astra_pipeline.people.chart import Signs
from astra_pipeline.people.person import Person
from astra_pipeline.zones import at_local

# The local time from which a date's horoscope is due, and the moment of its sky: near sunrise, whose tithi and
# nakshatra are the day's in the Indian calendar.
MORNING = dt.time(6)
# The fields of a stored horoscope that people see.
SHOWN = ("date", "content", "sun_sign", "moon_sign", "rising_sign", "transit_highlights", "generated_at")
NO_CHART = "no birth chart"
NO_SIGNS = "birth chart without Sun and Moon sign"

_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Reader:
    """A person for whom a horoscope can be written, in one system of astrology."""

    system: System
    signs: Signs
    chart: Mapping[str, Any] | None
    """The placements that `astrology.personal` reads.

    None for a chart of the old system, which knows signs only.
    """


def due_date(now: dt.datetime, zone: str) -> dt.date | None:
    """The local date whose horoscope is due at `now` (aware); None before the morning."""
    local = now.astimezone(ZoneInfo(zone))
    return local.date() if local.time() >= MORNING else None


def has_begun(date: dt.date, zone: str, now: dt.datetime) -> bool:
    """True when the date has come in the person's zone."""
    return now >= at_local(date, dt.time(), zone)


def is_over(date: dt.date, zone: str, now: dt.datetime) -> bool:
    """True when the date has ended in the person's zone."""
    return now >= at_local(date + _A_DAY, dt.time(), zone)


def reader_of(person: Person) -> Reader | str:
    """The person as a reader, or the reason for which no horoscope can be written for them.

    The system is the one that they prefer: Vedic unless they chose Western, or the one that their chart knows.
    """
    if person.chart is None:
        return NO_CHART
    western = person.preferences.astrology_system == "western"
    order: tuple[System, System] = ("western", "vedic") if western else ("vedic", "western")
    for system in order:
        signs = person.chart.signs(system)
        if signs.are_enough:
            return Reader(system, signs, person.chart.placements if person.chart.is_ours else None)
    return NO_SIGNS


def highlights(transits: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Transits as they are stored for the app: {planet, aspect, point, orb, applying, sign, house, description}."""
    kept = ("planet", "aspect", "point", "orb", "applying", "sign", "house")
    return [
        {field: transit[field] for field in kept} | {"description": _described(transit)} for transit in transits
    ]


def _described(transit: Mapping[str, Any]) -> str:
    phase = "applying" if transit["applying"] else "separating"
    return f"{transit['planet']} {transit['aspect']} natal {transit['point']}, orb {transit['orb']:.2f}°, {phase}"
