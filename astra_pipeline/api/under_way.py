"""Work that is under way in this process, so that whoever needs the same waits for it instead of doing it again."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterator
from contextlib import contextmanager


class UnderWay:
    """Work by its key. For one event loop."""

    def __init__(self) -> None:
        self._work: dict[Hashable, asyncio.Event] = {}

    async def wait(self, key: Hashable) -> None:
        """Wait for the end of the work with this key, if there is some now. It may have failed."""
        if (work := self._work.get(key)) is not None:
            await work.wait()

    @contextmanager
    def doing(self, key: Hashable) -> Iterator[None]:
        """For the block, work with this key is under way. Others may do the same beside it."""
        ended = asyncio.Event()
        self._work[key] = ended
        try:
            yield
        finally:
            ended.set()
            if self._work.get(key) is ended:
                del self._work[key]
