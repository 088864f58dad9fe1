"""The time, as MongoDB has it. A machine whose clock is wrong writes, counts and waits like the others.

Leases and failures are decided by the server itself (`$$NOW`). What a process computes with, such as the end of
today or the stamp of a text, uses the same clock: each connection of a run compares the clocks once, and the API
does every few minutes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

# The server tells whole milliseconds.
_GRAIN = dt.timedelta(milliseconds=1)
# The server's time less this machine's, as far as it is known.
_ahead = dt.timedelta()


def now() -> dt.datetime:
    """The time (UTC) by the server's clock, or by this machine's before the first connection."""
    return dt.datetime.now(dt.UTC) + _ahead


async def compare(db: AsyncDatabase[dict[str, Any]]) -> None:
    """Learn how far the server's clock is from this machine's."""
    global _ahead
    asked = dt.datetime.now(dt.UTC)
    told = (await db.command("hello", codec_options=db.codec_options))["localTime"]
    _ahead = difference(told, asked, dt.datetime.now(dt.UTC))


def difference(told: dt.datetime, asked: dt.datetime, heard: dt.datetime) -> dt.timedelta:
    """The least by which a server's clock differs that told its time between `asked` and `heard`."""
    if told + _GRAIN < asked:
        return told - asked
    return told - heard if told > heard else dt.timedelta()
