"""Conversations that are over, told by MongoDB in the moment in which it is written."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.errors import words_of
from astra_pipeline.store.collections import CONVERSATIONS
from astra_pipeline.store.outages import is_outage

if TYPE_CHECKING:
    from pymongo.asynchronous.change_stream import AsyncChangeStream
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

log = structlog.get_logger(__name__)

WAIT_AT_MOST = 20.0
"""The seconds that a tick may wait. Dagster gives a tick up after 60, those that read among them."""
_COMPLETED = [
    {
        "$match": {
            "$or": [
                {"operationType": {"$in": ["insert", "replace"]}, "fullDocument.status": "completed"},
                {"operationType": "update", "updateDescription.updatedFields.status": "completed"},
            ]
        }
    },
    {"$project": {"_id": 1}},
]


class Arrivals:
    """The conversations that end from some moment on."""

    def __init__(self, stream: AsyncChangeStream[Document] | None, seconds: float) -> None:
        """`stream` is None where MongoDB gives none: then nothing is waited for."""
        self._stream, self._seconds = stream, seconds

    async def wait(self) -> bool:
        """Wait until a conversation is over, or the time is; whether one is."""
        until = time.monotonic() + self._seconds
        # A stream ends with its collection.
        while self._stream is not None and self._stream.alive and time.monotonic() < until:
            if await self._stream.try_next() is not None:
                return True
        return False


@asynccontextmanager
async def arrivals(db: AsyncDatabase[Document], seconds: float) -> AsyncIterator[Arrivals]:
    """The arrivals from now on, to wait for so many seconds (at most WAIT_AT_MOST): what is read from here on shows
    all that came before.

    The server holds one question open for all of that time, so that waiting costs nothing. A MongoDB without change
    streams, or one that refuses them, costs the wait alone. Raises what the driver raises in an outage.
    """
    from pymongo.errors import OperationFailure

    seconds = min(seconds, WAIT_AT_MOST)
    patience = max(int(seconds * 1000), 1)
    async with AsyncExitStack() as opened:
        try:
            following = await db[CONVERSATIONS].watch(_COMPLETED, max_await_time_ms=patience)
            stream = await opened.enter_async_context(following)
        except OperationFailure as error:
            if is_outage(error):
                raise
            log.warning("ends of conversations cannot be followed, so ticks do not wait", error=words_of(error))
            stream = None
        yield Arrivals(stream, seconds)
