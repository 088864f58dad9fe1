"""A fact: the insights of one conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.conversations.task import TranscriptInsights

# The summary of a conversation in which nobody said a word.
EMPTY_SUMMARY = "ended before any transcript was captured"


@dataclass(frozen=True)
class Fact:
    """The insights of one conversation. Times are UTC; `timezone` is where the caller was, when known."""

    conversation_id: str
    ended_at: dt.datetime
    created_at: dt.datetime
    insights: TranscriptInsights
    timezone: str | None = None
    replaced_incidents: tuple[Mapping[str, Any], ...] = ()
    """Incidents that earlier insights of this conversation told of, before they were made anew."""
