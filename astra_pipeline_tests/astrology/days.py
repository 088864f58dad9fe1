"""Charts and local days for tests of landmarks and themes."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from astra_pipeline.astrology.births import birth
from astra_pipeline.astrology.chart import charts
from astra_pipeline.astrology.landmarks import LocalDay
from astra_pipeline.astrology.natal import Natal
from astra_pipeline.astrology.signs import System

ZONE = ZoneInfo("Asia/Kolkata")
_DAY = dt.timedelta(days=1)


@cache
def chart(born: str) -> dict[str, Any]:
    """The chart document of somebody born in Pune at a local time, such as "1997-03-12 07:15"."""
    at = dt.datetime.fromisoformat(born)
    who = birth(at.date(), at.time(), 18.52, 73.86, "Asia/Kolkata", place="Pune")
    return charts([who], now=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))[0]


@cache
def natal(born: str, system: System) -> Natal:
    """The same as landmarks read it."""
    found = chart(born)
    return Natal.of(found, system, moon_sign=found[system]["moon_sign"], periods=found["vedic"]["dasha"]["periods"])


def local_day(date: dt.date, zone: ZoneInfo = ZONE) -> LocalDay:
    """The local day of a date."""
    start, end = (dt.datetime.combine(one, dt.time(), tzinfo=zone) for one in (date, date + _DAY))
    morning = dt.datetime.combine(date, dt.time(6), tzinfo=zone)
    return LocalDay(date, *(at.astimezone(dt.UTC) for at in (start, end, morning)))


def dates(first: str, count: int) -> list[dt.date]:
    """So many dates in a row."""
    return [dt.date.fromisoformat(first) + number * _DAY for number in range(count)]
