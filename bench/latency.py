"""From the insert of a completed conversation to its user's updated overview, everything real but the LLM.

Real mongod, daemon, sensor, run processes, julep SDK and HTTP; the LLM takes as long as it is told. Settings are
the defaults of production. Baselines of the same invocation: a Celery worker with Redis that does the plainest
script's work as tasks (where Redis can be had), and this project as it was: each run started anew, and ended with
its batch.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import psutil

from astra_pipeline.cli import stack as embedded
from astra_pipeline.orchestration.launchers.watched import WatchedRunLauncher
from astra_pipeline.store.collections import USERS
from bench import servers, stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_OFTEN_AT_MOST, _SELDOM_AT_MOST = 3.5, 6.0
_CPU_AT_MOST = 0.1
_PATIENCE_SECONDS = 180.0
_SETTLED_SECONDS = 15.0
_IDLE_SECONDS = 20.0
_A_MINUTE = 60.0
_WORKERS = 4
_TASK = "bench.celery_worker.handle"
# Their work is the same whoever asks for it.
_SERVICES = ("mongod", "astra_pipeline.sandbox")


@dataclass(frozen=True)
class Measured:
    """The latencies of some conversations, in order of the time they took, and the CPU of all that did the work."""

    seconds: list[float]
    cpu: float
    """CPU seconds of one conversation, without those of mongod and the stand-ins, and without what the same
    processes take when nothing comes."""
    idle: float
    """The share of a core that they take then."""

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.seconds, n=20, method="inclusive")[18]

    def line(self, name: str) -> str:
        """The figures, in words."""
        return (
            f"  {name:<44} p50 {self.p50:5.1f} s   p95 {self.p95:5.1f} s   max {self.seconds[-1]:5.1f} s   "
            f"CPU {self.cpu:5.2f} s, idle {self.idle:4.1%} of a core"
        )


@click.command()
@click.option("--conversations", default=30, show_default=True)
@click.option("--every", default=3.0, show_default=True, help="Seconds between two conversations.")
@click.option("--seldom", default=10, show_default=True, help="Conversations that come a minute apart.")
@click.option("--before", default=10, show_default=True, help="Conversations by the old launcher.")
@click.option("--llm-seconds", default=2.0, show_default=True, help="How long one LLM call takes.")
def main(conversations: int, every: float, seldom: int, before: int, llm_seconds: float) -> None:
    with stack.fresh(llm_seconds=llm_seconds) as (home, db, _):
        bench = _Bench(home, db)
        celery = bench.celery(conversations, every)
        old = bench.dagster("old", before, every, warm=False) if before else None
        often = bench.dagster("often", conversations, every)
        rare = bench.dagster("seldom", seldom, _A_MINUTE) if seldom else None
    click.echo(f"insert -> overview, LLM {llm_seconds:g} s; CPU that a conversation adds:")
    for name, one in (
        (f"{conversations}, one every {every:g} s", often),
        (f"{seldom}, a minute apart", rare),
        ("baseline: Celery with Redis", celery),
        ("baseline: each run started anew (as it was)", old),
    ):
        click.echo(one.line(name) if one else f"  {name}: not measured")
    promises = [(often.p95 <= _OFTEN_AT_MOST, f"p95 at most {_OFTEN_AT_MOST:g} s, one every {every:g} s")]
    if rare:
        promises.append((rare.p95 <= _SELDOM_AT_MOST, f"p95 at most {_SELDOM_AT_MOST:g} s, a minute apart"))
    if old:
        share = often.cpu / old.cpu
        promises.append((share <= _CPU_AT_MOST, f"{share:.2f} of the CPU as it was, at most {_CPU_AT_MOST:g}"))
    for kept, words in promises:
        click.echo(f"{'PASS' if kept else 'FAIL'}: {words}")
    sys.exit(not all(kept for kept, _ in promises))


class _Bench:
    def __init__(self, home: Path, db: Database[dict[str, Any]]) -> None:
        self._home, self._db = home, db

    def dagster(self, name: str, count: int, every: float, *, warm: bool = True) -> Measured:
        """Through the daemon, its sensor and runs. Without `warm` as it was before runs were forked and stayed."""
        home = self._home / name
        home.mkdir()
        environment = {} if warm else {"ASTRA_SHIFT_LINGER_SECONDS": "0"}
        with (
            embedded.environment(**environment),
            embedded.dagster(home, instance_file=None if warm else stack.instance_file(home, WatchedRunLauncher)),
        ):
            time.sleep(_SETTLED_SECONDS)  # the daemon's first ticks are its own start, not the pipeline's
            return self._measure(name, count, every, told=lambda conversation_id: None)

    def celery(self, count: int, every: float) -> Measured | None:
        """Through a Celery worker. None where Redis cannot be had; the reason is printed."""
        if servers.find_redis() is None and (reason := servers.install("redis-server")):
            click.echo(f"no Celery baseline: {reason}")
            return None
        with servers.RedisServer(self._home) as redis, embedded.environment(BENCH_REDIS_URL=redis.url()):
            from bench.celery_worker import app

            command = ["-m", "celery", "-A", "bench.celery_worker", "worker", "-c", str(_WORKERS), "-l", "WARNING"]
            with _process([sys.executable, *command], self._home / "celery.log"):
                time.sleep(_SETTLED_SECONDS)
                return self._measure(
                    "celery", count, every, told=lambda one: app.send_task("bench.celery_worker.handle", [one])
                )

    def _measure(self, name: str, count: int, every: float, *, told: Callable[[str], object]) -> Measured:
        users = stack.people(self._db, count, prefix=f"{name}_")
        inserted: dict[str, float] = {}
        seen: dict[str, float] = {}
        before = _cpu()
        time.sleep(_IDLE_SECONDS)
        cpu, began = _cpu(), time.monotonic()
        idle = (cpu - before) / _IDLE_SECONDS
        while len(seen) < count:
            now = time.monotonic()
            if now - began > count * every + _PATIENCE_SECONDS:
                raise click.ClickException(f"{name}: only {len(seen)} of {count} overviews were updated")
            if len(inserted) < count and now >= began + len(inserted) * every:
                user_id = users[len(inserted)]
                document = stack.conversation(user_id)
                stack.insert(self._db, [document])
                inserted[user_id] = time.monotonic()
                told(document["conversation_id"])
            told_of = {"id": {"$in": list(inserted)}, "user_overview.recent_conversations.0": {"$exists": True}}
            for user_id in set(self._db[USERS].distinct("id", told_of)) - seen.keys():
                seen[user_id] = time.monotonic() - inserted[user_id]
            time.sleep(0.05)
        # The old system has worked for all of them when the last run is over; a shift goes on.
        time.sleep(_SETTLED_SECONDS)
        spent = _cpu() - cpu - idle * (time.monotonic() - began)
        return Measured(sorted(seen.values()), spent / count, idle)


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=dict(os.environ))
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()


def _cpu() -> float:
    """CPU seconds so far of every process below this one that works on conversations, ended ones among them."""
    seconds = 0.0
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # or a zombie
            command, spent = " ".join(process.cmdline()), process.cpu_times()
            if not any(service in command for service in _SERVICES):
                seconds += spent.user + spent.system + spent.children_user + spent.children_system
    return seconds


if __name__ == "__main__":
    main()
