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
        self._stream, self._until = stream, time.monotonic() + seconds

    @property
    def can_be_followed(self) -> bool:
        """Whether there is something to wait for, and time left. A stream ends with its collection."""
        return self._stream is not None and self._stream.alive and time.monotonic() < self._until

    async def next(self) -> bool:
        """Wait until a conversation is over, for one slice of the time; whether one is."""
        if self._stream is None or not self.can_be_followed:
            return False
        return await self._stream.try_next() is not None


@asynccontextmanager
async def arrivals(db: AsyncDatabase[Document], seconds: float, *, slice_seconds: float) -> AsyncIterator[Arrivals]:
    """The arrivals from now on, to be waited for in slices of the time: what is read from here on shows all that
    came before.

    The server holds one question open for a slice, so that waiting costs next to nothing. A MongoDB without change
    streams, or one that refuses them, costs the wait alone. Raises what the driver raises in an outage.
    """
    from pymongo.errors import OperationFailure

    patience = max(int(min(seconds, slice_seconds) * 1000), 1)
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
