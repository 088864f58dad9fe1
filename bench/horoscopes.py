"""A cell of daily horoscopes against the limit concurrency / latency, done again, killed half-way, and done singly.

Everything real but the LLM, which takes as long as it is told; each run is a process of its own. The baseline is
the same work done one run each.
"""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from astra_pipeline.charts import skies
from astra_pipeline.cli import stack as embedded
from astra_pipeline.horoscopes.write import item_of
from astra_pipeline.llm.model import item_digest
from astra_pipeline.store.collections import HOROSCOPES, LEASES, USERS
from bench import runs, stack
from bench.runs import Measured

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    from astra_pipeline.sandbox.process import Control

_PROMISE = 0.85
# What two runs of the same work differ by on a quiet machine.
_NOISE = 0.05
_PATIENCE_SECONDS = 300.0
_SHORT_LEASE = "5"
# In these the servers have read what a killed process left in its sockets.
_UNDERWAY_SECONDS = 1.0


@dataclass(frozen=True)
class Killed:
    """A cell whose first run was killed, after the run that completed it."""

    stored_before: int
    in_flight: int
    """Paid for when it was killed, and not stored."""
    unknown: int
    """The number of those whose execution no lease knew."""
    again: Measured
    lost: int
    not_shown: int
    paid_twice: int
    executions: int


@click.command()
@click.option("--people", default=1_000, show_default=True)
@click.option("--singly", default=10, show_default=True, help="How many are also done one run each.")
@click.option("--concurrency", default=100, show_default=True)
@click.option("--llm-seconds", default=2.0, show_default=True)
@stack.RUNNER
def main(people: int, singly: int, concurrency: int, llm_seconds: float, runner: str) -> None:
    with (
        embedded.environment(ASTRA_TASK_RUNNER=runner),
        stack.fresh(llm_seconds=llm_seconds) as (home, db, control),
        embedded.environment(ASTRA_LLM_CONCURRENCY=str(concurrency)),
    ):
        cohort, users = stack.charted(db, people)
        # Days that have begun everywhere, the oldest first.
        dates = [dt.datetime.now(dt.UTC).date() - dt.timedelta(days=ago) for ago in range(6, -1, -1)]
        # As every morning: the schedule of daily_sky was there first.
        skies.refresh(db, dates)
        _, before, other, first, second, third, _ = dates
        # The stand-in for the LLM reads its rules for its first answer: before anything is measured.
        _run(home, before, cohort, users[0])

        together = _run(home, first, cohort)
        julep = None
        if runner != "julep":
            with embedded.environment(ASTRA_TASK_RUNNER="julep"):
                julep = _run(home, other, cohort)
        stored = db[HOROSCOPES].count_documents({"date": str(first)})
        paid = _executions(control, users, first)
        repeated = _run(home, first, cohort)
        paid_again = sum(_executions(control, users, first)) - sum(paid)

        killed = _killed(home, db, control, second, cohort, users)
        alone = [_run(home, third, cohort, user_id) for user_id in users[:singly]]
        done_alone = db[HOROSCOPES].count_documents({"date": str(third)})

    if done_alone != singly:
        raise click.ClickException(f"{done_alone} of {singly} horoscopes were written one run each")
    limit = concurrency / llm_seconds
    rate = people / together.asset
    click.echo(f"One run, {people} horoscopes, {runner}, LLM {llm_seconds:g} s, concurrency {concurrency}:")
    _tell_together(together, people, limit)
    click.echo(f"  stored {stored}, LLM executions {sum(paid)}")
    if julep:
        click.echo("Another cell, runner julep (baseline):")
        _tell_together(julep, people, limit)
    click.echo("The same cell again:")
    click.echo(
        f"  {paid_again} LLM executions, in {repeated.asset:.2f} s (the run {repeated.inside:.1f} s, "
        f"{repeated.wall:.1f} s with the process's start)"
    )
    _tell_killed(killed)
    _tell_alone(alone, together, people)
    promises = {
        f"at least {_PROMISE:.0%} of the limit, everybody's stored": rate / limit >= _PROMISE and stored == people,
        "no LLM execution for what is stored": paid_again == 0,
        "killed: nothing lost, nothing paid twice but what was in flight": killed.lost == killed.not_shown == 0
        and killed.paid_twice <= killed.in_flight,
    }
    if julep:
        share = together.cpu / julep.cpu
        promises[f"{share:.2f} times the CPU of runner julep, at most 1"] = share <= 1 + _NOISE
    for promise, kept in promises.items():
        click.echo(f"{'PASS' if kept else 'FAIL'}: {promise}")
    sys.exit(not all(promises.values()))


