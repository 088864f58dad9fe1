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
# The longest time for which the server holds one question open.
_AWAIT_MS = 1_000


class Arrivals:
    """The conversations that end from some moment on."""

    def __init__(self, stream: AsyncChangeStream[Document]) -> None:
        self._stream = stream

    async def wait(self, seconds: float) -> bool:
        """Wait until a conversation is over, for so many seconds at most; whether one is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if await self._stream.try_next() is not None:
                return True
        return False


@asynccontextmanager
async def arrivals(db: AsyncDatabase[Document]) -> AsyncIterator[Arrivals]:
    """The arrivals from now on: what is read after this moment shows all that came before it."""
    async with await db[CONVERSATIONS].watch(_COMPLETED, max_await_time_ms=_AWAIT_MS) as stream:
        yield Arrivals(stream)
