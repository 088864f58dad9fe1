"""Changes of users' documents, read from MongoDB's change stream.

Nothing is scanned, and no writer has to co-operate. The stream needs a replica set. Where the position in it is
lost, everybody is handed out once, a page at each call, while changes are followed on from there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.bson_documents import from_extended_json, typed_json
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_SILENT_MS = 100
# A stream in which somebody always writes has no end: the rest is for the next tick.
_READING_SECONDS = 5.0
# People who are handed out at one call when the position was lost.
_UNSEEN_AT_ONCE = 5_000
# The part of a cursor that says up to whom everybody has been handed out.
_COMPARED = "compared"
# Errors that say nothing about the position: the server changes its primary, or does not know us.
_OF_THE_SERVER = ("ResumableChangeStreamError", "TransientTransactionError", "RetryableWriteError")


@dataclass(frozen=True)
class Changes:
    """The changes between two positions in the stream."""

    users: dict[Any, str]
    """`_id` of users inserted, replaced, deleted, or updated in a watched field -> which of these came first; of
    one who was replaced or deleted, which came last of these two."""
    cursor: str
    """The later position. What is read from now on shows everything that happened before it."""
    unseen: list[Any] = field(default_factory=list)
    """`_id` of users who may have changed unnoticed, because an earlier position was lost: the next page of all."""


def since(db: Database[dict[str, Any]], cursor: str | None, *, fields: Sequence[str]) -> Changes:
    """The changes of users since `cursor` (JSON of a resume token), as far as they concern these fields.

    Anybody may have changed without a cursor, when the server no longer remembers it, and when it cannot be read.
    Then this call and the next ones hand everybody out once.
    """
    from pymongo.errors import OperationFailure

    token, compared = _place(cursor)
    if token is not None:
        try:
            return _with_unseen(db, _read(db, token, fields), compared)
        except OperationFailure as error:
            # The server has many codes for a position that is lost or was never one. Read from now on, a fault of
            # another kind is met again, and raised.
            if any(map(error.has_error_label, _OF_THE_SERVER)):
                raise
    return _with_unseen(db, _read(db, None, fields), [])


def _place(cursor: str | None) -> tuple[dict[str, Any] | None, list[Any] | None]:
    """(the resume token in a cursor, or None; the `_id` up to which everybody was handed out, in a list: an empty
    one for nobody so far, None when there is nothing to hand out)."""
    try:
        token = json.loads(cursor or "null")
        compared = token.pop(_COMPARED, None) if isinstance(token, dict) else None
        last = None if compared is None else from_extended_json(compared)
    except (ValueError, TypeError):
        return None, None
    if not isinstance(token, dict) or not isinstance(token.get("_data"), str):
        return None, None
    return token, last if isinstance(last, list) else None


def _with_unseen(db: Database[dict[str, Any]], found: Changes, compared: list[Any] | None) -> Changes:
    """The changes with the next page of everybody, whom `compared` says how far they were handed out."""
    if compared is None:
        return found
    page = db[USERS].find({}, {"_id": 1}).sort("_id", 1).limit(_UNSEEN_AT_ONCE + 1)
    if compared:
        # By the index's own order: a comparison would leave out ids of other types.
        page = page.hint([("_id", 1)]).min([("_id", compared[0])])
    unseen = [user["_id"] for user in page if [user["_id"]] != compared][:_UNSEEN_AT_ONCE]
    cursor = json.loads(found.cursor)
    if len(unseen) == _UNSEEN_AT_ONCE:
        cursor[_COMPARED] = typed_json([unseen[-1]])
    return Changes(found.users, json.dumps(cursor), unseen)


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
        return Changes(users, json.dumps(stream.resume_token))
