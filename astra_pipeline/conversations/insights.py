"""Insights: the facts in a transcript, extracted once by the task `transcript-processor` (`astra_insights`)."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.transactions import Write
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.conversations.exchanges import caller_spoke
from astra_pipeline.conversations.fact import EMPTY_SUMMARY
from astra_pipeline.conversations.input import TranscriptInput
from astra_pipeline.conversations.judged import JudgedTexts
from astra_pipeline.conversations.task import TASK, TranscriptInsights
from astra_pipeline.conversations.transcripts import transcript_of
from astra_pipeline.judge.review import Judged, run_judged
from astra_pipeline.llm.runner import workers
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import INSIGHTS, TRANSCRIPTS, USERS
from astra_pipeline.zones import local_date, place_zone

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

_KNOWN_TOPICS = 30
# Incidents of earlier insights that are remembered.
_REPLACED_INCIDENTS = 100
# Characters of a name, and of a topic, that are sent. Nobody is called more, and every one is paid for.
_LONGEST_NAME, _LONGEST_TOPIC = 200, 100
_PREVIEW_ROWS = 10


async def extract(work: Work, scope: Scope) -> BatchResult:
    """Extract and store the insights that the scope's transcripts lack, or whose words have changed since.

    A transcript in which the caller said nothing gets a placeholder and costs no LLM call.
    """
    subjects = await without_insights(work.db, scope)
    return await work.through(Extraction(work, scope), subjects, scope, concurrency=workers())


class Extraction(Stage):
    """The stage in which a stored transcript gets its insights."""

    kind = "conversation_insights"

    def __init__(self, work: Work, scope: Scope) -> None:
        self._work, self._scope = work, scope
        self._executions = work.executions(scope)
        # Items that had no insights when they were leased.
        self._without: set[str] = set()

    async def do(self, subject: Subject) -> bool:
        work = self._work
        stored, speaker = await asyncio.gather(
            transcript_of(work.db, subject.item), speaker_of(work.db, subject.user_id)
        )
        if stored["empty"] or not caller_spoke(stored["turns"]):
            stored = {**stored, "empty": True}  # it may have been stored when the agent's words counted, too
            judged, task_id = Judged(nothing_said()), None
            composed: Sequence[str] = ()
        else:
            zone = place_zone(stored.get("timezone")) or speaker.zone(settings().astra_default_timezone)
            task_input = extraction_input(stored, speaker, local_date(stored["ended_at"], zone))
            task_id = str(TASK.task_id)
            texts = JudgedTexts(task_input)
            judged = await run_judged(
                work, TASK, task_input, texts.reading, item=subject.item, ledger=self._executions
            )
            composed = texts.composed
        is_first = subject.item in self._without
        replaced = [] if is_first else await _incidents_before(work.db, subject.item)
        written = _stored(stored, judged, replaced, composed, task_id=task_id, run_id=work.run_id)
        await work.write(subject, [written], since=stored["ended_at"], settled=True)
        return True

    async def done_meanwhile(self, items: Sequence[str]) -> Collection[str]:
        if self._scope.force:
            # A step that is tried again has made some of them anew already.
            of_this_run = {"run_id": self._work.run_id}
            return {
                stored["_id"]
                for chunk in chunks(items)
                async for stored in self._work.db[INSIGHTS].find(
                    {"_id": {"$in": list(chunk)}} | of_this_run, {"_id": 1}
                )
            }
        left: set[str] = set()
        for chunk in chunks(items):
            found = await _transcripts(self._work.db, {"_id": {"$in": list(chunk)}})
            bases = await _bases(self._work.db, chunk)
            left |= {stored["_id"] for stored in found if not _is_of_these_words(bases, stored)}
            self._without |= set(chunk) - bases.keys()
        return set(items) - left


async def without_insights(db: Database, scope: Scope, among: Sequence[str] | None = None) -> list[Subject]:
    """Stored transcripts of the scope that have no insights yet (all, when forced), oldest first.

    `among` restricts them to those of these conversations.
    """
    query = {"ended_at": scope.in_days} | scope.chosen_conversations("_id")
    if among is not None:
        query = {"$and": [query, {"_id": {"$in": list(among)}}]}
    found = await (_transcripts(db, query) if scope.force else _lacking(db, query))
    return [Subject(stored["_id"], conversation_id=stored["_id"], user_id=stored["user_id"]) for stored in found]


async def _transcripts(db: Database, query: Mapping[str, Any]) -> list[Document]:
    return await db[TRANSCRIPTS].find(query, {"user_id": 1, "digest": 1}).sort("ended_at", 1).to_list()


async def _lacking(db: Database, query: Mapping[str, Any]) -> list[Document]:
    """The transcripts that the query matches and whose words no insights are of."""
    found = await _transcripts(db, query)
    bases = await _bases(db, [stored["_id"] for stored in found])
    return [stored for stored in found if not _is_of_these_words(bases, stored)]


async def _bases(db: Database, conversation_ids: Sequence[str]) -> dict[str, str | None]:
    """Conversation -> the digest of the words that its insights are of; None for insights that do not say."""
    return {
        stored["_id"]: stored.get("basis")
        for chunk in chunks(conversation_ids)
        async for stored in db[INSIGHTS].find({"_id": {"$in": list(chunk)}}, {"basis": 1})
    }


def _is_of_these_words(bases: Mapping[str, str | None], transcript: Mapping[str, Any]) -> bool:
    """Whether there are insights of this transcript. Those that do not say of which words they are count as its."""
    if transcript["_id"] not in bases:
        return False
    basis = bases[transcript["_id"]]
    return basis is None or basis == transcript.get("digest")


async def speaker_of(db: Database, user_id: str | None) -> Person:
    """The person who spoke; nobody in particular for a user the app does not know."""
    fields = dict.fromkeys(("name", "timezone", "birth_timezone", "user_overview.gamification.topics_explored"), 1)
    return Person.read(await db[USERS].find_one({"id": user_id}, fields) or {})


def spoken(stored: Mapping[str, Any]) -> str:
    """A stored transcript as lines "user: ..." and "agent: ..."; turns without words are left out."""
    return "\n".join(
        f"{turn['role']}: {' '.join(turn['message'].split())}"
        for turn in stored["turns"]
        if turn.get("message") and turn["message"].strip()
    )


def extraction_input(stored: Mapping[str, Any], speaker: Person, local_date: dt.date) -> TranscriptInput:
    """The input of `transcript-processor` for a stored transcript."""
    topics = speaker.gamification.topics_explored[:_KNOWN_TOPICS]
    return TranscriptInput(
        conversation_id=stored["_id"],
        ended_at=stored["ended_at"].isoformat(),
        local_date=local_date.isoformat(),
        transcript=spoken(stored),
        user_name=speaker.name[:_LONGEST_NAME],
        known_topics=[topic[:_LONGEST_TOPIC] for topic in topics],
    )


def nothing_said() -> TranscriptInsights:
    """The insights of an empty transcript: a fact too, without an LLM call."""
    return TranscriptInsights(summary=EMPTY_SUMMARY, topics=[], emotional_tone="unknown")


async def _incidents_before(db: Database, conversation_id: str) -> list[Any]:
    """The incidents of insights that are made anew, which the overview may list."""
    stored = await db[INSIGHTS].find_one({"_id": conversation_id}, {"output.incidents": 1, "replaced_incidents": 1})
    if stored is None:
        return []
    return [*stored.get("replaced_incidents", []), *stored["output"].get("incidents", [])][-_REPLACED_INCIDENTS:]


def _stored(
    transcript: Mapping[str, Any],
    judged: Judged[TranscriptInsights],
    replaced_incidents: list[Any],
    composed: Sequence[str],
    *,
    task_id: str | None,
    run_id: str,
) -> Write:
    """The write of insights under their conversation's id, marked as not yet folded.

    `composed` are the texts in them that the offline rules wrote, because the judge accepted no other.
    """
    insights = judged.answer
    document = {
        "user_id": transcript["user_id"],
        "ended_at": transcript["ended_at"],
        "empty": transcript["empty"],
        "timezone": transcript["timezone"],
        "basis": transcript.get("digest"),
        "care": None if insights.care.level == "none" else insights.care.level,
        "output": insights.model_dump(),
        "task_id": task_id,
        "folded_at": None,
        "run_id": run_id,
        "judged": judged.outcome,
        "composed": list(composed),
        "composed_because": judged.because or None,
    }
    if replaced_incidents:
        document["replaced_incidents"] = replaced_incidents
    first = {"created_at": clock.now()}
    return Write(INSIGHTS, {"_id": transcript["_id"]}, {"$set": document, "$setOnInsert": first}, upsert=True)


async def preview(work: Work, done: Sequence[str]) -> Preview:
    """A few of the insights stored: conversation, topics, tone, summary."""
    # Operators see counts of what needs care, never words.
    stored = work.db[INSIGHTS].find({"_id": {"$in": list(done[-_PREVIEW_ROWS:])}, "care": None})
    rows = [
        (
            one["_id"],
            ", ".join(one["output"]["topics"]),
            one["output"]["emotional_tone"],
            one["output"]["summary"],
        )
        async for one in stored
    ]
    return Preview(("conversation", "topics", "tone", "summary"), rows)
