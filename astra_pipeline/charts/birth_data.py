"""The birth that a person's birth data describes, and the key of the chart computed from it.

Nothing is read but the setting ASTRA_DEFAULT_TIMEZONE.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from astra_pipeline.errors import BadBirth
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.zones import place_zone

if TYPE_CHECKING:
    from astra_pipeline.astrology.births import Birth


def birth_of(data: BirthData, *, now: dt.datetime) -> Birth:
    """The birth that complete data describes, by the clock of its place.

    A `birth_timezone` that is a zone decides between places of one name, as in `births.at_place`. `now` is aware.
    Raises BadBirth naming the field that cannot be used.
    """
    from astra_pipeline.charts import births  # with numpy, which the definitions load without

    read, time = births.stored_date(data), births.parse_time(data.birth_time)
    date = read.date
    if date > now.date() + dt.timedelta(days=1):
        raise BadBirth("date lies in the future")
    flags = read.flags
    if data.is_of_the_night(date.isoformat(), f"{time:%H:%M}"):
        flags = (
            *flags,
            f"night_of_the_date: {time:%H:%M} was said as of the night of {date}, the next date may be meant",
        )
    zone = place_zone(data.birth_timezone)
    return births.at_place(date, time, data.place_texts, zone=zone, flags=flags)


def birth_key(data: BirthData, *, engine: str) -> str:
    """The key stored beside a chart. It differs when the birth data or the engine differs."""
    values = [None if value is None else str(value) for value in data.stored().values()]
    if not data.is_dated_in_utc:
        values.append(str(data.date(settings().astra_default_timezone)))
    if isinstance(data.night, Mapping):
        values += [str(data.night.get("date")), str(data.night.get("time"))]
    return f"{engine}:{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:24]}"


def has_current_chart(person: Person, *, engine: str) -> bool:
    """True when our engine computed the stored chart from the present birth data."""
    ours = person.chart is not None and person.chart.is_ours
    return ours and person.marks.chart_key == birth_key(person.birth, engine=engine)
