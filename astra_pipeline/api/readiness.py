"""Whether this process should be sent requests: it is not while it stops, and not while MongoDB is away."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from astra_pipeline.store.outages import is_outage

_PATIENCE_SECONDS = 2.0


class Readiness:
    """The state of one process."""

    def __init__(self) -> None:
        self._stops = False

    def stop(self) -> None:
        """Say from now on that the process is not ready; it still answers."""
        self._stops = True

    async def problem(self, db: Any) -> str | None:
        """The reason for which the process is not ready; None when it is."""
        if self._stops:
            return "The process is stopping"
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await db.command("ping")
        except Exception as error:
            if not (isinstance(error, TimeoutError) or is_outage(error)):
                raise
            return "MongoDB does not answer"
        return None


@contextmanager
def draining(readiness: Readiness, seconds: float) -> Iterator[None]:
    """For the block, SIGTERM makes the process not ready at once, and ends the server `seconds` later.

    In between whatever spreads requests takes the process out. The server's own handler, which stops accepting and
    lets requests in flight finish, is called then. To be entered on the event loop.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop, handler = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

    def stop(number: int, frame: FrameType | None) -> None:
        readiness.stop()
        if callable(handler):
            loop.call_soon_threadsafe(loop.call_later, seconds, handler, number, frame)

    if callable(handler):
        signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        if callable(handler) and signal.getsignal(signal.SIGTERM) is stop:
            signal.signal(signal.SIGTERM, handler)
