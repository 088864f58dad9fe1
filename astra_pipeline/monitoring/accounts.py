"""Where every completed conversation stands: the sum an operator checks first."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import (
    CONVERSATIONS,
    FAILURES,
    HOROSCOPES,
    INSIGHTS,
    LEASES,
    REPORTS,
    TRANSCRIPTS,
    USERS,
)
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


_OF_CONVERSATIONS = ("transcripts", "conversation_insights", "user_overviews")


@dataclass
class Accounts:
    """Completed conversations by where they stand; the four numbers sum to `completed`."""

    completed: int = 0
    processed: int = 0
    empty: int = 0
    """Processed as well, but nobody had said a word."""
    waiting: dict[str, str] = field(default_factory=dict)
    """conversation_id -> what it waits for."""
    parked: dict[str, str] = field(default_factory=dict)
    """conversation_id -> why."""
    transcripts: int = 0
    insights: int = 0


def take_account(db: Database[dict[str, Any]]) -> Accounts:
    """Look at every completed conversation once (a report for people; sensors use indexes instead)."""
    accounts = Accounts()
    empty = {insight["_id"] for insight in db[INSIGHTS].find({"empty": True}, {"_id": 1})}
    setbacks: dict[str, dict[str, Any]] = {}
    for failure in db[FAILURES].find({"kind": {"$in": list(_OF_CONVERSATIONS)}}):
        setbacks[failure.get("conversation_id") or failure["user_id"]] = failure
    fields = {"conversation_id": 1, "user_id": 1, "metadata.transcript_processed": 1}
    for conversation in db[CONVERSATIONS].find({"status": "completed"}, fields):
        accounts.completed += 1
        key = str(conversation.get("conversation_id") or conversation["_id"])
        if at_path(conversation, "metadata.transcript_processed"):
            if key in empty:
                accounts.empty += 1
            else:
                accounts.processed += 1
            continue
        setback = setbacks.get(key) or setbacks.get(conversation.get("user_id") or "")
        if setback is None:
            accounts.waiting[key] = "its turn"
        elif setback["parked_at"] is not None:
            accounts.parked[key] = f"{setback['error']}: {setback['message']}"
        else:
            accounts.waiting[key] = f"another attempt: {setback['message']}"
    accounts.transcripts = db[TRANSCRIPTS].estimated_document_count()
    accounts.insights = db[INSIGHTS].estimated_document_count()
    return accounts


def fingerprints(db: Database[dict[str, Any]]) -> dict[str, str]:
    """ "collection/id" -> a hash of the document, for every document the pipeline reads or writes."""
    import bson

    collections = (USERS, CONVERSATIONS, TRANSCRIPTS, INSIGHTS, HOROSCOPES, REPORTS, FAILURES, LEASES)
    return {
        f"{collection}/{document['_id']}": hashlib.sha256(bson.encode(document)).hexdigest()
        for collection in collections
        for document in db[collection].find()
    }


def changes_between(before: dict[str, str], after: dict[str, str]) -> dict[str, int]:
    """Collection -> how many documents appeared, vanished or changed; empty when nothing did."""
    counts: dict[str, int] = {}
    for key in before.keys() | after.keys():
        if before.get(key) != after.get(key):
            collection = key.partition("/")[0]
            counts[collection] = counts.get(collection, 0) + 1
    return counts
