"""ElevenLabs' side of webhooks: events are signed, delivered once, and with retries where they are switched on.

Retried are transcriptions alone, after 30 s, 2, 8 and 30 minutes, and only after 5xx, 429, 408 or no answer at all.
Success is 200 and nothing else. Ten failures in a row without a success switch the webhook off.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat

from astra_pipeline.sandbox.signing import encode, sign_webhook

TRANSCRIPTION = "post_call_transcription"
_PAUSES = (0.0, 30.0, 120.0, 480.0, 1800.0)
_RETRIED = frozenset({408, 429})
_FAILURES_UNTIL_OFF = 10
_TIMEOUT_SECONDS = 30.0

EventType = Literal[
    "post_call_transcription",
    "post_call_transcription_otel",
    "post_call_audio",
    "call_initiation_failure",
    "agent_qa",
]


class WebhookSettings(BaseModel):
    """A webhook of the workspace. `pause_factor` shortens the pauses between attempts, for tests."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str
    secret: str = Field(min_length=1)
    retry_enabled: bool = False
    pause_factor: NonNegativeFloat = 1.0


class Order(BaseModel):
    """The request to tell of a call. `repeats` deliveries are sent one after the other, whatever comes back."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    conversation_id: str
    type: EventType = TRANSCRIPTION
    repeats: int = Field(default=1, ge=1, le=100)
    audio_bytes: int = Field(default=3, ge=0)
    exclude_transcript: bool = False


class WebhookSender:
    """The webhook of the workspace, and what became of its deliveries."""

    def __init__(self) -> None:
        self._settings: WebhookSettings | None = None
        self._failures = 0
        self._last_failure: tuple[int, int] | None = None
        self._created = int(time.time())
        self.is_auto_disabled = False

    def configure(self, settings: WebhookSettings | None) -> None:
        """Replace the webhook; None deletes it. A new one is on."""
        self._settings = settings
        self._failures, self._last_failure, self.is_auto_disabled = 0, None, False

    def listed(self) -> dict[str, Any]:
        """The workspace's webhooks as `GET /v1/workspace/webhooks` answers them."""
        if self._settings is None:
            return {"webhooks": []}
        code, at = self._last_failure or (None, None)
        webhook = {
            "name": "Post-call",
            "webhook_id": "webhook_sandbox",
            "webhook_url": self._settings.url,
            "is_disabled": False,
            "is_auto_disabled": self.is_auto_disabled,
            "created_at_unix": self._created,
            "auth_type": "hmac",
            "most_recent_failure_error_code": code,
            "most_recent_failure_timestamp": at,
        }
        return {"webhooks": [webhook]}

    async def send(self, order: Order, conversation: dict[str, Any]) -> list[int]:
        """Deliver an event about a conversation; the statuses of the attempts, 0 where there was no answer.

        Raises LookupError when there is no webhook, or ElevenLabs has switched it off.
        """
        statuses: list[int] = []
        for _ in range(order.repeats):
            statuses += await self._deliver(order, conversation)
        return statuses

    async def _deliver(self, order: Order, conversation: dict[str, Any]) -> list[int]:
        settings = self._settings
        if settings is None or self.is_auto_disabled:
            raise LookupError("there is no webhook, or it is switched off")
        body = event_body(order, conversation, int(time.time()))
        pauses = _PAUSES if settings.retry_enabled and order.type == TRANSCRIPTION else _PAUSES[:1]
        statuses: list[int] = []
        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            for pause in pauses:
                await asyncio.sleep(pause * settings.pause_factor)
                statuses.append(await self._attempt(client, settings, body))
                if not _is_retried(statuses[-1]):
                    break
        return statuses

    async def _attempt(self, client: httpx.AsyncClient, settings: WebhookSettings, body: bytes) -> int:
        headers = {
            "ElevenLabs-Signature": sign_webhook(settings.secret, body, int(time.time())),
            "Content-Type": "application/json",
        }
        try:
            status = (await client.post(settings.url, content=_in_pieces(body), headers=headers)).status_code
        except httpx.TransportError:
            status = 0
        if status == 200:
            self._failures = 0
        else:
            self._failures += 1
            self._last_failure = (status, int(time.time()))
            self.is_auto_disabled = self._failures >= _FAILURES_UNTIL_OFF
        return status


def event_body(order: Order, conversation: dict[str, Any], timestamp: int) -> bytes:
    """The raw body of an event about a conversation, which is given in the shape of GET."""
    return encode({"type": order.type, "event_timestamp": timestamp, "data": _data(order, conversation)})


def _data(order: Order, conversation: dict[str, Any]) -> dict[str, Any]:
    ids = {name: conversation[name] for name in ("agent_id", "conversation_id")}
    match order.type:
        case "post_call_transcription":
            left_out = {"transcript"} if order.exclude_transcript else set()
            return {name: value for name, value in conversation.items() if name not in left_out}
        case "post_call_transcription_otel":
            return {"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": []}]}
        case "post_call_audio":
            return ids | {"full_audio": "A" * order.audio_bytes}
        case "call_initiation_failure":
            return ids | {"failure_reason": "busy", "metadata": {"type": "twilio", "body": {"CallStatus": "busy"}}}
        case _:
            return ids


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """The body as chunks, as recordings are sent."""
    for start in range(0, len(body), 2**16):
        yield body[start : start + 2**16]


def _is_retried(status: int) -> bool:
    return status >= 500 or status == 0 or status in _RETRIED
