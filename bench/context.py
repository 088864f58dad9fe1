"""The context of a call, and the tick of `persona_due`, beside 1,000, 10,000 and 100,000 people with a past.

At each size the initiation webhook is asked for 500 callers, one after the other, through the application (no
network), beside a bare indexed read of the same person. The same 50 people of one cohort have a persona that is due
at each size. Everybody else grows: people, and insights of theirs. It passes when the webhook's p95 is under
50 ms and neither grows with the size by more than a factor of two (5 ms count as nothing).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import httpx
import structlog

from astra_pipeline.api.app import create_app
from astra_pipeline.api.initiation import HEADER, PATH
from astra_pipeline.cli import stack as embedded
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personas.due import due_by_cohort
from astra_pipeline.settings import settings
from astra_pipeline.store.client import make_indexes
from astra_pipeline.store.collections import INSIGHTS, USERS
from bench import stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_SECRET = "a-secret-of-the-bench"
_CALLS, _TICKS, _DUE = 500, 15, 50
_AT_ONCE = 2_000
_INSIGHTS_EACH = 3
_MOST_SECONDS, _FLAT, _FLOOR_SECONDS = 0.050, 2.0, 0.005


@dataclass(frozen=True)
class Cost:
    """Seconds at one size."""

    bare: float
    call_p50: float
    call_p95: float
    tick: float
    bytes: int


@click.command()
@click.option("--sizes", default="1000,10000,100000", show_default=True, help="People.")
@click.option(
    "--cpu", is_flag=True, help="Count seconds of this process's processor, on a machine that does other work."
)
def main(sizes: str, cpu: bool) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    clock = time.process_time if cpu else time.perf_counter
    counts = [int(size) for size in sizes.split(",")]
    with (
        stack.fresh(llm_seconds=0.1) as (_, db, _control),
        embedded.environment(ASTRA_INITIATION_SECRETS=_SECRET, ASTRA_API_TOKENS=_SECRET),
    ):
        make_indexes(settings().required("MONGODB_URI"), settings().mongodb_db)
        costs: dict[int, Cost] = {}
        made = 0
        for size in counts:
            began = time.monotonic()
            _grow(db, made, size)
            made = size
            click.echo(f"{size} people: made in {time.monotonic() - began:.0f} s", err=True)
            costs[size] = asyncio.run(_measure(size, clock))
    sys.exit(not _tell(costs))


def _grow(db: Database[dict[str, Any]], since: int, until: int) -> None:
    for first in range(since, until, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, until))
        db[USERS].insert_many([_person(number) for number in numbers])
        db[INSIGHTS].insert_many(
            [_insights(number, talk) for number in numbers for talk in range(_INSIGHTS_EACH)], ordered=False
        )


def _person(number: int) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    talks = [
        {
            "conversation_id": f"conv_{number}_{talk}",
            "date": now - dt.timedelta(days=talk),
            "topics": ["Career", "Family"],
            "summary": "They spoke of work, of a move to another town, and of what the family says. " * 3,
            "key_insights": ["They want to be asked, not told."] * 4,
            "questions_asked": ["When will it change?"] * 4,
            "follow_up_actions": ["Write the letter"],
        }
        for talk in range(10)
    ]
    person: dict[str, Any] = {
        "id": f"user_{number:06}",
        "name": "Asha Rao",
        "timezone": stack.ZONE,
        "user_overview": {
            "profile_summary": "A teacher who likes plain answers.",
            "first_message": "Hello {{user_name}}. How did the class go?",
            "preferences": {"hinglish_level": 20},
            "gamification": {"streak_days": 4, "last_conversation_date": now, "total_conversations": 40},
            "recent_conversations": talks,
            "insights": [{"type": "work", "content": "They like their work. " * 4}] * 100,
            "latest_horoscope": {"date": now.date().isoformat(), "content": "The Moon is with you today. " * 20},
        },
        "astra": {"cohort": f"asia-kolkata-{number // 1000:03}", "phone_numbers": [_number(number)]},
    }
    if number < _DUE:
        person["astra"]["persona_due"] = True
    return person


def _number(number: int) -> str:
    return f"+9198{number:08}"


def _insights(number: int, talk: int) -> dict[str, Any]:
    ended = dt.datetime.now(dt.UTC) - dt.timedelta(days=talk)
    output = {"topics": ["Career"], "summary": "They spoke of work."}
    return {
        "_id": f"conv_{number}_{talk}",
        "user_id": f"user_{number:06}",
        "ended_at": ended,
        "output": output,
        "folded_at": ended,
    }


async def _measure(size: int, clock: Callable[[], float]) -> Cost:
    app = create_app(settings())
    chance = random.Random(size)
    callers = [chance.randrange(size) for _ in range(_CALLS)]
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://bench", headers={HEADER: _SECRET}) as client,
        MongoResource().connect() as db,
    ):
        bare, calls, sizes = [], [], []
        for number in [callers[0], *callers]:  # the first one warms up
            began = clock()
            await db[USERS].find_one({"id": f"user_{number:06}"}, {"_id": 1})
            bare.append(clock() - began)
            began = clock()
            answer = await client.post(PATH, json={"caller_id": _number(number)})
            calls.append(clock() - began)
            assert answer.json()["user_id"] == f"user_{number:06}"
            sizes.append(len(answer.content))
        ticks = []
        for _ in range(_TICKS):
            began = clock()
            due = await due_by_cohort(db, now=dt.datetime.now(dt.UTC))
            ticks.append(clock() - began)
            assert sum(map(len, due.values())) == _DUE
    return Cost(
        bare=statistics.median(bare[1:]),
        call_p50=statistics.median(calls[1:]),
        call_p95=statistics.quantiles(calls[1:], n=20)[-1],
        tick=statistics.median(ticks),
        bytes=max(sizes),
    )


def _tell(costs: dict[int, Cost]) -> bool:
    """Print the figures; whether what was promised is kept."""
    click.echo(f"{'people':>8}  {'bare read':>9}  {'call p50':>8}  {'call p95':>8}  {'tick':>8}  answer")
    for size, cost in costs.items():
        columns = (f"{seconds * 1000:6.1f}ms" for seconds in (cost.bare, cost.call_p50, cost.call_p95, cost.tick))
        click.echo(f"{size:>8}  " + "  ".join(columns) + f"  {cost.bytes} bytes")
    first, last = costs[min(costs)], costs[max(costs)]
    ratios = {
        "call p95": max(last.call_p95, _FLOOR_SECONDS) / max(first.call_p95, _FLOOR_SECONDS),
        "tick": max(last.tick, _FLOOR_SECONDS) / max(first.tick, _FLOOR_SECONDS),
    }
    click.echo("largest against smallest: " + ", ".join(f"{name} x{ratio:.2f}" for name, ratio in ratios.items()))
    kept = last.call_p95 <= _MOST_SECONDS and max(ratios.values()) <= _FLAT
    click.echo(f"p95 under {_MOST_SECONDS * 1000:.0f} ms, and flat: {'yes' if kept else 'NO'}")
    return kept


if __name__ == "__main__":
    main()
