"""Calls as the web app and ElevenLabs record them before anybody has said that they are over."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pymongo.asynchronous.database import AsyncDatabase

from astra_pipeline.conversations.ending import Closing, EndedCall, close
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import CONVERSATIONS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, recently

T = TypeVar("T")
Db = AsyncDatabase[dict[str, Any]]
SECRET = "wsec_test"
AGENT = "agent_astra"


def new_id() -> str:
    return f"conv_{uuid.uuid4().hex[:12]}"


def opened(world: World, user_id: str, conversation_id: str | None = None, **fields: Any) -> str:
    """A conversation exactly as the app's route writes it when a call begins; returns its id."""
    key = conversation_id or new_id()
    began = fields.pop("started_at", recently(minutes=6))
    world.db[CONVERSATIONS].insert_one(
        {
            "conversation_id": key,
            "user_id": user_id,
            "agent_id": AGENT,
            "workflow_id": "astra-responder",
            "started_at": began,
            "updated_at": began,
            "metadata": None,
        }
        | fields
    )
    return key


def at_elevenlabs(
    world: World, user_id: str, conversation_id: str, *said: str, ended_at: dt.datetime, **wire: Any
) -> dict[str, Any]:
    """The call as ElevenLabs has it; it lasted for 300 s."""
    document = {"conversation_id": conversation_id, "user_id": user_id, "ended_at": ended_at}
    answer = call(document, said, **wire)
    world.sandbox.add_conversations([answer])
    return {key: value for key, value in answer.items() if key != "processing_requests"}


def post_call(data: dict[str, Any], kind: str = "post_call_transcription", at: dt.datetime | None = None) -> bytes:
    """The raw body of an event, as ElevenLabs writes it."""
    event = {"type": kind, "event_timestamp": int((at or recently()).timestamp()), "data": data}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def stored(world: World, conversation_id: str) -> dict[str, Any]:
    document = world.db[CONVERSATIONS].find_one({"conversation_id": conversation_id})
    assert document is not None
    return document


def on_db(work: Callable[[Db], Coroutine[Any, Any, T]]) -> T:
    """The result of `work` on the test's database, on an event loop of its own."""

    async def run() -> T:
        async with MongoResource().connect() as db:
            return await work(db)

    return asyncio.run(run())


def closed(**call: Any) -> Closing:
    return on_db(lambda db: close(db, EndedCall(**call)))
