"""The end of a conversation, learned in three ways and written by one function.

The web app opens the document of a conversation and never closes it. Whoever learns first that the call is over
closes it: the app's client (POST transcript), ElevenLabs' webhook, or the reconciler. An end that nobody told is
the server's clock, and provisional: `astra.ended_at_source` names who closed the document, and `astra.closed_end`
holds the end that was set. The start and the duration at ElevenLabs correct it once; from then on the source is
"elevenlabs". An `ended_at` that the app wrote is never touched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self

from astra_pipeline.batches import failures
from astra_pipeline.batches.retry_marks import ERASED as LEFT_ALONE
from astra_pipeline.conversations import provisional
from astra_pipeline.conversations.owner import Owner, owner_of
from astra_pipeline.conversations.wire import ElevenLabsConversation, FinalStatus, Times
from astra_pipeline.counters import CLOSED, count
from astra_pipeline.store.collections import CONVERSATIONS, NOT_ERASED
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.updates import literal, merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

Source = Literal["client", "webhook", "reconciler"]

LOOK_AT = "astra.look_at"
"""When the reconciler looks again whether an open conversation is over."""

_READ = dict.fromkeys(("user_id", "status", "started_at", "ended_at", "astra"), 1)
# Another writer may create the document between our look and our write.
_ATTEMPTS = 5


class Closing(StrEnum):
    """The outcome of telling that a call is over."""

    CLOSED = "closed"
    """The document was open, and is completed now."""
    CREATED = "created"
    """There was no document. There is a completed one now."""
    CORRECTED = "corrected"
    """The document was closed with a provisional end. It has ElevenLabs' end now."""
    ALREADY_CLOSED = "already_closed"
    ABANDONED = "abandoned"
    """Nobody talked: the document is abandoned and counts nowhere."""
    UNKNOWN_OWNER = "unknown_owner"
    """There is no document, and no person whom the call names."""
    ERASED = "erased"
    """The call is of before its person's erasure. Nothing of it is kept."""
    NOT_FOUND = "not_found"
    """There is no such conversation of this person, and it is not for this source to create one."""


@dataclass(frozen=True, kw_only=True)
class EndedCall:
    """A call that is over, as its source tells it. Times are aware; what is not known is None."""

    conversation_id: str
    source: Source
    user_id: str | None = None
    """For a client, the person who tells it; a conversation of somebody else is not found. Else the caller."""
    also_named: tuple[str, ...] = ()
    """Further ids under which ElevenLabs may know the caller, the best one first."""
    status: FinalStatus | None = None
    """ElevenLabs' own word; None where it was not asked, or is still processing the call."""
    agent_id: str | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    """The start plus the duration at ElevenLabs; without it the end is provisional."""
    duration_ms: int | None = None
    over_by: dt.datetime | None = None
    """A moment at which the call was over: the provisional end where `ended_at` is not known."""
    connected: bool = True
    """False: the call was never taken, and no transcript will ever come."""
    verified: bool = False
    """ElevenLabs itself names the person: a client may then create the document that the app failed to write."""

    @classmethod
    def heard(cls, heard: ElevenLabsConversation, source: Source, **known: Any) -> Self:
        """The call as ElevenLabs tells it. While it is still processed there, its end is not known."""
        user_id, *others = heard.callers or (None,)
        times = heard.times if heard.is_final else Times.of(heard.metadata.start_time_unix_secs, None)
        call = cls(
            conversation_id=heard.conversation_id,
            source=source,
            user_id=user_id,
            also_named=tuple(one for one in others if one),
            status=heard.final_status,
            agent_id=heard.agent_id,
            started_at=times.started_at,
            ended_at=times.ended_at,
            duration_ms=times.duration_ms,
        )
        return replace(call, **known)

    @property
    def may_create(self) -> bool:
        """Whether a document that is missing may be written."""
        return self.connected and (self.verified or self.source != "client")

    @property
    def over_at(self) -> dt.datetime | None:
        """The moment that decides between before and after an erasure; None for now."""
        return self.ended_at or self.over_by

    @property
    def names(self) -> tuple[str, ...]:
        """The ids that may be the caller's, the best one first."""
        return tuple(dict.fromkeys(one for one in (self.user_id, *self.also_named) if one))


@dataclass(frozen=True)
class Known:
    """The things that MongoDB knows of a call before it is closed."""

    document: Document | None
    """The conversation's document, as far as an ending reads it."""
    owner: Owner | None
    """The person whose conversation it is."""

    @property
    def was_erased(self) -> bool:
        """Whether the conversation is marked as one of before its person's erasure."""
        return at_path(self.document or {}, "astra.erased_at") is not None


async def known(db: Database, call: EndedCall) -> Known:
    """Look up the conversation and its person."""
    document = await db[CONVERSATIONS].find_one({"conversation_id": call.conversation_id}, _READ)
    recorded = _recorded_owner(document)
    if call.source == "client" and not call.verified and recorded != call.user_id:
        return Known(document, None)
    return Known(document, await owner_of(db, recorded, call.names))


def is_erased(call: EndedCall, known: Known) -> bool:
    """Whether the call is of before its person's erasure."""
    return known.was_erased or (known.owner is not None and known.owner.was_erased_after(call.over_at))


