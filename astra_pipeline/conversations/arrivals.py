"""Conversations that are over, told by MongoDB in the moment in which it is written."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import CONVERSATIONS

if TYPE_CHECKING:
    from pymongo.asynchronous.change_stream import AsyncChangeStream
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

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

    def __init__(self, stream: AsyncChangeStream[Document], seconds: float) -> None:
        self._stream, self._seconds = stream, seconds

    async def wait(self) -> bool:
        """Wait until a conversation is over, or the time is; whether one is."""
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            if await self._stream.try_next() is not None:
                return True
        return False


@asynccontextmanager
async def arrivals(db: AsyncDatabase[Document], seconds: float) -> AsyncIterator[Arrivals]:
    """The arrivals from now on, to wait for so many seconds: what is read from here on shows all that came before.

    The server holds one question open for all of that time, so that waiting costs nothing.
    """
    patience = max(int(seconds * 1000), 1)
    async with await db[CONVERSATIONS].watch(_COMPLETED, max_await_time_ms=patience) as stream:
        yield Arrivals(stream, seconds)
