"""Tables and cards for the terminal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from astra_pipeline.errors import NotFound
from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.monitoring.accounts import Accounts
from astra_pipeline.store.collections import FAILURES, HOROSCOPES, REPORTS, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

console = Console()
_VEDIC = "user_overview.birth_chart.vedic"
_SIGNS = ("sun_sign", "moon_sign", "ascendant")
_EMOJI = {milestone.id: milestone.emoji for milestone in MILESTONES}


def print_accounts(accounts: Accounts) -> None:
    """Every completed conversation, by where it stands."""
    table = Table("processed", "empty", "waiting", "parked", "completed", title="Completed conversations")
    numbers = (accounts.processed, accounts.empty, len(accounts.waiting), len(accounts.parked))
    table.add_row(*map(str, numbers), f"[bold]{accounts.completed}[/bold]")
    console.print(table)
    for label, items in (("waiting for", accounts.waiting), ("parked:", accounts.parked)):
        for conversation_id, reason in items.items():
            console.print(f"  {conversation_id} {label} {reason}", markup=False)


def print_users(db: Database[dict[str, Any]]) -> None:
    """Every user's streak, total and milestones, the busiest first."""
    columns = ("user", "name", "zone", "Sun / Moon / ascendant", "streak", "best", "talks", "milestones")
    table = Table(*columns, title="People (vedic signs)")
    fields = ("id", "name", "timezone", "user_overview.gamification", *(f"{_VEDIC}.{sign}" for sign in _SIGNS))
    users = list(db[USERS].find({}, dict.fromkeys(fields, 1)))
    users.sort(key=lambda user: -(_metric(user, "total_conversations") or 0))
    for user in users:
        unlocked = _metric(user, "milestones_unlocked") or []
        table.add_row(
            user["id"],
            Text(str(user.get("name") or "-")),
            str(user.get("timezone") or "-"),
            " / ".join(str(at_path(user, f"{_VEDIC}.{sign}") or "-") for sign in _SIGNS),
            *(str(_metric(user, name) or 0) for name in ("streak_days", "best_streak", "total_conversations")),
            " ".join(f"{_EMOJI.get(milestone, '')}{milestone}" for milestone in unlocked),
        )
    console.print(table)


def print_charts(db: Database[dict[str, Any]]) -> None:
    """How many charts there are, and whose birth data cannot be used, with the reason."""
    charts = db[USERS].count_documents({f"{_VEDIC}.ascendant": {"$exists": True}})
    console.print(f"Birth charts: {charts}; the others' birth data is not complete.")
    for failure in db[FAILURES].find({"kind": "birth_charts"}):
        console.print(f"  {failure['item']} has none: {failure['message']}", markup=False)


def print_texts(db: Database[dict[str, Any]]) -> None:
    """How many horoscopes and reports there are, and one of each to read."""
    for title, collection, field in (
        ("horoscopes", HOROSCOPES, "latest_horoscope"),
        ("weekly reports", REPORTS, "latest_weekly_report"),
    ):
        people = db[USERS].count_documents({f"user_overview.{field}.content": {"$exists": True}})
        console.print(f"{people} people have {title}, {db[collection].estimated_document_count()} are kept.")
        shown = db[USERS].find_one({f"user_overview.{field}.content": {"$exists": True}}, sort=[("id", 1)])
        if shown:
            text = Text(shown["user_overview"][field]["content"])
            console.print(Panel(text, title=f"{shown['id']}: {field}", border_style="magenta"))


def _metric(user: dict[str, Any], name: str) -> Any:
    return at_path(user, f"user_overview.gamification.{name}")


def print_failures(db: Database[dict[str, Any]], *, parked_only: bool) -> None:
    """The failures collection as a table; a friendly line when it is empty."""
    chosen = {"parked_at": {"$ne": None}} if parked_only else {}
    rows = list(db[FAILURES].find(chosen).sort("last_failed_at", -1))
    if not rows:
        console.print("Nothing is parked." if parked_only else "Nothing has failed.")
        return
    table = Table("item", "at", "attempt", "next attempt (UTC)", "why")
    for failure in rows:
        upcoming = failure["next_attempt_at"]
        table.add_row(
            failure["item"],
            failure["kind"],
            str(failure["attempt"] or f"look {failure['looks']}"),
            f"{upcoming:%Y-%m-%d %H:%M:%S}" if upcoming else "[yellow]parked[/yellow]",
            Text(f"{failure['error']}: {failure['message']}"),
        )
    console.print(table)


def print_overview(db: Database[dict[str, Any]], user_id: str, *, as_json: bool) -> None:
    """What the next conversation will know about a user. Raises NotFound."""
    user = db[USERS].find_one({"id": user_id})
    if user is None:
        raise NotFound(f"no user has the id {user_id!r}")
    if as_json:
        from bson import json_util

        console.print_json(json_util.dumps(user.get("user_overview"), json_options=json_util.RELAXED_JSON_OPTIONS))
        return
    overview = user.get("user_overview") or {}
    parts = [
        section
        for section in (
            _section("Opens with", overview.get("first_message")),
            _section("Who they are", overview.get("profile_summary")),
            _section("Prefers", _pairs(overview.get("preferences"))),
            _section("Born", _pairs(overview.get("birth_details"))),
            _section("Not understood", _refused(at_path(user, "astra.birth_rejected") or {})),
            _section("Chart", _chart(overview.get("birth_chart") or {})),
            _section("Today", at_path(overview, "latest_horoscope.content")),
            _section("Last week", at_path(overview, "latest_weekly_report.content")),
            _section("Progress", _progress(overview.get("gamification") or {})),
            _section("Lately", _talks(overview.get("recent_conversations") or [])),
            _section("Known", _lines(overview.get("insights"), "content")),
            _section("Happened", _lines(overview.get("incident_map"), "description")),
        )
        if section
    ]
    body = Group(*parts) if parts else Text("Nothing yet: no conversation has been processed.")
    console.print(Panel(body, title=Text(f"{user.get('name') or user_id}  ({user_id})"), border_style="magenta"))


def _section(title: str, body: str | None) -> Text | None:
    return Text.assemble((f"{title}\n", "bold magenta"), f"{body}\n") if body else None


def _pairs(values: dict[str, Any] | None) -> str:
    return "\n".join(
        f"{name.replace('_', ' ')}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in (values or {}).items()
        if value not in (None, [], {})
    )


def _refused(rejected: dict[str, Any]) -> str:
    return "\n".join(refused["reason"] for refused in rejected.values() if refused)


def _chart(chart: dict[str, Any]) -> str:
    return "\n".join(
        f"{system}: {chart[system]['chart_summary']}"
        for system in ("vedic", "western")
        if at_path(chart, f"{system}.chart_summary")
    )


def _progress(metrics: dict[str, Any]) -> str:
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
    return "\n".join(f"- {entry.get(field)}" for entry in (entries or [])[-10:])
