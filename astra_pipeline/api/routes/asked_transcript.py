"""POST transcript: a call is over. Its conversation is closed, and its transcript asked for."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse

from astra_pipeline.api import asking, errors
from astra_pipeline.api.answers import WRITE_PROBLEMS
from astra_pipeline.api.asked_answers import ACCEPTED, TranscriptDone
from astra_pipeline.api.callers import Caller
from astra_pipeline.api.door import CallerOf, Db, door
from astra_pipeline.api.parameters import Body, Id
from astra_pipeline.conversations import ending
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.ending import Closing, EndedCall
from astra_pipeline.errors import CredentialsRejected, ItemError, SettingError
from astra_pipeline.requests import standing

router = door("transcript")
# The whole request has half a minute, of which the caller may prefer to wait for 25 seconds afterwards.
_HEARD_WITHIN_SECONDS = 4
_NOT_FOUND = {"error": "Conversation not found or unauthorized"}


class TranscriptBody(Body):
    """The body of POST transcript."""

    conversation_id: Id | None = None


@router.post("/api/tasks/transcript", response_model=TranscriptDone, responses=WRITE_PROBLEMS | ACCEPTED)
async def post_transcript(request: Request, caller: CallerOf, db: Db, body: TranscriptBody) -> JSONResponse:
    """Say that a call is over, and ask for its transcript."""
    if not body.conversation_id:
        raise errors.Refused(400, {"error": "Missing conversation_id"})
    user_id = caller.person(body.user_id)
    await _close(db, caller, user_id, body.conversation_id)
    how = await standing.transcript(db, user_id, body.conversation_id)
    return await asking.answer(request, db, caller, "transcript", how)


async def _close(db: Any, caller: Caller, user_id: str, conversation_id: str) -> None:
    """Close the conversation. Raises Refused: 404 for one that is not the person's, 409 for an erased one.

    One that the app failed to record is written down when ElevenLabs itself says that the person who asks was the
    caller.
    """
    call = EndedCall(conversation_id=conversation_id, source="client", user_id=user_id)
    found = await ending.known(db, call)
    closing = await ending.close(db, call, found=found)
    asks_for_themselves = caller.kind != "service" and caller.id == user_id
    if closing == Closing.NOT_FOUND and found.document is None and asks_for_themselves:
        heard = await _heard(conversation_id, user_id)
        closing = await ending.close(db, heard) if heard else closing
    if closing == Closing.ERASED:
        raise errors.Refused(409, {"error": "Erased"})
    if closing in (Closing.NOT_FOUND, Closing.UNKNOWN_OWNER):
        raise errors.Refused(404, _NOT_FOUND)


async def _heard(conversation_id: str, user_id: str) -> EndedCall | None:
    """The call as ElevenLabs tells it, if it names this person as the caller. Raises ServiceAway."""
    try:
        async with asyncio.timeout(_HEARD_WITHIN_SECONDS), ElevenLabsClient() as elevenlabs:
            heard = await elevenlabs.conversation(conversation_id)
    except SettingError:
        return None
    except (TimeoutError, CredentialsRejected):
        raise errors.unavailable() from None
    except ItemError as error:
        if error.outage:
            raise errors.unavailable() from None
        return None
    if heard.callers[:1] != (user_id,):
        return None
    return EndedCall.heard(heard, "client", user_id=user_id, verified=True)
