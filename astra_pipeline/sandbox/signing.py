"""Bodies of ElevenLabs' webhooks, and their signatures, as ElevenLabs makes them."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any


def encode(content: dict[str, Any]) -> bytes:
    """JSON as ElevenLabs writes it: no spaces, and every character itself."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def sign_webhook(secret: str, body: bytes | str, timestamp: int) -> str:
    """The `ElevenLabs-Signature` header of a webhook with the raw `body`, sent at `timestamp` (Unix seconds)."""
    raw = body.encode() if isinstance(body, str) else body
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + raw, hashlib.sha256)
    return f"t={timestamp},v0={signed.hexdigest()}"


def post_call_event(conversation: dict[str, Any], timestamp: int) -> bytes:
    """The raw body of the `post_call_transcription` webhook about a conversation, given in the shape of GET."""
    return encode({"type": "post_call_transcription", "event_timestamp": timestamp, "data": conversation})
