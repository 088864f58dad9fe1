"""The closing tables of `astra demo`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.monitoring.holdings import Holdings, Unprocessed
from astra_pipeline.store.collections import FAILURES, HOROSCOPES, INSIGHTS, REPORTS, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_VEDIC = "user_overview.birth_chart.vedic"
_SIGNS = ("sun_sign", "moon_sign", "ascendant")
_EMOJI = {milestone.id: milestone.emoji for milestone in MILESTONES}


def print_conversations(
    console: Console, db: Database[dict[str, Any]], holdings: Holdings, unprocessed: Sequence[Unprocessed]
) -> None:
    """Print the number of conversations in each state, and of those that are not processed the reasons.

    An empty conversation is a processed one in which nobody said a word.
    """
    empty = db[INSIGHTS].count_documents({"empty": True})
    table = Table("processed", "empty", "waiting", "parked", "completed", title="Completed conversations")
    numbers = (holdings.processed - empty, empty, holdings.waiting, holdings.parked)
    table.add_row(*map(str, numbers), f"[bold]{holdings.completed}[/bold]")
    console.print(table)
    for one in unprocessed:
        label = "parked:" if one.parked else "waiting for"
        console.print(f"  {one.conversation_id} {label} {one.reason}", markup=False)


def print_users(console: Console, db: Database[dict[str, Any]]) -> None:
    """Print every user's signs, streak, total and milestones, the busiest first."""
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


def print_charts(console: Console, db: Database[dict[str, Any]]) -> None:
    """Print the number of charts, and the users whose birth data cannot be used, with the reason."""
    charts = db[USERS].count_documents({f"{_VEDIC}.ascendant": {"$exists": True}})
    console.print(f"Birth charts: {charts}; the others' birth data is not complete.")
    for failure in db[FAILURES].find({"kind": "birth_charts"}):
        console.print(f"  {failure['item']} has none: {failure['message']}", markup=False)


def print_texts(console: Console, db: Database[dict[str, Any]]) -> None:
    """Print the number of horoscopes and reports, and one of each to read."""
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
