"""An execution is paid for once: replies that are lost, runs that are paused (F5, F6 of the fault list)."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from collections.abc import Callable

import pytest

from astra_pipeline.batches.failures import Subject
from astra_pipeline.conversations import insights
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES, INSIGHTS, LEASES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline, start_pipeline

_CONVERSATIONS = 40


def until(reached: Callable[[], bool], *, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.05)


def talks(world: World) -> list[str]:
    world.join("user_asha")
    return [
        world.talk("user_asha", f"I worry about exam number {number}.", ended_at=recently(minutes=5 + number))
        for number in range(_CONVERSATIONS)
    ]


def make_due(world: World) -> None:
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": dt.datetime.now(dt.UTC), "parked_at": None}})


def test_a_run_that_chose_what_another_has_done_since_pays_for_nothing(
    world: World, runner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "I worry about my exam.", ended_at=recently(minutes=5))
    run_pipeline()
    assert world.db[LEASES].count_documents({}) == 0, "the other run has given everything back"
    subject = Subject(talk, conversation_id=talk, user_id="user_asha")

    async def chosen_before(db: object, scope: object) -> list[Subject]:
        return [subject]

    monkeypatch.setattr(insights, "without_insights", chosen_before)
    run_pipeline()
    assert world.paid([talk]) == [1]
    run_pipeline(config={"force": True})
    assert world.paid([talk]) == [2], "who asks for it anew pays anew"


def test_replies_that_are_lost_cost_nothing_twice_and_soon_stop_the_asking(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ASTRA_HTTP_TIMEOUT_SECONDS": "1",
        "ASTRA_HTTP_ATTEMPTS": "1",
        "ASTRA_LLM_CONCURRENCY": "4",
    }.items():
        environment.setenv(name, value)
    forget_settings()
    ids = talks(world)
    world.sandbox.configure(llm_seconds=0.5)
    run = start_pipeline()
    until(lambda: sum(world.paid(ids)) >= 4)
    # From now on Julep does what it is asked, and nobody hears of it.
    world.sandbox.configure(
        faults=[{"service": "julep", "rate": 1.0, "kinds": ["timeout"], "timeout_seconds": 3.0}]
    )
    run.wait(timeout=240)
    unheard = world.paid(ids)
    assert max(unheard) <= 1
    assert sum(unheard) <= _CONVERSATIONS / 2, "after a few creations in the dark no more are tried"
    world.sandbox.configure(faults=[], llm_seconds=0.05)
    make_due(world)
    run_pipeline()
    assert world.paid(ids) == [1] * _CONVERSATIONS
    assert world.db[INSIGHTS].count_documents({}) == _CONVERSATIONS


def test_a_run_paused_for_longer_than_its_lease_pays_for_nothing_another_run_took_over(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    for name, value in {"ASTRA_LEASE_SECONDS": "3", "ASTRA_LLM_CONCURRENCY": "2"}.items():
        environment.setenv(name, value)
    forget_settings()
    ids = talks(world)
    world.sandbox.configure(llm_seconds=0.3)
    paused = start_pipeline()
    until(lambda: sum(world.paid(ids)) >= 8)
    os.kill(paused.pid, signal.SIGSTOP)
    time.sleep(4)
    world.sandbox.configure(llm_seconds=0.02)
    environment.setenv("ASTRA_LLM_CONCURRENCY", "20")
    forget_settings()
    run_pipeline()
    os.kill(paused.pid, signal.SIGCONT)
    paused.wait(timeout=120)
    assert world.paid(ids) == [1] * _CONVERSATIONS
    assert world.db[INSIGHTS].count_documents({"folded_at": {"$ne": None}}) == _CONVERSATIONS
    assert world.overview("user_asha")["gamification"]["total_conversations"] == _CONVERSATIONS
    assert world.db[LEASES].count_documents({"executions": {"$gt": {}}}) == 0
