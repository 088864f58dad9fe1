"""Reading parts of one person's document by their id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]


async def read_fields(db: Database, user_id: str, fields: Iterable[str]) -> Mapping[str, Any] | None:
    """The named fields (paths) of a person's document, one indexed read; None when there is no such person.

    Somebody whose sign-up set no `id` yet is known by the text of `_id`. Of an erased person everything that is
    personal is gone from the document already.
    """
    projection = {"_id": 0} | dict.fromkeys(fields, 1)
    found = await db[USERS].find_one({"id": user_id}, projection)
    if found is None and ObjectId.is_valid(user_id):
        found = await db[USERS].find_one({"_id": ObjectId(user_id), "id": None}, projection)
    return found
