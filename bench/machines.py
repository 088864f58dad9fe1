"""Two workers on machines of their own against one, and one of them killed in the middle of 500 conversations.

Real mongod, PostgreSQL, Redis, workers, run processes, julep SDK and HTTP; the LLM takes as long as it is told.
Each worker is in a network namespace of its own and does one run at a time; a run is a day's conversations. The
baseline, measured in the same invocation, is `WarmRunLauncher` here, with one and with two runs at a time.
All of them, the servers too, share the cores of this machine: where the LLM answers at once, two workers have no
more cores than one.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import dagster as dg

from astra_pipeline.cli import stack as embedded
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, LEASES, USERS
from bench import network, servers, stack
from bench.day_runs import DayRuns, Fleet

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    from astra_pipeline.sandbox.process import Control

_FAR_AWAY = 10
_TALKS_EACH = 4
_PATIENCE_SECONDS = 600.0
_LLM_BOUND_PROMISE = 1.6


@dataclass
class World:
    """The services, and people with conversations on some days of the past."""

    db: Database[dict[str, Any]]
    control: Control
    users: list[str]
    days: list[dt.datetime]

    def insert(self, count: int) -> list[str]:
        """New conversations, spread over people and days; their ids."""
        documents = [
            stack.conversation(self.users[number % len(self.users)], self.days[number % len(self.days)])
            for number in range(count)
        ]
        stack.insert(self.db, documents)
        return [document["conversation_id"] for document in documents]

    def insights(self, ids: list[str]) -> int:
        return self.db[INSIGHTS].count_documents({"_id": {"$in": ids}})

    def working(self) -> list[str]:
        """The ids of the runs that hold leases."""
        return self.db[LEASES].distinct("run_id", {"claimed_until": {"$gt": dt.datetime.now(dt.UTC)}})

    def lost(self, ids: list[str]) -> int:
        """The number of conversations that are not processed."""
        done = {"conversation_id": {"$in": ids}, "metadata.transcript_processed": True}
        return len(ids) - self.db[CONVERSATIONS].count_documents(done)

    def duplicated(self) -> int:
        """The number of conversations that stand twice in a person's overview."""
        twice = 0
        for user in self.db[USERS].find({}, {"user_overview.recent_conversations.conversation_id": 1}):
            listed = user.get("user_overview", {}).get("recent_conversations", [])
            twice += len(listed) - len({one["conversation_id"] for one in listed})
        return twice

    def executions(self, ids: list[str]) -> Counter[int]:
        """The number of LLM executions -> how many conversations have so many."""
        paid = self.control.stats()["executions"]
        return Counter(len(paid.get(one, ())) for one in ids)


