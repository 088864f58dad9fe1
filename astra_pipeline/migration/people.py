"""The people that a migration takes in: those without a Julep user or a cohort."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations.conversation import Conversation
from astra_pipeline.errors import BadDocument
from astra_pipeline.migration import plan as migration
from astra_pipeline.people import cohorts
from astra_pipeline.people.birth import DECIDING
from astra_pipeline.people.birth import FIELDS as BIRTH_FIELDS
from astra_pipeline.people.person import Person
from astra_pipeline.store import clock
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, NOT_ERASED, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

_NO_ID: dict[str, Any] = {"$in": [None, ""]}
_NOT_SYNCED: dict[str, Any] = {"$or": [{"julep_user_id": _NO_ID}, {"astra.cohort": None}]}
_IS_AN_ID = {"$type": "string", "$ne": ""}
# The fields of a user that a sync, and a look at somebody's past, need.
FIELDS = dict.fromkeys(
    (
        "id",
        "name",
        "timezone",
        "birth_timezone",
        "julep_user_id",
        "astra.cohort",
        "astra.gamification_due",
        "user_overview.weekly_reports.week_start",
        "user_overview.latest_weekly_report.week_start",
    ),
    1,
)
# The fields of a user that a plan needs.
WHOLE = dict.fromkeys(
    ("id", "name", "timezone", "julep_user_id", "astra", "user_overview", *BIRTH_FIELDS, *DECIDING), 1
)


def to_sync(
    db: Database[Document],
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    cohort_keys: Sequence[str] = (),
) -> list[Person]:
    """People without a Julep user or a cohort, by id; with `cohort_keys`, members of these."""
    query = not_synced(only) | ({"astra.cohort": {"$in": list(cohort_keys)}} if cohort_keys else {})
    return [Person.read(user) for user in db[USERS].find(query, FIELDS).sort("id", 1).limit(limit or 0)]


def not_synced(only: Sequence[str]) -> Document:
    """The query for people without a Julep user or a cohort.

    An erased person is one again when they have talked again.
    """
    return {"$and": [_NOT_SYNCED, {"id": {"$in": list(only)} if only else _IS_AN_ID}, NOT_ERASED]}


def synced(db: Database[Document], *, only: Sequence[str] = ()) -> int:
    """The number of people with a Julep user and a cohort."""
    query: Document = {"julep_user_id": {"$not": _NO_ID}, "astra.cohort": {"$ne": None}}
    return db[USERS].count_documents(query | ({"id": {"$in": list(only)}} if only else {}))


def unknown(db: Database[Document], ids: Sequence[str]) -> list[str]:
    """The ids that no user has."""
    known = {user["id"] for user in db[USERS].find({"id": {"$in": list(ids)}}, {"id": 1})}
    return [user_id for user_id in ids if user_id not in known]


def seat(db: Database[Document], people: Sequence[Person], *, now: dt.datetime) -> int:
    """Give people to be taken in seats in cohorts of their own; returns the number of seats given.

    A person whom `new_users` was faster to seat among everybody moves. A person whom an earlier try seated, before
    it was killed, stays.
    """
    return cohorts.seat(db, [person.document["_id"] for person in people], batch=batch_of(now))


def batch_of(now: dt.datetime) -> str:
    """The name of the migration of a moment: its UTC date as YYYYMMDD."""
    return f"{now.astimezone(dt.UTC):%Y%m%d}"


def unreadable_of(db: Database[Document], ids: Sequence[str]) -> dict[str, list[str]]:
    """User -> the fields of their document that no rule reads, of the users with such fields."""
    return {
        user["id"]: odd
        for chunk in chunks(ids)
        for user in db[USERS].find({"id": {"$in": list(chunk)}}, WHOLE)
        if (odd := migration.unreadable(user))
    }


def cohorts_of(db: Database[Document], ids: Sequence[str]) -> dict[str, str]:
    """User -> cohort."""
    return {
        user["id"]: str(Person.read(user).marks.cohort)
        for chunk in chunks(ids)
        for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, "astra.cohort": 1})
    }


def conversations_of(
    db: Database[Document], ids: Sequence[str], condition: Mapping[str, Any]
) -> Iterable[Conversation]:
    """The completed conversations of these users, as runs read them; unreadable ones are left out."""
    fields = dict.fromkeys(("conversation_id", "user_id", "ended_at", "started_at", "duration_ms", "updated_at"), 1)
    now = clock.now()
    for chunk in chunks(ids):
        query: Document = {"user_id": {"$in": list(chunk)}, "status": "completed", **NOT_ERASED, **condition}
        for document in db[CONVERSATIONS].find(query, fields):
            try:
                yield conversations.parse(document, now=now)
            except BadDocument:
                continue
