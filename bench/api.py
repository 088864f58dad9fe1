"""The API under load: 10,000 GETs over 50 connections and 1,000 webhooks, beside a bare route in the same run.

Everything real: uvicorn, MongoDB, the rates of production, ElevenLabs' signatures, sessions of signed-in people who
ask for five things at once. The bare route (`bench/bare_route.py`) is Starlette with one indexed `find_one`. Its
rounds and the API's take turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import itertools
import json
import secrets
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import click

from astra_pipeline.cli import stack as embedded
from astra_pipeline.sandbox.process import start_child, stop_child
from astra_pipeline.store.collections import CONVERSATIONS, SESSIONS, USERS
from bench import stack

if TYPE_CHECKING:
    from pathlib import Path

    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

_SECRET, _WEBHOOK_SECRET = "a-secret-of-the-benchmark-32-long", "wsec_benchmark"
_ROUNDS = 10
_FACTOR, _SECONDS = 2.0, 1.0
_READY_SECONDS = 60.0
_PATHS = ("gamification", "chart", "horoscope", "weekly-report", "persona")


@dataclass(frozen=True)
class Ask:
    """A request, as a client sends it."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@click.command()
@click.option("--gets", default=10_000, show_default=True)
@click.option("--webhooks", default=1_000, show_default=True)
@click.option("--connections", default=50, show_default=True)
@click.option("--people", default=250, show_default=True)
def main(gets: int, webhooks: int, connections: int, people: int) -> None:
    with stack.fresh(llm_seconds=0) as (home, db, _):
        asks = _filled(db, people)
        with _server(home, "bench.bare_route") as bare, _api(home) as api:
            took = asyncio.run(_measured(bare, api, asks, gets, webhooks, connections))
        closed = db[CONVERSATIONS].count_documents({"status": "completed"})
        plan = _plan(db)
    click.echo(f"{gets} GETs over {connections} connections, {people} people signed in, milliseconds:")
    for name, seconds in took.items():
        click.echo(f"  {name:32} {_quantiles(seconds)}   {len(seconds):6} requests")
    one, other = _p95(took["GET gamification"]), _p95(took["bare find_one"])
    click.echo(f"p95 of GET gamification is {one / other:.2f} times that of the bare route (at most {_FACTOR:g})")
    click.echo(f"webhooks: {closed} of {webhooks} conversations closed")
    click.echo(f"look-up of a session: {plan}")
    kept = (
        one <= _FACTOR * other
        and max(_p95(seconds) for seconds in took.values()) <= _SECONDS
        and closed == webhooks
        and plan.startswith("IXSCAN")
    )
    click.echo("PASS" if kept else "FAIL")
    sys.exit(not kept)