@click.command()
@click.option("--conversations", default=500, show_default=True)
@click.option("--days", default=8, show_default=True, help="Runs that the conversations are split over.")
@click.option("--llm-seconds", default=3.0, show_default=True, help="How long an LLM call takes when it is slow.")
@click.option("--concurrency", default=25, show_default=True, help="LLM calls at once, of each worker.")
def main(conversations: int, days: int, llm_seconds: float, concurrency: int) -> None:
    if why := _missing():
        click.echo(f"SKIPPED: {why}")
        return
    with ExitStack() as parts:
        here, why_not = parts.enter_context(network.machines(2))
        if why_not:
            click.echo(f"no network namespaces, so the workers are process groups of one machine: {why_not}")
        addresses = sorted({"127.0.0.1", *(one.services for one in here)})
        home, db, control = parts.enter_context(stack.fresh(llm_seconds=llm_seconds))
        url = parts.enter_context(servers.postgres(home / "postgres", addresses))
        redis = parts.enter_context(servers.RedisServer(home, addresses))
        # Whether more workers do more is asked of an LLM that allows more: the bound of all runs is far away.
        bounds = {"ASTRA_LLM_CONCURRENCY": str(concurrency), "ASTRA_LLM_LIMIT": str(_FAR_AWAY * concurrency)}
        parts.enter_context(embedded.environment(**bounds))
        fleet = parts.enter_context(Fleet(home, here, url, redis))
        today = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        world = World(
            db,
            control,
            stack.people(db, max(conversations // _TALKS_EACH, 1)),
            [today - dt.timedelta(days=2 + number) for number in range(days)],
        )
        kept = _throughput(world, fleet, conversations, llm_seconds)
        kept &= _killed(world, fleet, conversations, llm_seconds, concurrency)
    sys.exit(not kept)


def _missing() -> str | None:
    """Why the bench cannot be run, or None; what Debian has is installed."""
    if servers.find_redis() is None and (why := servers.install("redis-server")):
        return why
    if servers.find_postgres() is None and (why := servers.install("postgresql")):
        return why
    return None if shutil.which("setpriv") else "no program setpriv (apt-get install util-linux)"


def _throughput(world: World, fleet: Fleet, conversations: int, llm_seconds: float) -> bool:
    """Four ways of doing the same work, with a slow LLM and with one that answers at once."""
    kept = True
    with fleet.warm(1) as runs:  # indexes are made, and PostgreSQL's tables
        world.insert(len(world.days))
        _finished(runs, world)
    for bound, seconds in (("LLM-bound", llm_seconds), ("CPU-bound", 0.0)):
        world.control.configure(llm_seconds=seconds)
        rates = {}
        for name, use in (
            ("warm, 1 run at a time", lambda: fleet.warm(1)),
            ("warm, 2 runs at a time", lambda: fleet.warm(2)),
            ("Celery, 1 worker", lambda: fleet.celery(1)),
            ("Celery, 2 workers", lambda: fleet.celery(2)),
        ):
            with use() as runs:
                ids = world.insert(conversations)
                took = _finished(runs, world)
                if lost := world.lost(ids):
                    raise click.ClickException(f"{lost} conversations were not processed: {name}")
            rates[name] = conversations / took
        click.echo(f"{bound}: {conversations} conversations in {len(world.days)} runs, LLM {seconds:g} s")
        base = rates["warm, 1 run at a time"]
        for name, rate in rates.items():
            click.echo(f"  {name:<24}{rate:8.1f} conversations/s  {rate / base:5.2f} of the first")
        ratio = rates["Celery, 2 workers"] / rates["Celery, 1 worker"]
        click.echo(f"  two workers do {ratio:.2f} times what one does")
        if bound == "LLM-bound":
            kept &= _law(ratio >= _LLM_BOUND_PROMISE, f"LLM-bound, two workers do {_LLM_BOUND_PROMISE:g} times one")
    return kept


def _finished(runs: DayRuns, world: World) -> float:
    """Seconds from the launch of a run for each day to the end of the last."""
    began = time.monotonic()
    runs.launch(world.days)
    _until(runs.step, "all runs")
    if failed := runs.ended_as(dg.DagsterRunStatus.FAILURE):
        raise click.ClickException(f"{len(failed)} runs failed")
    return time.monotonic() - began


def _killed(world: World, fleet: Fleet, conversations: int, llm_seconds: float, concurrency: int) -> bool:
    """SIGKILL one of two workers in the middle; what is lost, done twice, or paid twice."""
    world.control.configure(llm_seconds=llm_seconds)
    with fleet.celery(2) as runs, fleet.daemon(runs):
        ids = world.insert(conversations)
        runs.launch(world.days)
        _until(lambda: runs.step() or world.insights(ids) >= conversations // 2, "half of the conversations")
        _until(lambda: runs.step() or runs.kill_in_the_middle(world.working()), "a run in the middle of its work")
        done, at = world.insights(ids), time.monotonic()
        declared: list[float] = []
        while world.lost(ids):
            runs.step()
            if dead := runs.take_up_what_failed():
                declared.extend([time.monotonic() - at] * dead)
            if time.monotonic() - at > _PATIENCE_SECONDS:
                break
            time.sleep(0.2)
        seconds = time.monotonic() - at
        _until(runs.step, "all runs")
    executions, lost, twice = world.executions(ids), world.lost(ids), world.duplicated()
    paid_twice = sum(count for number, count in executions.items() if number > 1)
    told = ", ".join(f"{one:.1f}" for one in declared) or "none"
    click.echo(f"one of two workers killed by SIGKILL when {done} of {conversations} had their insights:")
    click.echo(f"  its run was failed after {told} s, everything was done after {seconds:.1f} s")
    click.echo(f"  lost {lost}, duplicated {twice}, paid twice {paid_twice}, executions {dict(executions)}")
    kept = _law(bool(declared), "run monitoring failed the run of the killed worker")
    kept &= _law(not lost, "0 lost")
    kept &= _law(not twice, "0 duplicated")
    return kept & _law(paid_twice <= concurrency, f"paid twice at most the {concurrency} calls in flight")


def _law(kept: bool, words: str) -> bool:
    click.echo(f"{'PASS' if kept else 'FAIL'}: {words}")
    return kept


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise click.ClickException(f"{what} were not done within {_PATIENCE_SECONDS:g} s")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
