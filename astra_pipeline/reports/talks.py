"""The conversations of a cell's week, each with its insights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.people.person import Person
from astra_pipeline.reports import rules
from astra_pipeline.reports.items import item_of
from astra_pipeline.reports.rules import Talk
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, NOT_ERASED, REPORTS
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.present import stored as stored_already

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]
    Document = dict[str, Any]

_FIELDS = {"conversation_id": 1, "user_id": 1, "ended_at": 1, "metadata.transcript_processed": 1}


async def talks_of(db: Database, cell: CohortDate, people: Sequence[Person]) -> dict[str, list[Talk]]:
    """User -> their completed conversations of the local week, each with its insights by us or by the old system.

    Conversations of the Sunday evening before count, too, when they came too late for the report of that week.
    """
    by_id = {person.id: person for person in people}
    _, monday = rules.evening_before(cell.date, cell.zone)
    documents = await _completed(db, cell, list(by_id))
    outputs = await _outputs(db, [document["conversation_id"] for document in documents])
    parked = await failures.parked_conversations(
        db, [document["conversation_id"] for document in documents], of="conversation_id"
    )
    talks: dict[str, list[Talk]] = {}
    for document in documents:
        key, ended_at = document["conversation_id"], document["ended_at"]
        output = outputs.get(key)
        if output is None and at_path(document, "metadata.transcript_processed"):
            output = rules.noted_before(by_id[document["user_id"]], key, ended_at)
        talk = Talk(key, ended_at, output, key in parked, late=ended_at < monday)
        talks.setdefault(document["user_id"], []).append(talk)
    return talks


async def _completed(db: Database, cell: CohortDate, user_ids: Sequence[str]) -> list[Document]:
    """The conversations of the week, without those that the report on the week before covers."""
    _, end = rules.window(cell.date, cell.zone)
    start, monday = rules.evening_before(cell.date, cell.zone)
    documents = [
        document
        for chunk in chunks(user_ids)
        async for document in db[CONVERSATIONS].find(
            {"user_id": {"$in": list(chunk)}, "status": "completed", "ended_at": {"$gte": start, "$lt": end}}
            | NOT_ERASED,
            _FIELDS,
        )
        if isinstance(document.get("conversation_id"), str)
    ]
    reported = await _reported(db, cell, [d["user_id"] for d in documents if d["ended_at"] < monday])
    return [
        document
        for document in documents
        if document["ended_at"] >= monday
        or document["conversation_id"] not in reported.get(document["user_id"], {document["conversation_id"]})
    ]


async def _reported(db: Database, cell: CohortDate, users: Sequence[str]) -> dict[str, set[str]]:
    """User -> the conversations that the report on the week before covers, for users with that report."""
    before = cell.date - dt.timedelta(weeks=1)
    written = await stored_already(db[REPORTS], [item_of(user, before) for user in dict.fromkeys(users)])
    return {report["user_id"]: set(report["conversation_ids"]) for report in written.values()}


async def _outputs(db: Database, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    return {
        insight["_id"]: insight["output"]
        for chunk in chunks(ids)
        async for insight in db[INSIGHTS].find({"_id": {"$in": list(chunk)}}, {"output": 1})
    }
