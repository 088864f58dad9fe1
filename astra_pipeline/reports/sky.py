"""The one thing in the sky of the coming week for a chart, by `astrology.theme`. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from astra_pipeline.charts.themes import local_day, natal_of
from astra_pipeline.llm.task import Given
from astra_pipeline.people.person import Person
from astra_pipeline.reports.told import DateTold

if TYPE_CHECKING:
    from astra_pipeline.astrology.natal import Natal
    from astra_pipeline.astrology.signs import System
    from astra_pipeline.astrology.theme import Subject

Kind = Literal["return", "sade_sati", "dasha", "eclipse", "station", "festival", "lunation", "transit", "house"]
_DAYS, _DAY = 7, dt.timedelta(days=1)
_MORNING = dt.time(6)
# What a text for a western chart may not name is left out by the theme; the Moon's own return comes every month.
_MONTHLY = ("return", "Moon")


class SkyOfWeek(Given):
    """One thing that is true of the coming week and this chart. What does not apply is empty, a house 0."""

    kind: Kind
    key: str = Field(description="The same in all weeks of one matter.")
    name: str = Field(description='In words: "Saturn return", "Diwali", "Saturn in trine to the natal Moon".')
    day: str = Field(description="The weekday.")
    planet: str
    point: str = Field(description="A point of the birth chart.")
    aspect: str = Field(description="One of the five aspects, or a drishti when vedic.")
    sign: str
    house: int = Field(description="From the natal Moon when vedic, of the chart when western.")
    stage: str
    detail: str


class NoChart(Given):
    """No chart is known, or nothing can be told of it."""


def sky_of_week(
    person: Person, monday: dt.date, zone: str, dates: Sequence[DateTold], *, node: str = "mean"
) -> SkyOfWeek | NoChart:
    """The theme of the week after the one that begins on `monday`, for the person's chart.

    Dates of the person's own are told by themselves, so the theme is never one of them.
    """
    from astra_pipeline.astrology.theme import LifeDate, theme_of_week

    natal = _natal(person, node)
    if natal is None:
        return NoChart()
    days = [local_day(monday + (_DAYS + number) * _DAY, zone, _MORNING) for number in range(_DAYS)]
    theme = theme_of_week(natal, days, node=node)
    subjects = [theme.subject, *theme.others]
    chosen = next(
        (one for one in subjects if not isinstance(one, LifeDate) and not _is_monthly(one)), theme.subject
    )
    at = getattr(chosen, "at", None)
    date = theme.date if chosen is theme.subject or at is None else _local(at, zone)
    return _told(chosen, date)


def _natal(person: Person, node: str) -> Natal | None:
    if person.chart is None:
        return None
    # A chart of the other system is of no use: the letter speaks the one that the person prefers.
    system: System = "western" if person.preferences.astrology_system == "western" else "vedic"
    return natal_of(person.chart, system, node=node)


def _is_monthly(subject: Subject) -> bool:
    return (getattr(subject, "kind", ""), getattr(subject, "body", "")) == _MONTHLY


def _local(at: dt.datetime, zone: str) -> dt.date:
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(zone)).date()


def _told(subject: Subject, date: dt.date) -> SkyOfWeek:
    from astra_pipeline.astrology.landmarks import Landmark
    from astra_pipeline.astrology.slow_transits import SlowTransit
    from astra_pipeline.astrology.theme import LifeDate

    day = f"{date:%A}"
    if isinstance(subject, Landmark):
        return SkyOfWeek(
            kind=subject.kind,
            key=f"{subject.key}:{subject.stage}",
            name=subject.name,
            day=day,
            planet=subject.body,
            point=subject.point,
            aspect="",
            sign=subject.sign,
            house=subject.house or 0,
            stage=subject.stage,
            detail=subject.detail,
        )
    if isinstance(subject, SlowTransit):
        return SkyOfWeek(
            kind="transit",
            key=subject.key,
            name="",
            day=day,
            planet=subject.planet,
            point=subject.point,
            aspect=subject.aspect,
            sign=subject.sign,
            house=subject.house,
            stage="peak",
            detail="",
        )
    assert not isinstance(subject, LifeDate)
    return SkyOfWeek(
        kind="house",
        key=subject.key,
        name="",
        day="",
        planet=subject.body,
        point="",
        aspect="",
        sign=subject.sign,
        house=subject.house,
        stage="",
        detail="",
    )
