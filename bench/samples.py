"""docs/samples.md: what the offline composers write, for demo people with real charts and for made-up calls."""

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
from astra_pipeline.charts.sky import SkyEvent
from astra_pipeline.conversations.extraction import extract
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.horoscopes import composer as horoscope_composer
from astra_pipeline.horoscopes import rules as horoscopes
from astra_pipeline.horoscopes.input import HoroscopeInput, horoscope_input
from astra_pipeline.horoscopes.rules import MORNING, Reader
from astra_pipeline.people.birth import BirthData
from astra_pipeline.people.person import Person as KnownPerson
from astra_pipeline.sandbox.people import DEFAULT_ZONE, Person, load_people, user_document
from astra_pipeline.zones import at_local
from bench.words.talk_samples import sections as talks

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


def horoscopes_of(people: Sequence[Person], date: dt.date) -> list[tuple[str, HoroscopeInput, str]]:
    """(person, task input, text) for a local date."""
    written = []
    for person in people:
        known = KnownPerson.read(_documents()[person.id])
        zone = known.zone(DEFAULT_ZONE)
        reader = horoscopes.reader_of(known)
        assert isinstance(reader, Reader)
        assert reader.chart is not None
        at = at_local(date, MORNING, zone)
        moment = personal.moment(_sky(at.date()), _sky(at.date() + _DAY), at, system=reader.system, node="mean")
        (reading,) = personal.readings(moment, [reader.chart])
        day = horoscope_input(
            known,
            reader,
            date,
            zone,
            moon=personal.moon_of(moment),
            planets=reading["houses"],
            transits=reading["transits"],
            events=[SkyEvent.read(event) for step in (-1, 0, 1) for event in _sky(date + step * _DAY)["events"]],
            dasha=personal.running_dasha(_mahadashas(person.id), at),
            now=at,
        )
        written.append((person.name or person.id, day, horoscope_composer.compose(day)["content"]))
    return written


def _mahadashas(person_id: str) -> list[dict[str, Any]]:
    return _documents()[person_id]["user_overview"]["birth_chart"]["vedic"]["dasha"]["periods"]


def samples() -> str:
    """The file's text."""
    parts = [
        "# What the offline composer writes",
        f"Ten horoscopes for {DATE:%A, %-d %B %Y} for ten demo people: their "
        "charts, that day's sky at 06:00 where they live, their last conversations. No LLM; `make samples` writes "
        "this file.",
    ]
    for name, day, text in horoscopes_of(sample_people(), DATE):
        signs = f"Sun in {day.sun_sign}, Moon in {day.moon_sign}, {day.rising_sign} rising"
        manner = f"{day.communication_style}, Hinglish {day.hinglish_level}"
        top = day.transits[0] if day.transits else None
        first = f"; first transit {top.planet} {top.aspect} {top.point}, orb {top.orb:.2f}°" if top else ""
        parts += [f"## {name}", f"*{day.astrology_system.title()}: {signs}{first}; {manner}*", text]
    parts += talks()
    return "\n\n".join(parts) + "\n"


@click.command()
def main() -> None:
    _FILE.write_text(samples(), encoding="utf-8")
    click.echo(f"docs/{_FILE.name}")


if __name__ == "__main__":
    main()
