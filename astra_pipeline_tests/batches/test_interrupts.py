"""An interrupt ends a batch that waits in its event loop."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop

from astra_pipeline.batches.interrupts import run_interruptibly


class Interrupted(BaseException):
    """Raised by the handler, as Dagster's own is: no Exception, and no KeyboardInterrupt."""


@pytest.fixture
def _raising() -> Iterator[None]:
    def handler(number: int, frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGINT, handler)
    yield
    assert signal.getsignal(signal.SIGINT) is handler
    signal.signal(signal.SIGINT, before)


async def waiting(put_in_order: list[str]) -> None:
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(asyncio.sleep(60))
            tasks.create_task(asyncio.sleep(60))
    finally:
        await asyncio.sleep(0.01)
        put_in_order.append("done")


@pytest.mark.usefixtures("_raising")
@pytest.mark.parametrize("factory", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_batch_is_cancelled_and_puts_its_things_in_order(factory: type) -> None:
    put_in_order: list[str] = []
    with asyncio.Runner(loop_factory=factory) as runner:
        with pytest.raises(Interrupted):
            run_interruptibly(runner, waiting(put_in_order))
        assert put_in_order == ["done"]
        assert run_interruptibly(runner, asyncio.sleep(0, "the loop is as good as before")) is not None


@pytest.mark.usefixtures("_raising")
def test_a_batch_in_another_thread_is_left_alone() -> None:
    """Sensors work in threads of the code server, and Python calls handlers in the main thread only."""

    def batch() -> str:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return run_interruptibly(runner, asyncio.sleep(0, "done"))

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(batch).result() == "done"


@pytest.mark.usefixtures("_raising")
def test_a_cancellation_that_is_no_interrupt_stays_one() -> None:
    async def cancelled() -> None:
        raise asyncio.CancelledError

    with asyncio.Runner() as runner, pytest.raises(asyncio.CancelledError):
        run_interruptibly(runner, cancelled())
