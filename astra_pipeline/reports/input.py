"""The input of the task `weekly-report-generator`: the facts for the report on one person's week. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.language.care import Level
from astra_pipeline.language.manner import Style
from astra_pipeline.language.speakable import is_speakable
from astra_pipeline.llm.prompt import PersonsWords
from astra_pipeline.llm.task import Given
from astra_pipeline.people.person import Person
from astra_pipeline.reports.rules import Talk, listed
from astra_pipeline.zones import local_date

_WEEK = dt.timedelta(days=7)
_TOPICS, _INSIGHTS, _QUESTIONS, _FOLLOW_UPS, _INCIDENTS, _EVENTS = 6, 6, 3, 4, 3, 4
_QUOTE_LENGTH = 160


class WeekEvent(Given):
    """An event in the sky of the coming week."""

    what: str
    day: str = Field(description="The weekday.")


class ReportInput(Given):
    """All facts that the report on one person's week may mention."""

    reader: str = Field(description="A pseudonym, always the same for one person.")
    name: Annotated[str, PersonsWords()] = Field(description="What to call the person. May be empty.")
    week_start: str = Field(description="Monday, YYYY-MM-DD, where the person is.")
    week_end: str = Field(description="Sunday.")
    conversations: int
    days: int = Field(description="Days of the week with a conversation.")
    topics: Annotated[list[str], PersonsWords()] = Field(description="Most frequent first.")
    tones: Annotated[list[str], PersonsWords()] = Field(description="Mood of each conversation, in order.")
    key_insights: Annotated[list[str], PersonsWords(joined_by=" | ")]
    questions: Annotated[list[str], PersonsWords(joined_by=" | ")] = Field(description="Asked by the person.")
    follow_ups: Annotated[list[str], PersonsWords(joined_by=" | ")]
    incidents: Annotated[list[str], PersonsWords()]
    care: Level = Field(description="The care of the week's last day: crisis, tender or none.")
    streak_days: int = Field(description="As of the end of the week.")
    total_conversations: int
    milestones: Annotated[list[str], PersonsWords()] = Field(description="Unlocked in the week.")
    next_week: list[WeekEvent] = Field(description="The coming week's sky.")
    communication_style: Style
    hinglish_level: int = Field(ge=0, le=100, description="0 is English without Hindi.")


def report_input(
    person: Person,
    talks: Sequence[Talk],
    monday: dt.date,
    zone: str,
    *,
    week: Mapping[str, Any],
    total: int,
    events: Sequence[SkyEvent],
) -> ReportInput:
    """Build the input for the person's local week.

    `week` is `rules.stats`, `total` counts all conversations until the week's end, `events` are those of the sky
    after it.
    """
    outputs = [talk.output for talk in sorted(talks, key=lambda talk: talk.ended_at) if talk.output]
    return ReportInput(
        reader=hashlib.sha256(person.id.encode()).hexdigest()[:16],
        name=person.first_name,
        week_start=monday.isoformat(),
        week_end=(monday + dt.timedelta(days=6)).isoformat(),
        conversations=week["conversations"],
        days=len({local_date(talk.ended_at, talk.place or zone) for talk in talks}),
        topics=week["topics"][:_TOPICS],
        tones=[output["emotional_tone"] for output in outputs if is_speakable(output.get("emotional_tone"))],
        key_insights=_texts(outputs, "key_insights", _INSIGHTS),
        questions=_texts(outputs, "questions_asked", _QUESTIONS),
        follow_ups=_texts(outputs, "follow_up_actions", _FOLLOW_UPS),
        incidents=_incidents(outputs),
        care=person.care_at(monday + dt.timedelta(days=6)),
        streak_days=week["streak"],
        total_conversations=total,
        milestones=week["milestones"],
        next_week=next_week(events, monday, zone),
        communication_style=person.preferences.communication_style,
        hinglish_level=person.preferences.hinglish_level,
    )


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


def _texts(outputs: Sequence[Mapping[str, Any]], field: str, at_most: int) -> list[str]:
    texts = [text for output in outputs for text in listed(output, field) if is_speakable(text, _QUOTE_LENGTH)]
    return texts[-at_most:]


def _incidents(outputs: Sequence[Mapping[str, Any]]) -> list[str]:
    titles = [
        incident["title"]
        for output in outputs
        for incident in listed(output, "incidents")
        if isinstance(incident, Mapping) and is_speakable(incident.get("title"))
    ]
    return titles[-_INCIDENTS:]
