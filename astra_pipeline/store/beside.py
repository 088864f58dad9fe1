"""Work that goes on beside a block, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

_ASKED_AGAIN_SECONDS = 1.0


@asynccontextmanager
async def beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do `work` in tasks for the block. At its end they are cancelled, and have ended.

    Python 3.11's `asyncio.wait_for`, by which the driver waits for a server, may swallow a cancellation: so it is
    asked again until the task ends.
    """
    tasks = {asyncio.create_task(one) for one in work}
    try:
        yield
    finally:
        while tasks:
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=_ASKED_AGAIN_SECONDS)
