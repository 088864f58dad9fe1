"""Which runs a tick of the sensor asks for. Pure: what waits goes in, run plans come out."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Lane = Literal["live", "backlog"]
Past = Literal["apart", "halted"]
"""Days before yesterday: in runs of their own, or left waiting."""

_DAY = dt.timedelta(days=1)
_REPEAT_AFTER = dt.timedelta(minutes=1)
# A run over a range of days costs a quarter of a second for each of them, whatever happened on it. A run of its own
# costs some seconds. So old conversations share a run where few empty days lie between them.
_EMPTY_DAYS = dt.timedelta(days=7)
# The longest range of a run over few old conversations. A backlog of more than `batch_limit` may span years.
_LONGEST = dt.timedelta(days=31)
# Runs over the past go one at a time: it is enough to have some of them in the queue.
_IN_THE_QUEUE = 4


@dataclass(frozen=True)
class Asked:
    """The last run that was asked for on behalf of a conversation."""

    request: str
    """The key of the request, which the run has as its tag."""
    at: dt.datetime
    """The moment of the request by the server's clock (UTC)."""


@dataclass(frozen=True)
class Waiting:
    """A conversation that some run should take now: not leased, not parked, no retry still to come."""

    conversation_id: str
    day: dt.date
    attempt: int = 0
    after_unread: bool = False
    """Conversations between the day before this one's, among those that were read, and this one's were not read:
    there may be any number of them."""
    asked: Asked | None = None
    """The run that was asked for last, until it is known what it did."""


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
    items: tuple[Waiting, ...]
    limit: int | None = None

    @property
    def conversations(self) -> int:
        """The number of conversations it is asked for."""
        return len(self.items)


def plan_runs(
    waiting: Sequence[Waiting],
    underway: Sequence[Underway],
    *,
    batch_limit: int,
    now: dt.datetime,
    past: Past = "apart",
) -> list[RunPlan]:
    """One run for what waits of the live days (today and yesterday, UTC), in parts past `batch_limit`. Older
    conversations go in runs of their own, so that they never stretch the live one over months.

    Conversations of days that a run underway covers are left to it: it picks its batch when it starts.
    """
    free = sorted(
        (item for item in waiting if not any(run.first_day <= item.day <= run.last_day for run in underway)),
        key=lambda item: (item.day, item.conversation_id),
    )
    yesterday = now.date() - _DAY
    plans = _live([item for item in free if item.day >= yesterday], batch_limit, now)
    if past == "halted":
        return plans
    queued = sum(run.last_day < yesterday for run in underway)
    ranges = _ranges([item for item in free if item.day < yesterday], batch_limit)
    # The newest first: somebody may still remember them.
    return plans + [_plan(items, "backlog", now) for items in reversed(ranges)][: max(_IN_THE_QUEUE - queued, 0)]


def _live(items: Sequence[Waiting], batch_limit: int, now: dt.datetime) -> list[RunPlan]:
    if len(items) <= batch_limit:
        return [_plan(items, "live", now)] if items else []
    # Runs over the same days share the work through leases: each takes `batch_limit` free conversations.
    parts = [items[start : start + batch_limit] for start in range(0, len(items), batch_limit)]
    return [_plan(part, "live", now, limit=batch_limit, first=items[0].day, last=items[-1].day) for part in parts]


def _ranges(items: Sequence[Waiting], batch_limit: int) -> list[list[Waiting]]:
    """Old conversations, by day, in groups whose days make a run together."""
    is_few = len(items) <= batch_limit and not any(item.after_unread for item in items)
    ranges: list[list[Waiting]] = []
    for item in items:
        group = ranges[-1] if ranges else []
        is_near = bool(group) and (item.after_unread or item.day - group[-1].day <= _EMPTY_DAYS)
        if is_near and not (is_few and item.day - group[0].day >= _LONGEST):
            group.append(item)
        else:
            ranges.append([item])
    return ranges


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
        items=tuple(items),
        limit=limit,
    )


def _run_key(items: Sequence[Waiting], now: dt.datetime) -> str:
    """The same work asked for again within a minute has the same key, so Dagster drops the repeat; later
    it has another, so a run that died before it touched anything does not block its conversations for good."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(f"{item.conversation_id}\0{item.attempt}\n".encode())
    return f"{digest.hexdigest()[:20]}-{int(now.timestamp() // _REPEAT_AFTER.total_seconds())}"