def _tell_together(together: Measured, people: int, limit: float) -> None:
    """Print the pace of one run over everybody, beside the `limit` of concurrency and latency."""
    rate = people / together.asset
    click.echo(f"  limit concurrency/latency   {limit:8.1f} horoscopes/s")
    click.echo(
        f"  daily_horoscopes            {rate:8.1f} horoscopes/s = {rate / limit:.0%} of the limit, "
        f"in {together.asset:.1f} s"
    )
    click.echo(
        f"  the whole run               {people / together.inside:8.1f} horoscopes/s = "
        f"{people / together.inside / limit:.0%} of the limit, in {together.inside:.1f} s "
        f"({together.wall:.1f} s with the process's start)"
    )
    click.echo(f"  CPU per horoscope           {together.cpu / people * 1000:8.1f} ms")
    click.echo(f"  peak memory                 {together.peak_memory:8.0f} MB")


def _tell_killed(killed: Killed) -> None:
    """Print the outcome of the run that was killed and completed by another."""
    click.echo(f"Another cell, killed (SIGKILL) with {killed.stored_before} stored, and run again:")
    click.echo(
        f"  in flight when killed {killed.in_flight}, of which {killed.unknown} were in no lease yet; "
        f"completed in {killed.again.asset:.1f} s"
    )
    click.echo(
        f"  lost {killed.lost}, not in their overview {killed.not_shown}, "
        f"paid twice {killed.paid_twice} ({killed.executions} LLM executions)"
    )


def _tell_alone(alone: list[Measured], together: Measured, people: int) -> None:
    """Print the cost of a run for each horoscope, and the gain of one run for all."""
    each = sum(run.inside for run in alone) / len(alone)
    cpu = sum(run.cpu for run in alone) / len(alone)
    click.echo(f"{len(alone)} horoscopes, one run each (baseline):")
    click.echo(f"  {each:.1f} s and {cpu * 1000:.0f} ms CPU per horoscope")
    click.echo(
        f"  batching: {each / (together.inside / people):.0f} times the rate, "
        f"{cpu / (together.cpu / people):.0f} times less CPU per horoscope"
    )


def _killed(
    home: Path, db: Database[dict[str, Any]], control: Control, date: dt.date, cohort: str, users: list[str]
) -> Killed:
    child = runs.start(home, "bench.one_cell", str(date), cohort, ASTRA_LEASE_SECONDS=_SHORT_LEASE)
    try:
        _until(lambda: _count(db, date) >= len(users) // 2 or child.poll() is not None)
    finally:
        child.kill()
        child.communicate()
    if child.returncode >= 0:
        raise click.ClickException(f"the run ended, with {child.returncode}, before it was killed")
    time.sleep(_UNDERWAY_SECONDS)
    stored = {found["user_id"] for found in db[HOROSCOPES].find({"date": str(date)}, {"user_id": 1})}
    paid = dict(zip(users, _executions(control, users, date), strict=True))
    in_flight = [item_of(user, date) for user in users if paid[user] and user not in stored]
    known = db[LEASES].count_documents({"_id": {"$in": in_flight}, "executions": {"$gt": {}}})
    _until(lambda: not db[LEASES].count_documents({"claimed_until": {"$gt": dt.datetime.now(dt.UTC)}}))

    again = _run(home, date, cohort)
    executions = _executions(control, users, date)
    return Killed(
        stored_before=len(stored),
        in_flight=len(in_flight),
        unknown=len(in_flight) - known,
        again=again,
        lost=len(users) - _count(db, date),
        not_shown=len(users)
        - db[USERS].count_documents(
            {"user_overview.latest_horoscope.date": str(date), "astra.horoscope_date": str(date)}
        ),
        paid_twice=sum(count > 1 for count in executions),
        executions=sum(executions),
    )


def _run(home: Path, date: dt.date, cohort: str, only: str | None = None) -> Measured:
    """One run of the job."""
    return runs.run(home, "bench.one_cell", str(date), cohort, *([only] if only else []))


def _executions(control: Control, users: list[str], date: dt.date) -> list[int]:
    """User -> the number of times that their horoscope of the date was paid for."""
    items = control.stats()["executions"]
    wanted = [item_of(user, date) for user in users]
    # Julep knows an item by its name, a model's provider by its digest.
    return [len(items.get(item, ())) + len(items.get(item_digest(item), ())) for item in wanted]


def _count(db: Database[dict[str, Any]], date: dt.date) -> int:
    return db[HOROSCOPES].count_documents({"date": str(date)})


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise click.ClickException(f"it did not come to pass in {_PATIENCE_SECONDS:.0f} s")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
