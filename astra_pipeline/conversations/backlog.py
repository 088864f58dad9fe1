"""What waits for a run; read by the sensor through indexes, in time that follows the work and not the history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures, leases
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations.facts import NOT_PROCESSED
from astra_pipeline.conversations.planning import Waiting
from astra_pipeline.errors import BadDocument
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import CONVERSATIONS, FAILURES
from astra_pipeline.store.queries import NOT_ERASED

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_FIELDS = dict.fromkeys(("conversation_id", "user_id", "ended_at", "started_at", "duration_ms", "updated_at"), 1)
_PAGE = 1_000


def waiting_conversations(db: Database[dict[str, Any]], *, now: dt.datetime, at_most: int) -> list[Waiting]:
    """Completed conversations no run has processed or holds, whose retry is not still to come, newest first.

    When more than `at_most` wait, the oldest of all is added, so that a backlog's range of days is known
    without reading it whole. Documents that cannot be used count as today's; the run sets them aside. Days
    before ASTRA_START_DATE have no partition and are left alone.
    """
    query = {"status": "completed"} | NOT_PROCESSED | NOT_ERASED
    newest = iter(db[CONVERSATIONS].find(query, _FIELDS).sort("ended_at", -1).batch_size(_PAGE))
    found: list[Waiting] = []
    while len(found) < at_most and (page := list(islice(newest, _PAGE))):
        found += _free(db, page, now)
    if len(found) >= at_most:
        oldest = db[CONVERSATIONS].find(query | {"ended_at": {"$type": "date"}}, _FIELDS).sort("ended_at", 1)
        found = found[:at_most] + _free(db, list(oldest.limit(_PAGE)), now)[:1]
    return list({item.conversation_id: item for item in found}.values())


def oldest_day(db: Database[dict[str, Any]], user_id: str) -> dt.date | None:
    """The UTC day of the user's oldest completed conversation that is not processed."""
    query = {"user_id": user_id, "status": "completed", "ended_at": {"$type": "date"}} | NOT_PROCESSED | NOT_ERASED
    oldest = db[CONVERSATIONS].find_one(query, {"ended_at": 1}, sort=[("ended_at", 1)])
    return max(oldest["ended_at"].date(), settings().astra_start_date) if oldest else None


def _free(db: Database[dict[str, Any]], page: Iterable[Mapping[str, Any]], now: dt.datetime) -> list[Waiting]:
    by_id = {str(document.get("conversation_id") or document["_id"]): document for document in page}
    users = {document["user_id"] for document in by_id.values() if isinstance(document.get("user_id"), str)}
    leased = leases.held_by_others(db, list(by_id), now=now)
    held, held_users = failures.held_conversations(db, list(by_id), list(users), now=now)
    attempts = {
        failure["conversation_id"]: failure["attempt"] + failure["looks"]
        for failure in db[FAILURES].find({"conversation_id": {"$in": list(by_id)}})
    }
    first_day = settings().astra_start_date
    return [
        Waiting(conversation_id, day, attempts.get(conversation_id, 0))
        for conversation_id, document in by_id.items()
        if conversation_id not in leased
        and conversation_id not in held
        and document.get("user_id") not in held_users
        and first_day <= (day := _day(document, now)) <= now.date()
    ]


def _day(document: Mapping[str, Any], now: dt.datetime) -> dt.date:
    try:
        return conversations.parse(document, now=now).day
    except BadDocument:
        return now.date()
