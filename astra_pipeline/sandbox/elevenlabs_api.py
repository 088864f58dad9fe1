"""The part of the ElevenLabs API that the project uses: conversations, lists of them, and signed webhooks."""

from __future__ import annotations

import base64
import binascii
import bisect
import copy
import hashlib
import json
import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from astra_pipeline.sandbox.faults import Fault, truncated, wrongly_typed
from astra_pipeline.sandbox.signing import encode
from astra_pipeline.sandbox.webhook_sender import WebhookSender

_DEFAULT_PAGE = 30
_LARGEST_PAGE = 100


class _Turn(BaseModel):
    model_config = ConfigDict(extra="allow")
    role: Literal["user", "agent"]
    message: str | None = None
    time_in_call_secs: NonNegativeInt = 0


class _Metadata(BaseModel):
    model_config = ConfigDict(extra="allow")
    start_time_unix_secs: int
    call_duration_secs: NonNegativeInt


class _Conversation(BaseModel):
    """The fields of a conversation without which a client cannot work; everything else is passed on."""

    model_config = ConfigDict(extra="allow")
    agent_id: str
    conversation_id: Annotated[str, Field(min_length=1)]
    user_id: str | None = None
    status: Literal["initiated", "in-progress", "processing", "done", "failed"]
    transcript: list[_Turn]
    metadata: _Metadata
    has_audio: bool = True
    has_user_audio: bool = True
    has_response_audio: bool = True
    has_auxiliary_audio: bool = False


class _AddedConversation(_Conversation):
    # The sandbox's own field: the number of requests that are answered with `processing`. It is not passed on.
    processing_requests: NonNegativeInt = 0


class _ListQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    agent_id: str | None = None
    cursor: str | None = None
    page_size: int = Field(default=_DEFAULT_PAGE, ge=1, le=_LARGEST_PAGE)
    call_start_after_unix: int | None = None
    call_start_before_unix: int | None = None


_added_conversations = TypeAdapter(list[_AddedConversation])


class ElevenLabsApi:
    """The handlers of ElevenLabs' routes. Conversations are kept in memory by their id."""

    service: Literal["elevenlabs"] = "elevenlabs"

    def __init__(self, *, improvise_from: Sequence[dict[str, Any]] = ()) -> None:
        self.webhook = WebhookSender()
        self._conversations: dict[str, dict[str, Any]] = {}
        self._processing: dict[str, int] = {}
        self._encoded: dict[str, bytes] = {}
        self._newest_first: list[tuple[int, str]] | None = []
        self._repertoire = sorted(
            (one for one in improvise_from if one["status"] == "done" and one["transcript"]),
            key=lambda one: one["conversation_id"],
        )

    def __len__(self) -> int:
        return len(self._conversations)

    def add(self, conversations: object) -> int:
        """Add or replace conversations (GET shape, optionally with `processing_requests`).

        Raises pydantic's ValidationError; then none was added.
        """
        added = _added_conversations.validate_python(conversations)
        for one in added:
            self._processing[one.conversation_id] = one.processing_requests
            self._keep(one.model_dump(exclude={"processing_requests"}))
        return len(added)

    def _keep(self, conversation: dict[str, Any]) -> None:
        identity = conversation["conversation_id"]
        self._conversations[identity] = conversation
        self._encoded.pop(identity, None)
        self._newest_first = None

    # -- what is served

    async def delete(self, request: Request, _: Fault | None) -> Response:
        identity = request.path_params["conversation_id"]
        if identity not in self._conversations:
            return _refusal(404, "document_not_found", f"Document with id {identity} not found.")
        del self._conversations[identity]
        self._encoded.pop(identity, None)
        self._newest_first = None
        return JSONResponse({})

    async def get(self, request: Request, fault: Fault | None) -> Response:
        identity = request.path_params["conversation_id"]
        if request.query_params:
            return _unprocessable(
                [("query", key) for key in request.query_params], "Extra inputs are not permitted"
            )
        if identity not in self._conversations and not self._improvise(identity):
            return _refusal(404, "document_not_found", f"Document with id {identity} not found.")
        left = self._processing.get(identity, 0)
        if left:
            self._processing[identity] = left - 1
            return _answer(_still_processing(self._conversations[identity]), fault)
        if fault is not None:
            return _answer(self._conversations[identity], fault)
        body = self._encoded.get(identity)
        if body is None:
            body = self._encoded[identity] = encode(self._conversations[identity])
        return Response(body, media_type="application/json")

    async def list(self, request: Request, fault: Fault | None) -> Response:
        try:
            query = _ListQuery.model_validate(dict(request.query_params))
            after = _from_cursor(query.cursor) if query.cursor else None
        except ValidationError as error:
            return _unprocessable([("query", *map(str, one["loc"])) for one in error.errors()], str(error))
        except ValueError:
            return _unprocessable([("query", "cursor")], "not a cursor of ours")
        order = self._in_order()
        start = bisect.bisect_right(order, after) if after else 0
        page: list[dict[str, Any]] = []
        more = False
        for negative_start, identity in order[start:]:
            began = -negative_start
            if query.call_start_before_unix is not None and began > query.call_start_before_unix:
                continue
            if query.call_start_after_unix is not None and began < query.call_start_after_unix:
                break
            conversation = self._conversations[identity]
            if query.agent_id is not None and conversation["agent_id"] != query.agent_id:
                continue
            if len(page) == query.page_size:
                more = True
                break
            page.append(_summary(conversation, processing=bool(self._processing.get(identity))))
        cursor = _to_cursor(-page[-1]["start_time_unix_secs"], page[-1]["conversation_id"]) if more else None
        return _answer({"conversations": page, "has_more": more, "next_cursor": cursor}, fault)

    async def webhooks(self, request: Request, fault: Fault | None) -> Response:
        unknown = [("query", key) for key in request.query_params if key != "include_usages"]
        if unknown:
            return _unprocessable(unknown, "Extra inputs are not permitted")
        return _answer(self.webhook.listed(), fault)

    def told(self, conversation_id: str) -> dict[str, Any]:
        """The conversation as a webhook tells it. Raises LookupError for an unknown one."""
        if conversation_id not in self._conversations and not self._improvise(conversation_id):
            raise LookupError("there is no such conversation")
        return self._conversations[conversation_id]

    # -- refusals, in their shape

    def key_of(self, request: Request) -> str | None:
        return request.headers.get("xi-api-key")

    def unauthorized(self, key: str | None) -> Response:
        if key is None:
            return _refusal(
                401,
                "needs_authorization",
                "Neither authorization header nor xi-api-key received, please provide one.",
            )
        return _refusal(401, "invalid_api_key", "Invalid API key")

    def too_many(self) -> Response:
        return _refusal(429, "too_many_concurrent_requests", "Too many requests. Try again later.")

    def broken(self) -> Response:
        return _refusal(500, "internal_error", "An internal error occurred.")

    # -- inside

    def _in_order(self) -> list[tuple[int, str]]:
        if self._newest_first is None:
            self._newest_first = sorted(
                (-one["metadata"]["start_time_unix_secs"], identity)
                for identity, one in self._conversations.items()
            )
        return self._newest_first

    def _improvise(self, identity: str) -> bool:
        """A conversation with borrowed words for an unknown id; the same id always gets the same words."""
        if not self._repertoire:
            return False
        number = int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8])
        conversation = copy.deepcopy(self._repertoire[number % len(self._repertoire)])
        conversation.pop("processing_requests", None)
        # The words are borrowed; the speaker and their zone are not.
        conversation |= {
            "conversation_id": identity,
            "user_id": None,
            "conversation_initiation_client_data": None,
        }
        conversation["metadata"] |= {
            "start_time_unix_secs": int(time.time()),
            "accepted_time_unix_secs": int(time.time()),
            "timezone": None,
        }
        self._keep(conversation)
        return True


