"""From the insert of a completed conversation to its user's updated overview, everything real but the LLM.

Real mongod, daemon, sensor, run processes, julep SDK and HTTP; the LLM takes as long as it is told. Settings are
the defaults of production. The baseline, measured in the same invocation, is what no pipeline can be faster than:
the start of one run process plus one LLM call.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

import click

from astra_pipeline.cli import stack as embedded
from astra_pipeline.store.collections import USERS
from bench import stack

_PROMISE_SECONDS = 30.0
_PATIENCE_SECONDS = 180.0


@click.command()
@click.option("--conversations", default=30, show_default=True)
@click.option("--every", default=3.0, show_default=True, help="Seconds between two conversations.")
@click.option("--llm-seconds", default=2.0, show_default=True, help="How long one LLM call takes.")
def main(conversations: int, every: float, llm_seconds: float) -> None:
    with stack.fresh(llm_seconds=llm_seconds) as (home, db, _):
        users = stack.people(db, conversations)
        bare = _bare_start() + llm_seconds
        with embedded.dagster(home):
            time.sleep(15)  # the daemon's first ticks are its own start, not the pipeline's
            inserted: dict[str, float] = {}
            seen: dict[str, float] = {}
            began = time.monotonic()
            while len(seen) < conversations:
                now = time.monotonic()
                if now - began > conversations * every + _PATIENCE_SECONDS:
                    raise click.ClickException(f"only {len(seen)} of {conversations} overviews were updated")
                if len(inserted) < conversations and now >= began + len(inserted) * every:
                    user_id = users[len(inserted)]
                    stack.insert(db, [stack.conversation(user_id)])
                    inserted[user_id] = time.monotonic()
                updated = db[USERS].distinct("id", {"user_overview.recent_conversations.0": {"$exists": True}})
                for user_id in set(updated) - seen.keys():
                    seen[user_id] = time.monotonic() - inserted[user_id]
                time.sleep(0.05)
    ordered = sorted(seen.values())
    p95 = statistics.quantiles(ordered, n=20, method="inclusive")[18]
    click.echo(
        f"insert -> overview, {conversations} conversations, one every {every:g} s, LLM {llm_seconds:g} s:\n"
        f"  p50 {statistics.median(ordered):.1f} s   p95 {p95:.1f} s   max {ordered[-1]:.1f} s\n"
        f"  baseline (one process start + one LLM call) {bare:.1f} s; p95 is {p95 / bare:.1f} times that"
    )
    kept = p95 < _PROMISE_SECONDS
    click.echo(f"{'PASS' if kept else 'FAIL'}: p95 under {_PROMISE_SECONDS:g} s")
    sys.exit(not kept)


def _bare_start() -> float:
    """Seconds a process takes that only imports what every run imports."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import astra_pipeline.definitions"], check=True)
    return time.monotonic() - began


if __name__ == "__main__":
    main()
