"""The price of looking: scrapes beside a run, and a scrape beside many people.

It prints the time of a scrape at 1,000 and at PEOPLE people (the first one, which reads everything, and later
ones), and the share that scraping every 15 s has of the CPU of a run over conversations in the same seconds.
"""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import psutil
from pymongo import MongoClient

from astra_pipeline.cli.stack import environment
from astra_pipeline.monitoring.exposition import Exposition
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.settings import settings
from astra_pipeline.store.client import make_indexes

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

_SCRAPES = 20
_EVERY_SECONDS = 15.0
_CHUNK = 5_000
_ALLOWED_MS, _ALLOWED_SHARE = 300.0, 0.01


@click.command()
@click.option("--people", default=200_000, show_default=True)
@click.option("--conversations", default=2_000, show_default=True, help="Of the run beside which is scraped.")
def main(people: int, conversations: int) -> None:
    """Measure, print, and exit with 1 when a scrape is slower or costs more than it may."""
    cost = scraped_beside_a_run(conversations)
    with tempfile.TemporaryDirectory() as home, Mongod(Path(home), cache_gb=0.5) as mongod:
        found = {size: scrape_times(mongod.uri, size) for size in (1_000, people)}
    for size, (first, later) in found.items():
        p95 = statistics.quantiles(later, n=20)[-1]
        told = f"p50 {statistics.median(later):5.1f}, p95 {p95:5.1f} ms"
        click.echo(f"{size:>8} people: first scrape {first:6.0f} ms, later {told}")
    p95 = {size: statistics.quantiles(later, n=20)[-1] for size, (_, later) in found.items()}
    click.echo(
        f"p95 at {people} people to that at 1,000: {p95[people] / p95[1_000]:.1f}; allowed {_ALLOWED_MS:.0f} ms"
    )
    share = f"{cost:.2%} of the CPU of the run; allowed {_ALLOWED_SHARE:.0%}"
    click.echo(f"scraping every {_EVERY_SECONDS:.0f} s takes {share}")
    sys.exit(p95[people] > _ALLOWED_MS or cost > _ALLOWED_SHARE)


def scrape_times(uri: str, people: int) -> tuple[float, list[float]]:
    """(milliseconds of the first scrape, of later ones) beside so many people with a chart and two conversations.

    Later scrapes read everything anew that is older than its age: so each one is of a process that was quiet.
    """
    with environment(MONGODB_URI=uri, MONGODB_DB=f"people_{people}"), MongoClient(uri, tz_aware=True) as client:
        make_indexes(uri, settings().mongodb_db)
        db = client[settings().mongodb_db]
        _fill(db, people)
        exposition = Exposition(lambda: db)
        first = _timed(exposition)
        later = []
        for _ in range(_SCRAPES):
            _let_age(exposition)
            later.append(_timed(exposition))
        return first, later


def _timed(exposition: Exposition) -> float:
    began = time.perf_counter()
    exposition.render()
    return (time.perf_counter() - began) * 1000


def _let_age(exposition: Exposition) -> None:
    """Let 15 seconds pass for what was read: the time between two scrapes."""
    exposition.age(_EVERY_SECONDS)


def _fill(db: Db, people: int) -> None:
    now = dt.datetime.now(dt.UTC)
    today = now.date().isoformat()
    for first in range(0, people, _CHUNK):
        numbers = range(first, min(first + _CHUNK, people))
        db["user"].insert_many([_person(number, now, today) for number in numbers], ordered=False)
        calls = [_call(number, turn, now) for number in numbers for turn in (1, 2)]
        db["elevenlabs_conversations"].insert_many(calls, ordered=False)
    cohorts = range(-(-people // 1_000))
    db["astra_cohorts"].insert_many(
        [{"_id": f"asia-kolkata-{n:03}", "zone": "Asia/Kolkata", "opened": n, "members": 1_000} for n in cohorts]
    )


def _person(number: int, now: dt.datetime, today: str) -> dict[str, Any]:
    signs = {"sun_sign": "Aries", "moon_sign": "Leo"}
    chart = {"vedic": signs, "western": signs, "engine": "x", "calculated_at": now - dt.timedelta(days=2)}
    return {
        "id": f"user_{number}",
        "timezone": "Asia/Kolkata",
        "user_overview": {"birth_chart": chart, "gamification": {"streak_days": 1, "best_streak": 2}},
        "astra": {"cohort": f"asia-kolkata-{number // 1_000:03}", "horoscope_date": today},
    }


def _call(number: int, turn: int, now: dt.datetime) -> dict[str, Any]:
    return {
        "conversation_id": f"conv_{number}_{turn}",
        "user_id": f"user_{number}",
        "status": "completed",
        "ended_at": now - dt.timedelta(days=turn, seconds=number % 86_400),
        "metadata": {"transcript_processed": True},
    }


def scraped_beside_a_run(conversations: int) -> float:
    """The CPU seconds of scrapes every 15 s, by those that a run over so many conversations takes meanwhile.

    The run is `make bench-throughput`'s. A scrape costs this process, and mongod no more than that: it is counted
    twice.
    """
    words = [sys.executable, "-m", "bench.throughput", "--conversations", str(conversations), "--singly", "0"]
    beside = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    spent = 0.0
    with (
        tempfile.TemporaryDirectory() as home,
        Mongod(Path(home), cache_gb=0.25) as mongod,
        environment(MONGODB_URI=mongod.uri, MONGODB_DB="beside"),
        MongoClient(mongod.uri, tz_aware=True) as client,
    ):
        make_indexes(mongod.uri, "beside")
        exposition = Exposition(lambda: client["beside"])
        exposition.render()
        began, total = time.monotonic(), 0.0
        while beside.poll() is None:
            before = time.thread_time()
            exposition.render()
            spent += time.thread_time() - before
            total = max(total, _cpu(beside.pid))
            time.sleep(_EVERY_SECONDS)
        click.echo(f"beside a run of {time.monotonic() - began:.0f} s and {total:.1f} CPU-s")
    return 2 * spent / total if total else float("inf")


def _cpu(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    try:
        processes = [parent := psutil.Process(pid), *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


if __name__ == "__main__":
    main()
