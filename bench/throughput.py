"""A backlog in one run against the limit concurrency / latency, and the same work done one run each."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from astra_pipeline.cli import stack as embedded
from astra_pipeline.monitoring.holdings import read_holdings, read_unprocessed
from bench import runs, stack
from bench.runs import Measured

_PROMISE = 0.85


@click.command()
@click.option("--conversations", default=2_000, show_default=True)
@click.option("--singly", default=20, show_default=True, help="How many are also done one run each.")
@click.option("--concurrency", default=100, show_default=True)
@click.option("--llm-seconds", default=2.0, show_default=True)
@stack.RUNNER
def main(conversations: int, singly: int, concurrency: int, llm_seconds: float, runner: str) -> None:
    with (
        embedded.environment(ASTRA_TASK_RUNNER=runner),
        stack.fresh(llm_seconds=llm_seconds) as (home, db, _),
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
        if read_holdings(db, now=dt.datetime.now(dt.UTC)).processed != conversations:
            raise click.ClickException(f"not all were processed: {read_unprocessed(db)}")

        alone: list[Measured] = []
        for number in range(singly):
            one = stack.conversation(users[number % len(users)], today)
            stack.insert(db, [one])
            alone.append(_run(home, today, today, one["conversation_id"]))

    limit = concurrency / llm_seconds
    rate = conversations / together.asset
    click.echo(f"One run, {conversations} conversations, runner {runner}:")
    click.echo(f"  LLM {llm_seconds:g} s, concurrency {concurrency}")
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
    """One run of the job."""
    days = (str(first.date()), str(last.date()))
    return runs.run(home, "bench.one_run", *days, *([only] if only else []))


if __name__ == "__main__":
    main()
