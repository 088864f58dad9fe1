"""An execution is paid for once: replies that are lost, runs that are paused (F5, F6 of the fault list)."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import time
from collections.abc import Callable

import pytest

from astra_pipeline.batches import leases
from astra_pipeline.batches.executions import Executions
from astra_pipeline.batches.failures import Subject
from astra_pipeline.conversations import insights
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.task import TASK
from astra_pipeline.llm.julep import julep_client
from astra_pipeline.llm.runner import run_task
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.personal_data.erase import erase
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import FAILURES, INSIGHTS, LEASES
from astra_pipeline_tests.batches.llm_run import asked
from astra_pipeline_tests.conftest import LLM_SERVICE, World
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.pipeline import run_pipeline, start_pipeline

_CONVERSATIONS = 40
# More than two pages of Julep's list of executions.
_NEWER = 220


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

    async def chosen_before(db: object, scope: object, among: object) -> list[Subject]:
        return [subject]

    monkeypatch.setattr(insights, "without_insights", chosen_before)
    run_pipeline()
    assert world.paid([talk]) == [1]
    run_pipeline(config={"force": True})
    assert world.paid([talk]) == [2], "who asks for it anew pays anew"


def test_replies_that_are_lost_cost_nothing_twice_and_soon_stop_the_asking(
    world: World, runner: str, environment: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ASTRA_HTTP_TIMEOUT_SECONDS": "1",
        **({"ASTRA_LLM_TIMEOUT_SECONDS": "2"} if runner == "model" else {}),
        "ASTRA_HTTP_ATTEMPTS": "1",
        "ASTRA_LLM_CONCURRENCY": "4",
    }.items():
        environment.setenv(name, value)
    forget_settings()
    ids = talks(world)
    world.sandbox.configure(llm_seconds=0.5)
    run = start_pipeline()
    until(lambda: sum(world.paid(ids)) >= 4)
    # From now on the service does what it is asked, and nobody hears of it.
    world.sandbox.configure(
        faults=[{"service": LLM_SERVICE[runner], "rate": 1.0, "kinds": ["timeout"], "timeout_seconds": 3.0}]
    )
    run.wait(timeout=240)
    unheard = world.paid(ids)
    assert max(unheard) <= 1
    assert sum(unheard) <= _CONVERSATIONS / 2, "after a few creations in the dark no more are tried"
    world.sandbox.configure(faults=[], llm_seconds=0.05)
    make_due(world)
    stored = {one["_id"] for one in world.db[INSIGHTS].find({}, {"_id": 1})}
    run_pipeline()
    # Julep has the executions by their ids. What a model said to nobody is asked of it again, and nothing else.
    lost = sum(times for one, times in zip(ids, unheard, strict=True) if one not in stored)
    assert sum(world.paid(ids)) == _CONVERSATIONS + (lost if runner == "model" else 0)
    assert max(world.paid(ids)) <= (2 if runner == "model" else 1)
    assert world.db[INSIGHTS].count_documents({}) == _CONVERSATIONS


def test_a_run_paused_for_longer_than_its_lease_pays_for_nothing_another_run_took_over(
    world: World, runner: str, environment: pytest.MonkeyPatch
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
    assert min(world.paid(ids)) == 1
    assert sum(world.paid(ids)) <= _CONVERSATIONS + (2 if runner == "model" else 0), "but what was under way then"
    assert world.db[INSIGHTS].count_documents({"folded_at": {"$ne": None}}) == _CONVERSATIONS
    assert world.overview("user_asha")["gamification"]["total_conversations"] == _CONVERSATIONS
    assert world.db[LEASES].count_documents({"executions": {"$gt": {}}}) == 0


def test_an_answer_that_arrived_before_its_run_was_killed_is_used_by_the_next_and_not_paid_again(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    """Only answers under way at the kill are paid twice, because no provider knows an execution by its id."""
    for name, value in {
        "ASTRA_TASK_RUNNER": "model",
        "ASTRA_LEASE_SECONDS": "3",
        "ASTRA_LLM_CONCURRENCY": "8",
    }.items():
        environment.setenv(name, value)
    forget_settings()
    ids = talks(world)
    world.sandbox.configure(llm_seconds=0.4)
    killed = start_pipeline()
    until(lambda: sum(world.paid(ids)) >= _CONVERSATIONS // 2)
    killed.kill()
    killed.wait(timeout=60)
    time.sleep(1)  # the sandbox ends what it had begun
    stored = {one["_id"] for one in world.db[INSIGHTS].find({}, {"_id": 1})}
    kept = {
        lease["_id"]
        for lease in world.db[LEASES].find({"executions": {"$gt": {}}})
        if any("answer" in execution for execution in lease["executions"].values())
    }
    before = dict(zip(ids, world.paid(ids), strict=True))
    in_flight = {one for one, times in before.items() if times and one not in stored | kept}
    until(lambda: not world.db[LEASES].count_documents({"claimed_until": {"$gt": dt.datetime.now(dt.UTC)}}))
    run_pipeline()
    after = dict(zip(ids, world.paid(ids), strict=True))
    assert {one for one, times in after.items() if times > 1} == in_flight
    assert len(in_flight) <= 8
    assert max(after.values()) <= 2
    assert world.db[INSIGHTS].count_documents({}) == _CONVERSATIONS
    assert world.db[LEASES].count_documents({"executions": {"$gt": {}}}) == 0, "no answer is left lying about"


def test_an_answer_kept_by_a_dead_run_is_used_for_the_same_input_alone(world: World, runner: str) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "I worry about my exam.", ended_at=recently(minutes=5))

    async def paid(run_id: str, topics: list[str]) -> int:
        async with MongoResource().connect() as db, LlmResource().open() as llm:
            held = await leases.claim(db, [talk], run_id=run_id, seconds=60)
            given = TranscriptInput(
                conversation_id=talk,
                ended_at="2026-11-23T12:00:00+00:00",
                local_date="2026-11-23",
                transcript="user: I worry about my exam.",
                user_name="Asha",
                known_topics=topics,
            )
            await run_task(llm, TASK, given, item=talk, ledger=Executions(db, held))
            await leases.abandon(db, [run_id])  # as for a run that Dagster knows is dead
        return world.executions(talk)

    assert asyncio.run(paid("run_a", ["Career"])) == 1
    assert asyncio.run(paid("run_b", ["Career"])) == 1
    # Julep has no inputs in its book: an execution is of an item.
    assert asyncio.run(paid("run_c", ["Love"])) == (2 if runner == "model" else 1)


def test_an_execution_is_found_behind_hundreds_of_newer_ones(world: World) -> None:
    """Its run was killed before the reply, and others have asked for more than a page of Julep's list since."""
    item, request = "conv_doubtful", "request-of-the-dead-run"

    async def steps() -> None:
        async with MongoResource().connect() as db, julep_client() as client:
            task_id = str(TASK.task_id)
            agent = os.environ["BACKGROUND_WORKER_AGENT_ID"]
            await client.tasks.create_or_update(task_id, agent_id=agent, **TASK.julep_definition())
            held = await leases.claim(db, [item], run_id="run_a", seconds=60)
            await Executions(db, held).intend(item, task_id, request)
            sent = TASK.sent(asked(item), "")

            async def create(one: str, of: str) -> None:
                await client.executions.create(task_id, input=sent, metadata={"item": one, "request": of})

            await create(item, request)
            await asyncio.gather(*(create(f"conv_{number}", f"request-{number}") for number in range(_NEWER)))
            await leases.abandon(db, ["run_a"])
            taken = await leases.claim(db, [item], run_id="run_b", seconds=60)
            async with LlmResource().open() as llm:
                await run_task(llm, TASK, asked(item), item=item, ledger=Executions(db, taken))

    asyncio.run(steps())
    assert world.executions(item) == 1


def test_an_answer_that_is_kept_goes_with_its_person(world: World, environment: pytest.MonkeyPatch) -> None:
    world.join("user_asha")
    talk = world.talk("user_asha", "I worry about my exam.", ended_at=recently(minutes=5))
    answered = {"request": "r", "digest": "d", "answer": '{"summary": "an exam"}'}
    world.db[LEASES].insert_one(
        {
            "_id": talk,
            "run_id": "run_at_work",
            "fence": 1,
            "claimed_until": dt.datetime.now(dt.UTC) + dt.timedelta(hours=1),
            "executions": {str(TASK.task_id): answered},
        }
    )
    asyncio.run(erase(MongoResource(), None, "user_asha"))
    assert world.db[LEASES].count_documents({"executions": {"$gt": {}}}) == 0
