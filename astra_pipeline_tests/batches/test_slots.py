"""One bound for the LLM executions of all runs: on a real MongoDB, with the sandbox's LLM, in several processes."""

from __future__ import annotations

import asyncio
import datetime as dt
import heapq
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest

from astra_pipeline.batches import shares, slots
from astra_pipeline.batches.shares import Holder
from astra_pipeline.batches.slots import Slots, bounded, read_use
from astra_pipeline.evaluation.scoring import NoLedger
from astra_pipeline.llm.task import Task
from astra_pipeline.llm.usage import Usage
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tasks import TASKS
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.sandbox.process import Control
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import LLM_SLOTS
from astra_pipeline_tests.llm.inputs import plain_input

_LIMIT = 20


@pytest.fixture
def limit(environment: pytest.MonkeyPatch) -> int:
    environment.setenv("ASTRA_LLM_CONCURRENCY", str(_LIMIT))
    forget_settings()
    return _LIMIT


class Meter:
    """The calls that are under way at once."""

    def __init__(self) -> None:
        self.under_way: dict[str, int] = {}
        self.most = 0

    async def call(self, slots: Slots, name: str, seconds: float) -> None:
        async with slots.one():
            self.under_way[name] = self.under_way.get(name, 0) + 1
            self.most = max(self.most, sum(self.under_way.values()))
            await asyncio.sleep(seconds)
            self.under_way[name] -= 1


def on_a_database(test: Callable[..., Any]) -> None:
    """Run `test(open)`, where `open(lane)` gives the slots of another run."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            db = await stack.enter_async_context(MongoResource().connect())

            def opened(lane: str | None = None, *, at_most: int = 100) -> Slots:
                new = Slots(db, run_id=str(uuid.uuid4()), lane=lane, at_most=at_most)
                stack.push_async_callback(new.leave)
                return new

            await test(opened)

    asyncio.run(run())


def test_one_run_alone_gets_all_at_once_and_gives_all_back(db: Any, limit: int) -> None:
    async def test(opened: Callable[..., Slots]) -> None:
        run, meter = opened("grid"), Meter()
        await asyncio.gather(*(meter.call(run, "a", 0.05) for _ in range(200)))
        assert meter.most == limit
        await run.leave()
        assert db[LLM_SLOTS].find_one()["holders"] == []

    on_a_database(test)
    assert db[LLM_SLOTS].count_documents({}) == 1


class Hanging:
    """A runner whose judges never answer."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.usage: dict[str, Usage] = {}
        self.judges = 0

    async def answer(self, task: Task[Any, Any], *_: Any, **__: Any) -> Any:
        if task.is_judge:
            self.judges += 1
            await asyncio.Event().wait()
        return task.name


