"""The table of `astra failures list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from astra_pipeline.store.collections import FAILURES

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


def print_failures(console: Console, db: Database[dict[str, Any]], *, parked_only: bool) -> None:
    """Print the failures as a table, the newest first; a friendly line when there is none."""
    wanted = {"parked_at": {"$ne": None}} if parked_only else {}
    rows = list(db[FAILURES].find(wanted).sort("last_failed_at", -1))
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
