"""Calls of two weeks of twelve made-up people, taken by the offline rules to letters and first messages."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from astra_pipeline.astrology import sky
from astra_pipeline.astrology.births import Birth, birth
from astra_pipeline.astrology.chart import charts
from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.task import TASK as TRANSCRIPTS
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.overview.fold import fold
from astra_pipeline.people.person import Person
from astra_pipeline.reports import rules
from astra_pipeline.reports.composer import compose
from astra_pipeline.reports.input import ReportInput, report_input
from astra_pipeline.reports.last_letter import carried_over
from astra_pipeline.reports.rules import Talk
from astra_pipeline.store.documents import with_changes
from astra_pipeline.zones import at_local, local_date

MONDAY = dt.date(2026, 11, 9)
_WEEK, _DAY = dt.timedelta(weeks=1), dt.timedelta(days=1)
_FILE = Path(__file__).with_name("calls.yaml")


@dataclass(frozen=True)
class Call:
    """One call: what was said, and the fact that the rules made of it."""

    person: str
    week: int
    said: tuple[str, ...]
    fact: Fact


@dataclass(frozen=True)
class Letter:
    """One letter with its input and everything that its reader has said until then."""

    person: str
    week: int
    task_input: ReportInput
    content: str
    said: str
    shown: Person


def fact_of(name: str, said: Sequence[str], ended_at: dt.datetime, zone: str) -> Fact:
    """The fact that the offline rules make of a caller's sentences."""
    task_input = TranscriptInput(
        conversation_id=name,
        ended_at=ended_at.isoformat(),
        local_date=local_date(ended_at, zone).isoformat(),
        transcript="\n".join(f"user: {sentence}" for sentence in said),
        user_name="",
        known_topics=[],
    )
    answer = TRANSCRIPTS.offline(task_input)
    insights = read_answer(TRANSCRIPTS.output_model, answer, task_input.model_dump())
    return Fact(name, ended_at, ended_at, insights, zone)


@functools.cache
def people() -> tuple[Mapping[str, Any], ...]:
    """The people of calls.yaml."""
    return tuple(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


@functools.cache
def calls() -> tuple[Call, ...]:
    """Every call, with its fact."""
    return tuple(
        Call(
            one["name"],
            week,
            tuple(call["said"]),
            fact_of(
                f"{one['name']}-{week}-{call['day']}",
                call["said"],
                at_local(MONDAY + week * _WEEK + call["day"] * _DAY, dt.time(19), one["zone"]),
                one["zone"],
            ),
        )
        for one in people()
        for week, of_week in enumerate(one["weeks"])
        for call in of_week
    )


@functools.cache
def letters() -> tuple[Letter, ...]:
    """Both letters of everybody, the second with what the first one left."""
    now = dt.datetime(2026, 11, 29, tzinfo=dt.UTC)
    births = [_birth(one) for one in people()]
    computed = charts(births, now=now)
    return tuple(
        letter for one, chart in zip(people(), computed, strict=True) for letter in _letters_of(one, chart)
    )


def _birth(one: Mapping[str, Any]) -> Birth:
    date, time, latitude, longitude = one["birth"]
    return birth(dt.date.fromisoformat(date), dt.time.fromisoformat(time), latitude, longitude, one["zone"])


def _letters_of(one: Mapping[str, Any], chart: Mapping[str, Any]) -> list[Letter]:
    preferences = {"astrology_system": one["system"], "hinglish_level": one.get("level", 0)}
    user: Any = {
        "id": one["name"],
        "name": one["name"],
        "timezone": one["zone"],
        "user_overview": {"birth_chart": chart, "preferences": preferences},
    }
    before: dict[str, Any] | None = None
    found: list[Letter] = []
    for week in range(len(one["weeks"])):
        monday = MONDAY + week * _WEEK
        mine = [call for call in calls() if call.person == one["name"] and call.week <= week]
        user = with_changes(user, fold(user, [call.fact for call in mine]))
        # What somebody speaks is asked of the app's settings here, not of the last call.
        person = Person.read(with_changes(user, {"user_overview.preferences": preferences}))
        talks = [
            Talk(call.fact.conversation_id, call.fact.ended_at, call.fact.insights.model_dump())
            for call in mine
            if call.week == week
        ]
        stats = rules.stats(person, talks, monday, one["zone"], streak=len(talks))
        task_input = report_input(
            person, talks, monday, one["zone"], week=stats, total=len(mine), events=_events(monday), before=before
        )
        answer = compose(task_input)
        said = " ".join(sentence for call in mine for sentence in call.said)
        found.append(Letter(one["name"], week, task_input, answer["content"], said, person))
        before = {
            "week_start": monday.isoformat(),
            "asked": carried_over(answer["content"], task_input.intention),
            "used_phrases": {monday.isoformat(): answer["phrases"]},
        }
    return found


@functools.cache
def _events(monday: dt.date) -> list[SkyEvent]:
    following = dt.datetime.combine(monday + _WEEK, dt.time(), tzinfo=dt.UTC)
    found = sky.events(following - _DAY, following + 8 * _DAY, kinds=("phase", "station"))
    return [SkyEvent.read(event) for event in found]