async def _measured(
    bare: str, api: str, cookies: Sequence[tuple[str, str]], gets: int, webhooks: int, connections: int
) -> dict[str, list[float]]:
    """Name -> the seconds of each request, in rounds that take turns."""
    took: dict[str, list[float]] = {"bare find_one": [], "GET gamification": []}
    # A page that opens asks for five things.
    people = itertools.chain.from_iterable(itertools.repeat(one, len(_PATHS)) for one in itertools.cycle(cookies))

    def plain(user_id: str, cookie: str) -> Ask:
        return Ask(f"{bare}/person?user_id={user_id}", {"Cookie": cookie})

    def get(path: str) -> Callable[[str, str], Ask]:
        return lambda _, cookie: Ask(f"{api}/api/tasks/{path}", {"Cookie": cookie})

    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(connector=connector) as client:
        # Caches, connections and code are warm in both before anything is counted.
        for ask in (plain, get("gamification")):
            await _all(client, [ask(*next(people)) for _ in range(2 * connections)], connections)
        for _ in range(_ROUNDS):
            for name, ask in (("bare find_one", plain), ("GET gamification", get("gamification"))):
                asked = [ask(*next(people)) for _ in range(gets // _ROUNDS)]
                took[name] += await _all(client, asked, connections)
        for path in _PATHS[1:]:
            asked = [get(path)(*next(people)) for _ in range(gets // _ROUNDS)]
            took[f"GET {path}"] = await _all(client, asked, connections)
        events = [_webhook(api, next(people)[0], number) for number in range(webhooks)]
        took["POST post-call webhook"] = await _all(client, events, connections)
    return took


async def _all(client: aiohttp.ClientSession, asks: Sequence[Ask], connections: int) -> list[float]:
    """The seconds that each of the requests took, `connections` of them in flight."""
    waiting, took = iter(asks), []

    async def work() -> None:
        for ask in waiting:
            began = time.perf_counter()
            method = "GET" if ask.body is None else "POST"
            async with client.request(method, ask.url, headers=ask.headers, data=ask.body) as answer:
                await answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200:
                raise click.ClickException(f"{answer.status} from {ask.url.partition('?')[0]}")

    await asyncio.gather(*(work() for _ in range(connections)))
    return took


def _filled(db: Db, count: int) -> list[tuple[str, str]]:
    """People with all that the routes read, signed in; (id, cookie) of each."""
    _, ids = stack.charted(db, count)
    now = dt.datetime.now(dt.UTC)
    text = "Mercury favours plain words today. " * 20
    latest = {
        "date": str(now.date()),
        "content": text,
        "sun_sign": "Leo",
        "moon_sign": "Aries",
        "generated_at": now,
    }
    report = {"week_start": "2026-11-23", "week_end": "2026-11-29", "content": text, "stats": {"conversations": 3}}
    metrics = {"streak_days": 3, "best_streak": 9, "total_conversations": 41, "topics_explored": ["career"] * 8}
    overview = {
        "gamification": metrics | {"milestones_unlocked": ["first_conversation"], "last_conversation_date": now},
        "latest_horoscope": latest,
        "latest_weekly_report": report,
        "weekly_reports": [report] * 4,
        "recent_conversations": [{"conversation_id": f"conv_{n}", "summary": text, "date": now} for n in range(10)],
    }
    db[USERS].update_many({}, {"$set": {f"user_overview.{path}": value for path, value in overview.items()}})
    cookies, sessions = [], []
    for user in db[USERS].find({"id": {"$in": ids}}, {"id": 1}):
        token = secrets.token_hex(16)
        sessions.append({"token": token, "userId": user["_id"], "expiresAt": now + dt.timedelta(days=7)})
        signature = base64.b64encode(hmac.digest(_SECRET.encode(), token.encode(), hashlib.sha256)).decode()
        cookies.append((user["id"], "better-auth.session_token=" + quote(f"{token}.{signature}", safe="")))
    db[SESSIONS].insert_many(sessions)
    return cookies


def _webhook(api: str, user_id: str, number: int) -> Ask:
    """A call's end, as ElevenLabs tells it: ten turns of talk."""
    turns = [
        {
            "role": ("user", "agent")[turn % 2],
            "message": "Will the new job suit me? " * 8,
            "time_in_call_secs": turn,
        }
        for turn in range(10)
    ]
    sent_at = int(time.time())
    data = {
        "agent_id": "agent_bench",
        "conversation_id": f"conv_webhook_{number}",
        "user_id": user_id,
        "status": "done",
        "transcript": turns,
        "metadata": {"start_time_unix_secs": sent_at - 300, "call_duration_secs": 290},
    }
    body = json.dumps({"type": "post_call_transcription", "event_timestamp": sent_at, "data": data}).encode()
    signature = hmac.digest(_WEBHOOK_SECRET.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hex()
    headers = {"ElevenLabs-Signature": f"t={sent_at},v0={signature}", "Content-Type": "application/json"}
    return Ask(f"{api}/webhooks/elevenlabs/post-call", headers, body)


@contextmanager
def _api(home: Path) -> Iterator[str]:
    """The API as `astra serve` starts it, with the rates of production: nobody here asks for more."""
    variables = {
        "BETTER_AUTH_SECRET": _SECRET,
        "ELEVENLABS_WEBHOOK_SECRETS": _WEBHOOK_SECRET,
        "ASTRA_LOG_FORMAT": "json",
    }
    with embedded.environment(**variables), _server(home, "astra_pipeline", "serve", "--port") as base:
        yield base


@contextmanager
def _server(home: Path, module: str, *arguments: str) -> Iterator[str]:
    """The module as a server on a free port, until the block ends; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (home / f"{module}.log").open("wb")
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments, str(port)]
    child = start_child(command, stdout=log, stderr=log)
    try:
        until = time.monotonic() + _READY_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if child.poll() is not None or time.monotonic() > until:
                raise click.ClickException((home / f"{module}.log").read_text(errors="replace")[-2_000:])
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop_child(child)
        log.close()


def _plan(db: Db) -> str:
    """The way in which MongoDB looks up a session by its token."""
    plan = db[SESSIONS].find({"token": "a-token"}).explain()["queryPlanner"]["winningPlan"]
    inner = plan.get("inputStage", plan)
    return f"{inner['stage']} {inner.get('indexName', '')}"


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[94]


def _quantiles(seconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return "   ".join(f"p{share} {cuts[share - 1] * 1000:7.1f}" for share in (50, 95, 99))


if __name__ == "__main__":
    main()
