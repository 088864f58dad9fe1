"""A backlog in one run against the limit concurrency / latency, and the same work by the plainest script.

Real mongod, run process, julep SDK and HTTP; the LLM takes as long as it is told. The baselines, measured in the
same invocation, are as many conversations through `bench.bare`, and some of them done one run each.
"""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from astra_pipeline.cli import stack as embedded
from astra_pipeline.monitoring.holdings import read_holdings, read_unprocessed
from astra_pipeline.store.collections import USERS
from bench import runs, stack
from bench.runs import Measured

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_PROMISE = 0.85
_FIRST_WITHIN = 2.5
_CPU_AT_MOST = 1.25
# What two trials of the same work differ by on a quiet machine.
_NOISE = 0.05
_DAY = dt.timedelta(days=1)
_A_BATCH = 500
# So many conversations have all of the words that the stand-in for ElevenLabs borrows.
_REPERTOIRE = 500


@dataclass(frozen=True)
class Trial:
    """A backlog of its own, through one process."""

    measured: Measured
    first_overview: float
    """Seconds from the begin of the run to the first person's overview."""
    conversations: int

    def lines(self, name: str, limit: float) -> list[str]:
        """The figures, in words."""
        one = self.measured
        rate = self.conversations / one.inside
        return [
            f"{name}:",
            f"  the whole                   {rate:8.1f} conversations/s = {rate / limit:.0%} of the limit, in "
            f"{one.inside:.1f} s ({one.wall:.1f} s with the process's start)",
            f"  first overview after        {self.first_overview:8.1f} s",
            f"  CPU per conversation        {one.cpu / self.conversations * 1000:8.1f} ms",
            f"  peak memory                 {one.peak_memory:8.0f} MB",
        ]


@click.command()
@click.option("--conversations", default=2_000, show_default=True)
@click.option("--singly", default=5, show_default=True, help="How many are also done one run each.")
@click.option("--concurrency", default=100, show_default=True)
@click.option("--llm-seconds", default=2.0, show_default=True)
@stack.RUNNER
def main(conversations: int, singly: int, concurrency: int, llm_seconds: float, runner: str) -> None:
    limit = concurrency / llm_seconds
    with (
        embedded.environment(ASTRA_TASK_RUNNER=runner),
        stack.fresh(llm_seconds=llm_seconds) as (home, db, _),
        embedded.environment(ASTRA_LLM_CONCURRENCY=str(concurrency)),
    ):
        bench = _Bench(home, db)
        # The stand-in for the LLM thinks of each of its transcripts once: before anything is measured.
        bench.trial("bench.bare", min(_REPERTOIRE, conversations))
        ours = bench.trial("bench.one_run", conversations)
        bare = bench.trial("bench.bare", conversations)
        julep = None
        if runner != "julep":
            with embedded.environment(ASTRA_TASK_RUNNER="julep"):
                julep = bench.trial("bench.one_run", conversations)
        batch = bench.trial("bench.one_run", min(_A_BATCH, conversations), days=1)
        alone = bench.singly(singly)
    click.echo(
        f"{conversations} conversations, LLM {llm_seconds:g} s, concurrency {concurrency}: the limit "
        f"concurrency/latency is {limit:.1f} conversations/s"
    )
    for name, one in (
        (f"one run, runner {runner}", ours),
        ("the plainest script (baseline)", bare),
        ("one run, runner julep (baseline)", julep),
    ):
        if one:
            click.echo("\n".join(one.lines(name, limit)))
    click.echo("\n".join(batch.lines(f"one run of {batch.conversations}", limit)))
    if singly:
        each = sum(run.inside for run in alone) / singly
        click.echo(
            f"one run each (baseline): {each:.1f} s per conversation; batching is "
            f"{each / (ours.measured.inside / conversations):.0f} times the rate"
        )
    sys.exit(not _kept(ours, bare, batch, julep, limit, llm_seconds))


def _kept(ours: Trial, bare: Trial, batch: Trial, julep: Trial | None, limit: float, llm_seconds: float) -> bool:
    share = ours.conversations / ours.measured.inside / limit
    first = batch.first_overview / llm_seconds
    cpu = ours.measured.cpu / bare.measured.cpu
    promises = [
        (share >= _PROMISE, f"{share:.0%} of the limit, at least {_PROMISE:.0%}"),
        (
            first <= _FIRST_WITHIN,
            f"the first overview of {batch.conversations} after {first:.1f} times the LLM's latency, "
            f"at most {_FIRST_WITHIN:g}",
        ),
        (cpu <= _CPU_AT_MOST, f"{cpu:.2f} times the CPU of the plainest script, at most {_CPU_AT_MOST:g}"),
    ]
    if julep:
        beside = ours.measured.cpu / julep.measured.cpu
        promises.append((beside <= 1 + _NOISE, f"{beside:.2f} times the CPU of runner julep, at most 1"))
    for kept, words in promises:
        click.echo(f"{'PASS' if kept else 'FAIL'}: {words}")
    return all(kept for kept, _ in promises)


class _Bench:
    """One stack; each trial has people and conversations of its own."""

    def __init__(self, home: Path, db: Database[dict[str, Any]]) -> None:
        self._home, self._db = home, db
        self._today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=1, microsecond=0)
        self._people = 0

    def trial(self, module: str, count: int, *, days: int = 60) -> Trial:
        users = self._join(max(count // 4, 1))
        documents = [
            stack.conversation(users[number % len(users)], self._today - _DAY * (1 + number % days))
            for number in range(count)
        ]
        stack.insert(self._db, documents)
        first, last = self._today - days * _DAY, self._today - _DAY
        measured = runs.run(self._home, module, str(first.date()), str(last.date()))
        left = read_holdings(self._db, now=dt.datetime.now(dt.UTC))
        if left.waiting:
            raise click.ClickException(f"not all were processed: {read_unprocessed(self._db)}")
        updated = self._db[USERS].find({"id": {"$in": users}}, {"user_overview.last_updated": 1})
        begun = min(one["user_overview"]["last_updated"].timestamp() for one in updated)
        return Trial(measured, begun - measured.started, count)

    def singly(self, count: int) -> list[Measured]:
        users = self._join(max(count, 1))
        alone = []
        for user_id in users[:count]:
            one = stack.conversation(user_id, self._today)
            stack.insert(self._db, [one])
            day = str(self._today.date())
            alone.append(runs.run(self._home, "bench.one_run", day, day, one["conversation_id"]))
        return alone

    def _join(self, count: int) -> list[str]:
        self._people += 1
        return stack.people(self._db, count, prefix=f"user_{self._people}_")


if __name__ == "__main__":
    main()
