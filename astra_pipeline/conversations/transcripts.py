"""Transcripts: fetched once from ElevenLabs, stored in `astra_transcripts` under their conversation's id.

What a webhook told is taken instead of a request, so that workspaces which keep nothing work too. A transcript is
fetched again when its conversation ended later than it had when it was fetched: somebody talked on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.retry_marks import of_items
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.transactions import ERASURES, Write, last_erasure
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations import events, provisional, reopened
from astra_pipeline.conversations.conversation import Conversation
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.exchanges import caller_spoke
from astra_pipeline.conversations.wire import ElevenLabsConversation
from astra_pipeline.errors import BadDocument, Erased, NotFound
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, NOT_ERASED, NOT_PROCESSED, TRANSCRIPTS, USERS
from astra_pipeline.store.updates import merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

# An event whose call ended earlier than this before its document's end may be of the first part of a longer call.
_OF_THIS_END = dt.timedelta(minutes=5)
_PREVIEW_ROWS = 10


async def fetch(work: Work, scope: Scope) -> BatchResult:
    """Fetch and store the transcripts that the scope's completed conversations lack, or that are no longer whole.

    A transcript that ElevenLabs has not finished is looked at again soon. One in which the caller said
    nothing is stored as empty.
    """
    async with ElevenLabsClient() as elevenlabs:
        fetching = Fetching(work, elevenlabs)
        subjects = await fetching.choose(scope)
        return await work.through(fetching, subjects, scope, concurrency=at_once())


def at_once() -> int:
    """The number of transcripts to fetch at once."""
    return settings().astra_elevenlabs_concurrency


class Fetching(Stage):
    """The stage in which a conversation gets its transcript. It does the items that it has chosen."""

    kind = "transcripts"

    def __init__(self, work: Work, elevenlabs: ElevenLabsClient) -> None:
        self._work, self._elevenlabs = work, elevenlabs
        self._conversations: dict[str, Conversation] = {}
        self._unusable: dict[str, BadDocument] = {}

    async def choose(self, scope: Scope, among: Sequence[str] | None = None) -> list[Subject]:
        """The scope's conversations that lack a transcript, or whose transcript is no longer whole.

        `among` restricts them to these conversations.
        """
        assert scope.days is not None, "a scope of conversations has days"
        if among is None:
            await reopened.reopen(self._work.db, scope.days)
        found, unusable = await completed(self._work.db, scope, among)
        self._conversations |= {conversation.conversation_id: conversation for conversation in found}
        self._unusable |= {subject.item: error for subject, error in unusable.items()}
        for conversation in found:
            self._unusable.pop(conversation.conversation_id, None)
        return [*(Subject(c.conversation_id, c.conversation_id, c.user_id) for c in found), *unusable]

    async def do(self, subject: Subject) -> bool:
        if error := self._unusable.get(subject.item):
            raise error
        conversation = self._conversations[subject.item]
        before = await self._work.db[TRANSCRIPTS].find_one(
            {"_id": subject.item}, {"turns": 1, "digest": 1, "fetched_at": 1}
        )
        heard = (await self._heard(conversation, before)).require_final()
        conversation, also = _with_its_end(conversation, heard)
        stored, digest = _stored(conversation, heard, run_id=self._work.run_id)
        also += reopened.writes_of_insights(before, digest, conversation.ended_at) if before else []
        try:
            await self._work.write(subject, [stored, *also], since=conversation.ended_at)
        except Erased:
            await _leave_erased(self._work.db, conversation)
            raise
        return True

    async def _heard(self, conversation: Conversation, before: Document | None) -> ElevenLabsConversation:
        """The conversation as the webhook told it, else as ElevenLabs answers."""
        told = await events.told(self._work.db, conversation.conversation_id)
        if told is None or not told.is_whole:
            return await self._elevenlabs.conversation(conversation.conversation_id)
        if _is_of_this_end(told, conversation, before):
            return told.heard
        try:
            return await self._elevenlabs.conversation(conversation.conversation_id)
        except NotFound:
            return told.heard


def _is_of_this_end(told: events.Told, conversation: Conversation, before: Document | None) -> bool:
    """Whether an event is of the call as it ended, and not of a first part that somebody took up again."""
    if before is not None and told.received_at < before["fetched_at"]:
        return False
    end = told.heard.times.ended_at
    return conversation.is_provisional or end is None or end >= conversation.ended_at - _OF_THIS_END


def _with_its_end(conversation: Conversation, heard: ElevenLabsConversation) -> tuple[Conversation, list[Write]]:
    """The conversation with ElevenLabs' end in place of a provisional one, and the write that corrects it.

    It may belong to another day then: the run of that day goes on with it.
    """
    times = heard.times
    if not conversation.is_provisional or times.ended_at is None:
        return conversation, []
    end = provisional.Correction(times.ended_at, times.started_at, times.duration_ms)
    corrects = Write(CONVERSATIONS, provisional.query(conversation.conversation_id), provisional.correcting(end))
    return replace(conversation, ended_at=times.ended_at, is_provisional=False), [corrects]


async def _leave_erased(db: Database, conversation: Conversation) -> None:
    """Mark a conversation of before its person's erasure that the app recorded after it. It waits no longer, and
    stays erased when the person talks again."""
    user = await db[USERS].find_one({"id": conversation.user_id}, ERASURES)
    erased_at = last_erasure(user or {})
    if erased_at is None or conversation.ended_at > erased_at:
        return
    known = {"conversation_id": conversation.conversation_id, "user_id": conversation.user_id}
    of_then = {"$or": [{"ended_at": {"$lte": erased_at}}, provisional.query(conversation.conversation_id)]}
    marked = {"$set": {"astra": merged("astra", {"erased_at": erased_at})}}
    await db[CONVERSATIONS].update_one(known | of_then | NOT_ERASED, [marked])


async def completed(
    db: Database, scope: Scope, among: Sequence[str] | None = None
) -> tuple[list[Conversation], dict[Subject, BadDocument]]:
    """Completed conversations of the scope's days without a stored transcript, oldest first; and unusable ones.

    Conversations that are processed already are left out, unless the scope names them or forces all. The system
    before this one may have processed them. Erased conversations never come back. `among` restricts the completed
    ones to these.
    """
    days = scope.days
    assert days is not None, "a scope of conversations has days"
    chosen = scope.chosen_conversations("conversation_id") | NOT_ERASED
    if among is not None:
        chosen |= of_items(among)
    open_ones = {} if scope.overrides_backoff else NOT_PROCESSED
    dated = {"status": "completed", "ended_at": scope.in_days} | open_ones | chosen
    odd = {"status": "completed", "ended_at": {"$not": {"$type": "date"}}} | NOT_PROCESSED | chosen
    now = clock.now()
    to_come = {"status": "completed", "ended_at": {"$gt": now}} | chosen if days.end > now else None
    unique: dict[str, Conversation] = {}
    bad: dict[Subject, BadDocument] = {}
    for query in filter(None, (dated, odd, to_come)):
        async for document in db[CONVERSATIONS].find(query, conversations.FIELDS):
            try:
                conversation = conversations.parse(document, now=now)
            except BadDocument as error:
                bad[_subject_of(document)] = error
                continue
            if days.start <= conversation.ended_at < days.end:
                unique[conversation.conversation_id] = conversation
    found = list(unique.values())
    if not scope.force:
        ends = await _ends(db, [conversation.conversation_id for conversation in found])
        found = [one for one in found if not reopened.is_same_end(ends.get(one.conversation_id), one.ended_at)]
    found.sort(key=lambda conversation: conversation.ended_at)
    return found, bad


async def _ends(db: Database, conversation_ids: Sequence[str]) -> dict[str, Any]:
    """Conversation -> the end it had when its transcript was fetched."""
    return {
        stored["_id"]: stored["ended_at"]
        for chunk in chunks(conversation_ids)
        async for stored in db[TRANSCRIPTS].find({"_id": {"$in": list(chunk)}}, {"ended_at": 1})
    }


def _subject_of(document: Mapping[str, Any]) -> Subject:
    conversation_id = document.get("conversation_id")
    user_id = document.get("user_id")
    item = conversation_id if isinstance(conversation_id, str) and conversation_id else str(document["_id"])
    return Subject(item, conversation_id=item, user_id=user_id if isinstance(user_id, str) else None)


def _stored(conversation: Conversation, heard: ElevenLabsConversation, *, run_id: str) -> tuple[Write, str]:
    """(the write of a transcript under its conversation's id, the digest of its words). A repeat leaves the first
    copy's `fetched_at`."""
    turns = [turn.model_dump(exclude_none=True) for turn in heard.transcript]
    digest = reopened.digest_of(turns)
    transcript = {
        "user_id": conversation.user_id,
        "ended_at": conversation.ended_at,
        "source_status": heard.status,
        "turns": turns,
        "digest": digest,
        "empty": not caller_spoke(turns),
        "timezone": heard.metadata.timezone,
        "language": heard.metadata.main_language,
        "call_duration_secs": heard.metadata.call_duration_secs,
    }
    first = {"fetched_at": clock.now(), "run_id": run_id}
    query = {"_id": conversation.conversation_id}
    return Write(TRANSCRIPTS, query, {"$set": transcript, "$setOnInsert": first}, upsert=True), digest


async def transcript_of(db: Database, conversation_id: str) -> dict[str, Any]:
    """The stored transcript. Raises NotFound when it is gone."""
    stored = await db[TRANSCRIPTS].find_one({"_id": conversation_id})
    if stored is None:
        raise NotFound("astra_transcripts has no transcript of this conversation")
    return stored


async def preview(work: Work, done: Sequence[str]) -> Preview:
    """A few of the transcripts stored: conversation, user, end, number of turns, whether it is empty."""
    stored = work.db[TRANSCRIPTS].find({"_id": {"$in": list(done[-_PREVIEW_ROWS:])}})
    rows = [
        (one["_id"], one["user_id"], f"{one['ended_at']:%H:%M}", len(one["turns"]), one["empty"])
        async for one in stored
    ]
    return Preview(("conversation", "user", "ended (UTC)", "turns", "empty"), rows)
