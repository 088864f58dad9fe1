"""The work of `astra users`: plan a sync, run it with its progress, and erase a person."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
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

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.cli import stack
from astra_pipeline.cli.display.migration import print_summary
from astra_pipeline.errors import NotFound
from astra_pipeline.migration import sync as migration
from astra_pipeline.migration.plan import Plan
from astra_pipeline.store.mongo import MongoResource

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


def plan_users(home: Path, *, limit: int | None, only: Sequence[str]) -> Plan:
    """Plan a sync; nothing is written. Raises NotFound for an id that no user has."""
    with stack.database(home) as db:
        _refuse_unknown(db, only)
        return migration.plan(db, only=only, limit=limit, now=dt.datetime.now(dt.UTC))


def sync_users(home: Path, *, limit: int | None, only: Sequence[str]) -> bool:
    """Run a sync; True when everybody was taken in. Raises NotFound for an id that no user has."""
    with stack.connected(home) as db:
        _refuse_unknown(db, only)
        result = take_in(Console(), db, only=only, limit=limit)
    return not (result.failed or result.rejected or result.skipped)


def _refuse_unknown(db: Database[dict[str, Any]], only: Sequence[str]) -> None:
    if unknown := migration.unknown(db, only):
        raise NotFound(f"user has no {', '.join(map(repr, unknown))}")


def take_in(
    console: Console, db: Database[dict[str, Any]], *, only: Sequence[str] = (), limit: int | None = None
) -> BatchResult:
    """Run a sync on the connected database, and print its progress and its summary."""
    before = migration.synced(db, only=only)
    users = migration.to_sync(db, only=only, limit=limit)
    with console.status(f"Seating {len(users)} users in cohorts ..."):
        migration.seat(db, users, now=dt.datetime.now(dt.UTC))
    result = _synced(console, users)
    print_summary(console, result, before, migration.unreadable_of(db, result.done))
    return result


def _synced(console: Console, users: Sequence[dict[str, Any]]) -> BatchResult:
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
    """Erase a person; returns a sentence that counts what was erased. Raises NotFound, InUse."""
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
