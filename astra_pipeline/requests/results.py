"""The results of requests in the form of the old API, each read from where its fact is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.horoscopes.rules import SHOWN
from astra_pipeline.reports.rules import shown
from astra_pipeline.requests.request import Kind, TaskRequest
from astra_pipeline.store.collections import CONVERSATIONS, HOROSCOPES, INSIGHTS, PERSONAS, REPORTS, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

# The old API's id of task and execution for a call in which nothing was said.
EMPTY = "transcript-empty"
_ENTRY = ("topics", "summary", "key_insights", "questions_asked", "emotional_tone", "follow_up_actions")
# What a conversation told, by its name in the insights and by its name in the overview.
_UPDATES: Mapping[str, str] = {
    "profile_summary": "profile_summary",
    "first_message": "first_message",
    "preferences": "preferences",
    "birth_details": "birth_details",
    "insights": "insights",
    "incidents": "incident_map",
}


async def result_of(db: Database, kind: Kind, item: str) -> Document | None:
    """The result for an item: the fields of the old body that are its own. None when nothing is stored."""
    if kind == "transcript":
        return await _of_transcript(db, item)
    if kind == "chart":
        user = await db[USERS].find_one({"id": item}, {"user_overview.birth_chart": 1})
        chart = at_path(user or {}, "user_overview.birth_chart")
        return {"chart": chart} if isinstance(chart, Mapping) else None
    if kind == "horoscope":
        stored = await db[HOROSCOPES].find_one({"_id": item}, dict.fromkeys(SHOWN, 1))
        return {"horoscope": {name: stored[name] for name in SHOWN if name in stored}} if stored else None
    if kind == "persona":
        return await _of_persona(db, item)
    stored = await db[REPORTS].find_one({"_id": item})
    return {"weekly_report": shown(stored)} if stored else None


async def output_of(db: Database, request: TaskRequest) -> Document | None:
    """The result of a request that succeeded; None for all others."""
    return await result_of(db, request.kind, request.item) if request.status == "succeeded" else None


async def _of_persona(db: Database, user_id: str) -> Document | None:
    """The old body's two fields. `preferences_update` holds what was learnt: the person's own wishes are theirs."""
    stored = await db[PERSONAS].find_one({"_id": user_id}, {"basis.conversations": 1})
    if stored is None:
        return None
    user = await db[USERS].find_one({"id": user_id}, {"user_overview.persona": 1})
    learnt = at_path(user or {}, "user_overview.persona")
    return {
        "preferences_update": dict(learnt) if isinstance(learnt, Mapping) else {},
        "conversations_analyzed": stored["basis"]["conversations"],
    }


async def _of_transcript(db: Database, conversation_id: str) -> Document | None:
    stored = await db[INSIGHTS].find_one({"_id": conversation_id}, {"output": 1, "task_id": 1, "ended_at": 1})
    if stored is None:
        return await _of_the_old_system(db, conversation_id)
    output = stored["output"]
    entry = {"conversation_id": conversation_id, "date": stored["ended_at"]}
    return {
        "conversation_id": conversation_id,
        "task_id": stored.get("task_id") or EMPTY,
        "overview_updates": {name: told for field, name in _UPDATES.items() if (told := _told(output.get(field)))},
        "conversation_summary": entry | {name: output[name] for name in _ENTRY if name in output},
        "memories_count": len(output.get("insights") or []),
    }


async def _of_the_old_system(db: Database, conversation_id: str) -> Document | None:
    """The little that the old system kept of a conversation that it processed."""
    query = {"conversation_id": conversation_id, "metadata.transcript_processed": True}
    stored = await db[CONVERSATIONS].find_one(query, {"metadata.conversation_summary": 1})
    if stored is None:
        return None
    summary = at_path(stored, "metadata.conversation_summary")
    return {
        "conversation_id": conversation_id,
        "overview_updates": {},
        "conversation_summary": {"conversation_id": conversation_id, "summary": summary} if summary else None,
        "memories_count": 0,
    }


def _told(value: object) -> object:
    """A part of the insights without what was not said; None when nothing is left."""
    if isinstance(value, Mapping):
        said = {name: part for name, part in value.items() if part not in (None, [], {})}
        return said or None
    return value or None
