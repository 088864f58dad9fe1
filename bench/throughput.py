"""A backlog in one run against the limit concurrency / latency, and the same work done one run each."""

from __future__ import annotations

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import click

from astra_pipeline.resources.accounts import take_account
from astra_pipeline.sandbox import stack as embedded
from bench import stack

_PROMISE = 0.85


@dataclass(frozen=True)
class Measured:
    """One run process. Times in seconds; `cpu` is user and system time of the process; memory in MB."""

    wall: float
    inside: float
    insights: float
    cpu: float
    peak_memory: float


@click.command()
@click.option("--conversations", default=2_000, show_default=True)
@click.option("--singly", default=20, show_default=True, help="How many are also done one run each.")
@click.option("--concurrency", default=100, show_default=True)
@click.option("--llm-seconds", default=2.0, show_default=True)
def main(conversations: int, singly: int, concurrency: int, llm_seconds: float) -> None:
    with (
        stack.fresh(llm_seconds=llm_seconds) as (home, db),
        embedded.environment(ASTRA_LLM_CONCURRENCY=str(concurrency)),
    ):
        today = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=1, microsecond=0)
        users = stack.people(db, max(conversations // 4, 1))
        documents = [
            stack.conversation(users[number % len(users)], today - dt.timedelta(days=1 + number % 60))
            for number in range(conversations)
        ]
        stack.insert(db, documents)
        first, last = today - dt.timedelta(days=60), today - dt.timedelta(days=1)
        together = _run(home, first, last, None)
        accounts = take_account(db)
        if accounts.processed + accounts.empty != conversations:
            raise click.ClickException(f"not all were processed: {accounts.waiting} {accounts.parked}")

        alone: list[Measured] = []
        for number in range(singly):
            one = stack.conversation(users[number % len(users)], today)
            stack.insert(db, [one])
            alone.append(_run(home, today, today, one["conversation_id"]))

    limit = concurrency / llm_seconds
    rate = conversations / together.insights
    click.echo(f"One run, {conversations} conversations, LLM {llm_seconds:g} s, concurrency {concurrency}:")
    click.echo(f"  limit concurrency/latency   {limit:8.1f} conversations/s")
    click.echo(f"  insights                    {rate:8.1f} conversations/s = {rate / limit:.0%} of the limit")
    click.echo(
        f"  the whole run               {conversations / together.inside:8.1f} conversations/s = "
        f"{conversations / together.inside / limit:.0%} of the limit, in {together.inside:.1f} s "
        f"({together.wall:.1f} s with the process's start)"
    )
    click.echo(f"  CPU per conversation        {together.cpu / conversations * 1000:8.1f} ms")
    click.echo(f"  peak memory                 {together.peak_memory:8.0f} MB")
    each = sum(run.wall for run in alone) / singly
    cpu = sum(run.cpu for run in alone) / singly
    click.echo(f"{singly} conversations, one run each (baseline):")
    click.echo(f"  {each:.1f} s and {cpu * 1000:.0f} ms CPU per conversation")
    click.echo(
        f"  batching: {each / (together.wall / conversations):.0f} times the rate, "
        f"{cpu / (together.cpu / conversations):.0f} times less CPU per conversation"
    )
    kept = rate / limit >= _PROMISE
    click.echo(f"{'PASS' if kept else 'FAIL'}: at least {_PROMISE:.0%} of the limit")
    sys.exit(not kept)


def _run(home: Path, first: dt.datetime, last: dt.datetime, only: str | None) -> Measured:
    """One run of the job in a process of its own, as the daemon would start it."""
    command = [
        sys.executable,
        "-m",
        "bench.one_run",
        str(first.date()),
        str(last.date()),
        *([only] if only else []),
    ]
    dagster_home = home / "dagster"
    dagster_home.mkdir(exist_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    with (home / "run.log").open("wb") as log:
        child = subprocess.run(
            command,
            env=os.environ | {"DAGSTER_HOME": str(dagster_home)},
            stdout=subprocess.PIPE,
            stderr=log,
            check=True,
        )
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(child.stdout.splitlines()[-1])
    return Measured(
        wall=wall,
        inside=told["seconds"],
        insights=told["insights_seconds"],
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        peak_memory=told["peak_memory_mb"],
    )


if __name__ == "__main__":
    main()