def test_judges_that_hang_leave_half_of_the_slots_to_the_writers(db: Any, limit: int) -> None:
    async def run() -> None:
        hanging = Hanging()
        async with MongoResource().connect() as opened, bounded(opened, hanging, run_id="a", lane=None) as runner:

            def asked(name: str) -> Any:
                task = TASKS[name]
                return runner.answer(task, plain_input(name), feedback="", item="one", ledger=NoLedger())

            judging = [asyncio.create_task(asked("text-judge")) for _ in range(2 * limit)]
            await _until(lambda: hanging.judges == limit // 2)
            writing = (asked("transcript-processor") for _ in range(limit))
            assert await asyncio.wait_for(asyncio.gather(*writing), 60) == ["transcript-processor"] * limit
            assert hanging.judges == limit // 2
            for one in judging:
                one.cancel()
            await asyncio.gather(*judging, return_exceptions=True)

    asyncio.run(run())


def test_a_run_keeps_its_own_bound_below_that_of_all(db: Any, limit: int) -> None:
    async def test(opened: Callable[..., Slots]) -> None:
        run, meter = opened(at_most=7), Meter()
        await asyncio.gather(*(meter.call(run, "a", 0.02) for _ in range(50)))
        assert meter.most == 7

    on_a_database(test)


def test_runs_that_come_and_go_never_exceed_the_limit_and_all_end(db: Any, limit: int) -> None:
    drawn = random.Random(18)

    async def test(opened: Callable[..., Slots]) -> None:
        meter = Meter()

        async def run(number: int) -> None:
            await asyncio.sleep(drawn.uniform(0, 2))
            mine = opened(drawn.choice(("live", "grid", "backfill", None)))
            calls = [(drawn.uniform(0, 1), drawn.uniform(0, 0.3)) for _ in range(40)]
            await asyncio.gather(*(_later(meter, mine, str(number), *one) for one in calls))
            await mine.leave()

        await asyncio.gather(*(run(number) for number in range(8)))
        assert 0 < meter.most <= limit
        assert not any(meter.under_way.values())

    on_a_database(test)


async def _later(meter: Meter, run: Slots, name: str, pause: float, seconds: float) -> None:
    await asyncio.sleep(pause)
    await meter.call(run, name, seconds)


def test_live_calls_get_their_slots_as_the_calls_of_others_end(db: Any, limit: int) -> None:
    async def test(opened: Callable[..., Slots]) -> None:
        meter, past, live = Meter(), opened("backfill"), opened("live")
        others = [asyncio.create_task(meter.call(past, "past", 0.2)) for _ in range(400)]
        await _until(lambda: meter.under_way.get("past") == limit)
        calls = [asyncio.create_task(meter.call(live, "live", 0.2)) for _ in range(400)]
        await _until(lambda: meter.under_way.get("live") == limit - limit // 10)
        assert meter.most <= limit
        await asyncio.gather(*calls)
        await _until(lambda: meter.under_way["past"] == limit)
        for call in others:
            call.cancel()
        await asyncio.wait(others)

    on_a_database(test)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.01)


def test_a_call_that_is_cancelled_while_it_waits_takes_no_slot_along(db: Any, limit: int) -> None:
    async def test(opened: Callable[..., Slots]) -> None:
        run, meter = opened(at_most=1), Meter()
        first = asyncio.create_task(meter.call(run, "a", 0.3))
        await _until(lambda: meter.under_way.get("a") == 1)
        waiting = [asyncio.create_task(meter.call(run, "a", 0.01)) for _ in range(5)]
        await asyncio.sleep(0)
        for call in waiting[:4]:
            call.cancel()
        await asyncio.gather(first, waiting[4])
        await meter.call(run, "a", 0.01)
        assert meter.most == 1

    on_a_database(test)


def test_the_time_out_of_an_item_stands_still_while_it_waits(db: Any, limit: int) -> None:
    async def test(opened: Callable[..., Slots]) -> None:
        run = opened(at_most=1)

        async def item(seconds: float) -> None:
            async with asyncio.timeout(0.6) as deadline:
                with slots.timed(deadline):
                    async with run.one():
                        await asyncio.sleep(seconds)

        await asyncio.gather(*(item(0.3) for _ in range(6)))
        with pytest.raises(TimeoutError):
            await item(1.5)

    on_a_database(test)


def test_while_mongodb_is_away_a_run_keeps_what_it_holds_then_waits_and_goes_on(
    db: Any, mongod: Mongod, limit: int
) -> None:
    async def test(opened: Callable[..., Slots]) -> None:
        run, meter = opened("grid"), Meter()
        calls = [asyncio.create_task(meter.call(run, "a", 0.2)) for _ in range(1500)]
        await _until(lambda: meter.under_way.get("a") == limit)
        os.kill(mongod.pid, signal.SIGSTOP)
        try:
            ended = sum(call.done() for call in calls)
            await _until(lambda: sum(call.done() for call in calls) > ended + 2 * limit)
            await _until(lambda: meter.under_way["a"] == 0)
            assert not all(call.done() for call in calls), "it begins nothing more, but it has more to do"
        finally:
            os.kill(mongod.pid, signal.SIGCONT)
        await asyncio.gather(*calls)
        assert meter.most == limit

    on_a_database(test)


def test_a_refusal_of_mongodb_reaches_who_waits(db: Any, limit: int) -> None:
    from pymongo.errors import OperationFailure

    db[LLM_SLOTS].insert_one({"_id": "llm", "holders": "no list"})

    async def test(opened: Callable[..., Slots]) -> None:
        with pytest.raises(OperationFailure):
            async with opened().one():
                pass

    on_a_database(test)


def test_the_database_grants_what_the_rule_grants(db: Any, environment: pytest.MonkeyPatch) -> None:
    drawn = random.Random(5)

    async def test(opened: Callable[..., Slots]) -> None:
        for _ in range(60):
            limit = drawn.randrange(1, 40)
            environment.setenv("ASTRA_LLM_LIMIT", str(limit))
            forget_settings()
            me = opened(drawn.choice(("live", None)))
            now = dt.datetime.now(dt.UTC)
            stored = [
                Holder(
                    name,
                    "grid",
                    drawn.randrange(30),
                    drawn.randrange(12),
                    (now + dt.timedelta(seconds=drawn.choice((-60, 60)))).replace(microsecond=0),
                )
                for name in ("a", "b", "c", me._name)[: drawn.randrange(5)]
            ]
            db[LLM_SLOTS].replace_one({"_id": "llm"}, {"holders": [vars(one) for one in stored]}, upsert=True)
            me._under_way, wanted = drawn.randrange(10), drawn.randrange(30)
            db[LLM_SLOTS].update_one({"_id": "llm"}, me._update(30, wanted))
            mine = next(one for one in read_use(db).holders if one.name == me._name)
            under_way = me._under_way
            me._under_way = 0
            assert mine.granted == shares.granted(
                stored, me._name, under_way=under_way, wanted=wanted, limit=limit, at=now
            )

    on_a_database(test)


def test_a_telling_that_arrives_late_changes_nothing(db: Any, limit: int) -> None:
    async def test(opened: Callable[..., Slots]) -> None:
        me = opened("grid")
        told = []
        for wanted in (3, 17):
            me._telling_number += 1
            told.append(me._update(20, wanted))
        for update in (told[1], told[0], told[1]):
            db[LLM_SLOTS].update_one({"_id": "llm"}, update, upsert=True)
            assert [one.granted for one in read_use(db).holders] == [17]

    on_a_database(test)


# -- processes, and the LLM's server


@contextmanager
def running(*runs: tuple[str, str, int]) -> Iterator[list[subprocess.Popen[bytes]]]:
    command = [sys.executable, "-W", "ignore", "-m", "astra_pipeline_tests.batches.llm_run"]
    processes = [subprocess.Popen([*command, run_id, lane, str(calls)]) for run_id, lane, calls in runs]
    try:
        yield processes
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def executions(sandbox: Control, *run_ids: str) -> list[tuple[float, str]]:
    """(when it was created, run) of each execution of the runs, oldest first."""
    found = [
        (dt.datetime.fromisoformat(one["created_at"]).timestamp(), item.rpartition("-")[0])
        for item, made in sandbox.stats()["executions"].items()
        for one in made
        if item.rpartition("-")[0] in run_ids
    ]
    return sorted(found)


def most_at_once(created: Sequence[tuple[float, str]], seconds: float) -> int:
    ends: list[float] = []
    most = 0
    for at, _ in created:
        while ends and ends[0] <= at:
            heapq.heappop(ends)
        heapq.heappush(ends, at + seconds)
        most = max(most, len(ends))
    return most


def wait_until(true: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_three_runs_share_the_llm_and_a_killed_ones_slots_go_to_the_others(
    db: Any, sandbox: Control, limit: int, environment: pytest.MonkeyPatch
) -> None:
    # A request that is given up and sent again may begin two executions, on a busy machine.
    environment.setenv("ASTRA_HTTP_TIMEOUT_SECONDS", "60")
    seconds = 1.0
    sandbox.configure(llm_seconds=seconds)
    live, morning, past = (f"{lane}{uuid.uuid4().hex[:8]}" for lane in ("live", "morning", "past"))
    with running((morning, "grid", 1000), (past, "backfill", 1000)) as (_, killed):
        wait_until(lambda: len(executions(sandbox, past)) > 10 < len(executions(sandbox, morning)))
        with running((live, "live", 120)) as (urgent,):
            wait_until(lambda: _held(db).get(live, 0) == limit - limit // 10)
            assert urgent.wait(timeout=120) == 0
        assert len(executions(sandbox, live)) == 120
        wait_until(lambda: all(abs(_held(db).get(run, 0) - limit / 2) <= 1 for run in (morning, past)))
        os.kill(killed.pid, signal.SIGKILL)
        wait_until(lambda: _held(db).get(morning) == limit, seconds=30)
        before = len(executions(sandbox, morning))
        wait_until(lambda: len(executions(sandbox, morning)) >= before + 2 * limit)
    made = sandbox.stats()["executions"]
    assert max(len(made[item]) for item in made if item.rpartition("-")[0] in (live, morning, past)) == 1
    assert most_at_once(executions(sandbox, live, morning, past), seconds) <= limit


def _held(db: Any) -> dict[str, int]:
    return {one.name.partition("/")[0]: one.granted for one in read_use(db).holders}
