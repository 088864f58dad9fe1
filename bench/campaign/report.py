"""Prints what became of a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.campaign.history import Event
from bench.campaign.laws import Verdict

_SHOWN = 8
_APP = (
    "joined",
    "talked",
    "completed_again",
    "end_moved",
    "metadata_replaced",
    "zone_changed",
    "erasure_asked",
    "erased",
)


def report(
    console: Console, seed: int, minutes: float, events: Sequence[Event], verdicts: Sequence[Verdict]
) -> None:
    """The seed, what happened, what was done wrong, and every law with its counts."""
    console.rule(f"campaign seed={seed} minutes={minutes:g}")
    kinds = Counter(event.kind for event in events)
    console.print("app:    ", _counts({kind: kinds[kind] for kind in _APP}))
    console.print("faults: ", _counts(Counter(event["name"] for event in events if event.kind == "fault")))
    console.print("runs:   ", _counts(Counter(event["what"] for event in events if event.kind == "run_started")))
    failed = Counter(f"{event['name']} {event['error']}" for event in events if event.kind == "tick_failed")
    console.print("ticks that failed:", _counts(failed))
    table = Table(title="laws", title_justify="left")
    for name, justify in (("law", "left"), ("examined", "right"), ("broken", "right"), ("counts", "left")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for verdict in verdicts:
        state = "[green]0" if verdict.holds else f"[red]{len(verdict.broken)}"
        table.add_row(verdict.law, str(verdict.examined), state, _counts(verdict.counts))
    console.print(table)
    for verdict in verdicts:
        for line in verdict.broken[:_SHOWN]:
            console.print(f"[red]{verdict.law}[/]: {line}", highlight=False)
        if len(verdict.broken) > _SHOWN:
            console.print(f"[red]{verdict.law}[/]: and {len(verdict.broken) - _SHOWN} more")


def _counts(counts: dict[str, int] | Counter[str]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count) or "none"
