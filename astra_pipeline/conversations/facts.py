"""Reading and writing what conversations told us: transcripts, insights, and the overviews folded from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.failures import Subject
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations.conversation import Conversation
from astra_pipeline.conversations.elevenlabs import ElevenLabsConversation
from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.task import TranscriptInsights
from astra_pipeline.errors import BadDocument, Conflict, NotFound
from astra_pipeline.overview import fold as overview
from astra_pipeline.overview import legacy as old_knowledge
from astra_pipeline.people.room import make_room
from astra_pipeline.settings import settings
from astra_pipeline.store.documents import at_path, moment
from astra_pipeline.store.mongo import CONVERSATIONS, INSIGHTS, TRANSCRIPTS, USERS
from astra_pipeline.store.queries import NOT_ERASED, chunks

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

NOT_PROCESSED = {"metadata.transcript_processed": {"$in": [None, False]}}
_FOLD_ATTEMPTS = 8
_KNOWN_TOPICS = 30


@dataclass(frozen=True)
class Window:
    """Whole UTC days, from `start` up to but not including `end`, and who of them is wanted."""

    start: dt.datetime
    end: dt.datetime
    conversation_ids: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    force: bool = False
    limit: int | None = None

    @property
    def in_time(self) -> dict[str, Any]:
        return {"$gte": self.start, "$lt": self.end}

    def chosen(self, id_field: str) -> dict[str, Any]:
        """The filter for the ids asked for; empty when everybody is wanted."""
        wanted: dict[str, Any] = {}
        if self.conversation_ids:
            wanted[id_field] = {"$in": list(self.conversation_ids)}
        if self.user_ids:
            wanted["user_id"] = {"$in": list(self.user_ids)}
        return wanted

    @property
    def insists(self) -> bool:
        """True when somebody asked for these very items: then neither backoff nor parking holds them."""
        return self.force or bool(self.conversation_ids)


async def completed(db: Database, window: Window) -> tuple[list[Conversation], dict[Subject, BadDocument]]:
    """Completed conversations of the window that are not processed and have no stored transcript (all that were
    asked for by id, or all when forced), oldest first, and those whose document cannot be used.

    What the system before this one processed is done; what was erased does not come back."""
    chosen = window.chosen("conversation_id") | NOT_ERASED
    fields = dict.fromkeys(("conversation_id", "user_id", "ended_at", "started_at", "duration_ms", "updated_at"), 1)
    open_ones = {} if window.insists else NOT_PROCESSED
    dated = {"status": "completed", "ended_at": window.in_time} | open_ones | chosen
    odd = {"status": "completed", "ended_at": {"$not": {"$type": "date"}}} | NOT_PROCESSED | chosen
    now = dt.datetime.now(dt.UTC)
    to_come = {"status": "completed", "ended_at": {"$gt": now}} | chosen if window.end > now else None
    unique: dict[str, Conversation] = {}
    bad: dict[Subject, BadDocument] = {}
    for query in filter(None, (dated, odd, to_come)):
        async for document in db[CONVERSATIONS].find(query, fields):
            try:
                conversation = conversations.parse(document, now=now)
            except BadDocument as error:
                bad[_subject_of(document)] = error
                continue
            if window.start <= conversation.ended_at < window.end:
                unique[conversation.conversation_id] = conversation
    found = list(unique.values())
    if not window.force:
        stored = await _present(db, TRANSCRIPTS, [conversation.conversation_id for conversation in found])
        found = [conversation for conversation in found if conversation.conversation_id not in stored]
    found.sort(key=lambda conversation: conversation.ended_at)
    return found, bad


def _subject_of(document: Mapping[str, Any]) -> Subject:
    conversation_id = document.get("conversation_id")
    user_id = document.get("user_id")
    item = conversation_id if isinstance(conversation_id, str) and conversation_id else str(document["_id"])
    return Subject(item, conversation_id=item, user_id=user_id if isinstance(user_id, str) else None)


async def _present(db: Database, collection: str, ids: Sequence[str]) -> set[str]:
    return {
        document["_id"]
        for chunk in chunks(ids)
        async for document in db[collection].find({"_id": {"$in": list(chunk)}}, {"_id": 1})
    }


async def store_transcript(
    db: Database, conversation: Conversation, heard: ElevenLabsConversation, *, run_id: str
) -> None:
    """Keep the transcript under its conversation's id. A repeat leaves the first copy's `fetched_at`."""
    turns = [turn.model_dump(exclude_none=True) for turn in heard.transcript]
    words = any(turn.message and turn.message.strip() for turn in heard.transcript)
    await db[TRANSCRIPTS].update_one(
        {"_id": conversation.conversation_id},
        {
            "$set": {
                "user_id": conversation.user_id,
                "ended_at": conversation.ended_at,
                "source_status": heard.status,
                "turns": turns,
                "empty": not words,
                "timezone": heard.metadata.timezone,
                "language": heard.metadata.main_language,
                "call_duration_secs": heard.metadata.call_duration_secs,
            },
            "$setOnInsert": {"fetched_at": dt.datetime.now(dt.UTC), "run_id": run_id},
        },
        upsert=True,
    )


async def without_insights(db: Database, window: Window) -> list[Subject]:
    """Stored transcripts of the window that have no insights yet (all, when forced), oldest first."""
    query = {"ended_at": window.in_time} | window.chosen("_id")
    cursor = db[TRANSCRIPTS].find(query, {"user_id": 1}).sort("ended_at", 1)
    found = [
        Subject(stored["_id"], conversation_id=stored["_id"], user_id=stored["user_id"]) async for stored in cursor
    ]
    if not window.force:
        present = await _present(db, INSIGHTS, [subject.item for subject in found])
        found = [subject for subject in found if subject.item not in present]
    return found


async def transcript_of(db: Database, conversation_id: str) -> dict[str, Any]:
    """The stored transcript; NotFound when it is gone."""
    stored = await db[TRANSCRIPTS].find_one({"_id": conversation_id})
    if stored is None:
        raise NotFound("astra_transcripts has no transcript of this conversation")
    return stored


async def speaker_of(db: Database, user_id: str | None) -> dict[str, Any]:
    """The fields of a user that an extraction is told; empty for a user the app does not know."""
    fields = dict.fromkeys(("name", "timezone", "birth_timezone", "user_overview.gamification.topics_explored"), 1)
    return await db[USERS].find_one({"id": user_id}, fields) or {}


def spoken(stored: Mapping[str, Any]) -> str:
    """A stored transcript as lines "user: ..." and "agent: ..."; turns without words are left out."""
    return "\n".join(
        f"{turn['role']}: {' '.join(turn['message'].split())}"
        for turn in stored["turns"]
        if turn.get("message") and turn["message"].strip()
    )


def extraction_input(stored: Mapping[str, Any], user: Mapping[str, Any], local_date: dt.date) -> TranscriptInput:
    """The input of `transcript-processor` for a stored transcript."""
    name = user.get("name")
    topics = at_path(user, "user_overview.gamification.topics_explored")
    known = [topic for topic in topics if isinstance(topic, str)] if isinstance(topics, list) else []
    return TranscriptInput(
        conversation_id=stored["_id"],
        ended_at=stored["ended_at"].isoformat(),
        local_date=local_date.isoformat(),
        transcript=spoken(stored),
        user_name=name if isinstance(name, str) else "",
        known_topics=known[:_KNOWN_TOPICS],
    )


def nothing_said() -> TranscriptInsights:
    """The insights of an empty transcript: a fact too, without an LLM call."""
    return TranscriptInsights(summary=overview.EMPTY_SUMMARY, topics=[], emotional_tone="unknown")


async def store_insights(
    db: Database, stored: Mapping[str, Any], told: TranscriptInsights, *, task_id: str | None, run_id: str
) -> None:
    """Keep the insights under their conversation's id and mark them as not yet folded."""
    await db[INSIGHTS].update_one(
        {"_id": stored["_id"]},
        {
            "$set": {
                "user_id": stored["user_id"],
                "ended_at": stored["ended_at"],
                "empty": stored["empty"],
                "timezone": stored["timezone"],
                "output": told.model_dump(),
                "task_id": task_id,
                "folded_at": None,
            },
            "$setOnInsert": {"created_at": dt.datetime.now(dt.UTC), "run_id": run_id},
        },
        upsert=True,
    )


