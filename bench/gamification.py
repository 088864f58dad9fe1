"""The metrics of everybody at once, beside what mongod itself needs for the same reading and writing.

The baseline is what no implementation can do without: a client reads `user_id` and `ended_at` of every completed
conversation through a cursor, and bulk-updates every user with a gamification document of the same content as
ours. Ours is `metrics.refresh` over the same users. Both run twice, in turn, on the same server, from the same
state: users who have no gamification yet, so that every user is written in every round.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
import psutil
from pymongo import MongoClient, UpdateOne, monitoring
from pymongo.synchronous.database import Database

from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.gamification import write as metrics
from astra_pipeline.gamification.rules import CHART_FIELDS
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, USERS
from astra_pipeline.store.indexes import ensure_indexes

Db = Database[dict[str, Any]]

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
LIMIT = 2.0
_SEED = 20261123
_ROUNDS = 2
_INSERTED_AT_ONCE = 20_000
_UPDATED_AT_ONCE = 20_000
_GAMIFICATION = "user_overview.gamification"
_ZONES = (
    *("Asia/Kolkata",) * 8,
    *("America/New_York", "America/Los_Angeles", "Europe/London", "Asia/Dubai", "Asia/Singapore"),
    *("Australia/Sydney", "Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland", "America/Sao_Paulo"),
)
# One in so many people made a third of their calls from elsewhere; all other calls report the person's own zone.
_TRAVELLERS, _AWAY = 25, "America/Chicago"
_TOPICS = (
    *("career", "love", "family", "health", "money", "travel", "marriage", "studies", "friendship", "moving"),
    *("exams", "sleep", "music", "parents", "startups", "meditation", "dating", "visa", "siblings", "gym"),
)


@dataclass
class Measured:
    """One timed run, in seconds. `parts` is how long its commands took until their answers were decoded, and "this
    process": its processor time, decoding included. Ours has two commands underway, so its parts overlap."""

    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    """The rise of the process's resident memory above what it held before."""

    def line(self) -> str:
        longest = sorted(self.parts.items(), key=lambda part: -part[1])
        return f"{self.seconds:6.1f} s   (" + ", ".join(f"{n} {s:.1f}" for n, s in longest if s >= 0.05) + ")"


