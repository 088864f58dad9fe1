"""`astra demo` and `astra dev`."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from astra_pipeline.charts import write as charts
from astra_pipeline.cli import migrate, stack, texts
from astra_pipeline.cli.display import console, print_accounts, print_charts, print_texts, print_users
from astra_pipeline.errors import AstraError
from astra_pipeline.monitoring.accounts import Accounts, changes_between, fingerprints, take_account
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.sandbox.people import load_people
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    import dagster as dg
    from pymongo.synchronous.database import Database

_PATIENCE_SECONDS = 420.0
_LOOK_EVERY_SECONDS = 0.5
_SAME_DAY = dt.timedelta(hours=12)


class DemoDidNotFinish(AstraError):
    """Something was still to be done when the demo's time was over."""


def run_demo(home: Path) -> None:
    """Seed, run to the end, show. Raises DemoDidNotFinish naming what still waits."""
    with stack.services(home) as sandbox, stack.short_patience():
        db = MongoResource().db
        if sandbox:
            added = stack.seed(db, home)
            console.print(
                f"Embedded MongoDB at {os.environ['MONGODB_URI']}: "
                + (f"{added} demo documents added." if added else "the demo's documents are there already.")
            )
        else:
            console.print("Using the services your environment names; nothing embedded, nothing seeded.")
        before = fingerprints(db)
        if sandbox:
            console.rule("People of the old system are taken in")
            take_in_old_people(db)
        with stack.dagster(home) as instance:
            accounts = watch(db, instance)
            console.print("Writing everybody's horoscope and weekly report ...")
            lacking = texts.everyones(db, instance, home / "logs" / "texts.log", at=_demo_day(home))
        changed = changes_between(before, fingerprints(db))
        print_users(db)
        print_accounts(accounts)
        print_charts(db)
        print_texts(db)
        if changed:
            told = ", ".join(f"{count} in {collection}" for collection, count in sorted(changed.items()))
            console.print(f"Documents written: {told}. Run it again: nothing will change.")
        else:
            console.print(f"Nothing changed: all {len(before)} documents are as they were before this run.")
        uncharted = charts.still_due(db)
        console.print(
            "Next: `astra overview user_aarav`, `astra horoscope user_priya`, and `astra dev` for the Dagster UI."
        )
    if accounts.waiting:
        raise DemoDidNotFinish(f"{len(accounts.waiting)} conversations still wait: {', '.join(accounts.waiting)}")
    if uncharted:
        raise DemoDidNotFinish(f"{len(uncharted)} charts are still due: {', '.join(uncharted)}")
    if lacking:
        raise DemoDidNotFinish(f"{len(lacking)} texts are not written: {', '.join(lacking)}")


def take_in_old_people(db: Database[dict[str, Any]]) -> None:
    """`astra users sync` for those of the demo people whom the old system left."""
    migrate.take_in(db, only=[person.id for person in load_people() if person.old_overview is not None])


def _demo_day(home: Path) -> dt.datetime:
    """Now, or when the demo was first run if that was today: a second run finds nothing to do, although midnight
    may have come to somebody in between."""
    now, seeded = dt.datetime.now(dt.UTC), stack.seeded_at(home)
    return seeded if now - seeded < _SAME_DAY else now


def watch(db: Database[dict[str, Any]], instance: dg.DagsterInstance) -> Accounts:
    """Progress bars until nothing waits, no run is under way, and the sensor has looked at least once."""
    columns = (SpinnerColumn(), TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn())
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bars = {name: progress.add_task(name) for name in ("transcripts", "insights", "overviews")}
        while True:
            accounts = take_account(db)
            done = (accounts.transcripts, accounts.insights, accounts.processed + accounts.empty)
            for bar, count in zip(bars.values(), done, strict=True):
                progress.update(bar, completed=count, total=accounts.completed)
            quiet = not accounts.waiting and not _due(db) and not _busy(instance)
            if (quiet and _sensor_looked(instance)) or time.monotonic() > deadline:
                return accounts
            time.sleep(_LOOK_EVERY_SECONDS)


def _due(db: Database[dict[str, Any]]) -> bool:
    due = {"$or": [{"astra.gamification_due": {"$exists": True}}, {"astra.migration.backfill_due": True}]}
    return db[USERS].find_one(due, {"_id": 1}) is not None or bool(charts.still_due(db))


def _busy(instance: dg.DagsterInstance) -> bool:
    import dagster as dg

    unfinished = [
        status
        for status in dg.DagsterRunStatus
        if status not in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
    ]
    return instance.get_runs_count(dg.RunsFilter(statuses=unfinished)) > 0


def _sensor_looked(instance: dg.DagsterInstance) -> bool:
    """Whether the sensor finished a tick since this process brought Dagster up."""
    states = [state for state in instance.all_instigator_state() if state.name == "new_conversations"]
    since = _STARTED
    return any(
        tick.timestamp > since and tick.status.value in ("SKIPPED", "SUCCESS")
        for state in states
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=3)
    )


_STARTED = time.time()


def run_dev(home: Path, port: int) -> None:
    """The stack and the UI until Ctrl-C or SIGTERM."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with stack.services(home, fixed_port=True, improvise=True) as sandbox:
        if sandbox:
            stack.seed(MongoResource().db, home)
        console.print("Starting Dagster ...")
        with stack.dagster(home, ui_port=port):
            lines = [f"Dagster UI   http://127.0.0.1:{port}", f"MongoDB      {_uri_without_password()}"]
            if sandbox:
                lines.append(f"ElevenLabs   {os.environ['ELEVENLABS_BASE_URL']} (stand-in)")
                lines.append(f"Julep        {os.environ['JULEP_BASE_URL']} (stand-in)")
            lines.append(f"Logs         {home / 'logs'}")
            console.print(Panel("\n".join(lines), title="astra dev", subtitle="Ctrl-C stops everything"))
            stop.wait()
            console.print("Stopping ...")


def _uri_without_password() -> str:
    from pymongo.uri_parser import parse_uri

    hosts = parse_uri(os.environ["MONGODB_URI"], warn=False)["nodelist"]
    return "mongodb://" + ",".join(f"{host}:{port}" for host, port in hosts)
