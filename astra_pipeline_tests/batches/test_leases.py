"""Leases are fenced and go by the server's clock (F5 of the fault list)."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from pymongo import AsyncMongoClient

from astra_pipeline.batches import leases
from astra_pipeline.batches.executions import Executions
from astra_pipeline.batches.transactions import Owner, Write, write
from astra_pipeline.errors import Erased, LeaseLost
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.sandbox.mongod import Mongod
from astra_pipeline.store.collections import INSIGHTS, LEASES, USERS
from astra_pipeline_tests.wrong_clock import wrong_by

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    AsyncDb = AsyncDatabase[dict[str, Any]]

T = TypeVar("T")

_SECONDS = 60.0
_TASK = "task-1"


def at_work(steps: Callable[[AsyncDb], Awaitable[T]]) -> T:
    async def connected() -> T:
        async with MongoResource().connect() as db:
            return await steps(db)

    return asyncio.run(connected())


def servers_time(db: Database[dict[str, Any]]) -> dt.datetime:
    return db.command("hello")["localTime"].replace(tzinfo=dt.UTC)


def let_it_end(db: Database[dict[str, Any]], item: str) -> None:
    """The lease's time runs out, as that of a run that is paused."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    db[LEASES].update_one({"_id": item}, {"$set": {"claimed_until": past}})


def test_a_lease_has_one_holder_and_ends_by_the_servers_clock(db: Database[dict[str, Any]]) -> None:
    async def steps(adb: AsyncDb) -> None:
        mine = await leases.claim(adb, ["conv_1", "conv_2"], run_id="run_a", seconds=_SECONDS)
        assert set(mine) == {"conv_1", "conv_2"}
        assert await leases.claim(adb, ["conv_1"], run_id="run_b", seconds=_SECONDS) == {}
        again = await leases.claim(adb, ["conv_1"], run_id="run_a", seconds=_SECONDS)
        assert again["conv_1"] == mine["conv_1"], "held already: the same holding"

    at_work(steps)
    until = db[LEASES].find_one({"_id": "conv_1"})["claimed_until"]  # type: ignore[index]
    assert abs((until - servers_time(db)).total_seconds() - _SECONDS) < 30