class _Waits(monitoring.CommandListener):
    """Adds up how long the client waited, per command and collection."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._names: dict[int, str] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        command = event.command_name
        collection = event.command.get("collection" if command == "getMore" else command)
        verb = {"find": "read", "getMore": "read", "aggregate": "read"}.get(command, command)
        self._names[event.request_id] = f"{verb} {collection}"

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self.seconds[self._names.pop(event.request_id)] += event.duration_micros / 1e6

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._names.pop(event.request_id, None)


@contextmanager
def _measured(waits: _Waits) -> Iterator[Measured]:
    measured = Measured()
    process, over = psutil.Process(), threading.Event()
    held = highest = process.memory_info().rss

    def watch() -> None:
        nonlocal highest
        while not over.wait(0.02):
            highest = max(highest, process.memory_info().rss)

    watcher = threading.Thread(target=watch, daemon=True)
    waits.seconds.clear()
    watcher.start()
    began, worked = time.perf_counter(), time.process_time()
    try:
        yield measured
    finally:
        measured.seconds = time.perf_counter() - began
        waits.seconds["this process"] = time.process_time() - worked
        over.set()
        watcher.join()
        measured.parts = dict(waits.seconds)
        measured.peak_mb = (highest - held) / 2**20


def generate(db: Db, users: int, conversations: int) -> None:
    """The same documents at every run: people in 11 zones, some of whom travel, their conversations of up to some
    years in the order in which they ended, and the insights of each, of which two in three name topics."""
    rng = np.random.default_rng(_SEED)
    homes: list[str | None] = []
    for start in range(0, users, _INSERTED_AT_ONCE):
        people = [_person(number, rng) for number in range(start, min(start + _INSERTED_AT_ONCE, users))]
        homes += [person.get("timezone") for person in people]
        db[USERS].insert_many(people, ordered=False)

    appetite = rng.exponential(size=users) + 0.1
    counts = rng.multinomial(conversations, appetite / appetite.sum())
    who = np.repeat(np.arange(users), counts)
    # Backwards from now: most talk again the next day, some the same day, some after a pause.
    pauses = rng.choice([0, 1, 1, 1, 1, 2, 5, 20], size=conversations)
    days_ago = np.cumsum(pauses)
    firsts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    days_ago -= np.repeat(days_ago[np.minimum(firsts, conversations - 1)], counts)
    milliseconds = days_ago * 86_400_000 + rng.integers(0, 86_400_000, size=conversations)
    order = np.argsort(-milliseconds, kind="stable")
    who, milliseconds = who[order], milliseconds[order]

    template = TranscriptInsights(
        summary="They talked about the week behind them, what Saturn asks of them, and what to try next.",
        topics=[],
        emotional_tone="hopeful",
        key_insights=["Wants a calmer morning.", "Is waiting for an answer about work."],
        questions_asked=["When will things move?"],
    ).model_dump()
    for start in range(0, conversations, _INSERTED_AT_ONCE):
        part = slice(start, start + _INSERTED_AT_ONCE)
        size = len(who[part])
        named = rng.integers(0, len(_TOPICS), size=(size, 3)).tolist()
        how_many = rng.choice([0, 1, 3], size=size).tolist()
        talks, insights = [], []
        for place, (person, ago) in enumerate(zip(who[part].tolist(), milliseconds[part].tolist(), strict=True)):
            end = NOW - dt.timedelta(milliseconds=ago)
            topics = list(dict.fromkeys(_TOPICS[topic] for topic in named[place][: how_many[place]]))
            talk = _conversation(start + place, person, end, template["summary"])
            talks.append(talk)
            zone = _AWAY if person % _TRAVELLERS == 0 and place % 3 == 0 else homes[person]
            insights.append(_insight(talk, template | {"topics": topics}, zone))
        db[CONVERSATIONS].insert_many(talks, ordered=False)
        db[INSIGHTS].insert_many(insights, ordered=False)
    ensure_indexes(db)


def _person(number: int, rng: np.random.Generator) -> dict[str, Any]:
    joined = NOW - dt.timedelta(days=int(rng.integers(30, 600)))
    zone = _ZONES[int(rng.integers(len(_ZONES)))]
    person: dict[str, Any] = {
        "id": f"user_{number:06d}",
        "name": f"Person {number}",
        "email": f"person{number}@example.com",
        "createdAt": joined,
        "updatedAt": joined,
        "julep_project": "astra",
        "user_overview": {
            "profile_summary": "Curious, warm, in the middle of a change of work; asks about timing and family.",
            "preferences": {
                "communication_style": "casual",
                "hinglish_level": 40,
                "topics_of_interest": ["career"],
            },
        },
    }
    if number % 10:
        person["timezone"] = zone
    given = dict(zip(CHART_FIELDS, (dt.datetime(1999, 4, 2, tzinfo=dt.UTC), "07:40", "Pune", zone), strict=True))
    for name in CHART_FIELDS[: number % 5]:
        person[name] = given[name]
    return person


def _conversation(number: int, person: int, end: dt.datetime, summary: str) -> dict[str, Any]:
    return {
        "conversation_id": f"conv_{number:07d}",
        "user_id": f"user_{person:06d}",
        "agent_id": "agent_astra",
        "status": "completed",
        "started_at": end - dt.timedelta(minutes=6),
        "ended_at": end,
        "duration_ms": 360_000,
        "updated_at": end,
        "metadata": {"transcript_processed": True, "conversation_summary": summary},
    }


def _insight(talk: dict[str, Any], output: dict[str, Any], zone: str | None) -> dict[str, Any]:
    return {
        "_id": talk["conversation_id"],
        "user_id": talk["user_id"],
        "ended_at": talk["ended_at"],
        "empty": False,
        "timezone": zone,
        "output": output,
        "task_id": "c0ffee00-0000-5000-8000-000000000000",
        "folded_at": NOW,
        "created_at": NOW,
        "run_id": "bench",
    }


def forget_metrics(db: Db) -> None:
    """Every user as before the first computation."""
    db[USERS].update_many({_GAMIFICATION: {"$exists": True}}, {"$unset": {_GAMIFICATION: ""}})


def scan(db: Db) -> int:
    """Reads `user_id` and `ended_at` of all completed conversations; returns how many."""
    # In natural order: the server would choose an index on `status` otherwise, which takes it longer.
    cursor = db[CONVERSATIONS].find(
        {"status": "completed"}, {"_id": 0, "user_id": 1, "ended_at": 1}, batch_size=100_000
    )
    return sum(1 for _ in cursor.hint([("$natural", 1)]))


def write(db: Db, updates: Sequence[UpdateOne]) -> None:
    for start in range(0, len(updates), _UPDATED_AT_ONCE):
        db[USERS].bulk_write(updates[start : start + _UPDATED_AT_ONCE], ordered=False)


def updates_as_ours(db: Db, user_ids: Sequence[str]) -> list[UpdateOne]:
    """The state that our last run left in the users, as the plainest updates that would have done the same."""
    updates = []
    for chunk in chunks(user_ids):
        for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, _GAMIFICATION: 1}):
            stored = user["user_overview"]["gamification"]
            updates.append(UpdateOne({"id": user["id"]}, {"$set": {_GAMIFICATION: stored}}))
    return updates


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--users", type=click.IntRange(min=1), default=100_000, show_default=True)
@click.option("--conversations", type=click.IntRange(min=1), default=1_000_000, show_default=True)
def main(users: int, conversations: int) -> None:
    """Measure the metrics of everybody against mongod's own time."""
    with tempfile.TemporaryDirectory(prefix="astra-bench-") as folder, Mongod(Path(folder), cache_gb=2.0) as server:
        waits = _Waits()
        with MongoClient[dict[str, Any]](server.uri, tz_aware=True, event_listeners=[waits]) as client:
            db = client["astra_bench"]
            began = time.perf_counter()
            print(f"Generating {users:,} users with {conversations:,} conversations and their insights ...")
            generate(db, users, conversations)
            print(f"  done in {time.perf_counter() - began:.0f} s\n")
            passed = compare(db, waits, users, conversations)
    sys.exit(0 if passed else 1)


