"""Ends of conversations that are provisional, and their correction by ElevenLabs' start and duration.

A provisional end is the clock of the server that heard of it: a browser may tell hours later, and on another day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.reopened import PROCESSED_END, SAME_END
from astra_pipeline.store.collections import NOT_ERASED
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.updates import literal, merged

if TYPE_CHECKING:
    Document = dict[str, Any]

SOURCE = "astra.ended_at_source"
CLOSED_END = "astra.closed_end"
FINAL = "elevenlabs"
"""The source of an end that is ElevenLabs' start plus its duration."""
PROVISIONAL = ("client", "webhook", "reconciler")
"""The sources of an end that is the server's clock."""


@dataclass(frozen=True)
class Correction:
    """The times (UTC) of a call as ElevenLabs has them."""

    ended_at: dt.datetime
    started_at: dt.datetime | None = None
    duration_ms: int | None = None


def is_provisional(document: Mapping[str, Any]) -> bool:
    """Whether the document's end is one that we set and nobody told."""
    end = document.get("ended_at")
    return at_path(document, SOURCE) in PROVISIONAL and end is not None and end == at_path(document, CLOSED_END)


def query(conversation_id: str) -> Document:
    """The query for the conversation while its end is provisional. An end that the app wrote since is the app's."""
    return {
        "conversation_id": conversation_id,
        "status": "completed",
        SOURCE: {"$in": list(PROVISIONAL)},
        "$expr": {"$eq": ["$ended_at", f"${CLOSED_END}"]},
    } | NOT_ERASED


def correcting(end: Correction) -> list[Document]:
    """The update that puts the end right, and with it the day on which the conversation is processed.

    A conversation that was processed with another end waits again: its facts move to the new end, and cost nothing.
    """
    known = {"started_at": end.started_at, "duration_ms": end.duration_ms}
    absent = {
        field: {"$ifNull": [f"${field}", literal(value)]} for field, value in known.items() if value is not None
    }
    moved = {"$gt": [{"$abs": {"$subtract": [f"${PROCESSED_END}", end.ended_at]}}, SAME_END.total_seconds() * 1000]}
    waits_again = {"$and": [{"$eq": [{"$type": f"${PROCESSED_END}"}, "date"]}, moved]}
    was_processed = {"$eq": ["$metadata.transcript_processed", True]}
    again = merged("metadata", {"transcript_processed": False})
    corrected: Document = {
        "ended_at": end.ended_at,
        "updated_at": "$$NOW",
        "astra": merged("astra", {"ended_at_source": FINAL, "closed_end": end.ended_at}),
        "metadata": {"$cond": [{"$and": [was_processed, waits_again]}, again, "$metadata"]},
    }
    return [{"$set": absent | corrected}]