@pytest.mark.parametrize("wrong", [dt.timedelta(seconds=121), dt.timedelta(minutes=-70)], ids=["ahead", "behind"])
@pytest.mark.parametrize("whose", ["holder", "other"])
def test_a_machine_whose_clock_is_wrong_neither_takes_a_lease_too_soon_nor_loses_one(
    whose: str, wrong: dt.timedelta, db: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def claimed(run: str) -> dict[str, leases.Lease]:
        with monkeypatch.context() as patched:
            if (run == "run_a") == (whose == "holder"):
                patched.setattr(leases, "dt", wrong_by(wrong))
            return at_work(lambda adb: leases.claim(adb, ["conv_1"], run_id=run, seconds=_SECONDS))

    assert set(claimed("run_a")) == {"conv_1"}
    assert claimed("run_b") == {}, "it is held for a minute"
    let_it_end(db, "conv_1")
    assert set(claimed("run_b")) == {"conv_1"}, "it is over"


def test_the_fence_grows_with_each_takeover(db: Database[dict[str, Any]]) -> None:
    fences = []
    for run in ("run_a", "run_b", "run_c"):
        held = at_work(lambda adb, run=run: leases.claim(adb, ["conv_1"], run_id=run, seconds=_SECONDS))
        fences.append(held["conv_1"].fence)
        let_it_end(db, "conv_1")
    assert fences == [1, 2, 3]


def test_of_many_runs_at_once_one_gets_the_item(db: Database[dict[str, Any]]) -> None:
    async def steps(adb: AsyncDb) -> list[dict[str, leases.Lease]]:
        claims = (leases.claim(adb, ["conv_1"], run_id=f"run_{n}", seconds=_SECONDS) for n in range(20))
        return await asyncio.gather(*claims)

    assert sum(bool(held) for held in at_work(steps)) == 1


def test_a_run_that_was_paused_longer_than_its_lease_neither_pays_nor_writes(db: Database[dict[str, Any]]) -> None:
    db[USERS].insert_one({"id": "user_a"})
    fact = Write(INSIGHTS, {"_id": "conv_1"}, {"$set": {"user_id": "user_a"}}, upsert=True)
    owner = Owner("user_a", dt.datetime.now(dt.UTC))

    async def steps(adb: AsyncDb) -> None:
        paused = await leases.claim(adb, ["conv_1"], run_id="run_a", seconds=_SECONDS)
        book = Executions(adb, paused)
        let_it_end(db, "conv_1")
        taken = await leases.claim(adb, ["conv_1"], run_id="run_b", seconds=_SECONDS)
        with pytest.raises(LeaseLost):
            await book.intend("conv_1", _TASK, "request-a")
        with pytest.raises(LeaseLost):
            await write(adb, [fact], owner=owner, lease=paused["conv_1"])
        assert db[INSIGHTS].count_documents({}) == 0
        await Executions(adb, taken).intend("conv_1", _TASK, "request-b")
        await write(adb, [fact], owner=owner, lease=taken["conv_1"])

    at_work(steps)
    assert db[INSIGHTS].count_documents({}) == 1


def test_an_intent_among_many_that_lost_its_lease_is_the_only_one_refused(db: Database[dict[str, Any]]) -> None:
    items = [f"conv_{number}" for number in range(30)]

    async def steps(adb: AsyncDb) -> list[str]:
        book = Executions(adb, await leases.claim(adb, items, run_id="run_a", seconds=_SECONDS))
        let_it_end(db, "conv_7")
        await leases.claim(adb, ["conv_7"], run_id="run_b", seconds=_SECONDS)
        answers = await asyncio.gather(
            *(book.intend(item, _TASK, f"request-{item}") for item in items), return_exceptions=True
        )
        return [item for item, answer in zip(items, answers, strict=True) if isinstance(answer, LeaseLost)]

    assert at_work(steps) == ["conv_7"]
    assert db[LEASES].count_documents({f"executions.{_TASK}.request": {"$exists": True}}) == 29


def test_the_next_run_learns_what_was_asked_for_and_whether_it_arrived(db: Database[dict[str, Any]]) -> None:
    async def steps(adb: AsyncDb) -> None:
        book = Executions(adb, await leases.claim(adb, ["conv_1", "conv_2"], run_id="run_a", seconds=_SECONDS))
        await book.intend("conv_1", _TASK, "request-1")
        await book.note("conv_1", _TASK, "execution-1")
        await book.intend("conv_2", _TASK, "request-2")
        for item in ("conv_1", "conv_2"):
            let_it_end(db, item)
        taken = await leases.claim(adb, ["conv_1", "conv_2", "conv_3"], run_id="run_b", seconds=_SECONDS)
        after = Executions(adb, taken)
        arrived, doubtful = await after.pending("conv_1", _TASK), await after.pending("conv_2", _TASK)
        assert arrived is not None
        assert (arrived.execution_id, arrived.request) == ("execution-1", "request-1")
        assert doubtful is not None
        assert (doubtful.execution_id, doubtful.request) == (None, "request-2")
        assert doubtful.asked_at is not None
        assert await after.pending("conv_3", _TASK) is None
        assert await Executions(adb, taken, anew=True).pending("conv_1", _TASK) is None

    at_work(steps)


def test_executions_of_before_the_fences_are_collected_too(db: Database[dict[str, Any]]) -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=3)
    db[LEASES].insert_one(
        {"_id": "conv_1", "run_id": "old", "claimed_until": past, "executions": {_TASK: "execution-0"}}
    )

    async def steps(adb: AsyncDb) -> None:
        taken = await leases.claim(adb, ["conv_1"], run_id="run_b", seconds=_SECONDS)
        assert taken["conv_1"].fence == 1
        left = await Executions(adb, taken).pending("conv_1", _TASK)
        assert left is not None
        assert left.execution_id == "execution-0"

    at_work(steps)


def test_a_lease_that_holds_something_paid_is_kept_for_a_month_others_for_an_hour(
    db: Database[dict[str, Any]],
) -> None:
    async def steps(adb: AsyncDb) -> None:
        held = await leases.claim(adb, ["conv_1", "conv_2"], run_id="run_a", seconds=_SECONDS)
        await Executions(adb, held).intend("conv_1", _TASK, "request-1")
        await leases.release(adb, ["conv_1"], run_id="run_a")

    at_work(steps)
    kept = {lease["_id"]: lease["expires_at"] - servers_time(db) for lease in db[LEASES].find()}
    assert kept["conv_1"] > dt.timedelta(days=29)
    assert dt.timedelta(minutes=50) < kept["conv_2"] < dt.timedelta(minutes=70)
    index = db[LEASES].index_information()["kept"]
    assert (index["key"], index["expireAfterSeconds"]) == ([("expires_at", 1)], 0)


def test_what_was_paid_for_stays_noted_until_its_answer_is_stored(db: Database[dict[str, Any]]) -> None:
    """Also where an item fails for another reason than a service that is away, or its run ends in between."""
    fact = Write(INSIGHTS, {"_id": "conv_2"}, {"$set": {"user_id": "user_a"}}, upsert=True)

    async def steps(adb: AsyncDb) -> None:
        items = ["conv_1", "conv_2", "conv_3"]
        held = await leases.claim(adb, items, run_id="run_a", seconds=_SECONDS)
        book = Executions(adb, held)
        for item in ("conv_1", "conv_2"):
            await book.intend(item, _TASK, f"request-{item}")
        # A write that stores something else leaves the note.
        await write(adb, [fact], owner=Owner("user_a"), lease=held["conv_1"])
        await write(adb, [fact], owner=Owner("user_a"), lease=held["conv_2"], settled=True)
        await leases.release_all(adb, run_id="run_a")
        taken = await leases.claim(adb, items, run_id="run_b", seconds=_SECONDS)
        assert set(taken) == set(items), "all are free"
        after = Executions(adb, taken)
        assert [item for item in items if await after.pending(item, _TASK)] == ["conv_1"]

    at_work(steps)


