"""What the assets on grids share: the people of a cell, and what is stored for them already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.cohort_dates import Cell, Chosen, Due
from astra_pipeline.batches.failures import Kind
from astra_pipeline.names import called, isolated_in
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.mongo import USERS
from astra_pipeline.store.queries import chunks

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


async def with_retries(
    db: AsyncDatabase[Document],
    kind: Kind,
    cells: Sequence[Cell],
    zones: Mapping[str, str],
    *,
    date_of: Callable[[str], dt.date],
    now: dt.datetime,
) -> list[Due]:
    """The cells, for everybody; and, for those alone whose text failed there, other cells whose retry is due: of a
    date that is over meanwhile, of a backfill, or because somebody asked for it. `date_of` reads an item's id."""
    again = await failures.due_again(db, kind, now=now)
    cohort_of = {
        user["id"]: at_path(user, "astra.cohort")
        for chunk in chunks(list(set(again.values())))
        async for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, "astra.cohort": 1})
    }
    others: dict[Cell, list[str]] = {}
    for item, user_id in sorted(again.items()):
        cohort = str(cohort_of.get(user_id))
        if cohort in zones and (cell := Cell(date_of(item), cohort, zones[cohort])) not in cells:
            others.setdefault(cell, []).append(user_id)
    return [*map(Due, cells), *(Due(cell, tuple(users)) for cell, users in others.items())]


def with_isolated_name(text: str, user: Mapping[str, Any]) -> str:
    """A text as it is stored: a name written from right to left does not move the punctuation around it."""
    name = called(user.get("name"))
    return isolated_in(text, name) if name else text
