"""The API and MongoDB are killed while calls are told of: after the restart every call is an overview, once."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest

from astra_pipeline.api.webhooks import PATH as WEBHOOK
from astra_pipeline.cli.stack import free_port
from astra_pipeline.conversations.reconcile import reconcile
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.sandbox.process import Control
from astra_pipeline.settings import forget_settings
from astra_pipeline.store import clock
from astra_pipeline.store.client import forget_clients
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, TASK_REQUESTS
from astra_pipeline_tests.api.doors import SERVICE
from astra_pipeline_tests.api.test_server import serving_at
from astra_pipeline_tests.calls import SECRET, new_id, on_db, opened, stored
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.conversations.test_three_ways import began, called, work_off
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.requests import asking

CALLS = 36
_SECONDS = 300


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mongod]:
    """A mongod of the test's own, always at the same address."""
    with Mongod(tmp_path / "mongod", free_port(), cache_gb=0.25) as server:
        yield server


@pytest.fixture
def struck(server: Mongod, api_environment: pytest.MonkeyPatch, sandbox: Control) -> World:
    """The world over that mongod."""
    api_environment.setenv("MONGODB_URI", server.uri)
    api_environment.setenv("ASTRA_WEBHOOK_AGENT_IDS", f"agent_{new_id()}")
    api_environment.setenv("ELEVENLABS_WEBHOOK_SECRETS", SECRET)
    forget_settings()
    forget_clients()
    return World(MongoResource().db, sandbox)


def until_taken(tell: Callable[[], int]) -> None:
    """Tell again and again until somebody says 2xx, as ElevenLabs and a patient app do."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            status = tell()
        except httpx.TransportError:
            status = 0
        if 200 <= status < 300:
            return
        assert status in (0, 503), status
        assert time.monotonic() < deadline, "the API did not come back"
        time.sleep(0.2)


@pytest.mark.slow
def test_calls_told_while_the_api_and_mongodb_are_killed_are_processed_once(
    struck: World, server: Mongod, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    ends = {}
    for number in range(CALLS):
        user_id, end = f"user_{number:02d}", recently(days=3, minutes=number).replace(microsecond=0)
        struck.join(user_id)
        key = opened(struck, user_id, started_at=began(end))
        called(struck, key, end)
        ends[key] = (user_id, end)
    keys = list(ends)
    by_app, by_webhook, by_nobody = keys[::3], keys[1::3], keys[2::3]
    port, told = free_port(), []

    def post(key: str) -> int:
        body = {"conversation_id": key, "user_id": ends[key][0]}
        url = f"http://127.0.0.1:{port}/api/tasks/transcript"
        return httpx.post(url, json=body, headers=SERVICE, timeout=30).status_code

    def tell(those: list[str], way: Callable[[str], int]) -> None:
        for key in those:
            until_taken(lambda: way(key))  # noqa: B023  (called at once)
            told.append(key)
            time.sleep(0.3)

    struck.sandbox.set_webhook(f"http://127.0.0.1:{port}{WEBHOOK}", SECRET)
    deliver: Callable[[str], int] = lambda key: struck.sandbox.deliver(key)[-1]  # noqa: E731
    tellers = [threading.Thread(target=tell, args=args) for args in ((by_app, post), (by_webhook, deliver))]
    try:
        with serving_at(port, tmp_path) as first:
            for teller in tellers:
                teller.start()
            wait_for(lambda: len(told) >= CALLS // 6)
            first.process.kill()
        with serving_at(port, tmp_path):
            before = len(told)
            wait_for(lambda: len(told) >= before + 3)
            server.kill()
            time.sleep(2)
            server.start()
            for teller in tellers:
                teller.join(_SECONDS)
    finally:
        struck.sandbox.delete_webhook()
    assert sorted(told) == sorted([*by_app, *by_webhook])

    forget_clients()
    world = World(MongoResource().db, struck.sandbox)
    work_everything_off(instance)
    assert set(by_nobody) <= set(world.db[CONVERSATIONS].distinct("conversation_id", {"status": "completed"}))
    for key, (user_id, end) in ends.items():
        assert_is_done_once(world, key, user_id, end)
    assert world.db[INSIGHTS].count_documents({}) == CALLS
    outcomes: list[dict[str, Any]] = list(world.db[TASK_REQUESTS].find())
    assert {request["status"] for request in outcomes} == {"succeeded"}
    assert {request["conversation_id"] for request in outcomes} == set(by_app)


def work_everything_off(instance: dg.DagsterInstance) -> None:
    on_db(lambda db: reconcile(db, None, now=clock.now()))
    for request in asking.tick(instance):
        assert asking.launch(instance, request).success
    work_off(instance)
    asking.tick(instance)


def assert_is_done_once(world: World, key: str, user_id: str, end: dt.datetime) -> None:
    document = stored(world, key)
    assert (document["status"], document["ended_at"]) == ("completed", end)
    assert document["metadata"]["transcript_processed"] is True
    (entry,) = world.overview(user_id)["recent_conversations"]
    assert (entry["conversation_id"], entry["date"]) == (key, end)
    assert world.executions(key) == 1


def wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
