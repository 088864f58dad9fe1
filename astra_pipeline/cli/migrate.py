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
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import open_work
from astra_pipeline.cli import stack
from astra_pipeline.cli.display.migration import print_summary
from astra_pipeline.errors import NotFound
from astra_pipeline.migration.foresee import plan
from astra_pipeline.migration.people import unknown as unknown_users
from astra_pipeline.migration.plan import Plan
from astra_pipeline.migration.take_in import take_in
from astra_pipeline.orchestration.resources import MongoResource

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


def plan_users(home: Path, *, limit: int | None, only: Sequence[str]) -> Plan:
    """Plan a sync; nothing is written. Raises NotFound for an id that no user has."""
    with stack.database(home) as db:
        _refuse_unknown(db, only)
        return plan(db, only=only, limit=limit, now=dt.datetime.now(dt.UTC))


def sync_users(home: Path, *, limit: int | None, only: Sequence[str]) -> bool:
    """Run a sync; True when everybody was taken in. Raises NotFound for an id that no user has."""
    with stack.connected(home) as db:
        _refuse_unknown(db, only)
        result = take_in_people(Console(), Scope(user_ids=tuple(only), limit=limit))
    return not (result.failed or result.rejected or result.skipped)


def _refuse_unknown(db: Database[dict[str, Any]], only: Sequence[str]) -> None:
    if unknown := unknown_users(db, only):
        raise NotFound(f"user has no {', '.join(map(repr, unknown))}")


def take_in_people(console: Console, scope: Scope = Scope()) -> BatchResult:  # noqa: B008  (frozen)
    """Run a sync on the connected database, and print its progress and its summary."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("Julep users", total=None)

        def tell(kind: str, result: BatchResult, total: int) -> None:
            progress.update(bar, completed=result.attempted, total=total)

        with open_work(MongoResource(), run_id=f"cli-{uuid.uuid4()}", progress=tell) as work:
            taken = take_in(work, scope)
    print_summary(console, taken.result, taken.synced_already, taken.unreadable)
    return taken.result


def erase_user(home: Path, user_id: str) -> str:
    """Erase a person; returns a sentence that counts what was erased. Raises NotFound."""
    import dagster as dg

    from astra_pipeline.personal_data import erase as personal_data

    with ExitStack() as parts:
        parts.enter_context(stack.connected(home))
        instance = None
        if os.environ.get("DAGSTER_HOME"):
            instance = parts.enter_context(dg.DagsterInstance.get())
        elif (home / "dagster" / "dagster.yaml").is_file():
            instance = parts.enter_context(dg.DagsterInstance.from_config(str((home / "dagster").resolve())))
        erased = asyncio.run(personal_data.erase(MongoResource(), instance, user_id))
    counts = [f"{count} in {collection}" for collection, count in erased.documents.items() if count]
    counts.append(f"Julep user: {erased.julep_user}")
    counts.append(f"{erased.conversations_at_elevenlabs} conversations at ElevenLabs")
    counts.append(f"{erased.runs} Dagster runs" if instance else "no Dagster found to search")
    if erased.runs_left:
        counts.append(f"{erased.runs_left} that still work go when they have ended")
    return f"Erased {user_id}: {', '.join(counts)}."