def compare(db: Db, waits: _Waits, users: int, conversations: int) -> bool:
    """Prints both sides, part by part; True when ours stays within LIMIT times the baseline."""
    user_ids = [f"user_{number:06d}" for number in range(users)]
    baseline: list[Measured] = []
    ours: list[Measured] = []
    for number in range(1, _ROUNDS + 1):
        forget_metrics(db)
        with _measured(waits) as measured:
            result, _ = metrics.refresh_users(db, user_ids, now=NOW)
        ours.append(measured)
        if len(result.done) != users:
            raise click.ClickException(
                f"{users - len(result.done)} users were not written: {result.skip_reasons()}"
            )
        print(f"round {number}  ours      {measured.line()}")
        print(f"{'':19}memory: {measured.peak_mb:.0f} MB at most, above what the process held before")

        updates = updates_as_ours(db, user_ids)
        forget_metrics(db)
        with _measured(waits) as measured:
            scanned = scan(db)
            write(db, updates)
        baseline.append(measured)
        if scanned != conversations:
            raise click.ClickException(f"{scanned} conversations scanned, want {conversations}")
        print(f"round {number}  baseline  {measured.line()}")
        if number < _ROUNDS:
            del updates

    with _measured(waits) as again:
        result, _ = metrics.refresh_users(db, user_ids, now=NOW + dt.timedelta(minutes=1))
    print(f"\nours once more, nothing new: {len(result.done):,} users written")
    print(f"{'':19}{again.line()}\n")

    times = {
        name: [measured.seconds for measured in side] for name, side in (("baseline", baseline), ("ours", ours))
    }
    print(f"{'':10}{'median':>10}{'best':>10}")
    for name, seconds in times.items():
        print(f"{name:10}{statistics.median(seconds):8.1f} s{min(seconds):8.1f} s")
    ratio = statistics.median(times["ours"]) / statistics.median(times["baseline"])
    best = min(times["ours"]) / min(times["baseline"])
    print(f"{'ratio':10}{ratio:10.2f}{best:10.2f}\n")
    passed = ratio <= LIMIT
    print(f"{'PASS' if passed else 'FAIL'}: {ratio:.2f} times mongod's own time (median), want at most {LIMIT:.1f}")
    return passed


if __name__ == "__main__":
    main()