def _still_processing(conversation: dict[str, Any]) -> dict[str, Any]:
    """The answer while a conversation is processed: a part of the words, and no analysis."""
    part = conversation["transcript"][: len(conversation["transcript"]) // 2]
    return {**conversation, "status": "processing", "transcript": part, "analysis": None}


def _summary(conversation: dict[str, Any], *, processing: bool) -> dict[str, Any]:
    metadata, analysis = conversation["metadata"], conversation.get("analysis") or {}
    spoken = [turn["role"] for turn in conversation["transcript"] if turn.get("message")]
    return {
        "agent_id": conversation["agent_id"],
        "agent_name": conversation.get("agent_name"),
        "conversation_id": conversation["conversation_id"],
        "start_time_unix_secs": metadata["start_time_unix_secs"],
        "call_duration_secs": metadata["call_duration_secs"],
        "message_count": len(spoken),
        "user_message_count": spoken.count("user"),
        "agent_message_count": spoken.count("agent"),
        "status": "processing" if processing else conversation["status"],
        "termination_reason": metadata.get("termination_reason"),
        "main_language": metadata.get("main_language"),
        "call_successful": analysis.get("call_successful", "unknown"),
    }


def _to_cursor(negative_start: int, identity: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([negative_start, identity]).encode()).decode()


def _from_cursor(cursor: str) -> tuple[int, str]:
    """The position in a cursor. Raises ValueError for any text that `_to_cursor` did not make."""
    try:
        match json.loads(base64.urlsafe_b64decode(cursor)):
            case [int(negative_start), str(identity)]:
                return negative_start, identity
    except binascii.Error as error:
        raise ValueError("not base64") from error
    raise ValueError("not a position")


def _answer(content: dict[str, Any], fault: Fault | None) -> Response:
    if fault is None:
        body = encode(content)
    elif fault.kind == "truncated_json":
        body = truncated(content).encode()
    else:
        body = encode(wrongly_typed(content))
    return Response(body, media_type="application/json")


def _refusal(status: int, code: str, message: str) -> Response:
    return JSONResponse({"detail": {"status": code, "message": message}}, status)


def _unprocessable(places: Sequence[tuple[str, ...]], message: str) -> Response:
    return JSONResponse(
        {"detail": [{"loc": list(place), "msg": message, "type": "value_error"} for place in places]}, 422
    )
