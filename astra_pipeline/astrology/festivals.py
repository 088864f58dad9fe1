"""Festivals that fall on a tithi: the reviewed table of festivals.yaml, and its dates in a year.

Dates are those of New Delhi, as calendars of India publish them, unless another place is given.
"""

from __future__ import annotations

import calendar
import datetime as dt
from functools import lru_cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from astra_pipeline.astrology.daylight import NEW_DELHI, HinduDay, Observer, Part, hindu_days
from astra_pipeline.astrology.lunar_months import MONTHS, Tithi, tithis
from astra_pipeline.astrology.sky import tithi_name
from astra_pipeline.astrology.timescales import julian_date

_TITHIS = {tithi_name(number): number for number in range(30)}
_DAY = dt.timedelta(days=1)
# The first and the last month whose lunar months the ephemeris covers from end to end.
_FIRST, _LAST = dt.date(1900, 3, 1), dt.date(2053, 7, 1)
# A day and a night hold the beginning or the end of a tithi; a day more holds the evening of a moonrise.
_AROUND = 1.5


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kept(_Entry):
    """A date that calendars give by a rule that is not in the table."""

    date: dt.date
    because: str


class Festival(_Entry):
    """One row of the table; the head of festivals.yaml says what each field means."""

    id: str = Field(pattern=r"^[a-z_]+$")
    name: str
    month: str
    purnimanta: str
    tithi: str
    at: Part
    otherwise: Literal["sunrise", "begins"]
    days_after: int = Field(default=0, ge=0, le=3)
    kept: tuple[Kept, ...] = ()
    source: str

    @model_validator(mode="after")
    def _has_a_month_and_a_tithi(self) -> Festival:
        if self.month not in MONTHS or self.tithi not in _TITHIS:
            raise ValueError("month and tithi want names of lunar_months.MONTHS and of sky.tithi_name")
        shift = 1 if self.number >= 15 else 0
        if self.purnimanta != MONTHS[(MONTHS.index(self.month) + shift) % 12]:
            raise ValueError("purnimanta is the same month in the bright half, the next one in the dark half")
        return self

    @property
    def number(self) -> int:
        """The number of the tithi, 0..29 from the New Moon."""
        return _TITHIS[self.tithi]

    def falls_on(self, tithi: Tithi, days: list[HinduDay]) -> dt.date | None:
        """The date on which the festival is kept for its tithi, among days around it; None when they lack it."""
        kept = next((one.date for one in self.kept if abs(_noon(one.date) - tithi.begins) < 10), None)
        if kept is not None:
            return kept
        date = _most(tithi, days, self.at)
        if date is None and self.otherwise == "sunrise":
            date = _most(tithi, days, "sunrise")
        if date is None:
            date = next((day.date for day in days if day.sunrise <= tithi.begins < day.next_sunrise), None)
        return None if date is None else date + self.days_after * _DAY


class FestivalTable(_Entry):
    """The whole of festivals.yaml."""

    reviewed: dt.date
    festivals: tuple[Festival, ...]


@lru_cache(maxsize=1)
def festival_table() -> FestivalTable:
    """Read festivals.yaml. Raises ValueError naming the entry and the problem."""
    text = (files("astra_pipeline.astrology") / "festivals.yaml").read_text(encoding="utf-8")
    try:
        return FestivalTable.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        first = error.errors()[0]
        where = " > ".join(map(str, first["loc"]))
        raise ValueError(f"festivals.yaml: {where}: {first['msg']}") from None


def festivals_on(date: dt.date, observer: Observer = NEW_DELHI) -> tuple[Festival, ...]:
    """The festivals of a date at a place, in the order of the table."""
    dates = _of_month(date.year, date.month, observer)
    return tuple(one for one in festival_table().festivals if dates.get(one.id) == date)


def festivals_of_year(year: int, observer: Observer = NEW_DELHI) -> dict[str, dt.date]:
    """Festival id -> its date in a Gregorian year, at a place, in the order of the dates.

    None is dated before March 1900 or after July 2053: the ephemeris ends soon after.
    """
    found: dict[str, dt.date] = {}
    for month in range(1, 13):
        found |= _of_month(year, month, observer)
    return dict(sorted(found.items(), key=lambda one: one[1]))


@lru_cache(maxsize=64)
def _of_month(year: int, month: int, observer: Observer) -> dict[str, dt.date]:
    """Festival id -> its date, of the festivals in a month."""
    first = dt.date(year, month, 1)
    if not _FIRST <= first <= _LAST:
        return {}
    last = dt.date(year, month, calendar.monthrange(year, month)[1])
    # A festival may be a few days after its tithi.
    around = first - 5 * _DAY, last + 5 * _DAY
    low, high = julian_date([dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC) for date in around])
    days = hindu_days(*around, observer)
    by_place = {(one.month, one.number): one for one in festival_table().festivals}
    found: dict[str, dt.date] = {}
    for tithi in tithis(low, high):
        festival = by_place.get((tithi.month.name, tithi.number))
        if festival is None or tithi.month.leap or tithi.ends < low or tithi.begins > high:
            continue
        near = [day for day in days if tithi.begins - _AROUND < day.sunrise < tithi.ends + _AROUND]
        date = festival.falls_on(tithi, near)
        if date is not None and (date.year, date.month) == (year, month):
            found[festival.id] = date
    return found


def _most(tithi: Tithi, days: list[HinduDay], part: Part) -> dt.date | None:
    """The date in whose part the tithi runs longest, the first of equals; None when it runs in no day's part."""
    best: tuple[float, dt.date] | None = None
    for day in days:
        low, high = day.window(part)
        if low == high:
            length = 1.0 if tithi.begins <= low < tithi.ends else 0.0
        else:
            length = min(high, tithi.ends) - max(low, tithi.begins)
        if length > 0 and (best is None or length > best[0] + 1e-6):
            best = length, day.date
    return best[1] if best else None


def _noon(date: dt.date) -> float:
    return float(julian_date([dt.datetime.combine(date, dt.time(12), tzinfo=dt.UTC)])[0])
