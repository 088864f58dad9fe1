"""A client that tells the end of its own call, also of one that the web app failed to record.

Who is signed in may name any id. So a document is created only where ElevenLabs names that very person as the
caller: by an event, or when it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations import events
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.ending import Closing, EndedCall, close
from astra_pipeline.conversations.wire import ElevenLabsConversation
from astra_pipeline.errors import BadDocument, NotFound
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import CONVERSATIONS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]


async def close_for(db: Database, conversation_id: str, user_id: str, *, is_person: bool) -> Closing:
    """Close a person's conversation because their client says so. `is_person`: they are signed in themselves.

    For a person ElevenLabs is asked about a call without a document. Raises what asking raises: ServiceAway,
    RateLimited, CredentialsRejected, and SettingError without a key.
    """
    outcome = await close(db, EndedCall(conversation_id=conversation_id, source="client", user_id=user_id))
    if outcome is not Closing.NOT_FOUND or not is_person:
        return outcome
    if await db[CONVERSATIONS].find_one({"conversation_id": conversation_id}, {"_id": 1}) is not None:
        return Closing.NOT_FOUND
    heard = await _heard(db, conversation_id)
    if heard is None or user_id not in heard.callers or not _is_ours(heard):
        return Closing.NOT_FOUND
    return await close(db, EndedCall.heard(heard, "client", user_id=user_id, also_named=(), verified=True))


async def _heard(db: Database, conversation_id: str) -> ElevenLabsConversation | None:
    if told := await events.told(db, conversation_id):
        return told.heard
    try:
        async with ElevenLabsClient() as elevenlabs:
            heard = await elevenlabs.conversation(conversation_id)
    except (NotFound, BadDocument):
        return None
    return heard if heard.conversation_id == conversation_id else None


def _is_ours(heard: ElevenLabsConversation) -> bool:
    agents = settings().astra_webhook_agent_ids
    return not agents or heard.agent_id in agents
