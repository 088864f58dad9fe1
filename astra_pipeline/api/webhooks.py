"""The door for ElevenLabs' post-call webhook: `POST /webhooks/elevenlabs/post-call`.

Everything authentic gets 200, whatever it says: ten failures in a row make ElevenLabs switch the webhook off. 503
asks for another delivery. No session, no rate limit and no LLM is in the way, and no word of a body is logged.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from astra_pipeline.conversations import events
from astra_pipeline.conversations.webhook import HEADER, KNOWN_TYPES, Event, Incoming, Signed, is_fresh, read_header
from astra_pipeline.counters import WEBHOOKS, count
from astra_pipeline.errors import BadDocument, ServiceAway
from astra_pipeline.settings import settings
from astra_pipeline.store import clock

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = Callable[[Request], AsyncDatabase[Document]]

PATH = "/webhooks/elevenlabs/post-call"
LARGEST_BYTES = 128 * 2**20
"""The size up to which a body is hashed. ElevenLabs' recordings have tens of megabytes."""
# A server that is away must not hold ElevenLabs up: it sends the event again.
_STORE_SECONDS = 5.0
_RETRY_AFTER_SECONDS = 5

log = structlog.get_logger(__name__)


def routes(database: Database, *, seconds: float = _STORE_SECONDS) -> list[Route]:
    """The webhook's routes, on the database that `database` gives for a request, such as its application's.

    Without a secret they answer 404. An event that is not stored after `seconds` is put off with 503.
    """
    if not settings().webhook_secrets:
        log.warning("ElevenLabs' webhook is off: ELEVENLABS_WEBHOOK_SECRETS is not set", path=PATH)

    async def post_call(request: Request) -> Response:
        try:
            return await _post_call(request, database, seconds)
        except ClientDisconnect:
            return _refusal(400, "The body was cut off")

    return [Route(PATH, post_call, methods=["POST"], name="elevenlabs_post_call")]


async def _post_call(request: Request, database: Database, seconds: float) -> Response:
    secrets = settings().webhook_secrets
    if not secrets:
        return _refusal(404, "Not found")
    signed = read_header(",".join(request.headers.getlist(HEADER)))
    if signed is None:
        return _refused(400, "missing or malformed signature", f"{HEADER} is missing or malformed")
    tolerance = dt.timedelta(seconds=settings().astra_webhook_tolerance_seconds)
    if not is_fresh(signed, now=clock.now(), tolerance=tolerance):
        return _refused(401, "stale signature", "The signature is too old, or of the future")
    body = await _read(request, signed, secrets)
    if body is None:
        return _refused(413, "body too large", "The body is too large")
    if not body.is_authentic:
        return _refused(401, "wrong signature", "The signature does not match")
    try:
        event = body.event()
    except BadDocument:
        return _refused(400, "no JSON object", "Invalid JSON payload")
    return await _receive(event, database(request), seconds)


async def _read(request: Request, signed: Signed, secrets: tuple[str, ...]) -> Incoming | None:
    """The body, hashed while it comes in; None when it is larger than any event."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST_BYTES:
        return None
    body = Incoming(signed, secrets, keep_bytes=settings().astra_webhook_max_bytes)
    async for piece in request.stream():
        body.take(piece)
        if body.size > LARGEST_BYTES:
            return None
    return body


async def _receive(event: Event, db: AsyncDatabase[Document], seconds: float) -> Response:
    kind = event.type if event.type in KNOWN_TYPES else "other"
    try:
        async with asyncio.timeout(seconds):
            ignored = await events.receive(db, event)
    except (ServiceAway, TimeoutError) as error:
        log.warning("webhook event put off", type=kind, error=type(error).__name__)
        count(WEBHOOKS, type=kind, outcome="put_off")
        return _refusal(503, "Service unavailable", {"Retry-After": str(_RETRY_AFTER_SECONDS)})
    log.info("webhook event received", type=kind, ignored=ignored)
    count(WEBHOOKS, type=kind, outcome="ignored" if ignored else "received")
    return _answer(200, {"received": True} | ({"ignored": ignored} if ignored else {}))


def _refused(status: int, why: str, error: str) -> Response:
    log.warning("webhook refused", status=status, why=why)
    count(WEBHOOKS, type="other", outcome="refused")
    return _refusal(status, error)


def _refusal(status: int, error: str, headers: dict[str, str] | None = None) -> Response:
    return _answer(status, {"error": error}, headers)


def _answer(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status, {"Cache-Control": "no-store"} | (headers or {}))
