"""Room for our fields in documents of the old system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.people import quarantine
from astra_pipeline.store.collections import USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

_ATTEMPTS = 8


async def make_room(db: AsyncDatabase[Document], user_id: str, user: Mapping[str, Any] | None = None) -> bool:
    """Make the fields that hold what we write what they should be; True when something had to be written.

    A path cannot be set below a null, a text or a list, which documents of the old system hold: nulls become empty
    documents, everything else is moved to `astra.set_aside`. `user` is the document, or what was read of it.
    """
    if user is not None and not quarantine.room(user):
        return False
    for _ in range(_ATTEMPTS):
        whole = await db[USERS].find_one({"id": user_id}, {"user_overview": 1, "astra": 1}) or {}
        changes = quarantine.room(whole)
        if not changes:
            return False
        if (await db[USERS].update_one(*room_for(user_id, whole, changes))).matched_count:
            return True
    return False  # written by others all the time: what is set next is refused, and its item tried again


def room_for(user_id: str, user: Mapping[str, Any], changes: Mapping[str, Any]) -> tuple[Document, Document]:
    """(filter, update) that makes the changes unless somebody wrote at one of their paths since `user` was read."""
    unchanged = {path: {"$eq": at_path(user, path)} for path in changes}
    return {"id": user_id} | unchanged, {"$set": dict(changes)}
