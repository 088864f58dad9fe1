"""The card of `astra overview`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.text import Text

from astra_pipeline.names import called, isolated
from astra_pipeline.overview.legacy import NAME_PLACEHOLDER
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store.documents import at_path

_NAMELESS = re.compile(rf"\s*{re.escape(NAME_PLACEHOLDER)}")
_LINES = 10


def print_overview(console: Console, user: Mapping[str, Any]) -> None:
    """Print what the next conversation will know about a person, section by section. `user` is their document."""
    overview = user.get("user_overview") or {}
    sections = (
        ("Opens with", opening(overview.get("first_message"), user.get("name"))),
        ("Who they are", overview.get("profile_summary")),
        ("Prefers", _pairs(overview.get("preferences"))),
        ("Born", _pairs(overview.get("birth_details"))),
        ("Not understood", _rejected(at_path(user, "astra.birth_rejected") or {})),
        ("To be confirmed", _pending(at_path(user, "astra.birth_pending") or {})),
        ("In doubt", _night(Person.read(user))),
        ("Chart", _chart(overview.get("birth_chart") or {})),
        ("Today", at_path(overview, "latest_horoscope.content")),
        ("Last week", at_path(overview, "latest_weekly_report.content")),
        ("Progress", _progress(overview.get("gamification") or {})),
        ("Lately", _talks(overview.get("recent_conversations") or [])),
        ("Known", _lines(overview.get("insights"), "content")),
        ("Happened", _lines(overview.get("incident_map"), "description")),
    )
    parts = [_section(title, body) for title, body in sections if body]
    body = Group(*parts) if parts else Text("Nothing yet: no conversation has been processed.")
    title = Text(f"{user.get('name') or user['id']}  ({user['id']})")
    console.print(Panel(body, title=title, border_style="magenta"))


def opening(first_message: object, name: object) -> str:
    """The first message as the app will say it: with the person's first name, or without one when it is unknown."""
    if not isinstance(first_message, str):
        return ""
    first_name = called(name)
    if first_name:
        return first_message.replace(NAME_PLACEHOLDER, isolated(first_name))
    return _NAMELESS.sub("", first_message).lstrip(" ,!")


def _section(title: str, body: str) -> Text:
    return Text.assemble((f"{title}\n", "bold magenta"), f"{body}\n")


def _pairs(values: Mapping[str, Any] | None) -> str:
    return "\n".join(
        f"{name.replace('_', ' ')}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in (values or {}).items()
        if value not in (None, [], {})
    )


def _rejected(rejected: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{statement['words']!r}: {statement['reason']}" if statement.get("words") else statement["reason"]
        for statement in rejected.values()
        if statement
    )


def _pending(pending: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{statement['field'].replace('_', ' ')}: {statement['value']}"
        + (f" (said: {statement['quote']!r})" if statement.get("quote") else "")
        for statement in pending.values()
        if statement
    )


def _night(person: Person) -> str:
    birth = person.birth
    try:
        date = birth.date(settings().astra_default_timezone).date
    except (TypeError, ValueError):
        return ""
    if not birth.is_of_the_night(date.isoformat(), str(birth.birth_time)):
        return ""
    return f"{birth.birth_time} in the night of {date}: perhaps {date + dt.timedelta(days=1)} is meant"


def _chart(chart: Mapping[str, Any]) -> str:
    return "\n".join(
        f"{system}: {chart[system]['chart_summary']}"
        for system in ("vedic", "western")
        if at_path(chart, f"{system}.chart_summary")
    )


def _progress(metrics: Mapping[str, Any]) -> str:
    if not metrics:
        return ""
    unlocked = "  ".join(f"{m['emoji']} {m['title']}" for m in metrics.get("milestones") or [])
    return (
        f"streak {metrics.get('streak_days')}, best {metrics.get('best_streak')} (days in a row), "
        f"{metrics.get('total_conversations')} conversations\n{unlocked}\n"
        f"topics: {', '.join(metrics.get('topics_explored') or [])}"
    )


def _talks(entries: list[dict[str, Any]]) -> str:
    return "\n".join(f"{_day(entry.get('date'))}  {entry.get('summary') or ''}" for entry in reversed(entries))


def _day(value: object) -> str:
    return f"{value:%d %b %Y}" if isinstance(value, dt.datetime) else str(value or "")


def _lines(entries: list[dict[str, Any]] | None, field: str) -> str:
    return "\n".join(f"- {entry.get(field)}" for entry in (entries or [])[-_LINES:])
