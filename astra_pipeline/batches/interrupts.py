"""Interrupts of a batch: whoever ends a run, or presses Ctrl-C, ends its event loop in order.

A handler that raises is no use while an event loop runs: uvloop calls it within one of its own callbacks, logs what
it raised, and goes on.
"""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


def run_interruptibly(runner: asyncio.Runner, batch: Coroutine[Any, Any, T]) -> T:
    """The result of `batch`. An interrupt cancels it, waits until it has put its things in order, and is then
    handled as it would have been without an event loop: what the handler raises is raised here."""
    received: list[Callable[[], None]] = []

    async def held() -> T:
        with _cancelling(received):
            return await batch

    try:
        # The names that lines of the log have here, and the span at work, go with the batch onto its loop.
        return runner.run(held(), context=contextvars.copy_context())
    finally:
        # In place of the cancellation, or of a result that came all the same.
        if received:
            received[0]()


@contextmanager
def _cancelling(received: list[Callable[[], None]]) -> Iterator[None]:
    """Have interrupts cancel the task at work, and note what is to be done of them afterwards.

    uvloop takes a handler back only while it runs, and puts none in its place.
    """
    loop, task, handlers = asyncio.get_running_loop(), asyncio.current_task(), _handlers()
    assert task is not None

    def interrupt(number: int) -> None:
        received.append(lambda: handlers[number](number, None))
        task.cancel()

    for number in handlers:
        loop.add_signal_handler(number, interrupt, number)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _handlers() -> dict[int, Callable[[int, Any], Any]]:
    """Signal -> the handler in Python that it has. Python calls them in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {number: signal.getsignal(number) for number in _INTERRUPTS}
    return {int(number): handler for number, handler in found.items() if callable(handler)}
