"""The screen of `astra status`, readable at 80 columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from astra_pipeline.batches.shares import Holder
    from astra_pipeline.monitoring.dagster_state import DagsterState, Job, Trigger
    from astra_pipeline.monitoring.holdings import Holdings


def print_status(
    console: Console,
    holdings: Holdings,
    dagster: DagsterState,
    reasons: Sequence[str],
    warnings: Sequence[str] = (),
    *,
    now: dt.datetime,
) -> None:
    """Print one screen: reasons for a person, warnings, then conversations, people, daemon, schedules and runs."""
    daemon = dagster.daemon
    parts: list[RenderableType] = [
        *([Text(f"! {reason}", style="yellow") for reason in reasons] or [Text("All is well.", style="green")]),
        *(Text(f"WARN {warning}", style="yellow") for warning in warnings),
        _heading("Conversations", f"{holdings.completed} completed"),
        Text(_conversations(holdings, now)),
        Text(_requests(holdings, now)),
        *([Text(_cost(holdings))] if holdings.spent_today.calls or holdings.spent_today.limit is not None else []),
        _heading("People", f"{holdings.users} users in {holdings.cohorts} cohorts"),
        Text(
            f"{holdings.without_cohort} without a cohort, {holdings.without_horoscope} without today's horoscope "
            "an hour after it was due"
        ),
        Text(
            f"conversations that ask for care: {holdings.in_care.get('crisis', 0)} of a crisis in 30 days, "
            f"{holdings.in_care.get('tender', 0)} tender in 14"
        ),
        _heading("LLM", f"{sum(one.granted for one in holdings.llm.holders)} of {holdings.llm.limit} slots held"),
        Text("\n".join(map(_slots, holdings.llm.holders)) or "no run uses it"),
        _heading("Daemon", "alive" if daemon.alive else "not alive"),
        Text(f"last heartbeat {_ago(daemon.last_heartbeat, now)}"),
        _heading("Sensors"),
        _sensors(dagster.sensors, now),
        _heading("Schedules", "UTC"),
        _schedules(dagster.schedules, now),
        _heading("Last runs", f"{dagster.failed_runs_of_a_day} failed in 24 hours"),
        *_runs(dagster.jobs, now),
    ]
    title = f"astra status, {now:%Y-%m-%d %H:%M:%S} UTC"
    console.print(Panel(Group(*parts), title=title, border_style="yellow" if reasons else "green"))


def _heading(name: str, detail: str = "") -> Text:
    return Text.assemble((name, "bold magenta"), (f"  {detail}" if detail else "", "dim"))


def _conversations(holdings: Holdings, now: dt.datetime) -> str:
    oldest = f" (the oldest ended {_ago(holdings.oldest_waiting, now)})" if holdings.oldest_waiting else ""
    items = ", ".join(f"{count} {kind}" for kind, count in holdings.parked_items.items()) or "none"
    before = f", before the start date: {holdings.before_start}" if holdings.before_start else ""
    return (
        f"{holdings.waiting} waiting{oldest}, {holdings.processed} processed, {holdings.parked} parked{before}\n"
        f"items of every kind: {holdings.retrying_items} to be tried again, parked: {items}"
    )


def _requests(holdings: Holdings, now: dt.datetime) -> str:
    found = holdings.requests
    oldest = f" (the oldest since {_ago(found.oldest_waiting, now)})" if found.oldest_waiting else ""
    return f"requests: {found.waiting} waiting{oldest}, {found.running} at work, {found.failed} failed in 24 hours"


def _slots(holder: Holder) -> str:
    return (
        f"{holder.lane or 'by hand'}, run {holder.name[:8]}: holds {holder.granted}, has a use for {holder.demand}"
    )


def _cost(holdings: Holdings) -> str:
    spent = holdings.spent_today
    of = f" of {spent.limit:.2f}" if spent.limit is not None else ""
    return (
        f"LLM since 00:00 UTC: {spent.calls} answers, {spent.tokens_in} tokens in, {spent.tokens_out} out, "
        f"{spent.cost_usd:.2f}{of} US dollars"
    )


def _sensors(sensors: Sequence[Trigger], now: dt.datetime) -> Table:
    table = _table("sensor", "last tick", "result")
    for one in sensors:
        table.add_row(one.name, _ago(one.last_tick, now) if one.on else "off", _result(one.last_result))
    return table


def _schedules(schedules: Sequence[Trigger], now: dt.datetime) -> Table:
    table = _table("schedule", "next", "last tick", "result")
    for one in sorted(schedules, key=lambda one: (one.next_tick is None, one.next_tick or now)):
        upcoming = f"{one.next_tick:%H:%M}" if one.next_tick else "off"
        table.add_row(one.name, upcoming, _ago(one.last_tick, now), _result(one.last_result))
    return table


def _runs(jobs: Sequence[Job], now: dt.datetime) -> list[RenderableType]:
    """A line for each job that has runs, with what its last run did below it, and one line for all other jobs."""
    width = max((len(job.title) for job in jobs), default=0)
    parts: list[RenderableType] = []
    idle = []
    for job in jobs:
        if not (job.result or job.queued or job.running):
            idle.append(job.title)
            continue
        style = "yellow" if job.result == "failure" else ""
        parts.append(Text.assemble(f" {job.title:<{width}}  ", (_run(job, now), style)))
        parts += [Padding(Text(line, style="dim"), (0, 0, 0, 4)) for line in _did(job)]
    if idle:
        parts.append(Padding(Text(f"never ran: {', '.join(idle)}"), (0, 0, 0, 1)))
    return parts


def _run(job: Job, now: dt.datetime) -> str:
    """The result of the last run, when it ended and how long it took, and the runs that are under way."""
    words = []
    if job.result:
        took = f", took {job.seconds:.0f} s" if job.seconds is not None else ""
        words.append(f"{job.result} {_ago(job.ended, now)}{took}")
    words += [f"{count} {state}" for count, state in ((job.queued, "queued"), (job.running, "running")) if count]
    return "; ".join(words)


def _did(job: Job) -> list[str]:
    """The partition of the last run, and the counts of each asset that found something to do."""
    counts = [
        f"{asset}: {', '.join(f'{count} {name}' for name, count in done.items())}"
        for asset, done in job.did.items()
        if done
    ]
    lines = [f"for {job.partition}"] if job.partition else []
    if job.did:
        lines.append("; ".join(counts) or "nothing to do")
    return lines


def _table(*columns: str) -> Table:
    table = Table(box=None)
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table


def _result(result: str | None) -> Text:
    return Text(result or "-", style="yellow" if result == "failure" else "")


def _ago(moment: dt.datetime | None, now: dt.datetime) -> str:
    if moment is None:
        return "never"
    seconds = max((now - moment).total_seconds(), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
