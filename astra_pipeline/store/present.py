"""Which documents a collection holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.chunks import chunks

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase


async def present(db: AsyncDatabase[dict[str, Any]], collection: str, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that are the `_id` of a document of the collection."""
    return {
        document["_id"]
        for chunk in chunks(ids)
        async for document in db[collection].find({"_id": {"$in": list(chunk)}}, {"_id": 1})
    }


async def stored(collection: AsyncCollection[dict[str, Any]], ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The documents of the collection with these ids, by id."""
    return {
        document["_id"]: document
        for chunk in chunks(ids)
        async for document in collection.find({"_id": {"$in": list(chunk)}})
    }
