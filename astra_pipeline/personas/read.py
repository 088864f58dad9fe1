"""Reading what a persona is learnt from: a person's newest insights and the turns of their conversations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from astra_pipeline.batches.transactions import last_erasure
from astra_pipeline.people.person import Person
from astra_pipeline.personas.figures import figures_of
from astra_pipeline.personas.input import Talk, wishes_of
from astra_pipeline.store.collections import INSIGHTS, PERSONAS, TRANSCRIPTS
from astra_pipeline.store.documents import texts
from astra_pipeline.zones import place_zone

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

TALKS_READ = 40
"""Conversations that are read for one person, the newest. Older evidence is in the persona already."""
_INSIGHTS = {
    "ended_at": 1,
    "timezone": 1,
    "care": 1,
    "output.topics": 1,
    "output.emotional_tone": 1,
    "output.summary": 1,
    "output.questions_asked": 1,
    "output.people": 1,
}
_TURNS = {"turns": 1, "call_duration_secs": 1}


async def talks_of(db: Database, person: Person, default_zone: str) -> list[Talk]:
    """A person's newest conversations in which something was said, oldest first."""
    query = of_person(person)
    insights = await db[INSIGHTS].find(query, _INSIGHTS).sort("ended_at", -1).limit(TALKS_READ).to_list()
    ids = [one["_id"] for one in insights]
    turns = {one["_id"]: one async for one in db[TRANSCRIPTS].find({"_id": {"$in": ids}}, _TURNS)}
    zone = person.zone(default_zone)
    return [_talk(one, turns.get(one["_id"]) or {}, zone) for one in reversed(insights)]


def of_person(person: Person) -> Document:
    """The query for a person's insights that say something; of an erased person what they said since."""
    erased_at = last_erasure(person.document)
    since = {"ended_at": {"$gt": erased_at}} if erased_at else {}
    return {"user_id": person.id, "empty": {"$ne": True}} | since


async def known_of(db: Database, person: Person) -> set[str]:
    """The ids of all conversations of a person whose insights are there."""
    return {one["_id"] async for one in db[INSIGHTS].find(of_person(person), {"_id": 1})}


async def counts_of(db: Database, user_ids: Sequence[str]) -> dict[str, int]:
    """Person -> the number of their conversations with insights, of those in which something was said."""
    groups = await db[INSIGHTS].aggregate(
        [
            {"$match": {"user_id": {"$in": list(user_ids)}, "empty": {"$ne": True}}},
            {"$group": {"_id": "$user_id", "count": {"$sum": 1}}},
        ]
    )
    return {group["_id"]: group["count"] async for group in groups}


async def stored_of(db: Database, user_ids: Sequence[str]) -> dict[str, Document]:
    """Person -> the stored persona."""
    return {one["_id"]: one async for one in db[PERSONAS].find({"_id": {"$in": list(user_ids)}})}


def _talk(insights: Mapping[str, Any], transcript: Mapping[str, Any], zone: str) -> Talk:
    output = insights.get("output") or {}
    at: dt.datetime = insights["ended_at"]
    local = at.astimezone(ZoneInfo(place_zone(insights.get("timezone")) or zone))
    turns = [turn for turn in transcript.get("turns") or () if isinstance(turn, Mapping)]
    seconds = transcript.get("call_duration_secs")
    tone, summary = output.get("emotional_tone"), output.get("summary")
    names = (one.get("name") for one in output.get("people") or () if isinstance(one, Mapping))
    return Talk(
        conversation_id=insights["_id"],
        ended_at=at,
        day=local.date(),
        hour=local.hour,
        topics=tuple(texts(output.get("topics"))[0]),
        tone=tone if isinstance(tone, str) else "",
        summary=summary if isinstance(summary, str) else "",
        questions=len(output.get("questions_asked") or ()),
        care=insights.get("care"),
        said=wishes_of(turns),
        names=tuple(name for name in names if isinstance(name, str) and name),
        figures=figures_of(turns),
        minutes=seconds / 60 if isinstance(seconds, int | float) else None,
    )
