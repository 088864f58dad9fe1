"""The baseline of `make bench-latency`: a Celery worker with Redis that does the work of `bench.bare` as tasks.

`celery -A bench.celery_worker worker` with BENCH_REDIS_URL set. Each worker process keeps an event loop and its
clients, as a careful author would.
"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

from celery import Celery
from celery.signals import worker_process_init

from bench.bare import Bare, opened

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

app = Celery("bench", broker=os.environ["BENCH_REDIS_URL"])
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True)
_at_work: dict[str, Any] = {}


@worker_process_init.connect
def begin(**_: Any) -> None:
    """Open the clients of this worker process, on a loop in a thread of its own."""
    ready = threading.Event()

    async def stay(bare: Bare, _db: Any) -> None:
        _at_work.update(bare=bare, loop=asyncio.get_running_loop())
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(opened(stay)), daemon=True).start()
    ready.wait()


@app.task
def handle(conversation_id: str) -> None:
    """Take one conversation to its person's overview."""
    loop: AbstractEventLoop = _at_work["loop"]
    asyncio.run_coroutine_threadsafe(_at_work["bare"].handle(conversation_id), loop).result()
