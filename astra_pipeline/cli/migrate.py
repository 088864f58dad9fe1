"""`astra users sync`: the plan, or the sync with its progress and its summary."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.cli import stack
from astra_pipeline.errors import NotFound
from astra_pipeline.migration import sync as migration
from astra_pipeline.migration.plan import USUAL_LLM_SECONDS, Plan
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

console = Console()
_ROWS = 20
_NAMED = 50


def plan_users(home: Path, *, limit: int | None, only: Sequence[str]) -> Plan:
    """What a sync would do. Raises NotFound for an id nobody has."""
    with stack.database(home) as db:
        _refuse_strangers(db, only)
        return migration.plan(db, only=only, limit=limit, now=dt.datetime.now(dt.UTC))


def sync_users(home: Path, *, limit: int | None, only: Sequence[str]) -> bool:
    """True when everybody was taken in. Raises NotFound for an id nobody has."""
    with stack.connected(home) as db:
        _refuse_strangers(db, only)
        result = take_in(db, only=only, limit=limit)
    return not (result.failed or result.rejected or result.skipped)


def _refuse_strangers(db: Database[dict[str, Any]], only: Sequence[str]) -> None:
    if strangers := migration.unknown(db, only):
        raise NotFound(f"user has no {', '.join(map(repr, strangers))}")


def take_in(db: Database[dict[str, Any]], *, only: Sequence[str] = (), limit: int | None = None) -> BatchResult:
    """The sync, with its progress and its summary."""
    before = migration.synced(db, only=only)
    users = migration.to_sync(db, only=only, limit=limit)
    with console.status(f"Seating {len(users)} users in cohorts ..."):
        migration.seat(db, users, now=dt.datetime.now(dt.UTC))
    result = _synced(users)
    print_summary(result, before, migration.unreadable_of(db, result.done))
    return result


def _synced(users: Sequence[dict[str, Any]]) -> BatchResult:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("Julep users", total=len(users))

        async def run() -> BatchResult:
            async with MongoResource().connect() as db:
                return await migration.sync(
                    db,
                    users,
                    run_id=f"cli-{uuid.uuid4()}",
                    insists=True,
                    progress=lambda so_far: progress.update(bar, completed=so_far.attempted),
                )

        return asyncio.run(run())


def erase_user(home: Path, user_id: str) -> str:
    """Erase a person; what there was, in words. Raises NotFound, InUse."""
    from contextlib import ExitStack

    import dagster as dg

    from astra_pipeline.personal_data import erase as personal_data

    with ExitStack() as parts:
        db = parts.enter_context(stack.connected(home))
        instance = None
        if os.environ.get("DAGSTER_HOME"):
            instance = parts.enter_context(dg.DagsterInstance.get())
        elif (home / "dagster" / "dagster.yaml").is_file():
            instance = parts.enter_context(dg.DagsterInstance.from_config(str((home / "dagster").resolve())))
        erased = asyncio.run(personal_data.erase(db, instance, user_id))
    counts = [f"{count} in {collection}" for collection, count in erased.documents.items() if count]
    counts.append(f"Julep user: {erased.julep_user}")
    counts.append(f"{erased.conversations_at_elevenlabs} conversations at ElevenLabs")
    counts.append(f"{erased.runs} Dagster runs" if instance else "no Dagster found to search")
    return f"Erased {user_id}: {', '.join(counts)}."


def print_plan(plan: Plan) -> None:
    """Who would be taken in, into which cohorts, and what would follow."""
    configured = settings()
    facts = Table(title="A sync would take in", show_header=False)
    facts.add_row("users", str(plan.users))
    facts.add_row("of whom without a Julep user", str(plan.without_julep_user))
    facts.add_row("synced already", str(plan.synced_already))
    if plan.unusable:
        facts.add_row("documents without a usable id, left alone", str(plan.unusable))
    console.print(facts)
    if plan.cohorts:
        seats = Table("cohort", "users", "", title="Cohorts")
        for key, count in plan.cohorts.items():
            seats.add_row(key, str(count), "new" if key in plan.opened else "")
        console.print(seats)
        who = Table("user", "cohort", title="Who")
        for user, cohort in list(plan.seats.items())[:_NAMED]:
            who.add_row(user, cohort)
        console.print(who)
        if plan.users > _NAMED:
            console.print(f"... and {plan.users - _NAMED} more: --json names everybody.")
    past = Table(title="The backfill that would follow", show_header=False)
    days = f"{plan.first_day} to {plan.last_day}" if plan.first_day else "none"
    past.add_row("conversations waiting", f"{plan.conversations} ({days})")
    if plan.before_start:
        past.add_row("before ASTRA_START_DATE, left alone", str(plan.before_start))
    past.add_row("charts", str(plan.charts))
    past.add_row("today's horoscopes", f"at most {plan.horoscopes}")
    past.add_row("reports on the last four weeks", str(plan.reports))
    past.add_row("LLM calls", f"at most {plan.llm_calls}")
    duration = plan.duration(
        users_per_second=configured.astra_julep_users_per_second,
        calls_per_hour=configured.astra_backfill_max_calls_per_hour,
        concurrency=configured.astra_llm_concurrency,
    )
    halted = "halted: ASTRA_BACKFILL_MAX_CALLS_PER_HOUR is 0"
    known = duration is not None
    past.add_row("duration", f"about {duration} at {USUAL_LLM_SECONDS:g} s a call" if known else halted)
    console.print(past)
    _print_unreadable(plan.unreadable)
    console.print("Nothing was written.")


def print_summary(result: BatchResult, before: int, unreadable: dict[str, list[str]]) -> None:
    """What became of everybody."""
    summary = Table(title="Users", show_header=False)
    summary.add_row("synced", str(len(result.done)))
    summary.add_row("already synced", str(before + len(result.unchanged)))
    summary.add_row("failed", str(len(result.failed)))
    for reason, count in result.skip_reasons().items():
        summary.add_row(f"skipped: {reason}", str(count))
    console.print(summary)
    if result.rejected:
        console.print(result.rejected, style="red")
    if result.failed:
        failed = Table("user", "error", "message", title="Failed; the sync goes on with them when it is repeated")
        for failure in result.failed[:_ROWS]:
            failed.add_row(failure.item, failure.error, failure.message)
        console.print(failed)
    _print_unreadable(unreadable)


def _print_unreadable(unreadable: dict[str, list[str]]) -> None:
    if not unreadable:
        return
    odd = Table("user", "left as it is", title=f"Documents nobody can read in full: {len(unreadable)}")
    for user, what in list(unreadable.items())[:_ROWS]:
        odd.add_row(user, "; ".join(what))
    console.print(odd)
    if len(unreadable) > _ROWS:
        console.print(f"... and {len(unreadable) - _ROWS} more: `astra users sync --dry-run --json` names all.")