def test_nothing_is_written_for_a_person_who_was_erased_unless_they_said_it_since(
    db: Database[dict[str, Any]],
) -> None:
    erased_at = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    db[USERS].insert_one({"id": "user_a", "astra": {"erased_at": erased_at}})

    def fact(item: str) -> Write:
        return Write(INSIGHTS, {"_id": item}, {"$set": {"user_id": "user_a"}}, upsert=True)

    async def steps(adb: AsyncDb) -> None:
        for since in (None, erased_at - dt.timedelta(minutes=1)):
            with pytest.raises(Erased):
                await write(adb, [fact("conv_old")], owner=Owner("user_a", since), lease=None)
        await write(adb, [fact("conv_new")], owner=Owner("user_a", erased_at + dt.timedelta(minutes=1)), lease=None)

    at_work(steps)
    assert [insight["_id"] for insight in db[INSIGHTS].find()] == ["conv_new"]


def test_a_write_half_way_done_when_the_lease_is_fenced_off_leaves_nothing(db: Database[dict[str, Any]]) -> None:
    db[USERS].insert_one({"id": "user_a"})
    both = [
        Write(INSIGHTS, {"_id": "conv_1"}, {"$set": {"user_id": "user_a"}}, upsert=True),
        Write(USERS, {"id": "user_a"}, {"$set": {"user_overview.profile_summary": "Astronomer."}}),
    ]

    async def steps(adb: AsyncDb) -> None:
        held = await leases.claim(adb, ["conv_1"], run_id="run_a", seconds=_SECONDS)
        assert await leases.fence_off(adb, {"_id": "conv_1"}) == 1
        with pytest.raises(LeaseLost):
            await write(adb, both, owner=Owner("user_a"), lease=held["conv_1"])

    at_work(steps)
    assert db[INSIGHTS].count_documents({}) == 0
    assert "user_overview" not in (db[USERS].find_one({"id": "user_a"}) or {})


def test_what_a_dead_run_held_is_free_at_once_with_what_it_asked_for(db: Database[dict[str, Any]]) -> None:
    async def steps(adb: AsyncDb) -> None:
        held = await leases.claim(adb, ["conv_1", "conv_2"], run_id="run_a", seconds=_SECONDS)
        await Executions(adb, held).intend("conv_1", _TASK, "request-1")
        await leases.claim(adb, ["conv_3"], run_id="run_b", seconds=_SECONDS)
        assert await leases.holders(adb) == {"run_a", "run_b"}
        assert await leases.abandon(adb, ["run_a"]) == 2
        taken = await leases.claim(adb, ["conv_1", "conv_2", "conv_3"], run_id="run_c", seconds=_SECONDS)
        assert set(taken) == {"conv_1", "conv_2"}
        left = await Executions(adb, taken).pending("conv_1", _TASK)
        assert left is not None
        assert left.request == "request-1"

    at_work(steps)


def test_a_renewal_whose_connection_is_closed_is_tried_again(tmp_path: Path) -> None:
    """The driver does not repeat an update of many documents by itself."""
    seconds, closed = 4.0, {"failCommands": ["update"], "closeConnection": True}

    async def steps(uri: str) -> None:
        async with AsyncMongoClient(uri, tz_aware=True) as client:
            adb = client["astra"]
            held = await leases.claim(adb, ["conv_1"], run_id="run_a", seconds=seconds)
            once = {"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": closed}
            async with leases.renewed(adb, run_id="run_a", seconds=seconds):
                await client.admin.command(once)
                await asyncio.sleep(1.5 * seconds)
                assert await leases.claim(adb, ["conv_1"], run_id="run_b", seconds=seconds) == {}
                again = await leases.claim(adb, ["conv_1"], run_id="run_a", seconds=seconds)
                assert again == held, "nobody had it meanwhile"

    with Mongod(tmp_path / "mongod", cache_gb=0.25, parameters=("enableTestCommands=1",)) as server:
        asyncio.run(steps(server.uri))


def test_leases_that_cannot_be_renewed_stop_the_batch_before_another_run_may_take_them(tmp_path: Path) -> None:
    """The server dies while a batch works: the batch does not go on as if its items were still its own."""

    async def work_on(adb: AsyncDb, pid: int) -> None:
        async with leases.renewed(adb, run_id="run_a", seconds=1.5):
            os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(60)

    async def steps(uri: str, pid: int) -> None:
        async with AsyncMongoClient(uri, serverSelectionTimeoutMS=300, tz_aware=True) as client:
            adb = client["astra"]
            await leases.claim(adb, ["conv_1"], run_id="run_a", seconds=1.5)
            with pytest.raises(LeaseLost):
                await work_on(adb, pid)

    with Mongod(tmp_path / "mongod", cache_gb=0.25) as server:
        asyncio.run(steps(server.uri, server.pid))
