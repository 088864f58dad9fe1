"""People whom the web app has given no id: its hook failed after they signed up.

The app's auth library inserts a document without `id`, and a hook sets it, the hex of `_id`, after a call to
another service. When that call fails nobody repeats it, and the person would have no id for good.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.store.collections import NOT_ERASED, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

log = structlog.get_logger(__name__)

HOOK_MAY_TAKE = dt.timedelta(minutes=5)
"""The time that the app's own hook is given."""
_AT_ONCE = 500
# A person without an id has no cohort: the index astra_members leads to them, past everybody else.
_NAMELESS = {"astra.cohort": None, "id": None} | NOT_ERASED


def give_ids(db: Database[dict[str, Any]], *, now: dt.datetime) -> int:
    """Give people who signed up some minutes before `now` and have no id the text of their `_id`; returns their
    number.

    An id that the hook sets meanwhile stays. One that somebody else has is left to a person.
    """
    from pymongo.errors import DuplicateKeyError

    given = 0
    for user in db[USERS].find(_NAMELESS, {"createdAt": 1}):
        if given == _AT_ONCE:
            break
        user_id = _id_of(user["_id"])
        joined = _joined(user)
        if user_id is None or joined is None or joined > now - HOOK_MAY_TAKE:
            continue
        try:
            named = db[USERS].update_one({"_id": user["_id"], "id": None}, {"$set": {"id": user_id}})
        except DuplicateKeyError:
            log.warning("another user has the id that belongs to a user without one")
            continue
        given += named.modified_count
    return given


def _id_of(key: object) -> str | None:
    """The id that the app's hook would have set; None for a key of a kind that the app never makes."""
    from bson import ObjectId

    if isinstance(key, ObjectId | uuid.UUID):
        return str(key)
    if hasattr(key, "as_uuid"):  # bson.Binary, which the client may give for a UUID
        try:
            return str(key.as_uuid())  # type: ignore[attr-defined]
        except ValueError:
            return None
    return key if isinstance(key, str) and key else None


def _joined(user: Mapping[str, Any]) -> dt.datetime | None:
    """When somebody signed up (UTC), by their document or by its key."""
    from bson import ObjectId

    if isinstance(user.get("createdAt"), dt.datetime):
        return user["createdAt"]
    return user["_id"].generation_time if isinstance(user["_id"], ObjectId) else None
