"""Texts for the people of a cohort on a date: what every such text shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.cohort_dates import CohortDate, DueDate
from astra_pipeline.batches.failures import Kind
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.scope import Scope
from astra_pipeline.errors import BadAnswer
from astra_pipeline.llm.runner import read_answer
from astra_pipeline.llm.task import Answer
from astra_pipeline.names import isolated_in
from astra_pipeline.people.person import Person
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

_PREVIEWS = 3


async def members(
    db: AsyncDatabase[Document], cell: CohortDate, scope: Scope, projection: Mapping[str, Any]
) -> list[Document]:
    """Users of the cell's cohort who are chosen, by id, projected."""
    query: Document = {"astra.cohort": cell.cohort}
    if scope.user_ids:
        query["id"] = {"$in": list(scope.user_ids)}
    return await db[USERS].find(query, projection).sort("id", 1).to_list()


async def with_retries(
    db: AsyncDatabase[Document],
    kind: Kind,
    cells: Sequence[CohortDate],
    zones: Mapping[str, str],
    *,
    date_of: Callable[[str], dt.date],
    now: dt.datetime,
) -> list[DueDate]:
    """The cells, for everybody; and, for those alone whose text failed there, other cells whose retry is due: of a
    date that is over meanwhile, of a backfill, or because somebody asked for it. `date_of` reads an item's id.

    A failure whose person is no longer there is forgotten.
    """
    again = await failures.due(db, kind, now=now)
    cohort_of = {
        user["id"]: Person.read(user).marks.cohort
        for chunk in chunks([user for user in set(again.values()) if user])
        async for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, "astra.cohort": 1})
    }
    await failures.forget(db, kind, [item for item, user_id in again.items() if user_id not in cohort_of])
    others: dict[CohortDate, list[str]] = {}
    for item, user_id in sorted(again.items()):
        if user_id is None:
            continue
        cohort = str(cohort_of.get(user_id))
        if cohort in zones and (cell := CohortDate(date_of(item), cohort, zones[cohort])) not in cells:
            others.setdefault(cell, []).append(user_id)
    return [*map(DueDate, cells), *(DueDate(cell, tuple(users)) for cell, users in others.items())]


def with_isolated_name(text: str, person: Person) -> str:
    """A text as it is stored: a name written from right to left does not move the punctuation around it."""
    return isolated_in(text, person.first_name) if person.first_name else text


async def previewed(collection: AsyncCollection[Document], items: Sequence[str]) -> Preview:
    """The first few of the texts, by person."""
    written = collection.find({"_id": {"$in": list(items[:_PREVIEWS])}}, {"user_id": 1, "content": 1})
    return Preview(texts={text["user_id"]: text["content"] async for text in written})


async def content_of(collection: AsyncCollection[Document], item: str) -> str | None:
    """The text that is stored for an item."""
    stored = await collection.find_one({"_id": item}, {"content": 1})
    return stored["content"] if stored else None


async def refused_texts(
    collection: AsyncCollection[Document], model: type[Answer], *, at_most: int
) -> list[dict[str, str]]:
    """{item, problem} of the texts written last that their output model refuses beside their input."""
    latest = collection.find({}, {"content": 1, "input": 1}).sort("generated_at", -1).limit(at_most)
    rows = []
    async for text in latest:
        try:
            read_answer(model, {"content": text["content"]}, text["input"])
        except BadAnswer as problem:
            rows.append({"item": text["_id"], "problem": str(problem)})
    return rows
