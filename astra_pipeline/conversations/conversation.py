"""The document of a conversation, read into a typed value, and the UTC day that it belongs to. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.conversations.provisional import CLOSED_END, SOURCE, is_provisional
from astra_pipeline.errors import BadDocument
from astra_pipeline.store.documents import moment

FIELDS = dict.fromkeys(
    ("conversation_id", "user_id", "ended_at", "started_at", "duration_ms", "updated_at", SOURCE, CLOSED_END), 1
)
"""The fields of a document that `parse` reads, as a projection."""
CLOCKS_DIFFER = dt.timedelta(hours=1)
"""The time by which a conversation may have ended in the future before its document counts as broken."""


@dataclass(frozen=True)
class Conversation:
    """A completed conversation as the web app recorded it; `ended_at` is UTC."""

    conversation_id: str
    user_id: str
    ended_at: dt.datetime
    is_provisional: bool = False
    """The end is the clock of whoever heard of it, until ElevenLabs' start and duration correct it."""

    @property
    def day(self) -> dt.date:
        """The UTC day it ended on: its partition in `conversation_days`."""
        return self.ended_at.date()


def ended_at(document: Mapping[str, Any]) -> dt.datetime:
    """The moment (UTC) at which the conversation ended.

    The app sometimes fails to record `ended_at`, or records it as text. Then the start plus the duration, else the
    start, else the last update tells the day well enough. Raises BadDocument when none of them is a date.
    """
    end = document.get("ended_at")
    if (read := moment(end)) is not None:
        return _utc(read)
    start = document.get("started_at")
    if isinstance(start, dt.datetime):
        duration = document.get("duration_ms")
        known = isinstance(duration, int | float) and not isinstance(duration, bool) and 0 <= duration < 1e9
        try:
            return _utc(start) + dt.timedelta(milliseconds=float(duration) if known else 0.0)  # type: ignore[arg-type]
        except OverflowError:
            raise BadDocument(
                f"elevenlabs_conversations.started_at is {start.isoformat()}, at the end of time"
            ) from None
    updated = document.get("updated_at")
    if isinstance(updated, dt.datetime):
        return _utc(updated)
    raise BadDocument(
        f"elevenlabs_conversations.ended_at is {_kind(end)}, and started_at and updated_at are no dates either"
    )


def parse(document: Mapping[str, Any], *, now: dt.datetime) -> Conversation:
    """Read the document as a Conversation. Raises BadDocument naming the field that cannot be used.

    An end that lies more than an hour after `now` cannot be used: clocks differ, but not by that much.
    """
    values: dict[str, str] = {}
    for field in ("conversation_id", "user_id"):
        value = document.get(field)
        if not isinstance(value, str) or not value.strip():
            raise BadDocument(f"elevenlabs_conversations.{field} is {_kind(value)}, want a non-empty string")
        values[field] = value
    end = ended_at(document)
    if end > now + CLOCKS_DIFFER:
        raise BadDocument(f"elevenlabs_conversations.ended_at is {end.isoformat()}, which is still to come")
    return Conversation(**values, ended_at=end, is_provisional=is_provisional(document))


def _utc(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def _kind(value: object) -> str:
    if value is None:
        return "missing"
    return "an empty string" if isinstance(value, str) and not value.strip() else f"of type {type(value).__name__}"
