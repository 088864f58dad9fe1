"""The state of the data, read from MongoDB: conversations in each state, users, missing horoscopes.

This is the only reader of that state for `astra status`, `astra demo` and the benchmarks. It counts and reads
through indexes; it never reads a text, a name or a transcript.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import alerts, money
from astra_pipeline.batches.retries import OUTAGE_WORTH_TELLING
from astra_pipeline.batches.retry_marks import PARKED, RETRY_AT
from astra_pipeline.batches.slots import Use, read_use
from astra_pipeline.horoscopes.due import READER_FIELDS, can_have_one, today, without_any
from astra_pipeline.language.care import DAYS
from astra_pipeline.people.cohorts import unknown_zones, zones
from astra_pipeline.requests.counts import Requests, read_requests
from astra_pipeline.settings import settings
from astra_pipeline.store import indexes
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import (
    COHORTS,
    CONVERSATIONS,
    FAILURES,
    INSIGHTS,
    NOT_ERASED,
    NOT_PROCESSED,
    UNDATED,
    USERS,
)

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

# The time after 06:00 for which a horoscope may be missing before it counts; as in the check `everyone_has_one`.
PATIENCE = dt.timedelta(hours=1)
# People who lack a text are counted so far.
_MANY = 1_000
# A query asks for so many cohorts: one by one they cost a tenth of a second at 200,000 people.
_COHORTS_ASKED = 100
# Conversations that ended earlier may be the past of a migration, which takes its time.
_LIVE = dt.timedelta(days=2)

_OF_CONVERSATIONS = ("transcripts", "conversation_insights", "user_overviews")
_UNPROCESSED = {"status": "completed"} | NOT_PROCESSED | NOT_ERASED
# What is neither parked nor left alone for good, by the mark.
_TO_BE_TRIED = {RETRY_AT: {"$not": {"$gte": PARKED}}}


@dataclass(frozen=True)
class Holdings:
    """The counts of the database at one moment.

    completed: conversations that ended, from ASTRA_START_DATE on; the sum of processed, waiting and parked
    waiting: conversations still to be processed, those with a retry to come included
    parked: conversations that used up their attempts
    before_start: completed conversations that ended before ASTRA_START_DATE and are left alone
    away: asset -> items of it that wait for a service that has been away for over half an hour
    oldest_waiting: the end (UTC) of the conversation that waits longest, of those that may be tried now
    overdue: conversations of the last two days that could have been tried for an hour, and were not: they ended an
        hour ago and have not failed, or their retry was due then
    parked_items: asset -> items of it that wait for a person; conversations, users and texts
    retrying_items: items of all assets that failed and will be tried again without a person
    without_horoscope: users who should have had today's horoscope for an hour and have none; a thousand stands for
        any larger number
    requests: what callers of the API asked for, and what became of it
    missing_indexes: indexes of ours that are missing, each with the reason; reads are slow without them
    in_care: level -> conversations of the last days (crisis 30, tender 14) that ask for care
    spent_today: the LLM's answers since 00:00 UTC, their tokens, and what they cost in US dollars
    unknown_zones: cohort -> its zone, where this machine does not know it; its people get no texts
    llm: the LLM's slots: how many there are, and which runs hold them
    """

    completed: int
    processed: int
    waiting: int
    parked: int
    before_start: int
    away: dict[str, int]
    oldest_waiting: dt.datetime | None
    overdue: int
    parked_items: dict[str, int]
    retrying_items: int
    users: int
    cohorts: int
    without_cohort: int
    without_horoscope: int
    requests: Requests = field(default_factory=Requests)
    missing_indexes: list[str] = field(default_factory=list)
    unknown_zones: dict[str, str] = field(default_factory=dict)
    in_care: dict[str, int] = field(default_factory=dict)
    llm: Use = field(default_factory=lambda: Use(0, ()))
    spent_today: money.Spent = field(default_factory=money.Spent)


@dataclass(frozen=True)
class Unprocessed:
    """A completed conversation that is not processed, and the reason."""

    conversation_id: str
    parked: bool
    reason: str


def read_holdings(db: Database[Document], *, now: dt.datetime) -> Holdings:
    """Read the counts as of `now` (aware).

    What holds a conversation up is told by its mark (`astra.retry_at`), which the sensor makes for failures that
    were stored without one. Everything is read through indexes. Counting what is completed costs half a
    microsecond a conversation; what is parked, or ended before the start, a few.
    """
    waiting, parked, completed = count_waiting(db), count_parked(db), count_completed(db)
    return Holdings(
        completed=completed,
        processed=max(completed - waiting - parked, 0),
        waiting=waiting,
        parked=parked,
        before_start=db[CONVERSATIONS].count_documents(_UNPROCESSED | {"ended_at": {"$lt": _first_moment()}}),
        away={one.kind: one.items for one in alerts.outages_since(db, now - OUTAGE_WORTH_TELLING)},
        oldest_waiting=oldest_waiting(db, now=now),
        overdue=overdue(db, now=now),
        parked_items=parked_items(db),
        retrying_items=db[FAILURES].count_documents({"parked_at": None}),
        users=db[USERS].estimated_document_count(),
        cohorts=db[COHORTS].estimated_document_count(),
        without_cohort=db[USERS].count_documents({"astra.cohort": None}),
        without_horoscope=without_horoscope(db, at=now - PATIENCE),
        requests=read_requests(db, now=now),
        missing_indexes=indexes.problems(db),
        unknown_zones=unknown_zones(db),
        in_care=in_care(db, now=now),
        llm=read_use(db),
        spent_today=money.spent_today(db, now=now),
    )


def read_unprocessed(db: Database[Document]) -> list[Unprocessed]:
    """Every conversation that `Holdings` counts as waiting or parked, with the reason for a person to read.

    The list is as long as the backlog, so it is for the demo, benchmarks and tests.
    """
    by_conversation: dict[str, Document] = {}
    by_user: dict[str, Document] = {}
    for setback in _setbacks(db, "error", "message"):
        if setback["kind"] == "user_overviews":
            by_user[setback["user_id"]] = setback
        elif setback["conversation_id"]:
            by_conversation[setback["conversation_id"]] = setback
    found = db[CONVERSATIONS].find(_UNPROCESSED | _in_scope(), {"conversation_id": 1, "user_id": 1})
    listed = []
    for conversation in found:
        key = str(conversation.get("conversation_id") or conversation["_id"])
        against = (by_conversation.get(key), by_user.get(conversation.get("user_id") or ""))
        listed.append(_unprocessed(key, [setback for setback in against if setback]))
    return listed


def count_waiting(db: Database[Document]) -> int:
    """Conversations still to be processed."""
    return db[CONVERSATIONS].count_documents(_UNPROCESSED | _in_scope() | _TO_BE_TRIED)


def count_parked(db: Database[Document]) -> int:
    """Conversations that used up their attempts."""
    return db[CONVERSATIONS].count_documents(_UNPROCESSED | _in_scope() | {RETRY_AT: PARKED})


def count_completed(db: Database[Document]) -> int:
    """Conversations that ended, from ASTRA_START_DATE on. Keys of an index are counted, a microsecond for two."""
    completed = {"status": "completed"}
    before = db[CONVERSATIONS].count_documents(completed | {"ended_at": {"$lt": _first_moment()}})
    return max(db[CONVERSATIONS].count_documents(completed) - before, 0)


def _unprocessed(conversation_id: str, setbacks: Sequence[Mapping[str, Any]]) -> Unprocessed:
    for setback in setbacks:
        if setback["parked_at"] is not None:
            return Unprocessed(conversation_id, True, f"{setback['error']}: {setback['message']}")
    for setback in setbacks:
        return Unprocessed(conversation_id, False, f"another attempt: {setback['message']}")
    return Unprocessed(conversation_id, False, "its turn")


def _in_scope() -> Document:
    # Conversations that ended before the first partition are left alone.
    return {"ended_at": {"$not": {"$lt": _first_moment()}}}


def _first_moment() -> dt.datetime:
    return _midnight(settings().astra_start_date)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)


def _setbacks(db: Database[Document], *more: str) -> list[Document]:
    """The failures that keep conversations from being processed; `more` names further fields to read."""
    fields = dict.fromkeys(("conversation_id", "user_id", "kind", "parked_at", *more), 1)
    return list(db[FAILURES].find({"kind": {"$in": list(_OF_CONVERSATIONS)}}, fields))


def oldest_waiting(db: Database[Document], *, now: dt.datetime) -> dt.datetime | None:
    """The end (UTC) of the conversation that waits longest, of those that may be tried now."""
    dated = {"ended_at": {"$gte": _first_moment(), "$lte": now}}
    fresh, retries = {RETRY_AT: None}, {RETRY_AT: {"$lte": now}}
    found = [
        db[CONVERSATIONS].find_one(_UNPROCESSED | dated | which, {"_id": 0, "ended_at": 1}, sort=[("ended_at", 1)])
        for which in (fresh, retries)
    ]
    return min((one["ended_at"] for one in found if one), default=None)


def overdue(db: Database[Document], *, now: dt.datetime) -> int:
    """Conversations of the last two days that could have been tried for an hour, and were not."""
    since, until = now - _LIVE, now - PATIENCE
    ended = {"ended_at": {"$gte": since, "$lte": until}}
    undated = UNDATED | {"started_at": {"$gte": since, "$lte": until}}
    retries = {RETRY_AT: {"$lte": until}, "ended_at": {"$not": {"$lt": since}}}
    ways = (ended | {RETRY_AT: None}, undated | {RETRY_AT: None}, retries)
    return sum(db[CONVERSATIONS].count_documents(_UNPROCESSED | way) for way in ways)


def parked_items(db: Database[Document]) -> dict[str, int]:
    """Asset -> items of it that wait for a person."""
    stages = [
        # In the form that an index answers alone.
        {"$match": {"parked_at": {"$gt": dt.datetime(1970, 1, 1, tzinfo=dt.UTC)}}},
        {"$group": {"_id": "$kind", "items": {"$sum": 1}}},
        {"$sort": {"_id": 1}},
    ]
    return {row["_id"]: row["items"] for row in db[FAILURES].aggregate(stages)}


def in_care(db: Database[Document], *, now: dt.datetime) -> dict[str, int]:
    """Level of care -> the conversations of the time for which it lasts."""
    return {
        level: db[INSIGHTS].count_documents({"care": level, "ended_at": {"$gte": now - dt.timedelta(days=days)}})
        for level, days in DAYS.items()
        if days
    }


def without_horoscope(db: Database[Document], *, at: dt.datetime) -> int:
    """The number of users whose horoscope was due at `at` where they live, who can have one, and have none; beyond
    a thousand nobody counts on."""
    cohorts: dict[dt.date, list[str]] = {}
    for cell in today(zones(db), at):
        cohorts.setdefault(cell.date, []).append(cell.cohort)
    lacking = (
        user
        for date, theirs in cohorts.items()
        for some in chunks(theirs, _COHORTS_ASKED)
        for user in db[USERS].find(without_any(some, date, charted_by=at), READER_FIELDS).batch_size(_MANY)
        if can_have_one(user)
    )
    return sum(1 for _ in islice(lacking, _MANY))