async def users_to_fold(db: Database, window: Window) -> list[Subject]:
    """Users with insights of the window that are not in their overview yet (all, when forced)."""
    await _reopen(db, window)
    query = {"ended_at": window.in_time} | window.chosen("_id")
    if not window.force:
        query["folded_at"] = None
    groups = await db[INSIGHTS].aggregate([{"$match": query}, {"$group": {"_id": "$user_id"}}])
    users = sorted([group["_id"] async for group in groups])
    return [Subject(user_id, user_id=user_id) for user_id in users]


async def _reopen(db: Database, window: Window) -> None:
    """Fold again what is folded although its conversation does not say so: the web app replaced `metadata`.

    Otherwise the conversation would wait for ever.
    """
    waiting = {"status": "completed", "ended_at": window.in_time} | NOT_PROCESSED | NOT_ERASED
    ids = [
        document.get("conversation_id")
        async for document in db[CONVERSATIONS].find(waiting, {"conversation_id": 1})
    ]
    for chunk in chunks([conversation_id for conversation_id in ids if conversation_id]):
        await db[INSIGHTS].update_many(
            {"_id": {"$in": list(chunk)}, "folded_at": {"$ne": None}}, {"$set": {"folded_at": None}}
        )


async def fold_user(db: Database, user_id: str, *, run_id: str) -> bool:
    """Bring a user's overview up to date with all their insights; True when anything had to be written.

    The write is conditional on every path still holding what it was computed from, so neither another run
    nor the web app can lose a write; when one came between, the fold is computed anew. Who was erased and has
    talked since is a person again with this. What no rule reads is set aside first. Raises NotFound for a user the
    app does not know, Conflict after several tries.
    """
    for _ in range(_FOLD_ATTEMPTS):
        user = await db[USERS].find_one({"id": user_id})
        if user is None:
            raise NotFound(f"no document in `{USERS}` has this id")
        documents = [document async for document in db[INSIGHTS].find({"user_id": user_id})]
        if documents and await make_room(db, user_id, user):
            continue
        facts = [_fact(document) for document in documents]
        first = at_path(user, old_knowledge.PATH) is None
        changes = overview.fold(
            user,
            facts,
            processed_until=await _processed_until(db, user_id, facts) if first else None,
            now=dt.datetime.now(dt.UTC),
            default_zone=settings().astra_default_timezone,
        )
        unfolded = [document for document in documents if document["folded_at"] is None]
        if unfolded or changes:
            now = dt.datetime.now(dt.UTC)
            stamps = {"user_overview.last_updated": now, "user_overview.updated_by": run_id} if changes else {}
            written = await db[USERS].update_one(
                {"id": user_id} | overview.guards(user, [*changes, "astra.erased_at"]),
                {
                    "$set": changes | stamps | {"astra.gamification_due": run_id},
                    "$unset": {"astra.erased_at": ""},
                },
            )
            if not written.matched_count:
                continue
        await _mark_processed(db, unfolded)
        return bool(changes)
    raise Conflict(f"user_overview changed under {_FOLD_ATTEMPTS} attempts to fold it")


