"""The door for ElevenLabs' conversation-initiation webhook: `POST /webhooks/elevenlabs/initiation`.

It is asked while the phone rings, so the answer takes one indexed read. ElevenLabs does not sign it: a secret
header, set in ElevenLabs, proves the sender. Everything authentic gets 200 with every variable, also an unknown
caller, a foreign agent, a MongoDB that is away and a fault of ours: a missing variable would end the call.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from astra_pipeline.context.agent import AgentContext, of_nobody
from astra_pipeline.context.read import context_of_caller
from astra_pipeline.counters import CONTEXT_BYTES, observe
from astra_pipeline.errors import words_of
from astra_pipeline.settings import Settings, settings
from astra_pipeline.store import clock
from astra_pipeline.store.outages import is_outage

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = Callable[[Request], AsyncDatabase[Document]]

PATH = "/webhooks/elevenlabs/initiation"
HEADER = "X-Astra-Secret"
TYPE = "conversation_initiation_client_data"
"""Without this type ElevenLabs drops the answer and says nothing."""
_MOST_BYTES = 16_384
# The caller hears it ring. An unknown caller is better than none.
_READ_SECONDS = 1.0
# From this share of Hindi on the agent's speech recognition is told Hindi.
_HINDI_FROM = 60

log = structlog.get_logger(__name__)


def routes(database: Database, *, seconds: float = _READ_SECONDS) -> list[Route]:
    """The webhook's routes, on the database that `database` gives for a request.

    Without a secret they answer 404. After `seconds` without an answer of MongoDB the caller is unknown.
    """

    async def initiation(request: Request) -> Response:
        try:
            return await _initiation(request, database, seconds)
        except ClientDisconnect:
            return _refusal(400, "The body was cut off")

    return [Route(PATH, initiation, methods=["POST"], name="elevenlabs_initiation")]


async def _initiation(request: Request, database: Database, seconds: float) -> Response:
    configured = settings()
    if not configured.initiation_secrets:
        return _refusal(404, "Not found")
    if not _is_authentic(request, configured):
        log.warning("initiation refused", why="missing or wrong secret")
        return _refusal(401, "Unauthorized")
    asked = await _asked(request)
    if asked is None:
        return _refusal(400, "Invalid JSON payload")
    user_id, context = await _context(asked, database(request), configured, seconds)
    observe(CONTEXT_BYTES, context.bytes, asked_by="unknown" if user_id is None else "phone")
    log.info("initiation answered", known=user_id is not None, bytes=context.bytes)
    answer: dict[str, Any] = {"type": TYPE, "dynamic_variables": context.variables}
    if user_id is not None:
        answer["user_id"] = user_id
    if overrides := overrides_of(context, configured, known=user_id is not None):
        answer["conversation_config_override"] = overrides
    return JSONResponse(answer, 200, {"Cache-Control": "no-store"})


def overrides_of(context: AgentContext, configured: Settings, *, known: bool) -> dict[str, Any]:
    """The overrides of a call, of the fields that the agent allows: {"agent": {...}}; empty for an unknown caller.

    A field without a value is left out: ElevenLabs takes neither null nor "".
    """
    agent: dict[str, Any] = {}
    if known and "first_message" in configured.astra_agent_overrides:
        agent["first_message"] = context.first_message
    is_hindi = int(context.variables["hinglish_level"]) >= _HINDI_FROM
    if known and is_hindi and "language" in configured.astra_agent_overrides:
        agent["language"] = "hi"
    return {"agent": agent} if agent else {}


def _is_authentic(request: Request, configured: Settings) -> bool:
    """Whether the header holds one of the secrets. Every one is compared, in constant time."""
    told = request.headers.get(HEADER, "").encode()
    matches = [hmac.compare_digest(told, secret.encode()) for secret in configured.initiation_secrets]
    return any(matches)


async def _asked(request: Request) -> Mapping[str, Any] | None:
    """The body as a JSON object; None for another one, and for one that is too large to be a call's."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, Mapping) else None


async def _context(
    asked: Mapping[str, Any], db: AsyncDatabase[Document], configured: Settings, seconds: float
) -> tuple[str | None, AgentContext]:
    now, zone = clock.now(), configured.astra_default_timezone
    ours, agent = configured.astra_webhook_agent_ids, asked.get("agent_id")
    # Another team's agent of the same workspace is told of nobody.
    if ours and agent not in ours:
        return None, of_nobody(now, default_zone=zone)
    try:
        async with asyncio.timeout(seconds):
            return await context_of_caller(db, asked.get("caller_id"), now=now, default_zone=zone)
    except Exception as error:  # noqa: BLE001  (whatever it is, an answer without variables would end the call)
        if isinstance(error, TimeoutError) or is_outage(error):
            log.warning("initiation answered without MongoDB", error=type(error).__name__)
        else:
            # Its message may quote a document, so its class and its place alone are logged.
            log.error("initiation answered without the person", error=words_of(error))
        return None, of_nobody(now, default_zone=zone)


def _refusal(status: int, error: str) -> Response:
    return JSONResponse({"error": error}, status, {"Cache-Control": "no-store"})
