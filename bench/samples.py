"""docs/samples.md: twelve horoscopes and two reports of the offline composers, for people with real charts."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from astra_pipeline.astrology import sky
from astra_pipeline.astrology.chart import charts
from astra_pipeline.charts import birth_data
from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.conversations.extraction import extract
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.person import Person as KnownPerson
from astra_pipeline.reports import composer as report_composer
from astra_pipeline.reports import rules as reports
from astra_pipeline.reports.input import report_input
from astra_pipeline.reports.rules import Talk
from astra_pipeline.sandbox.people import DEFAULT_ZONE, Person, load_people, user_document
from astra_pipeline.zones import at_local, week_of
from bench.words.readers import written

DATE = dt.date(2026, 11, 24)
_NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
_PEOPLE = 2
# The day of the samples, counted from the first of bench/words.
_DAYS = 19
_READERS = frozenset(
    (
        "Tanvi",
        "Osei",
        "Ilse",
        "Devendra",
        "Mahi",
        "Renske",
        "Kabir",
        "Siobhan",
        "Farhan",
        "Leticia",
        "Jyoti",
        "Wanda",
    )
)
_FILE = Path(__file__).parents[1] / "docs" / "samples.md"


@lru_cache(maxsize=1)
def sample_people() -> tuple[Person, ...]:
    """The first demo people whose birth data is complete, none born when and where another was."""
    found: dict[tuple[Any, ...], Person] = {}
    for person in load_people():
        user = user_document(person, _NOW)
        birth = BirthData.read(user)
        if birth.is_complete:
            found.setdefault(tuple(birth.stored().values()), person)
    return tuple(found.values())[:_PEOPLE]


@lru_cache(maxsize=1)
def _documents() -> dict[str, dict[str, Any]]:
    """User documents with charts and what their demo conversations were about."""
    people = sample_people()
    users = [user_document(person, _NOW) for person in people]
    computed = charts([birth_data.birth_of(BirthData.read(user), now=_NOW) for user in users], now=_NOW)
    for user, person, chart in zip(users, people, computed, strict=True):
        overview = user.setdefault("user_overview", {})
        overview["birth_chart"] = chart
        overview["recent_conversations"] = [{"topics": talk["topics"]} for talk in _insights_of(person)]
    return {user["id"]: user for user in users}


def _insights_of(person: Person) -> list[dict[str, Any]]:
    """The answers of the offline rules to the person's last conversations."""
    lines = [
        "\n".join(f"{turn.role}: {turn.message}" for turn in talk.turns if turn.message)
        for talk in person.conversations
    ]
    return [
        extract(
            TranscriptInput(
                conversation_id=person.id,
                ended_at=_NOW.isoformat(),
                local_date=DATE.isoformat(),
                transcript=text,
                user_name="",
                known_topics=[],
            )
        )
        for text in lines[-4:]
        if text
    ]


def _report_of(person: Person) -> str:
    known = KnownPerson.read(_documents()[person.id])
    zone, monday = known.zone(DEFAULT_ZONE), week_of(DATE) - 7 * _DAY
    talks = [
        Talk(f"{person.id}-{number}", at_local(monday + number * _DAY, dt.time(20), zone), output)
        for number, output in enumerate(_insights_of(person))
    ]
    following = dt.datetime.combine(monday + 7 * _DAY, dt.time(), tzinfo=dt.UTC)
    found = sky.events(following - _DAY, following + 8 * _DAY, kinds=("phase", "station"))
    events = [SkyEvent.read(event) for event in found]
    week = reports.stats(known, talks, monday, zone, streak=len(talks))
    task_input = report_input(known, talks, monday, zone, week=week, total=len(talks), events=events)
    return report_composer.compose(task_input)["content"]


def samples() -> str:
    """The file's text."""
    shown = [texts[-1] for texts in written(_DAYS) if texts[-1].life.name in _READERS]
    parts = [
        "# What the offline composer writes",
        f"Twelve horoscopes for {shown[0].date:%A, %-d %B %Y} of made-up readers, each after {_DAYS - 1} days of "
        "others, and two reports on a week of demo people: their charts, their sky at 06:00, what they told. "
        "No LLM; `make samples` writes this file.",
    ]
    for one in shown:
        life, day = one.life, one.day
        care = f"; care: {life.care[0]}, {life.care[1]}" if life.care else ""
        manner = f"{life.style}, Hinglish {life.hinglish}{care}"
        parts += [f"## {life.name}", f"*{life.system.title()}; {manner}. Theme: {day.theme.text}*", one.content]
    for person in sample_people()[:2]:
        parts += [f"## {person.name}: the week", _report_of(person)]
    return "\n\n".join(parts) + "\n"


@click.command()
def main() -> None:
    _FILE.write_text(samples(), encoding="utf-8")
    click.echo(f"docs/{_FILE.name}")


if __name__ == "__main__":
    main()
