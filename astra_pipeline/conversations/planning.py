"""Which runs a tick of the sensor asks for. Pure: what waits goes in, run plans come out."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Lane = Literal["live", "backlog"]
Past = Literal["along", "apart", "halted"]
"""Days before yesterday: in the live run when that has room, always in a run of their own, or left waiting."""

_REPEAT_AFTER = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Waiting:
    """A conversation that some run should take now: not leased, not parked, no retry still to come."""

    conversation_id: str
    day: dt.date
    attempt: int = 0


@dataclass(frozen=True)
class Underway:
    """A run of ours that was requested and has not leased its conversations yet."""

    first_day: dt.date
    last_day: dt.date


@dataclass(frozen=True)
class RunPlan:
    """One run over the UTC days `first_day` to `last_day`, both included."""

    first_day: dt.date
    last_day: dt.date
    run_key: str
    lane: Lane
    conversations: int
    limit: int | None = None


def plan_runs(
    waiting: Sequence[Waiting],
    underway: Sequence[Underway],
    *,
    batch_limit: int,
    now: dt.datetime,
    past: Past = "along",
) -> list[RunPlan]:
    """One run for all that waits. Past `batch_limit`, the live days (today and yesterday, UTC) go first, in
    runs of `batch_limit`, and everything older becomes one run over its range of days.

    Conversations of days that a run underway covers are left to it: it picks its batch when it starts.
    """
    free = sorted(
        (item for item in waiting if not any(run.first_day <= item.day <= run.last_day for run in underway)),
        key=lambda item: (item.day, item.conversation_id),
    )
    if len(free) <= batch_limit and past == "along":
        return [_plan(free, "live", now)] if free else []
    yesterday = now.date() - dt.timedelta(days=1)
    live = [item for item in free if item.day >= yesterday]
    old = [item for item in free if item.day < yesterday]
    if len(live) <= batch_limit:
        plans = [_plan(live, "live", now)] if live else []
    else:
        # Runs over the same days share the work through leases: each takes `batch_limit` free conversations.
        parts = [live[start : start + batch_limit] for start in range(0, len(live), batch_limit)]
        plans = [
            _plan(part, "live", now, limit=batch_limit, first=live[0].day, last=live[-1].day) for part in parts
        ]
    return plans + ([_plan(old, "backlog", now)] if old and past != "halted" else [])


def _plan(
    items: Sequence[Waiting],
    lane: Lane,
    now: dt.datetime,
    *,
    limit: int | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> RunPlan:
    return RunPlan(
        first_day=first or items[0].day,
        last_day=last or items[-1].day,
        run_key=_run_key(items, now),
        lane=lane,
        conversations=len(items),
        limit=limit,
    )


def _run_key(items: Sequence[Waiting], now: dt.datetime) -> str:
    """The same work asked for again within a minute has the same key, so Dagster drops the repeat; later
    it has another, so a run that died before it touched anything does not block its conversations for good."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(f"{item.conversation_id}\0{item.attempt}\n".encode())
    return f"{digest.hexdigest()[:20]}-{int(now.timestamp() // _REPEAT_AFTER.total_seconds())}"
