"""The card of `astra context`."""

from __future__ import annotations

from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from astra_pipeline.context.agent import AgentContext
from astra_pipeline.context.table import DEFAULTS

# Shown above the table, in full.
_SHOWN_APART = ("context", "first_message", "user_overview")
_LONGEST_CELL = 160


def print_context(console: Console, found: AgentContext) -> None:
    """Print the first message, the prose, and the variables that are not as they are without anybody."""
    table = Table("variable", "value", box=None, show_edge=False)
    for name, value in found.variables.items():
        if name not in _SHOWN_APART and value != DEFAULTS[name]:
            table.add_row(name, Text(str(value)[:_LONGEST_CELL]))
    head = Text.assemble(("Says first\n", "bold magenta"), f"{found.first_message}\n")
    body = Text.assemble(("Is told\n", "bold magenta"), f"{found.text}\n")
    shortened = f", shortened: {', '.join(found.truncated)}" if found.truncated else ""
    size = f"{len(found.variables)} variables, {found.bytes} bytes{shortened}"
    title = Text(f"Context of the next call  ({found.local_date}, {found.timezone})")
    console.print(Panel(Group(head, body, table), title=title, subtitle=size, border_style="magenta"))


def as_document(found: AgentContext) -> dict[str, Any]:
    """The context as GET /api/context answers it."""
    return {
        "success": True,
        "generated_at": found.generated_at.isoformat(timespec="seconds"),
        "local_date": found.local_date.isoformat(),
        "timezone": found.timezone,
        "variables": found.variables,
        "first_message": found.first_message,
        "context": found.text,
        "bytes": found.bytes,
        "truncated": list(found.truncated),
    }
