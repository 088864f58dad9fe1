"""A person: their document in the collection `user`, read once, typed from there on. Pure.

`Person.read` takes any document that an old system stored, and never raises: a value of another type than ours
counts as absent. Parts that were not asked of MongoDB are as of somebody who has none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from astra_pipeline.language.care import Level
from astra_pipeline.names import called
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.care import Care
from astra_pipeline.people.chart import Chart
from astra_pipeline.people.life import Life
from astra_pipeline.people.metrics import Metrics, UnlockedMilestone, stored_count
from astra_pipeline.people.recent_conversation import RecentConversation
from astra_pipeline.store.documents import iso_date, readings
from astra_pipeline.zones import place_zone

__all__ = [
    "BirthData",
    "Care",
    "Chart",
    "Marks",
    "Metrics",
    "Person",
    "Preferences",
    "RecentConversation",
    "UnlockedMilestone",
]

CommunicationStyle = Literal["casual", "balanced", "formal"]
AstrologySystem = Literal["vedic", "western", "both"]

_STYLES: Mapping[str, CommunicationStyle] = {style: style for style in ("casual", "balanced", "formal")}
_SYSTEMS: Mapping[str, AstrologySystem] = {system: system for system in ("vedic", "western", "both")}
# The mark of an erased person is a date; the app may have written a null or a date of no meaning there.
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Preferences:
    """A person's wishes for how texts address them, as values a text can use."""

    communication_style: CommunicationStyle = "balanced"
    hinglish_level: int = 0
    """The share of Hindi: 0 (English) to 100."""
    astrology_system: AstrologySystem | None = None
    """None: the person has not said."""

    @classmethod
    def read(cls, value: object) -> Preferences:
        """The preferences in a stored value; the usual ones where it has none."""
        stored = _document(value)
        return cls(
            communication_style=_STYLES.get(_text(stored.get("communication_style")), "balanced"),
            hinglish_level=min(stored_count(stored.get("hinglish_level")), 100),
            astrology_system=_SYSTEMS.get(_text(stored.get("astrology_system"))),
        )


@dataclass(frozen=True)
class Marks:
    """The pipeline's own notes about a person, below `astra`."""

    cohort: str | None = None
    """The key of their cohort."""
    chart_key: str | None = None
    """The key of the birth data and the engine of their chart."""
    chartless_key: str | None = None
    """The key of the birth data and the engine from which they can have no chart for now."""
    horoscope_date: dt.date | None = None
    """The newest local date with a horoscope for them."""
    report_week: dt.date | None = None
    """The Monday of the newest week with a report for them."""
    gamification_due: Any = None
    """The reason for which their metrics are out of date; None when they are not."""
    erased_at: dt.datetime | None = None
    """The moment of the erasure (UTC); None also for somebody who was erased and has talked since."""
    applied_timezone: str | None = None
    """The zone that a conversation set; None when the app's zone counts."""
    quarantined_conversations: tuple[RecentConversation, ...] = ()
    """Entries of the old system that had no room in the overview's list."""

    @classmethod
    def read(cls, value: object) -> Marks:
        """The marks in a stored value; none for a value that is no document."""
        stored = _document(value)
        applied = _document(_document(stored.get("applied")).get("timezone"))
        erased = stored.get("erased_at")
        quarantined = _document(stored.get("set_aside")).get("user_overview_recent_conversations")
        return cls(
            cohort=_text(stored.get("cohort")) or None,
            chart_key=_text(stored.get("chart_key")) or None,
            chartless_key=_text(stored.get("chartless_key")) or None,
            horoscope_date=iso_date(stored.get("horoscope_date")),
            report_week=iso_date(stored.get("report_week")),
            gamification_due=stored.get("gamification_due"),
            erased_at=erased if isinstance(erased, dt.datetime) and _aware(erased) > _NEVER else None,
            applied_timezone=place_zone(applied.get("value")),
            quarantined_conversations=RecentConversation.read_all(quarantined),
        )


@dataclass(frozen=True)
class Person:
    """A user document as it was read. Its values are personal, and left out of its `repr`."""

    id: str
    """Empty for a document that has none, which nothing can be written to."""
    name: str = field(default="", repr=False)
    """The name as it is stored; `first_name` is the part that texts use."""
    timezone: str | None = field(default=None, repr=False)
    """The IANA zone where the person is, in IANA's spelling; None for a stored value that names no place."""
    birth_timezone: str | None = field(default=None, repr=False)
    julep_user_id: str | None = None
    birth: BirthData = field(default_factory=BirthData, repr=False)
    preferences: Preferences = field(default_factory=Preferences, repr=False)
    recent_conversations: tuple[RecentConversation, ...] = field(default=(), repr=False)
    """The conversations in the order of the stored list: the oldest first."""
    gamification: Metrics = field(default_factory=Metrics, repr=False)
    chart: Chart | None = field(default=None, repr=False)
    latest_horoscope_date: dt.date | None = None
    """The date of the horoscope in the overview; None for none, and for one that the old system dated otherwise."""
    report_starts: tuple[dt.date | None, ...] = ()
    """The first day of the week of each report in the overview's list, in its order; None where it is not said."""
    latest_report_start: dt.date | None = None
    """The first day of the week of the overview's latest report."""
    marks: Marks = field(default_factory=Marks, repr=False)
    care: Care = field(default_factory=Care, repr=False)
    life: Life = field(default_factory=Life, repr=False)
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The document as it was read, including the parts that no other field holds."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Person:
        """The person that a document of the collection `user` describes."""
        overview = _document(document.get("user_overview"))
        return cls(
            id=_text(document.get("id")),
            name=_text(document.get("name")),
            timezone=place_zone(document.get("timezone")),
            birth_timezone=place_zone(document.get("birth_timezone")),
            julep_user_id=_text(document.get("julep_user_id")) or None,
            birth=BirthData.read(document),
            preferences=Preferences.read(overview.get("preferences")),
            recent_conversations=RecentConversation.read_all(overview.get("recent_conversations")),
            gamification=Metrics.read(overview.get("gamification")),
            chart=Chart.read(overview.get("birth_chart")),
            latest_horoscope_date=iso_date(_document(overview.get("latest_horoscope")).get("date")),
            report_starts=_report_starts(overview.get("weekly_reports")),
            latest_report_start=report_start(_document(overview.get("latest_weekly_report"))),
            marks=Marks.read(document.get("astra")),
            care=Care.read(_document(document.get("astra")).get("care")),
            life=Life.read(_document(document.get("astra")).get("life")),
            document=document,
        )

    @cached_property
    def first_name(self) -> str:
        """The name by which texts address the person; empty when nothing in the stored name can be said."""
        return called(self.name)

    def care_at(self, day: dt.date) -> Level:
        """The care that texts of this local date take: crisis, tender or none."""
        return self.care.at(day)

    def zone(self, default: str) -> str:
        """The IANA zone in which the person's days are counted.

        That is the zone where they are, else the one where they were born, else `default`.
        """
        return self.timezone or self.birth_timezone or default


def report_start(entry: Mapping[str, Any]) -> dt.date | None:
    """The first day of the week that a stored report is on; None for no date, and for one with two readings."""
    value = entry.get("week_start")
    dates = readings(value[:10] if isinstance(value, str) and value[4:5] == "-" else value)
    return (dates[0].day or dates[0].at.date()) if len(dates) == 1 else None


def _report_starts(listed: object) -> tuple[dt.date | None, ...]:
    entries = listed if isinstance(listed, list) else []
    return tuple(report_start(entry) for entry in entries if isinstance(entry, Mapping))


def _aware(at: dt.datetime) -> dt.datetime:
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _document(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
