"""`astra_webhook_events`: the events that ElevenLabs told, one document an event, for two weeks.

A document: `_id` ("type:conversation", or "type:" and the body's SHA-256 where none is named), `type`,
`conversation_id`, `agent_id`, `user_id` (the person, where there is one), `received_at`, `last_received_at`,
`deliveries`, `event_timestamp`, `ended_at`, `expires_at`, and of a transcription `payload`, the signed text itself.
Deliveries may be repeated, late and in any order: the newest payload stays.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Subject
from astra_pipeline.conversations import ending
from astra_pipeline.conversations.ending import Closing, EndedCall, Known
from astra_pipeline.conversations.owner import owner_of
from astra_pipeline.conversations.webhook import TRANSCRIPTION, Event, event_key, heard_in, read_event
from astra_pipeline.conversations.wire import ElevenLabsConversation
from astra_pipeline.errors import BadDocument, NotFound, ServiceAway
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import EVENTS
from astra_pipeline.store.updates import literal

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

log = structlog.get_logger(__name__)

KEPT_DAYS = 14
_DAY_MS = 24 * 3_600_000


async def receive(db: Database, event: Event) -> str | None:
    """Store an authentic event and do what follows from it; returns why it was ignored, None when it was not.

    Safe to repeat, in any order and at the same time. Raises ServiceAway when it could not be written down, so that
    it must be sent again.
    """
    from pymongo.errors import PyMongoError

    wanted = settings().astra_webhook_agent_ids
    if wanted and event.agent_id not in wanted:
        return "foreign agent"
    try:
        await _receive(db, event)
    except PyMongoError as error:
        log.warning("an event could not be stored", error=type(error).__name__)
        raise ServiceAway(f"MongoDB: {type(error).__name__}") from None
    return event.ignored


async def _receive(db: Database, event: Event) -> None:
    # The person of an event without a call is the one of its conversation's document.
    call = event.call or EndedCall(conversation_id=event.conversation_id or "", source="webhook", over_by=event.at)
    found = await ending.known(db, call) if event.conversation_id else Known(None, None)
    if ending.is_erased(call, found):
        if event.call is not None:
            await ending.close(db, call, found=found)
        return
    await _store(db, event, found)
    if event.call is not None:
        await close(db, event.call, found=found)
    if found.owner is not None:
        # An erasure empties the collection after it has set the tombstone. One that is not seen now comes later.
        owner = await owner_of(db, found.owner.user_id, ())
        if owner is not None and owner.was_erased_after(call.over_at):
            await db[EVENTS].delete_one({"_id": event.key})


async def close(db: Database, call: EndedCall, *, found: Known | None = None) -> Closing:
    """Close the call's document. One whose person nobody knows is a failure that is tried again."""
    outcome = await ending.close(db, call, found=found)
    if outcome is Closing.UNKNOWN_OWNER:
        nobody = NotFound("there is no document of this conversation, and no user whom the call names")
        await failures.record(db, "webhooks", Subject(call.conversation_id), nobody, run_id=call.source)
    return outcome


async def _store(db: Database, event: Event, found: Known) -> None:
    from pymongo.errors import DuplicateKeyError

    at = event.call.over_at if event.call else None
    is_newer = {"$gte": [event.at, {"$ifNull": ["$event_timestamp", event.at]}]}
    known: Document = {
        "type": literal(event.type),
        "conversation_id": literal(event.conversation_id),
        "agent_id": literal(event.agent_id),
        "user_id": literal(found.owner.user_id) if found.owner else {"$ifNull": ["$user_id", None]},
        "received_at": {"$ifNull": ["$received_at", "$$NOW"]},
        "last_received_at": "$$NOW",
        "deliveries": {"$add": [{"$ifNull": ["$deliveries", 0]}, 1]},
        "event_timestamp": {"$max": ["$event_timestamp", event.at]},
        "ended_at": {"$cond": [is_newer, at or event.at, "$ended_at"]},
        "expires_at": {"$ifNull": ["$expires_at", {"$add": ["$$NOW", KEPT_DAYS * _DAY_MS]}]},
    }
    if event.payload is not None:
        known["payload"] = {"$cond": [is_newer, literal(event.payload), "$payload"]}
    try:
        await db[EVENTS].update_one({"_id": event.key}, [{"$set": known}], upsert=True)
    except DuplicateKeyError:
        # Another delivery was the first to be stored at this very moment.
        await db[EVENTS].update_one({"_id": event.key}, [{"$set": known}])


@dataclass(frozen=True)
class Told:
    """A conversation as a webhook told it, and when it came."""

    heard: ElevenLabsConversation
    received_at: dt.datetime

    @property
    def is_whole(self) -> bool:
        """Whether it is final and has its words: then nobody need be asked."""
        return self.heard.is_final and bool(self.heard.transcript)


async def told(db: Database, conversation_id: str) -> Told | None:
    """The conversation as the newest transcription of it tells; None without one that can be read."""
    fields = {"payload": 1, "last_received_at": 1}
    stored = await db[EVENTS].find_one({"_id": event_key(TRANSCRIPTION, conversation_id)}, fields)
    heard = heard_in(stored["payload"]) if stored and isinstance(stored.get("payload"), str) else None
    if stored is None or heard is None or heard.conversation_id != conversation_id:
        return None
    return Told(heard, stored["last_received_at"])


async def again(db: Database, conversation_id: str) -> Closing | None:
    """Try once more to close the conversation of an event whose person nobody knew; None when it is gone."""
    key = event_key(TRANSCRIPTION, conversation_id)
    stored = await db[EVENTS].find_one({"_id": key})
    call = _call_in(stored) if stored else None
    if call is None:
        return None
    found = await ending.known(db, call)
    if found.owner is not None:
        await db[EVENTS].update_one({"_id": key}, {"$set": {"user_id": found.owner.user_id}})
    outcome = await close(db, call)
    if outcome is Closing.ERASED:
        await db[EVENTS].delete_one({"_id": key})
    return outcome


def _call_in(stored: Document) -> EndedCall | None:
    try:
        event = read_event(stored["payload"].encode(), digest="", signed_at=stored["event_timestamp"])
    except (BadDocument, KeyError, AttributeError):
        return None
    return event.call
