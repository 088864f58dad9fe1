"""The work of `astra demo`: seed demo people, run everything to the end, show what is now in the database."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from astra_pipeline.batches.scope import Scope
from astra_pipeline.charts import due as charts
from astra_pipeline.cli import migrate, stack, writing
from astra_pipeline.cli.display.context import print_context
from astra_pipeline.cli.display.demo import print_charts, print_conversations, print_texts, print_users
from astra_pipeline.cli.display.personas import print_personas
from astra_pipeline.context.read import context_now
from astra_pipeline.errors import AstraError
from astra_pipeline.monitoring.changes import changes_between, fingerprints
from astra_pipeline.monitoring.dagster_state import has_ticked, has_unfinished_runs
from astra_pipeline.monitoring.holdings import Holdings, read_holdings, read_unprocessed
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personas import due as personas
from astra_pipeline.sandbox.people import load_people
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.collections import INSIGHTS, PERSONAS, TRANSCRIPTS, USERS

if TYPE_CHECKING:
    import dagster as dg
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

_PATIENCE_SECONDS = 420.0
_LOOK_EVERY_SECONDS = 0.5
_SAME_DAY = dt.timedelta(hours=12)
# The person whose next call's context is shown at the end.
SHOWN = "user_aarav"


class DemoDidNotFinish(AstraError):
    """Something was still to be done when the demo's time was over; the message names it."""


def run_demo(home: Path) -> None:
    """Seed, run to the end, show. Raises DemoDidNotFinish naming what still waits."""
    console = Console()
    with stack.services(home) as sandbox, stack.short_patience():
        db = MongoResource().db
        _prepare(console, db, home, embedded=sandbox is not None)
        before = fingerprints(db)
        if sandbox:
            console.rule("People of the old system are taken in")
            take_in_old_people(console, db)
        with stack.dagster(home) as instance:
            watch(console, db, instance)
            console.print("Writing everybody's horoscope and weekly report ...")
            lacking = writing.everyones(db, instance, home / "logs" / "texts.log", at=_demo_day(home))
            console.print("Learning how everybody likes to be talked to ...")
            writing.everyones_personas(db, instance, home / "logs" / "personas.log")
            _await_personas(db, instance)
        changed = changes_between(before, fingerprints(db))
        holdings, unprocessed = read_holdings(db, now=dt.datetime.now(dt.UTC)), read_unprocessed(db)
        print_users(console, db)
        print_conversations(console, db, holdings, unprocessed)
        print_charts(console, db)
        print_texts(console, db)
        print_personas(console, db[PERSONAS].find().sort("_id", 1))
        if shown := context_now(db, SHOWN, now=clock.now(), default_zone=settings().astra_default_timezone):
            print_context(console, shown)
        _print_changes(console, changed, documents=len(before))
        waiting = [one.conversation_id for one in unprocessed if not one.parked]
        undone = {
            "conversations still wait": waiting,
            "charts are still due": charts.still_due(db),
            "personas are still due": personas.still_due(db),
        }
    _refuse_unfinished(undone | {"texts are not written": lacking})


def _prepare(console: Console, db: Database[Document], home: Path, *, embedded: bool) -> None:
    if not embedded:
        console.print("Using the services your environment names; nothing embedded, nothing seeded.")
        return
    added = stack.seed(db, home)
    documents = f"{added} demo documents added." if added else "the demo's documents are there already."
    console.print(f"Embedded MongoDB at {os.environ['MONGODB_URI']}: {documents}")


def _await_personas(db: Database[Document], instance: dg.DagsterInstance) -> None:
    """Wait for the personas that a run of the sensor persona_due has taken up."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while personas.still_due(db) and has_unfinished_runs(instance) and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)


def _print_changes(console: Console, changed: Mapping[str, int], *, documents: int) -> None:
    if changed:
        counts = ", ".join(f"{count} in {collection}" for collection, count in sorted(changed.items()))
        console.print(f"Documents written: {counts}. Run it again: nothing will change.")
    else:
        console.print(f"Nothing changed: all {documents} documents are as they were before this run.")
    console.print(
        "Next: `astra overview user_aarav`, `astra horoscope user_priya`, and `astra dev` for the Dagster UI."
    )


def _refuse_unfinished(undone: Mapping[str, list[str]]) -> None:
    for problem, items in undone.items():
        if items:
            raise DemoDidNotFinish(f"{len(items)} {problem}: {', '.join(items)}")


def take_in_old_people(console: Console, db: Database[Document]) -> None:
    """`astra users sync` for the demo people who have a document of the old system."""
    migrate.take_in_people(console, Scope(user_ids=_of_old_system()))


def _demo_day(home: Path) -> dt.datetime:
    """Now, or the moment of the demo's first run if that was within twelve hours.

    So a second run finds nothing to do, although midnight may have come to somebody in between.
    """
    now, seeded = dt.datetime.now(dt.UTC), stack.seeded_at(home)
    return seeded if now - seeded < _SAME_DAY else now


def watch(console: Console, db: Database[Document], instance: dg.DagsterInstance) -> None:
    """Show progress bars until nothing waits, no run is under way, and the sensor has ticked at least once."""
    columns = (SpinnerColumn(), TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    started, deadline = dt.datetime.now(dt.UTC), time.monotonic() + _PATIENCE_SECONDS
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bars = {name: progress.add_task(name) for name in ("transcripts", "insights", "overviews")}
        while True:
            holdings = read_holdings(db, now=dt.datetime.now(dt.UTC))
            for name, count in _done(db, holdings).items():
                progress.update(bars[name], completed=count, total=holdings.completed)
            quiet = not holdings.waiting and not _something_is_due(db) and not has_unfinished_runs(instance)
            if (quiet and has_ticked(instance, "new_conversations", since=started)) or time.monotonic() > deadline:
                return
            time.sleep(_LOOK_EVERY_SECONDS)


def _done(db: Database[Document], holdings: Holdings) -> dict[str, int]:
    return {
        "transcripts": db[TRANSCRIPTS].estimated_document_count(),
        "insights": db[INSIGHTS].estimated_document_count(),
        "overviews": holdings.processed,
    }


def _something_is_due(db: Database[Document]) -> bool:
    due = {"$or": [{"astra.gamification_due": {"$exists": True}}, {"astra.migration.backfill_due": True}]}
    return db[USERS].find_one(due, {"_id": 1}) is not None or bool(charts.still_due(db))


def _of_old_system() -> tuple[str, ...]:
    """The demo people whose documents the old system wrote."""
    return tuple(person.id for person in load_people() if person.old_overview is not None)
