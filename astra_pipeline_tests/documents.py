"""Documents as the web app and ElevenLabs make them, from a few keyword arguments."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Sequence
from typing import Any

_numbers = itertools.count(1)


def recently(**ago: float) -> dt.datetime:
    """Now, or so long ago, in whole milliseconds as MongoDB keeps them."""
    now = dt.datetime.now(dt.UTC) - dt.timedelta(**ago)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def failure(kind: str, item: str, *, parked: bool, **fields: Any) -> dict[str, Any]:
    """A document of `astra_failures`: parked, or to be tried again in an hour."""
    now = recently()
    return {
        "_id": f"{kind}:{item}",
        "kind": kind,
        "item": item,
        "conversation_id": None,
        "user_id": None,
        "attempt": 6 if parked else 2,
        "looks": 0,
        "error": "NotFound",
        "message": "words nobody should read on a screen",
        "first_failed_at": now,
        "last_failed_at": now,
        "next_attempt_at": None if parked else now + dt.timedelta(hours=1),
        "parked_at": now if parked else None,
    } | fields


def user(user_id: str, **fields: Any) -> dict[str, Any]:
    joined = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return {
        "id": user_id,
        "name": user_id.removeprefix("user_").title(),
        "email": f"{user_id}@example.com",
        "createdAt": joined,
        "updatedAt": joined,
        "timezone": "Asia/Kolkata",
    } | fields


def conversation(user_id: str, *, ended_at: dt.datetime | None = None, **fields: Any) -> dict[str, Any]:
    end = ended_at or recently(minutes=1)
    return {
        "conversation_id": f"conv_{next(_numbers):05d}_{uuid.uuid4().hex[:6]}",
        "user_id": user_id,
        "status": "completed",
        "started_at": end - dt.timedelta(minutes=5),
        "ended_at": end,
        "duration_ms": 300_000,
        "updated_at": end,
    } | fields


def call(
    document: dict[str, Any],
    said: Sequence[str],
    *,
    elevenlabs: str = "done",
    zone: str | None = None,
    processing_requests: int = 0,
) -> dict[str, Any]:
    """The conversation as ElevenLabs answers GET with: what the user said, and what begins with "agent: "."""
    turns: list[dict[str, Any]] = []
    for number, words in enumerate(said):
        if words.startswith("agent: "):
            message = words.removeprefix("agent: ")
            turns.append({"role": "agent", "message": message, "time_in_call_secs": number * 20})
            continue
        if not turns or turns[-1]["role"] == "user":
            turns.append({"role": "agent", "message": "Tell me more.", "time_in_call_secs": number * 20})
        turns.append({"role": "user", "message": words, "time_in_call_secs": number * 20 + 10})
    end = document.get("ended_at")
    start = int(end.timestamp()) - 300 if isinstance(end, dt.datetime) else 1_790_000_000
    metadata: dict[str, Any] = {"start_time_unix_secs": start, "call_duration_secs": 300}
    if zone:
        metadata["timezone"] = zone
    return {
        "agent_id": "agent_astra",
        "conversation_id": document["conversation_id"],
        "user_id": document["user_id"],
        "status": elevenlabs,
        "transcript": turns,
        "metadata": metadata,
        "has_audio": bool(turns),
        "has_user_audio": bool(turns),
        "has_response_audio": bool(turns),
    } | ({"processing_requests": processing_requests} if processing_requests else {})
