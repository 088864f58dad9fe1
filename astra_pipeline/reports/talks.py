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
from astra_pipeline.zones import CLOCKS_APART, place_zone

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]
    Document = dict[str, Any]

_WEEK = dt.timedelta(weeks=1)
_FIELDS = {"conversation_id": 1, "user_id": 1, "ended_at": 1, "metadata.transcript_processed": 1}


async def talks_of(db: Database, cell: CohortDate, people: Sequence[Person]) -> dict[str, list[Talk]]:
    """User -> their completed conversations of the local week, each with its insights by us or by the old system.

    A call is of the week of its date where it took place. Conversations of the Sunday evening before count, too,
    when they came too late for the report of that week.
    """
    by_id = {person.id: person for person in people}
    around = await _around(db, cell, list(by_id))
    facts = await _facts(db, [document["conversation_id"] for document in around])
    documents = await _of_week(db, cell, around, facts)
    parked = await failures.parked_conversations(
        db, [document["conversation_id"] for document in documents], of="conversation_id"
    )
    talks: dict[str, list[Talk]] = {}
    for document in documents:
        key, ended_at = document["conversation_id"], document["ended_at"]
        output = facts[key]["output"] if key in facts else None
        if output is None and at_path(document, "metadata.transcript_processed"):
            output = rules.noted_before(by_id[document["user_id"]], key, ended_at)
        late, place = _week(document, facts, cell) < cell.date, _place(document, facts)
        talk = Talk(key, ended_at, output, key in parked, late=late, place=place)
        talks.setdefault(document["user_id"], []).append(talk)
    return talks


async def _around(db: Database, cell: CohortDate, user_ids: Sequence[str]) -> list[Document]:
    """The conversations that may be of the week, wherever they took place, or of the Sunday evening before."""
    start, _ = rules.evening_before(cell.date, cell.zone)
    _, end = rules.window(cell.date, cell.zone)
    start, end = min(start, end - _WEEK - CLOCKS_APART), end + CLOCKS_APART
    return [
        document
        for chunk in chunks(user_ids)
        async for document in db[CONVERSATIONS].find(
            {"user_id": {"$in": list(chunk)}, "status": "completed", "ended_at": {"$gte": start, "$lt": end}}
            | NOT_ERASED,
            _FIELDS,
        )
        if isinstance(document.get("conversation_id"), str)
    ]


async def _of_week(
    db: Database, cell: CohortDate, around: Sequence[Document], facts: Mapping[str, Document]
) -> list[Document]:
    """The conversations of the week, without those that the report on the week before covers."""
    evening, _ = rules.evening_before(cell.date, cell.zone)
    documents = [
        document
        for document in around
        if (week := _week(document, facts, cell)) == cell.date
        or (week == cell.date - _WEEK and document["ended_at"] >= evening)
    ]
    before = {one["conversation_id"]: one["user_id"] for one in documents if _week(one, facts, cell) < cell.date}
    reported = await _reported(db, cell, list(before.values()))
    return [
        document
        for document in documents
        if document["conversation_id"] not in before
        or document["conversation_id"] not in reported.get(document["user_id"], {document["conversation_id"]})
    ]


async def _reported(db: Database, cell: CohortDate, users: Sequence[str]) -> dict[str, set[str]]:
    """User -> the conversations that the report on the week before covers, for users with that report."""
    before = cell.date - dt.timedelta(weeks=1)
    written = await stored_already(db[REPORTS], [item_of(user, before) for user in dict.fromkeys(users)])
    return {report["user_id"]: set(report["conversation_ids"]) for report in written.values()}


def _week(document: Document, facts: Mapping[str, Document], cell: CohortDate) -> dt.date:
    """The Monday of a conversation's week. One without insights yet counts where its cohort is."""
    return rules.week_of_call(document["ended_at"], _place(document, facts), cell.zone)


def _place(document: Document, facts: Mapping[str, Document]) -> str | None:
    return place_zone(facts.get(document["conversation_id"], {}).get("timezone"))


async def _facts(db: Database, ids: Sequence[str]) -> dict[str, Document]:
    """Conversation -> {output, timezone} of its insights."""
    return {
        insight["_id"]: insight
        for chunk in chunks(ids)
        async for insight in db[INSIGHTS].find({"_id": {"$in": list(chunk)}}, {"output": 1, "timezone": 1})
    }
