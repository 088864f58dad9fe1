"""The birth that a person's birth data describes, and the key of the chart computed from it. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from astra_pipeline.errors import BadBirth
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.person import Person
from astra_pipeline.zones import is_zone

if TYPE_CHECKING:
    from astra_pipeline.astrology.births import Birth


def birth_of(data: BirthData, *, now: dt.datetime) -> Birth:
    """The birth that complete data describes, by the clock of its place.

    A `birth_timezone` that is a zone decides between places of one name, as in `births.at_place`. `now` is aware.
    Raises BadBirth naming the field that cannot be used.
    """
    from astra_pipeline.charts import births  # with numpy, which the definitions load without

    date, time = births.parse_date(data.date_of_birth), births.parse_time(data.birth_time)
    if date > now.date() + dt.timedelta(days=1):
        raise BadBirth("date lies in the future")
    zone = str(data.birth_timezone) if is_zone(data.birth_timezone) else None
    day, month = data.birth_day, data.birth_month
    flags: tuple[str, ...] = ()
    if isinstance(day, int) and isinstance(month, int) and (day, month) != (date.day, date.month):
        flags = (f"birth_day_differs: day {day} of month {month} stands beside the date {date}, which is used",)
    if data.is_of_the_night(date.isoformat(), f"{time:%H:%M}"):
        flags = (
            *flags,
            f"night_of_the_date: {time:%H:%M} was said as of the night of {date}, the next date may be meant",
        )
    return births.at_place(date, time, data.place_texts, zone=zone, flags=flags)


def birth_key(data: BirthData, *, engine: str) -> str:
    """The key stored beside a chart. It differs when the birth data or the engine differs."""
    values = [None if value is None else str(value) for value in data.stored().values()]
    if isinstance(data.night, Mapping):
        values += [str(data.night.get("date")), str(data.night.get("time"))]
    return f"{engine}:{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:24]}"


def has_current_chart(person: Person, *, engine: str) -> bool:
    """True when our engine computed the stored chart from the present birth data."""
    ours = person.chart is not None and person.chart.is_ours
    return ours and person.marks.chart_key == birth_key(person.birth, engine=engine)
