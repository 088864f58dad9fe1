"""What an operator asks MongoDB first: what waits, what is done, what gave up, and who lacks today's horoscope.

Counts and short reads through indexes; texts, names and transcripts are never read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.cohort_dates import Cell
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations.facts import NOT_PROCESSED
from astra_pipeline.errors import BadDocument
from astra_pipeline.horoscopes import rules as horoscopes
from astra_pipeline.horoscopes.rules import Reader
from astra_pipeline.horoscopes.write import RULE, without
from astra_pipeline.people.cohorts import zones
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import COHORTS, CONVERSATIONS, FAILURES, USERS
from astra_pipeline.store.queries import NOT_ERASED, chunks

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

PATIENCE = dt.timedelta(hours=1)
"""How long after 06:00 a missing horoscope is nobody's business yet; that of the check `everyone_has_one`."""
_LIVE = dt.timedelta(days=2)
"""What ended before may be a migration's past, which takes its time."""

_OF_CONVERSATIONS = ("transcripts", "conversation_insights", "user_overviews")
_UNPROCESSED = {"status": "completed"} | NOT_PROCESSED | NOT_ERASED


@dataclass(frozen=True)
class Holdings:
    """What the database says, at one glance."""

    completed: int
    """Conversations that ended, from ASTRA_START_DATE on; the next three sum to it."""
    processed: int
    waiting: int
    """Retries that are still to come included."""
    parked: int
    """Conversations that used up their attempts."""
    oldest_waiting: dt.datetime | None
    """When the conversation that waits longest ended; one nothing is known against."""
    overdue: int
    """Conversations that ended within two days and more than an hour ago, wait, and nothing is known against."""
    parked_items: dict[str, int]
    """Asset -> items of it that wait for a person, conversations and others."""
    retrying_items: int
    """Items of all assets that failed and will be tried again by themselves."""
    users: int
    cohorts: int
    without_cohort: int
    without_horoscope: int
    """Users who should have had today's horoscope for an hour, and have none."""


def read_holdings(db: Database[Document], *, now: dt.datetime) -> Holdings:
    """Look once. What it costs follows the work there is, but for the count of everything processed, which is
    read out of an index alone."""
    setbacks = _setbacks(db)
    # What is older than the first partition is left alone, whatever became of it.
    in_scope = {"ended_at": {"$not": {"$lt": _midnight(settings().astra_start_date)}}}
    unprocessed = db[CONVERSATIONS].count_documents(_UNPROCESSED | in_scope)
    parked = sum(
        db[CONVERSATIONS].count_documents(_UNPROCESSED | in_scope | theirs)
        for theirs in _conversations_of(failure for failure in setbacks if failure["parked_at"])
    )
    completed = db[CONVERSATIONS].count_documents({"status": "completed"} | in_scope)
    return Holdings(
        completed=completed,
        processed=max(completed - unprocessed, 0),
        waiting=max(unprocessed - parked, 0),
        parked=parked,
        oldest_waiting=_oldest_waiting(db, setbacks, now=now),
        overdue=db[CONVERSATIONS].count_documents(_free(setbacks, since=now - _LIVE, until=now - PATIENCE)),
        parked_items=_parked_items(db),
        retrying_items=db[FAILURES].count_documents({"parked_at": None}),
        users=db[USERS].estimated_document_count(),
        cohorts=db[COHORTS].estimated_document_count(),
        without_cohort=db[USERS].count_documents({"astra.cohort": None}),
        without_horoscope=_without_horoscope(db, at=now - PATIENCE),
    )


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def _setbacks(db: Database[Document]) -> list[Document]:
    fields = {"conversation_id": 1, "user_id": 1, "kind": 1, "parked_at": 1}
    return list(db[FAILURES].find({"kind": {"$in": list(_OF_CONVERSATIONS)}}, fields))


def _conversations_of(setbacks: Iterable[Mapping[str, Any]]) -> Iterable[Document]:
    """Queries, none of which meets what another meets, for the conversations setbacks are about."""
    ids: set[str] = set()
    users: set[str] = set()
    for setback in setbacks:
        if setback["kind"] == "user_overviews":
            users.add(setback["user_id"])
        elif setback["conversation_id"]:
            ids.add(setback["conversation_id"])
    for chunk in chunks(sorted(ids)):
        nameless = {"conversation_id": None, "_id": {"$in": _object_ids(chunk)}}
        yield {"$or": [{"conversation_id": {"$in": list(chunk)}}, nameless]}
    for chunk in chunks(sorted(users)):
        yield {"user_id": {"$in": list(chunk)}, "conversation_id": {"$nin": list(ids)}}


def _object_ids(items: Iterable[str]) -> list[Any]:
    """A document without a conversation_id goes by its _id."""
    from bson import ObjectId

    return [ObjectId(item) for item in items if ObjectId.is_valid(item)]


def _oldest_waiting(
    db: Database[Document], setbacks: Sequence[Mapping[str, Any]], *, now: dt.datetime
) -> dt.datetime | None:
    waits = _free(setbacks, since=_midnight(settings().astra_start_date), until=now)
    oldest = db[CONVERSATIONS].find_one(waits, {"_id": 0, "ended_at": 1}, sort=[("ended_at", 1)])
    try:
        return conversations.ended_at(oldest) if oldest else None
    except BadDocument:
        return None


def _free(setbacks: Sequence[Mapping[str, Any]], *, since: dt.datetime, until: dt.datetime) -> Document:
    """The query for conversations that ended in that time and wait, and against which nothing is known."""
    ids = [setback["conversation_id"] for setback in setbacks if setback["conversation_id"]]
    users = [setback["user_id"] for setback in setbacks if setback["kind"] == "user_overviews"]
    free = {"conversation_id": {"$nin": ids}, "_id": {"$nin": _object_ids(ids)}, "user_id": {"$nin": users}}
    return {**_UNPROCESSED, "ended_at": {"$gte": since, "$lte": until}, **free}


def _parked_items(db: Database[Document]) -> dict[str, int]:
    stages = [
        {"$match": {"parked_at": {"$type": "date"}}},
        {"$group": {"_id": "$kind", "items": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    return {row["_id"]: row["items"] for row in db[FAILURES].aggregate(stages)}


def _without_horoscope(db: Database[Document], *, at: dt.datetime) -> int:
    """Users for whom it was 06:00 or later at `at`, who can have that date's horoscope, and have none."""
    lacking = 0
    for cohort, zone in zones(db).items():
        due = horoscopes.due_date(at, zone)
        if due is None:
            continue
        late = without(Cell(due, cohort, zone), charted_by=at)
        lacking += sum(isinstance(horoscopes.reader_of(user), Reader) for user in db[USERS].find(late, RULE))
    return lacking
