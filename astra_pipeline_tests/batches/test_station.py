"""A station does what comes to it, by the laws of a batch, and tells who sent it what became of each item."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from astra_pipeline.batches import leases
from astra_pipeline.batches.failures import Kind, Subject
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.station import Station, at_work
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.errors import CredentialsRejected, NotFound
from astra_pipeline.store.collections import FAILURES, LEASES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.working import work

Doing = Callable[[str], Awaitable[bool]]


class _Toy(Stage):
    kind: Kind = "transcripts"

    def __init__(self, doing: Doing) -> None:
        self._doing = doing

    async def do(self, subject: Subject) -> bool:
        return await self._doing(subject.item)


@dataclass
class Heard:
    """The items that left, in order, and whether each went well."""

    left: list[tuple[str, bool]] = field(default_factory=list)

    def hear(self, subject: Subject, went_well: bool) -> None:
        self.left.append((subject.item, went_well))


def subjects(*items: str) -> list[Subject]:
    return [Subject(item, conversation_id=item) for item in items]


async def empty(station: Station) -> None:
    while not station.is_empty:  # noqa: ASYNC110 - a station tells nobody that it is empty
        await asyncio.sleep(0.01)


def through(
    opened: Work, doing: Doing, send: Callable[[Station], None], *, concurrency: int = 10
) -> tuple[Station, Heard]:
    """A station that is sent something, until it is empty."""
    heard = Heard()
    station = Station(opened, _Toy(doing), Scope(), concurrency=concurrency, left=heard.hear)

    async def run() -> None:
        async def sending() -> None:
            send(station)
            await empty(station)

        await at_work([station], sending())

    opened.run(run())
    return station, heard


async def done(_item: str) -> bool:
    return True


def test_one_items_failure_is_its_own_and_the_others_go_on(world: World) -> None:
    async def doing(item: str) -> bool:
        if item == "b":
            raise NotFound("gone")
        return item != "c"

    with work() as opened:
        station, heard = through(opened, doing, lambda one: one.send(subjects("a", "b", "c")))
    assert sorted(heard.left) == [("a", True), ("b", False), ("c", True)]
    result = station.take()
    assert (result.done, result.unchanged, [one.item for one in result.failed]) == (["a"], ["c"], ["b"])
    assert station.take().attempted == 0, "it was taken"
    assert [one["item"] for one in world.db[FAILURES].find()] == ["b"]


def test_no_more_items_are_at_work_than_may_be(world: World) -> None:
    at_once = most = 0

    async def doing(_item: str) -> bool:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1
        return True

    with work() as opened:
        items = [str(number) for number in range(20)]
        _, heard = through(opened, doing, lambda one: one.send(subjects(*items)), concurrency=3)
    assert len(heard.left) == 20
    assert most == 3


def test_an_item_that_is_sent_while_it_is_at_work_is_done_once_more(world: World) -> None:
    times = 0
    station: list[Station] = []

    async def doing(_item: str) -> bool:
        nonlocal times
        times += 1
        if times == 1:
            for _ in range(3):
                station[0].send(subjects("a"))
        return True

    def send(one: Station) -> None:
        station.append(one)
        one.send(subjects("a"))

    with work() as opened:
        _, heard = through(opened, doing, send)
    assert times == 2
    assert heard.left == [("a", True), ("a", True)]


def test_an_item_of_another_run_is_left_to_it(world: World) -> None:
    with work() as opened:
        opened.run(leases.claim(opened.db, ["a"], run_id="another", seconds=60))
        station, heard = through(opened, done, lambda one: one.send(subjects("a", "b")))
    assert sorted(heard.left) == [("a", False), ("b", True)]
    assert station.take().skipped == {"a": "leased by another run"}


def test_a_limit_counts_the_items_that_this_run_can_have(world: World) -> None:
    with work() as opened:
        opened.run(leases.claim(opened.db, ["a"], run_id="another", seconds=60))
        station, _ = through(opened, done, lambda one: one.send(subjects("a", "b", "c", "d"), limit=2))
        assert station.take().done == ["b", "c"]
    assert {lease["_id"] for lease in world.db[LEASES].find({"run_id": {"$ne": "another"}})} == {"b", "c"}


def test_after_a_refused_key_nothing_more_is_tried_and_nobody_waits(world: World) -> None:
    tried: list[str] = []

    async def doing(item: str) -> bool:
        tried.append(item)
        raise CredentialsRejected("the key")

    with work() as opened:
        station, heard = through(opened, doing, lambda one: one.send(subjects("a", "b", "c")), concurrency=1)
    assert tried == ["a"]
    assert sorted(heard.left) == [("a", False), ("b", False), ("c", False)]
    assert station.rejected == "the key"
    assert station.take().rejected == "the key"
    assert world.db[FAILURES].count_documents({}) == 0


def test_a_database_that_is_away_ends_all_of_it_with_its_own_error(world: World) -> None:
    from pymongo.errors import AutoReconnect

    async def doing(_item: str) -> bool:
        raise AutoReconnect("away")

    with pytest.raises(AutoReconnect), work() as opened:
        through(opened, doing, lambda one: one.send(subjects("a", "b")))
