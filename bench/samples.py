"""docs/samples.md: ten horoscopes and two reports of the offline composers, for demo people with real charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import click

from astra_pipeline.astrology import personal, sky
from astra_pipeline.astrology.chart import charts
from astra_pipeline.charts import birth_data
from astra_pipeline.horoscopes import rules as horoscopes
from astra_pipeline.horoscopes.rules import MORNING, Reader
from astra_pipeline.llm import registry
from astra_pipeline.reports import rules as reports
from astra_pipeline.reports.rules import Talk
from astra_pipeline.sandbox.people import DEFAULT_ZONE, Person, load_people, user_document
from astra_pipeline.zones import at_local, person_zone, week_of

DATE = dt.date(2026, 11, 24)
_NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
_DAY = dt.timedelta(days=1)
_PEOPLE = 10
_FILE = Path(__file__).parents[1] / "docs" / "samples.md"


@lru_cache(maxsize=64)
def _sky(date: dt.date) -> dict[str, Any]:
    return sky.day(date)


@lru_cache(maxsize=1)
def sample_people() -> tuple[Person, ...]:
    """The first ten demo people whose birth data is complete, none born when and where another was."""
    found: dict[tuple[Any, ...], Person] = {}
    for person in load_people():
        user = user_document(person, _NOW)
        if birth_data.is_complete(user):
            found.setdefault(tuple(user.get(field) for field in birth_data.FIELDS), person)
    return tuple(found.values())[:_PEOPLE]


@lru_cache(maxsize=1)
def _documents() -> dict[str, dict[str, Any]]:
    """User documents with charts and what their demo conversations were about."""
    people = sample_people()
    users = [user_document(person, _NOW) for person in people]
    computed = charts([birth_data.birth_of(user, now=_NOW) for user in users], now=_NOW)
    for user, person, chart in zip(users, people, computed, strict=True):
        overview = user.setdefault("user_overview", {})
        overview["birth_chart"] = chart
        overview["recent_conversations"] = [{"topics": talk["topics"]} for talk in _told_of(person)]
    return {user["id"]: user for user in users}


def _told_of(person: Person) -> list[dict[str, Any]]:
    """What the offline rules tell of the person's last conversations."""
    task = registry.get("transcript-processor")
    lines = [
        "\n".join(f"{turn.role}: {turn.message}" for turn in talk.turns if turn.message)
        for talk in person.conversations
    ]
    given = {"ended_at": _NOW.isoformat(), "local_date": DATE.isoformat(), "user_name": "", "known_topics": []}
    return [
        task.offline(given | {"conversation_id": person.id, "transcript": text, "feedback": ""})
        for text in lines[-4:]
        if text
    ]


def horoscopes_of(people: Sequence[Person], date: dt.date) -> list[tuple[str, dict[str, Any], str]]:
    """(person, task input, text) for a local date."""
    written = []
    for person in people:
        user = _documents()[person.id]
        zone = person_zone(user, DEFAULT_ZONE)
        reader = horoscopes.reader_of(user)
        assert isinstance(reader, Reader)
        assert reader.chart is not None
        at = at_local(date, MORNING, zone)
        moment = personal.moment(_sky(at.date()), _sky(at.date() + _DAY), at, system=reader.system, node="mean")
        (reading,) = personal.readings(moment, [reader.chart])
        told = horoscopes.told(
            user,
            reader,
            date,
            zone,
            moon=personal.moon_of(moment),
            planets=reading["houses"],
            transits=reading["transits"],
            events=[event for step in (-1, 0, 1) for event in _sky(date + step * _DAY)["events"]],
            dasha=personal.running_dasha(reader.chart["vedic"]["dasha"]["periods"], at),
            now=at,
        )
        text = registry.get("horoscope-refresher").offline(told | {"feedback": ""})["content"]
        written.append((person.name or person.id, told, text))
    return written


def _report_of(person: Person) -> str:
    user = _documents()[person.id]
    zone, monday = person_zone(user, DEFAULT_ZONE), week_of(DATE) - 7 * _DAY
    talks = [
        Talk(f"{person.id}-{number}", at_local(monday + number * _DAY, dt.time(20), zone), output)
        for number, output in enumerate(_told_of(person))
    ]
    following = dt.datetime.combine(monday + 7 * _DAY, dt.time(), tzinfo=dt.UTC)
    events = sky.events(following - _DAY, following + 8 * _DAY, kinds=("phase", "station"))
    week = reports.stats(user, talks, monday, zone, streak=len(talks))
    told = reports.told(user, talks, monday, zone, week=week, total=len(talks), events=events)
    return registry.get("weekly-report-generator").offline(told | {"feedback": ""})["content"]


def samples() -> str:
    """The file's text."""
    parts = [
        "# What the offline composer writes",
        f"Ten horoscopes for {DATE:%A, %-d %B %Y}, and two reports on the week before, for ten demo people: their "
        "charts, that day's sky at 06:00 where they live, their last conversations. No LLM; `make samples` writes "
        "this file.",
    ]
    for name, told, text in horoscopes_of(sample_people(), DATE):
        signs = f"Sun in {told['sun_sign']}, Moon in {told['moon_sign']}, {told['rising_sign']} rising"
        manner = f"{told['communication_style']}, Hinglish {told['hinglish_level']}"
        top = told["transits"][0] if told["transits"] else None
        first = (
            f"; first transit {top['planet']} {top['aspect']} {top['point']}, orb {top['orb']:.2f}°" if top else ""
        )
        parts += [f"## {name}", f"*{told['astrology_system'].title()}: {signs}{first}; {manner}*", text]
    for person in sample_people()[:2]:
        parts += [f"## {person.name}: the week", _report_of(person)]
    return "\n\n".join(parts) + "\n"


@click.command()
def main() -> None:
    _FILE.write_text(samples(), encoding="utf-8")
    click.echo(f"docs/{_FILE.name}")


if __name__ == "__main__":
    main()
