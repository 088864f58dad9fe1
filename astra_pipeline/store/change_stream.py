"""Changes of users' documents, read from MongoDB's change stream.

Nothing is scanned, and no writer has to co-operate. The stream needs a replica set.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_SILENT_MS = 100
# A stream in which somebody always writes has no end: the rest is for the next tick.
_READING_SECONDS = 5.0
# Errors that say nothing about the position: the server changes its primary, or does not know us.
_OF_THE_SERVER = ("ResumableChangeStreamError", "TransientTransactionError", "RetryableWriteError")


@dataclass(frozen=True)
class Changes:
    """The changes between two positions in the stream."""

    everybody: bool
    """True when the earlier position is unknown: anybody may have changed, not only `users`."""
    users: dict[Any, str]
    """`_id` of users inserted, replaced, deleted, or updated in a watched field -> which of these came first; of
    one who was replaced or deleted, which came last of these two."""
    cursor: str
    """The later position. What is read from now on shows everything that happened before it."""


def since(db: Database[dict[str, Any]], cursor: str | None, *, fields: Sequence[str]) -> Changes:
    """The changes of users since `cursor` (JSON of a resume token), as far as they concern these fields.

    They concern everybody without a cursor, when the server no longer remembers it, and when it cannot be read.
    """
    from pymongo.errors import OperationFailure

    token = _token(cursor)
    if token is not None:
        try:
            return _read(db, token, fields)
        except OperationFailure as error:
            # The server has many codes for a position that is lost or was never one. Read from now on, a fault of
            # another kind is met again, and raised.
            if any(map(error.has_error_label, _OF_THE_SERVER)):
                raise
    return _read(db, None, fields)


def _token(cursor: str | None) -> dict[str, Any] | None:
    """The resume token in a cursor; None for a cursor that holds none."""
    try:
        token = json.loads(cursor or "null")
    except ValueError:
        return None
    return token if isinstance(token, dict) and isinstance(token.get("_data"), str) else None


def _read(db: Database[dict[str, Any]], token: dict[str, Any] | None, fields: Sequence[str]) -> Changes:
    written = {
        "$map": {
            "input": {"$objectToArray": {"$ifNull": ["$updateDescription.updatedFields", {}]}},
            "in": "$$this.k",
        }
    }
    touched = {"$concatArrays": [written, {"$ifNull": ["$updateDescription.removedFields", []]}]}
    pipeline = [
        {
            "$match": {
                "$or": [
                    {"operationType": {"$in": ["insert", "replace", "delete"]}},
                    {"$expr": {"$gt": [{"$size": {"$setIntersection": [list(fields), touched]}}, 0]}},
                ]
            }
        },
        {"$project": {"documentKey": 1, "operationType": 1}},
    ]
    users: dict[Any, str] = {}
    until = time.monotonic() + _READING_SECONDS
    with db[USERS].watch(pipeline, resume_after=token, max_await_time_ms=_SILENT_MS) as stream:
        while time.monotonic() < until and (change := stream.try_next()) is not None:
            user, happened = change["documentKey"]["_id"], change["operationType"]
            if happened in ("delete", "replace"):
                users[user] = happened
            users.setdefault(user, happened)
        return Changes(token is None, users, json.dumps(stream.resume_token))
