"""10,000 people of the old system and their 50,000 conversations: the plan, the sync killed twice, and live
conversations while their past is computed.

Everything real but the LLM and the stand-ins' rate limit. The baseline of the live conversations is the same before
the backfill begins.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from astra_pipeline.cli import stack as embedded
from astra_pipeline.store.collections import COHORTS, CONVERSATIONS, INSIGHTS, LEASES, USERS
from bench import stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


_PLAN_SECONDS = 20.0
_PROMISE = 0.85
_LIVE_P95_SECONDS = 45.0
_LIVE_EVERY_SECONDS = 5.0
_PATIENCE_SECONDS = 240.0
_SEED = 20261124
_ZONES = ("Asia/Kolkata",) * 7 + ("America/New_York", "Europe/London", "Asia/Dubai")
_BATCH = 5_000


@click.command()
@click.option("--people", default=10_000, show_default=True)
@click.option("--conversations", default=50_000, show_default=True)
@click.option("--requests-per-second", default=100.0, show_default=True, help="What Julep's stand-in allows.")
@click.option("--live", default=20, show_default=True, help="Live conversations while the backfill runs.")
@click.option("--llm-seconds", default=1.0, show_default=True)
def main(people: int, conversations: int, requests_per_second: float, live: int, llm_seconds: float) -> None:
    with stack.fresh(llm_seconds=llm_seconds) as (home, db, control):
        ids = _old_system(db, people, conversations)
        kept = {user["id"]: user.get("user_overview") for user in db[USERS].find()}
        planned = _timed(home, "--dry-run")
        untouched = {user["id"]: user.get("user_overview") for user in db[USERS].find()} == kept

        control.configure(requests_per_second={"julep": requests_per_second})
        with embedded.environment(ASTRA_JULEP_USERS_PER_SECOND=str(requests_per_second)):
            for share in (0.3, 0.6):
                _killed(home, db, round(people * share))
            left = people - _synced(db)
            began = time.monotonic()
            _timed(home)
            seconds = time.monotonic() - began
        control.configure(requests_per_second={})
        rate = left / seconds
        made = control.stats()["users"]
        cohorts = db[COHORTS].count_documents({})
        seated = db[USERS].count_documents({"julep_user_id": {"$ne": None}, "astra.cohort": {"$ne": None}})
        distinct = len(db[USERS].distinct("julep_user_id"))
        same = {user["id"]: user.get("user_overview") for user in db[USERS].find()} == kept

        alone, beside, done = _live(home, db, ids, live)

    click.echo(f"{people} people, {conversations} conversations of the old system:")
    click.echo(
        f"  dry run                    {planned:8.1f} s (the process's start included); wrote nothing: {untouched}"
    )
    click.echo(
        f"  sync, killed twice; the last {left} users at {rate:.1f}/s = "
        f"{rate / requests_per_second:.0%} of the limit"
    )
    click.echo(
        f"  Julep users {made}, users with ids and cohorts {seated}, distinct ids {distinct}, cohorts {cohorts}"
    )
    click.echo(f"  overviews of the old system untouched: {same}")
    click.echo(f"Live conversations, one every {_LIVE_EVERY_SECONDS:g} s, insert -> overview:")
    click.echo(f"  before the backfill        {_spread(alone)}")
    click.echo(f"  while it runs              {_spread(beside)}; it did {done} conversations meanwhile")
    promises = {
        f"a dry run under {_PLAN_SECONDS:.0f} s that writes nothing": planned < _PLAN_SECONDS and untouched,
        f"a sync at {_PROMISE:.0%} of the rate limit or more": rate / requests_per_second >= _PROMISE,
        "killed twice: everybody once, nothing lost": made == seated == distinct == people and same,
        f"live p95 under {_LIVE_P95_SECONDS:.0f} s beside the backfill": bool(done)
        and _p95(beside) < _LIVE_P95_SECONDS,
    }
    for promise, was_kept in promises.items():
        click.echo(f"{'PASS' if was_kept else 'FAIL'}: {promise}")
    sys.exit(not all(promises.values()))


def _old_system(db: Database[dict[str, Any]], people: int, conversations: int) -> list[str]:
    """Documents as the old system left them: some overviews null, without ids, with odd types."""
    drawn = random.Random(_SEED)
    ids = [f"user_{number:05d}" for number in range(people)]
    now = dt.datetime.now(dt.UTC)
    overviews: list[dict[str, Any] | None] = [
        None,
        {},
        {
            "preferences": {"hinglish_level": "30"},
            "recent_conversations": [{"summary": "Old.", "topics": ["career"]}],
        },
        {"insights": [{"content": "Wants to move."}, "writes poems"], "extra": {"a": 1}},
        {"birth_chart": {"text": "You are a Leo."}, "weekly_reports": [{"week_start": "2025-02-03"}]},
    ]
    for start in range(0, people, _BATCH):
        db[USERS].insert_many(
            {
                "id": user_id,
                "name": "Bench",
                "timezone": drawn.choice(_ZONES),
                "user_overview": drawn.choice(overviews),
            }
            for user_id in ids[start : start + _BATCH]
        )
    for start in range(0, conversations, _BATCH):
        stack.insert(
            db,
            [
                stack.conversation(
                    ids[number % people],
                    now - dt.timedelta(days=drawn.randrange(3, 300), minutes=drawn.randrange(1440)),
                )
                for number in range(start, min(start + _BATCH, conversations))
            ],
        )
    return ids


def _sync(home: Path, *options: str) -> subprocess.Popen[bytes]:
    astra = Path(sys.executable).with_name("astra")
    with (home / "sync.log").open("ab") as log:
        command = [astra, "users", "sync", "--home", str(home), *options]
        return subprocess.Popen(command, env=dict(os.environ), stdout=log, stderr=log)


def _timed(home: Path, *options: str) -> float:
    began = time.monotonic()
    if code := _sync(home, *options).wait():
        raise click.ClickException(f"users sync ended with {code}:\n{(home / 'sync.log').read_text()[-2000:]}")
    return time.monotonic() - began


def _killed(home: Path, db: Database[dict[str, Any]], at: int) -> None:
    child = _sync(home)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _synced(db) < at and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    child.kill()
    if child.wait() >= 0:
        raise click.ClickException(
            f"the sync ended before it was killed:\n{(home / 'sync.log').read_text()[-2000:]}"
        )


def _synced(db: Database[dict[str, Any]]) -> int:
    return db[USERS].count_documents({"julep_user_id": {"$ne": None}})


def _live(
    home: Path, db: Database[dict[str, Any]], ids: list[str], count: int
) -> tuple[list[float], list[float], int]:
    """(latencies before the backfill, latencies beside it, what it did meanwhile), with the real daemon."""
    held = {"status": "completed", "metadata.transcript_processed": None}
    # The past waits at first, so that the baseline has the machine for itself.
    db[CONVERSATIONS].update_many(held, {"$set": {"status": "held"}})
    with embedded.dagster(home):
        alone = _latencies(db, ids, count // 2)
        db[CONVERSATIONS].update_many({"status": "held"}, {"$set": {"status": "completed"}})
        deadline = time.monotonic() + _PATIENCE_SECONDS
        before = db[INSIGHTS].estimated_document_count()
        while db[INSIGHTS].estimated_document_count() < before + 50 and time.monotonic() < deadline:
            time.sleep(0.2)
        before = db[INSIGHTS].estimated_document_count()
        beside = _latencies(db, ids, count)
        done = db[INSIGHTS].estimated_document_count() - before - count
    db[LEASES].delete_many({})
    return alone, beside, done


def _latencies(db: Database[dict[str, Any]], ids: list[str], count: int) -> list[float]:
    """Seconds from the insert of each conversation to its place in the overview."""
    started: dict[str, float] = {}
    found: dict[str, float] = {}
    upcoming = time.monotonic()
    deadline = upcoming + count * _LIVE_EVERY_SECONDS + _PATIENCE_SECONDS
    while len(found) < count and time.monotonic() < deadline:
        if len(started) < count and time.monotonic() >= upcoming:
            document = stack.conversation(ids[len(started) % len(ids)])
            stack.insert(db, [document])
            started[document["conversation_id"]] = time.monotonic()
            upcoming += _LIVE_EVERY_SECONDS
        open_ones = [key for key in started if key not in found]
        processed = db[CONVERSATIONS].find(
            {"conversation_id": {"$in": open_ones}, "metadata.transcript_processed": True}, {"conversation_id": 1}
        )
        for document in processed:
            key = document["conversation_id"]
            found[key] = time.monotonic() - started[key]
        time.sleep(0.1)
    if len(found) < count:
        raise click.ClickException(f"{count - len(found)} live conversations were not processed in time")
    return list(found.values())


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


def _spread(seconds: list[float]) -> str:
    return f"p50 {statistics.median(seconds):5.1f} s, p95 {_p95(seconds):5.1f} s, max {max(seconds):5.1f} s"


if __name__ == "__main__":
    main()
