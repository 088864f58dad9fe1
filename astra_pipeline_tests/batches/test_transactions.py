"""Items that are done at the same time share a transaction, and none of them suffers from another."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import AsyncMongoClient, monitoring

from astra_pipeline.batches import leases
from astra_pipeline.batches.transactions import Owner, Write, Writer, write
from astra_pipeline.errors import Erased, LeaseLost
from astra_pipeline.store.collections import HOROSCOPES, INSIGHTS, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    AsyncDb = AsyncDatabase[dict[str, Any]]

_ITEMS = 30


class _Commits(monitoring.CommandListener):
    """Counts transactions that were committed."""

    def __init__(self) -> None:
        self.count = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        pass

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self.count += event.command_name == "commitTransaction"

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass


def _writes(number: int) -> list[Write]:
    """A document of an item's own, and a field of its person's unless that is newer."""
    older = {"id": f"user_{number}", "n": {"$not": {"$gt": number}}}
    return [
        Write(HOROSCOPES, {"_id": f"item_{number}"}, {"user_id": f"user_{number}"}, upsert=True, replaces=True),
        Write(
            USERS,
            older,
            {"$set": {"n": number}},
            otherwise=Write(USERS, {"id": f"user_{number}"}, {"$set": {"seen": number}}),
        ),
    ]


async def _all(db: AsyncDb, held: dict[str, leases.Lease]) -> list[BaseException | None]:
    writer = Writer(db)
    return await asyncio.gather(
        *(
            writer.write(_writes(number), owner=Owner(f"user_{number}"), lease=held.get(f"item_{number}"))
            for number in range(_ITEMS)
        ),
        return_exceptions=True,
    )


def _written(db: Database[dict[str, Any]]) -> tuple[set[str], set[str]]:
    """The items that have their own document, and those whose person has the field."""
    kept = {one["_id"] for one in db[HOROSCOPES].find()}
    return kept, {f"item_{one['id'].removeprefix('user_')}" for one in db[USERS].find({"n": {"$exists": True}})}


def _everybody(db: Database[dict[str, Any]]) -> set[str]:
    db[USERS].insert_many([{"id": f"user_{number}"} for number in range(_ITEMS)])
    return {f"item_{number}" for number in range(_ITEMS)}


def _connected(db: Database[dict[str, Any]], listener: _Commits) -> AsyncMongoClient[dict[str, Any]]:
    host, port = db.client.address or ("", 0)
    return AsyncMongoClient(host, port, directConnection=True, tz_aware=True, event_listeners=[listener])


def test_items_that_come_together_share_a_transaction(db: Database[dict[str, Any]]) -> None:
    items, commits = _everybody(db), _Commits()

    async def steps() -> None:
        async with _connected(db, commits) as client:
            held = await leases.claim(client[db.name], sorted(items), run_id="run_a", seconds=60)
            assert await _all(client[db.name], held) == [None] * _ITEMS

    asyncio.run(steps())
    assert _written(db) == (items, items)
    assert commits.count < _ITEMS / 2


def test_an_item_that_cannot_be_written_keeps_no_other_one_back(db: Database[dict[str, Any]]) -> None:
    items = _everybody(db)
    db[USERS].update_one({"id": "user_3"}, {"$set": {"astra.erased_at": dt.datetime.now(dt.UTC)}})
    db[USERS].update_one({"id": "user_7"}, {"$set": {"n": 1000}})

    async def steps() -> None:
        async with _connected(db, _Commits()) as client:
            held = await leases.claim(client[db.name], sorted(items), run_id="run_a", seconds=60)
            await leases.fence_off(client[db.name], {"_id": "item_5"})
            outcome = await _all(client[db.name], held)
        assert {number: type(one) for number, one in enumerate(outcome) if one} == {3: Erased, 5: LeaseLost}

    asyncio.run(steps())
    kept, shown = _written(db)
    assert kept == items - {"item_3", "item_5"}
    assert shown == items - {"item_3", "item_5"}
    newer = db[USERS].find_one({"id": "user_7"}) or {}
    assert (newer["n"], newer["seen"]) == (1000, 7)


def test_an_item_that_meets_another_writer_keeps_no_other_one_back(db: Database[dict[str, Any]]) -> None:
    items = _everybody(db)

    async def steps() -> None:
        async with _connected(db, _Commits()) as client:
            adb = client[db.name]
            held = await leases.claim(adb, sorted(items), run_id="run_a", seconds=60)
            async with adb.client.start_session() as session, await session.start_transaction():
                await adb[USERS].update_one({"id": "user_4"}, {"$set": {"other": 1}}, session=session)
                writing = asyncio.create_task(_all(adb, held))
                while await adb[HOROSCOPES].count_documents({}) < _ITEMS - 1:
                    assert not writing.done(), "the item waits for the other writer"
                    await asyncio.sleep(0.02)
            assert await writing == [None] * _ITEMS

    asyncio.run(steps())
    assert _written(db) == (items, items)
    assert (db[USERS].find_one({"id": "user_4"}) or {})["other"] == 1


def test_an_item_that_is_given_up_is_not_written_and_takes_no_other_one_along(
    db: Database[dict[str, Any]],
) -> None:
    _everybody(db)

    async def steps() -> None:
        async with _connected(db, _Commits()) as client:
            writer = Writer(client[db.name])

            def writing(number: int) -> asyncio.Task[None]:
                return asyncio.create_task(writer.write(_writes(number), owner=Owner(f"user_{number}"), lease=None))

            first = writing(0)
            await asyncio.sleep(0)  # it writes, the next two wait
            given_up, last = writing(1), writing(2)
            await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.gather(first, last)
            with pytest.raises(asyncio.CancelledError):
                await given_up

    asyncio.run(steps())
    assert _written(db) == ({"item_0", "item_2"}, {"item_0", "item_2"})


def test_together_or_one_by_one_the_documents_are_the_same(db: Database[dict[str, Any]]) -> None:
    _everybody(db)
    odd = [
        Write(INSIGHTS, {"_id": "a"}, {"$set": {"n": 1}, "$setOnInsert": {"first": True}}, upsert=True),
        Write(INSIGHTS, {"_id": "a", "n": {"$ne": 2}}, {"$set": {"n": 2}}),
        Write(INSIGHTS, {"_id": "missing"}, {"$set": {"n": 3}}),
        Write(USERS, {"id": "user_1"}, [{"$set": {"at": {"$type": "$id"}}}]),
    ]

    async def steps(*, together: bool) -> list[dict[str, Any]]:
        async with _connected(db, _Commits()) as client:
            writing = Writer(client[db.name]).write if together else None
            if writing:
                await writing(odd, owner=Owner("user_1"), lease=None)
            else:
                await write(client[db.name], odd, owner=Owner("user_1"), lease=None)
        found = [*db[INSIGHTS].find(), *db[USERS].find({"id": "user_1"}, {"_id": 0})]
        db[INSIGHTS].delete_many({})
        db[USERS].update_one({"id": "user_1"}, {"$unset": {"at": ""}})
        return found

    together, apart = asyncio.run(steps(together=True)), asyncio.run(steps(together=False))
    assert together == apart
    assert together[0] == {"_id": "a", "first": True, "n": 2}
