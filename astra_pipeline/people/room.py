"""Writes into a user document that need room: a path cannot be set below a null, a text or a list in MongoDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.people.quarantine import room
from astra_pipeline.store.collections import USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

_ATTEMPTS = 8


async def make_room(db: AsyncDatabase[Document], user_id: str, user: Mapping[str, Any] | None = None) -> bool:
    """Turn the fields that the pipeline writes below into documents and lists; returns True when anything changed.

    Documents of the old system hold nulls, texts and lists there. Nulls become empty documents, and all other
    values are quarantined. `user` is the document, or the part of it that was read.
    """
    if user is not None and not room(user):
        return False
    for _ in range(_ATTEMPTS):
        whole = await db[USERS].find_one({"id": user_id}, {"user_overview": 1, "astra": 1}) or {}
        changes = room(whole)
        if not changes:
            return False
        if (await db[USERS].update_one(*room_for(user_id, whole, changes))).matched_count:
            return True
    return False  # Others write all the time: the next write is refused, and its item is tried again.


def room_for(user_id: str, user: Mapping[str, Any], changes: Mapping[str, Any]) -> tuple[Document, Document]:
    """(filter, update) that makes the changes, unless one of their paths was written, or the person erased,
    since `user` was read."""
    # `astra` may be a list, below which no path equals null.
    erased_at = at_path(user, "astra.erased_at")
    unchanged: Document = {path: {"$eq": at_path(user, path)} for path in changes}
    unchanged["astra.erased_at"] = {"$not": {"$type": "date"}} if erased_at is None else {"$eq": erased_at}
    return {"id": user_id} | unchanged, {"$set": dict(changes)}
