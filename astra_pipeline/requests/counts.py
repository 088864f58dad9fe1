"""The numbers of requests in each state, for `astra status`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import TASK_REQUESTS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_A_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Requests:
    """The numbers of requests at one moment."""

    waiting: int = 0
    """Those for which no run was asked for yet."""
    running: int = 0
    """Those whose run was asked for, or whose item is not ready yet."""
    failed: int = 0
    """Those of the last 24 hours that failed."""
    oldest_waiting: dt.datetime | None = None
    """When the one that waits longest was written (UTC)."""


def read_requests(db: Database[dict[str, Any]], *, now: dt.datetime) -> Requests:
    """Count the requests as of `now` (aware), through an index."""
    collection = db[TASK_REQUESTS]
    oldest = collection.find_one({"status": "queued"}, {"requested_at": 1}, sort=[("requested_at", 1)])
    return Requests(
        waiting=collection.count_documents({"status": "queued"}),
        running=collection.count_documents({"status": "running"}),
        failed=collection.count_documents({"status": "failed", "requested_at": {"$gt": now - _A_DAY}}),
        oldest_waiting=oldest["requested_at"] if oldest else None,
    )
