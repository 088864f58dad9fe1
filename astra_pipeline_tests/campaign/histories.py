"""Histories of campaigns as they ought to be, to be made wrong in one place."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from bench.campaign import laws
from bench.campaign.evidence import Evidence, Execution
from bench.campaign.history import CONVERSATIONS, USERS, Event, Write

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
ENDED = NOW - dt.timedelta(minutes=5)
ANN, CALL, WORD = "user_ann", "conv_1", "zqbamolu"


def at(seconds: float) -> dt.datetime:
    """So many seconds after everything began."""
    return NOW + dt.timedelta(seconds=seconds)


def joined() -> Event:
    return Event(at(0), "joined", {"person": ANN, "name": "Zqann", "zone": "Asia/Kolkata"})


def talked(call: str = CALL, word: str = WORD, *, seconds: float = 1, ended_at: dt.datetime = ENDED) -> Event:
    fields = {"person": ANN, "call": call, "word": word, "ended_at": ended_at, "dated": True}
    return Event(at(seconds), "talked", fields)


def event(kind: str, seconds: float, **fields: Any) -> Event:
    return Event(at(seconds), kind, {"person": ANN, **fields})


def entry(call: str = CALL, *words: str, ended_at: dt.datetime = ENDED) -> dict[str, Any]:
    """An entry of `recent_conversations`."""
    return {
        "conversation_id": call,
        "date": ended_at,
        "summary": f"Asked: {' '.join(words or (WORD,))}?",
        "questions_asked": [],
    }


def record(call: str = CALL, *, ended_at: dt.datetime = ENDED, processed: bool = True) -> dict[str, Any]:
    """The app's document of a conversation."""
    return {
        "conversation_id": call,
        "user_id": ANN,
        "status": "completed",
        "ended_at": ended_at,
        "updated_at": ended_at,
        "metadata": {"transcript_processed": processed},
    }


def transcript(call: str = CALL, *words: str, ended_at: dt.datetime = ENDED) -> dict[str, Any]:
    turns = [{"role": "user", "message": f"Will my {word} go well?"} for word in words or (WORD,)]
    return {"_id": call, "user_id": ANN, "ended_at": ended_at, "turns": turns}


def insights(call: str = CALL, *words: str, ended_at: dt.datetime = ENDED) -> dict[str, Any]:
    output = {"summary": " ".join(words or (WORD,)), "topics": ["Career"], "questions_asked": []}
    return {"_id": call, "user_id": ANN, "ended_at": ended_at, "folded_at": NOW, "output": output}


def metrics(**changes: Any) -> dict[str, Any]:
    """Gamification of somebody with one call of today."""
    return {
        "streak_days": 1,
        "best_streak": 1,
        "total_conversations": 1,
        "last_conversation_date": ENDED,
        "topics_explored": ["Career"],
        "chart_completion_percent": 0,
        "milestones_unlocked": ["first_conversation"],
    } | changes


def user(**overview: Any) -> dict[str, Any]:
    kept = {
        "recent_conversations": [entry()],
        "insights": [{"conversation_id": CALL, "type": "emotion", "content": "Felt calm."}],
        "gamification": metrics(),
    }
    return {"id": ANN, "name": "Zqann", "timezone": "Asia/Kolkata", "user_overview": kept | overview}


def executed(seconds: float, item: str = CALL, *, spoilt: bool = False) -> Execution:
    return Execution(item, "transcript-processor", at(seconds), spoilt)


def wrote_user(seconds: float, *paths: str, erased_at: dt.datetime | None = None, **document: Any) -> Write:
    """A write to Ann's document; `document` is its digest afterwards."""
    kept = {"erased_at": erased_at, "entries": {}, "applied": {}, "best_streak": 0} | document
    return Write(at(seconds), USERS, "update", "oid", ANN, kept, paths)


def wrote(collection: str, seconds: float, text: str = WORD, operation: str = "update", key: str = CALL) -> Write:
    return Write(at(seconds), collection, operation, key, ANN, {"text": text, "ended_at": ENDED})


def inserted_call(seconds: float, call: str = CALL, *, ended_at: dt.datetime | None = None) -> Write:
    """The app records a call that ended a second ago, or at the moment given."""
    ended = ended_at or at(seconds - 1)
    return Write(at(seconds), CONVERSATIONS, "insert", call, ANN, {"user_id": ANN, "ended_at": ended})


def right(**changes: Any) -> Evidence:
    """One person, one call, done; every law holds. `documents` are merged by collection."""
    documents = {
        USERS: [user()],
        CONVERSATIONS: [record()],
        "astra_transcripts": [transcript()],
        "astra_insights": [insights()],
        "astra_failures": [],
    }
    evidence = Evidence(
        events=[joined(), talked(), Event(at(60), "settled")],
        writes=[
            inserted_call(1),
            wrote("astra_transcripts", 3, operation="insert"),
            wrote("astra_insights", 4, operation="insert"),
            wrote_user(5, "user_overview.recent_conversations", entries={CALL: {"date": ENDED, "text": WORD}}),
        ],
        documents=documents | changes.pop("documents", {}),
        executions=[executed(3)],
        checked_at=at(60),
    )
    return dataclasses.replace(evidence, **changes)


def broken_by(evidence: Evidence) -> dict[str, list[str]]:
    """Law -> what breaks it, of those that are broken."""
    return {verdict.law: list(verdict.broken) for verdict in laws.check(evidence) if not verdict.holds}
