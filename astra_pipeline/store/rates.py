"""Rates that hold over all processes: GCRA in MongoDB, a document for a bucket and subject, a command a request.

`tat` (theoretical arrival time) is the moment at which the subject has everything left again. A request moves it on
by one interval, if it is then not further away than the burst allows. MongoDB's own clock (`$$NOW`) counts, so the
clocks of the processes need not agree. Source: the generic cell rate algorithm, ITU-T I.371.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.rates import Rate
from astra_pipeline.store.collections import RATE

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

# An upsert may lose against another one that makes the same document; the second try finds it.
_ATTEMPTS = 5


@dataclass(frozen=True)
class Grant:
    """The answer to one request."""

    allowed: bool
    wait_seconds: float
    """The seconds until one is allowed; 0 for an allowed one."""
    left: int
    """The number that is allowed now."""
    full_in_seconds: float
    """The seconds until the whole burst is there again."""
    ahead: int = 0
    """The number of requests to come that are counted with this one."""


async def take(db: Database, bucket: str, subject: str, rate: Rate, *, ahead: int = 0) -> Grant:
    """Count one request of the subject, if the rate allows it. A refused one counts nothing.

    `ahead` more are counted for requests to come, if at least half of the burst is left after them.
    """
    from pymongo.errors import DuplicateKeyError

    for attempt in range(_ATTEMPTS):
        try:
            return await _take(db, _key(bucket, subject), rate, ahead)
        except DuplicateKeyError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


async def _take(db: Database, key: str, rate: Rate, ahead: int) -> Grant:
    from pymongo import ReturnDocument, WriteConcern

    # A count that a fail-over loses does no harm, so no request waits for the other members.
    collection = db.get_collection(RATE, write_concern=WriteConcern(w=1))
    update = _update(rate, ahead)
    stored: Any = await collection.find_one_and_update(
        {"_id": key}, update, upsert=True, return_document=ReturnDocument.AFTER
    )
    interval, burst_ms = rate.interval_ms, rate.interval_ms * rate.burst
    ahead_ms = (stored["tat"] - stored["at"]) / dt.timedelta(milliseconds=1)
    allowed = bool(stored["ok"])
    return Grant(
        allowed=allowed,
        wait_seconds=0.0 if allowed else max(0.001, (ahead_ms + interval - burst_ms) / 1000),
        left=max(0, int((burst_ms - ahead_ms + 1) // interval)) if allowed else 0,
        full_in_seconds=max(0.0, ahead_ms / 1000),
        ahead=ahead if stored.get("ahead") else 0,
    )


def _update(rate: Rate, ahead: int) -> list[dict[str, Any]]:
    """The update that counts a request, in MongoDB's language."""
    interval, burst_ms = rate.interval_ms, rate.interval_ms * rate.burst
    update: list[dict[str, Any]] = [
        {"$set": {"at": "$$NOW", "base": {"$max": ["$$NOW", {"$ifNull": ["$tat", "$$NOW"]}]}}},
        {"$set": {"ok": _within("$base", interval, burst_ms)}},
        {"$set": {"tat": {"$cond": ["$ok", {"$add": ["$base", interval]}, "$base"]}}},
    ]
    if ahead:
        more = ahead * interval
        update += [
            {"$set": {"ahead": {"$and": ["$ok", _within("$tat", more, burst_ms / 2)]}}},
            {"$set": {"tat": {"$cond": ["$ahead", {"$add": ["$tat", more]}, "$tat"]}}},
        ]
    return [*update, {"$set": {"expires_at": {"$add": ["$tat", 60_000]}}}, {"$unset": "base"}]


def _within(field: str, more: float, limit: float) -> dict[str, Any]:
    """Whether a moment and `more` milliseconds are at most `limit` milliseconds away."""
    return {"$lte": [{"$subtract": [{"$add": [field, more]}, "$at"]}, limit]}


def _key(bucket: str, subject: str) -> str:
    """The id of the document. The subject (a person, an address) cannot be read from it."""
    digest = hashlib.sha256(subject.encode()).digest()[:16]
    return f"{bucket}:{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
