"""Ids that several documents share, where no unique index could be built against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.chunks import chunks

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.synchronous.collection import Collection


async def shared(collection: AsyncCollection[dict[str, Any]], field: str, values: Sequence[str]) -> set[str]:
    """Those of `values` that two or more documents have in `field`. Reads its index alone."""
    return {
        group["_id"]
        for chunk in chunks(values)
        async for group in await collection.aggregate(_stages(field, chunk))
    }


def shared_now(collection: Collection[dict[str, Any]], field: str, values: Sequence[str]) -> set[str]:
    """The same for synchronous use."""
    return {group["_id"] for chunk in chunks(values) for group in collection.aggregate(_stages(field, chunk))}


def _stages(field: str, values: Sequence[str]) -> list[Mapping[str, Any]]:
    return [
        {"$match": {field: {"$in": list(values)}}},
        {"$group": {"_id": f"${field}", "documents": {"$sum": 1}}},
        {"$match": {"documents": {"$gt": 1}, "_id": {"$type": "string"}}},
    ]