async def differences(db: Database, user_id: str) -> list[str]:
    """The paths in which a user's overview disagrees with the insights that were folded into it.

    Users with insights still to be folded, and users the app no longer knows, have nothing to compare.
    """
    user = await db[USERS].find_one({"id": user_id})
    documents = [document async for document in db[INSIGHTS].find({"user_id": user_id})]
    if user is None or any(document["folded_at"] is None for document in documents):
        return []
    changes = overview.fold(user, [_fact(document) for document in documents])
    return sorted(path for path in changes if not path.startswith("astra."))


async def _processed_until(db: Database, user_id: str, facts: Sequence[Fact]) -> dt.datetime | None:
    """When the newest conversation ended that is marked as processed and of which there are no insights: the system
    before this one processed it."""
    newest = await db[CONVERSATIONS].find_one(
        {
            "user_id": user_id,
            "status": "completed",
            "ended_at": {"$type": "date"},
            "metadata.transcript_processed": True,
            "conversation_id": {"$nin": [fact.conversation_id for fact in facts]},
        }
        | NOT_ERASED,
        {"ended_at": 1},
        sort=[("ended_at", -1)],
    )
    return moment(newest["ended_at"]) if newest else None


def _fact(document: Mapping[str, Any]) -> Fact:
    return Fact(
        conversation_id=document["_id"],
        ended_at=document["ended_at"],
        created_at=document["created_at"],
        insights=TranscriptInsights.model_validate(document["output"]),
        timezone=document.get("timezone"),
    )


async def _mark_processed(db: Database, folded: Sequence[Mapping[str, Any]]) -> None:
    if not folded:
        return
    from pymongo import UpdateOne

    now = dt.datetime.now(dt.UTC)
    await db[CONVERSATIONS].bulk_write(
        [
            UpdateOne(
                {
                    "conversation_id": document["_id"],
                    "$or": [
                        {"metadata.transcript_processed": {"$ne": True}},
                        {"metadata.conversation_summary": {"$ne": document["output"]["summary"]}},
                    ],
                },
                # A null `metadata` cannot take a dotted path, so the pipeline form merges into it.
                [
                    {
                        "$set": {
                            "metadata": {
                                "$mergeObjects": [
                                    "$metadata",
                                    {
                                        "transcript_processed": True,
                                        "conversation_summary": {"$literal": document["output"]["summary"]},
                                    },
                                ]
                            },
                            "updated_at": now,
                        }
                    }
                ],
            )
            for document in folded
        ],
        ordered=False,
    )
    await db[INSIGHTS].bulk_write(
        [
            # Insights made anew meanwhile (force) stay unfolded: their output is not the one folded here.
            UpdateOne(
                {"_id": document["_id"], "folded_at": None, "output": document["output"]},
                {"$set": {"folded_at": now}},
            )
            for document in folded
        ],
        ordered=False,
    )


async def state_of_days(db: Database, window: Window) -> dict[str, dict[str, int]]:
    """UTC day (YYYY-MM-DD) -> how many conversations completed that day, and how many of them have a
    transcript, have insights, and are in their user's overview."""
    state: dict[str, dict[str, int]] = {}
    day = {"$dateToString": {"date": "$ended_at", "format": "%Y-%m-%d"}}
    in_time = {"ended_at": window.in_time}
    counts = (
        ("completed", CONVERSATIONS, in_time | {"status": "completed"} | NOT_ERASED),
        ("transcripts", TRANSCRIPTS, in_time),
        ("insights", INSIGHTS, in_time),
        ("in_overviews", INSIGHTS, in_time | {"folded_at": {"$ne": None}}),
    )
    for name, collection, query in counts:
        pipeline = [{"$match": query}, {"$group": {"_id": day, "count": {"$sum": 1}}}]
        async for group in await db[collection].aggregate(pipeline):
            state.setdefault(group["_id"], {})[name] = group["count"]
    return state
