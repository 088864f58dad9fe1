"""What the assets on grids share: the people of a cell, and what is stored for them already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.core.cells import Cell, Chosen
from astra_pipeline.core.names import called, isolated
from astra_pipeline.resources.leases import chunks
from astra_pipeline.resources.mongo import USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]


async def members(
    db: AsyncDatabase[Document], cell: Cell, chosen: Chosen, projection: Mapping[str, Any]
) -> list[Document]:
    """Users of the cell's cohort who are chosen, by id, projected."""
    query: Document = {"astra.cohort": cell.cohort}
    if chosen.user_ids:
        query["id"] = {"$in": list(chosen.user_ids)}
    return await db[USERS].find(query, projection).sort("id", 1).to_list()


async def stored(collection: AsyncCollection[Document], items: Sequence[str]) -> dict[str, Document]:
    """Those of `items` that are in the collection, by id."""
    return {
        document["_id"]: document
        for chunk in chunks(items)
        async for document in collection.find({"_id": {"$in": list(chunk)}})
    }


def with_isolated_name(text: str, user: Mapping[str, Any]) -> str:
    """A text as it is stored: a name written from right to left does not move the punctuation around it."""
    name = called(user.get("name"))
    return text.replace(name, isolated(name)) if name else text