async def close(db: Database, call: EndedCall, *, found: Known | None = None) -> Closing:
    """Write down that a call is over. Safe to repeat, in any order and at the same time.

    Sets `status`, `updated_at` and what is absent of `ended_at`, `started_at` and `duration_ms`; `metadata` stays
    as it is. `found` is what `known` told just now. Raises pymongo's errors when the database is away.
    """
    from pymongo.errors import DuplicateKeyError

    for attempt in range(1, _ATTEMPTS + 1):
        try:
            outcome = await _close(db, call, found or await known(db, call))
        except DuplicateKeyError:
            # Somebody else created the document, and may have closed it.
            found = None
            if attempt == _ATTEMPTS:
                raise
            continue
        if outcome in (Closing.CLOSED, Closing.CREATED):
            count(CLOSED, source=call.source)
            await failures.clear(db, "webhooks", call.conversation_id)
        return outcome
    raise AssertionError("the last attempt returns or raises")


async def _close(db: Database, call: EndedCall, found: Known) -> Closing:
    owner, is_missing = found.owner, found.document is None
    if call.source == "client" and (owner is None or owner.user_id != call.user_id):
        return Closing.NOT_FOUND
    if is_missing and not call.may_create:
        return Closing.NOT_FOUND
    if found.was_erased:
        return Closing.ERASED
    if is_erased(call, found):
        assert owner is not None, "an erased person is known"
        return await _leave_erased(db, call, owner)
    if not call.connected:
        return await _abandon(db, call)
    if is_missing and owner is None:
        return Closing.UNKNOWN_OWNER
    return await _write(db, call, owner, creates=is_missing)


def _recorded_owner(document: Mapping[str, Any] | None) -> str | None:
    user_id = (document or {}).get("user_id")
    return user_id if isinstance(user_id, str) and user_id else None


async def _write(db: Database, call: EndedCall, owner: Owner | None, *, creates: bool) -> Closing:
    """Close or create the document, or correct its end."""
    update = _closing(call, owner)
    closed = await db[CONVERSATIONS].update_one(_open(call), update, upsert=creates)
    if closed.upserted_id is not None:
        return await _created(db, call)
    if closed.matched_count:
        return Closing.CLOSED
    if call.ended_at is None:
        return Closing.ALREADY_CLOSED
    end = provisional.Correction(call.ended_at, call.started_at, call.duration_ms)
    corrected = await db[CONVERSATIONS].update_one(
        provisional.query(call.conversation_id), provisional.correcting(end)
    )
    return Closing.CORRECTED if corrected.matched_count else Closing.ALREADY_CLOSED


async def _created(db: Database, call: EndedCall) -> Closing:
    """The outcome of a document of ours: the person may have been erased since they were looked up.

    An erasure marks the documents it finds after it has set the tombstone. So a tombstone that is not seen now
    comes later than the document, and the erasure finds it.
    """
    owner = await owner_of(db, None, call.names)
    if owner is not None and owner.was_erased_after(call.over_at):
        return await _leave_erased(db, call, owner)
    return Closing.CREATED


def _open(call: EndedCall) -> Document:
    """The query for the document while nobody has closed it. One that we gave up may still be closed by ElevenLabs'
    word, but not by that of a client: nobody may have talked."""
    queries: list[Document] = [{"status": {"$in": [None, "active"]}}]
    if call.source != "client" or call.verified:
        queries.append({"status": "abandoned", "astra.closed_by": {"$exists": True}})
    return {"conversation_id": call.conversation_id, "$or": queries} | NOT_ERASED


def _closing(call: EndedCall, owner: Owner | None) -> list[Document]:
    """The update, in the pipeline form: `astra` may be null, below which a dotted path cannot be set."""
    end: Any = call.over_at or "$$NOW"
    source = provisional.FINAL if call.ended_at else call.source
    is_ours = {"$eq": [{"$ifNull": ["$ended_at", None]}, None]}
    ours = {
        "closed_by": call.source,
        "closed_at": "$$NOW",
        "ended_at_source": {"$cond": [is_ours, source, "$$REMOVE"]},
        "closed_end": {"$cond": [is_ours, end, "$$REMOVE"]},
    }
    known = {
        "user_id": owner.user_id if owner else None,
        "agent_id": call.agent_id,
        "started_at": call.started_at,
        "duration_ms": call.duration_ms,
    }
    absent = {
        field: {"$ifNull": [f"${field}", literal(value)]} for field, value in known.items() if value is not None
    }
    closed: Document = {
        "status": "completed",
        "updated_at": "$$NOW",
        "ended_at": {"$ifNull": ["$ended_at", end]},
        "astra": merged("astra", ours),
    }
    return [{"$set": absent | closed}, {"$unset": LOOK_AT}]


async def _abandon(db: Database, call: EndedCall) -> Closing:
    ours = {"closed_by": call.source, "closed_at": "$$NOW"}
    update = [
        {"$set": {"status": "abandoned", "updated_at": "$$NOW", "astra": merged("astra", ours)}},
        {"$unset": LOOK_AT},
    ]
    query = {"conversation_id": call.conversation_id, "status": {"$in": [None, "active"]}} | NOT_ERASED
    abandoned = await db[CONVERSATIONS].update_one(query, update)
    return Closing.ABANDONED if abandoned.matched_count else Closing.ALREADY_CLOSED


async def _leave_erased(db: Database, call: EndedCall, owner: Owner) -> Closing:
    """Mark a conversation of before its person's erasure that was recorded after it: it waits for nothing."""
    ours = {"erased_at": owner.erased_at, "look_at": LEFT_ALONE}
    query = {"conversation_id": call.conversation_id} | NOT_ERASED
    await db[CONVERSATIONS].update_one(query, [{"$set": {"astra": merged("astra", ours)}}])
    return Closing.ERASED
