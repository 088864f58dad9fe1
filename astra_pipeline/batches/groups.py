"""Things that are handled together: one group at a time, with all that came while the last one was handled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Groups(Generic[T]):
    """A queue whose things are handled in groups, one group after another. One event loop.

    Whoever adds a thing waits for what `handle` does with it, and not for the groups after its own: give each
    thing a future. `handle` settles them, and raises nothing.
    """

    def __init__(self, handle: Callable[[list[T]], Awaitable[None]], *, at_most: int | None = None) -> None:
        """`at_most`: the things in one group."""
        self._handle, self._at_most = handle, at_most
        self._waiting: list[T] = []
        self._handling: asyncio.Task[None] | None = None

    def add(self, thing: T) -> None:
        """Have the thing handled in the next group."""
        self._waiting.append(thing)
        if self._handling is None or self._handling.done():
            # A task of its own: whoever added a thing and is given up does not take the group along.
            self._handling = asyncio.create_task(self._handle_all())

    async def _handle_all(self) -> None:
        while self._waiting:
            size = self._at_most or len(self._waiting)
            group, self._waiting = self._waiting[:size], self._waiting[size:]
            await self._handle(group)
