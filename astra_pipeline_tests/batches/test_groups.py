"""Things that come while a group is handled go together, and each of them waits for its own group alone."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, ParamSpec

import pytest

from astra_pipeline.batches.groups import Groups

P = ParamSpec("P")


@dataclass
class _Thing:
    number: int
    handled: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Door:
    """Handles a group when it is let through."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self._open = asyncio.Semaphore(0)

    def let_one_through(self) -> None:
        self._open.release()

    async def handle(self, things: list[_Thing]) -> None:
        await self._open.acquire()
        self.groups.append([thing.number for thing in things])
        for thing in things:
            if not thing.handled.done():
                thing.handled.set_result(None)


def _on_a_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


async def _settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("at_most", "groups"),
    [(None, [[0], [1, 2, 3, 4, 5]]), (2, [[0], [1, 2], [3, 4], [5]])],
)
@_on_a_loop
async def test_what_comes_while_a_group_is_handled_goes_together(
    at_most: int | None, groups: list[list[int]]
) -> None:
    door = _Door()
    queue = Groups(door.handle, at_most=at_most)
    things = [_Thing(number) for number in range(6)]
    queue.add(things[0])
    await _settled()
    for thing in things[1:]:
        queue.add(thing)
    for _ in groups:
        door.let_one_through()
    await asyncio.gather(*(thing.handled for thing in things))
    assert door.groups == groups


@_on_a_loop
async def test_nobody_waits_for_the_groups_after_their_own() -> None:
    door = _Door()
    queue = Groups(door.handle)
    first, second, later = _Thing(1), _Thing(2), _Thing(3)
    queue.add(first)
    await _settled()
    queue.add(second)
    door.let_one_through()
    await first.handled
    await _settled()
    queue.add(later)
    door.let_one_through()
    await second.handled
    assert not later.handled.done()
    door.let_one_through()
    await later.handled


@_on_a_loop
async def test_one_that_is_given_up_does_not_take_its_group_along() -> None:
    door = _Door()
    queue = Groups(door.handle)
    stays = _Thing(2)

    async def give_up() -> None:
        gone = _Thing(1)
        queue.add(gone)
        await gone.handled

    task = asyncio.create_task(give_up())
    await _settled()
    queue.add(stays)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    door.let_one_through()
    door.let_one_through()
    await stays.handled
    assert door.groups == [[1], [2]]


@_on_a_loop
async def test_the_queue_works_on_after_it_was_empty() -> None:
    door = _Door()
    queue = Groups(door.handle)
    for number in range(3):
        thing = _Thing(number)
        queue.add(thing)
        door.let_one_through()
        await thing.handled
        await _settled()
    assert door.groups == [[0], [1], [2]]
