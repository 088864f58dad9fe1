"""The input of the task `weekly-report-generator`: the facts for the report on one person's week. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.language.care import Level
from astra_pipeline.language.composing import Memory, Register, register_of
from astra_pipeline.language.manner import Style
from astra_pipeline.language.topics import tenor_of
from astra_pipeline.llm.helpline import Helpline, NoHelpline
from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.llm.task import Given
from astra_pipeline.people.helplines import named_help
from astra_pipeline.people.person import Person
from astra_pipeline.reports.last_letter import LastLetter, NoLetter, last_letter
from astra_pipeline.reports.rules import Talk
from astra_pipeline.reports.sky import NoChart, SkyOfWeek, sky_of_week
from astra_pipeline.reports.told import (
    NO_INTENTION,
    DateTold,
    Intention,
    TalkOfWeek,
    dates_of_week,
    intention_of_week,
    people_of_week,
    talks_of_week,
)
from astra_pipeline.settings import settings
from astra_pipeline.zones import local_date

_WEEK = dt.timedelta(days=7)
_TOPICS, _EVENTS = 6, 4


System = Literal["vedic", "western"]


class WeekEvent(Given):
    """An event in the sky of the coming week."""

    what: str
    day: str = Field(description="The weekday.")


class ReportInput(Given):
    """All facts that the letter on one person's week may mention."""

    reader: str = Field(description="A pseudonym, always the same for one person.")
    name: Annotated[str, PersonsWords()] = Field(description="What to call the person. May be empty.")
    week_start: str = Field(description="Monday, YYYY-MM-DD, where the person is.")
    week_end: str = Field(description="Sunday.")
    conversations: int
    days: int = Field(description="Days of the week with a conversation.")
    topics: Annotated[list[str], PersonsWords()] = Field(description="Most frequent first.")
    talks: Annotated[list[TalkOfWeek], PersonsWords()] = Field(description="The week's conversations, in order.")
    people: Annotated[list[str], PersonsWords()] = Field(description='As the person names them: "sister Neha".')
    dates: Annotated[list[DateTold], PersonsWords()] = Field(description="Dates of the person's own.")
    intention: Annotated[Intention, PersonsWords()] = Field(description="The plan of the week to name.")
    last_letter: Annotated[LastLetter | NoLetter, PersonsWords()]
    care: Level = Field(description="The care of the week's last day: crisis, tender or none.")
    care_kind: str = Field(description="Its kind, such as grief or violence; or empty.")
    care_since: str = Field(description="The local date on which it began, YYYY-MM-DD; or empty.")
    helpline: Helpline | NoHelpline = Field(description="To be named in a crisis.")
    streak_days: int = Field(description="As of the end of the week.")
    total_conversations: int
    milestones: Annotated[list[str], PersonsWords()] = Field(description="Unlocked in the week.")
    astrology_system: System
    sky: SkyOfWeek | NoChart = Field(description="The one thing in the coming week's sky for this chart.")
    next_week: list[WeekEvent] = Field(description="The coming week's sky for everybody.")
    communication_style: Style
    hinglish_level: int = Field(ge=0, le=100, description="0 is English without Hindi.")
    used_phrases: dict[str, str] = Field(description="Date -> ids of phrases that the composer used then.")

    @property
    def register(self) -> Register:
        """The register of the letter, by the care that the person needs."""
        return register_of(self.care, ())


def report_input(
    person: Person,
    talks: Sequence[Talk],
    monday: dt.date,
    zone: str,
    *,
    week: Mapping[str, Any],
    total: int,
    events: Sequence[SkyEvent],
    before: Mapping[str, Any] | None = None,
) -> ReportInput:
    """Build the input for the person's local week.

    `week` is `rules.stats`, `total` counts all conversations until the week's end, `events` are those of the sky
    after it, `before` is the stored letter of an earlier week.
    """
    ordered = sorted((talk for talk in talks if talk.output is not None), key=lambda talk: talk.ended_at)
    told, dates = talks_of_week(ordered, zone), dates_of_week(ordered)
    spell = person.care.spell_at(monday + dt.timedelta(days=6))
    level, kind = (spell.level, spell.kind) if spell else ("none", "")
    # Conversations that the old system read have no care of their own, but topics.
    if level != "crisis" and tenor_of(week["topics"]) == "crisis":
        level, kind, spell = "crisis", "", None
    in_crisis = level == "crisis"
    return ReportInput(
        reader=hashlib.sha256(person.id.encode()).hexdigest()[:16],
        name=person.first_name,
        week_start=monday.isoformat(),
        week_end=(monday + dt.timedelta(days=6)).isoformat(),
        conversations=week["conversations"],
        days=len({local_date(talk.ended_at, talk.place or zone) for talk in talks}),
        topics=week["topics"][:_TOPICS],
        talks=told,
        people=people_of_week(ordered),
        dates=[] if in_crisis else dates,
        intention=NO_INTENTION if in_crisis else intention_of_week(told),
        last_letter=last_letter(before, monday, told),
        care=level,
        care_kind=kind,
        care_since=spell.since.isoformat() if spell else "",
        helpline=Helpline(**named_help(person, kind)._asdict()) if in_crisis else NoHelpline(),
        streak_days=week["streak"],
        total_conversations=total,
        milestones=week["milestones"],
        astrology_system="western" if person.preferences.astrology_system == "western" else "vedic",
        sky=sky_of_week(person, monday, zone, dates, node=settings().astra_lunar_node),
        next_week=next_week(events, monday, zone),
        communication_style=person.preferences.communication_style,
        hinglish_level=person.preferences.hinglish_level,
        used_phrases=_memory(before, monday).as_stored(),
    )


def _memory(before: Mapping[str, Any] | None, monday: dt.date) -> Memory:
    return Memory.read((before or {}).get("used_phrases")).before(monday)


def next_week(events: Sequence[SkyEvent], monday: dt.date, zone: str) -> list[WeekEvent]:
    """Phases and stations of the following local week; ingresses differ by zodiac and are left out."""
    first = monday + _WEEK
    local = sorted(
        (event.at.astimezone(ZoneInfo(zone)), event.detail)
        for event in events
        if event.type in ("phase", "station")
    )
    following = [(at, detail) for at, detail in local if first <= at.date() < first + _WEEK]
    return [WeekEvent(what=detail, day=f"{at:%A}") for at, detail in following[:_EVENTS]]
