"""The card of `astra persona`, and the demo's table of personas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from astra_pipeline.personas.document import Persona
from astra_pipeline.personas.projection import hints

_STYLES = {"active": "green", "candidate": "yellow", "contested": "red", "retired": "dim"}
_MOST_QUOTED = 80


def print_persona(console: Console, stored: Mapping[str, Any]) -> None:
    """Print the claims of a stored persona: the sentence, its standing, confidence, evidence and a quote."""
    persona = Persona.read(stored["_id"], stored)
    table = Table("claim", "status", "from", "confidence", "evidence", "words", box=None, show_edge=False)
    ordered = sorted(persona.claims, key=lambda claim: (list(_STYLES).index(claim.status), -claim.confidence))
    for claim in ordered:
        quote = next((one.quote for one in claim.evidence if one.quote), "")
        table.add_row(
            claim.statement,
            Text(claim.status, style=_STYLES[claim.status]),
            claim.source,
            f"{claim.confidence:.2f}",
            str(len(claim.evidence)),
            Text(quote[:_MOST_QUOTED]),
        )
    told = hints([claim for claim in persona.claims if claim.status == "active"])
    head = Text.assemble(("The agent is told\n", "bold magenta"), f"{told or 'nothing yet'}\n")
    title = Text(f"Persona of {persona.user_id}, from {persona.basis.conversations} conversations")
    console.print(Panel(Group(head, table), title=title, border_style="magenta"))


def print_personas(console: Console, personas: Iterable[Mapping[str, Any]]) -> None:
    """Print a line a persona: the person, the conversations, the claims by status, and what the agent is told."""
    table = Table("person", "conversations", *_STYLES, "the agent is told", title="Personas")
    for stored in personas:
        persona = Persona.read(stored["_id"], stored)
        status = Counter(claim.status for claim in persona.claims)
        told = hints([claim for claim in persona.claims if claim.status == "active"])
        counts = (str(status[name]) for name in _STYLES)
        table.add_row(persona.user_id, str(persona.basis.conversations), *counts, Text(told))
    console.print(table)
