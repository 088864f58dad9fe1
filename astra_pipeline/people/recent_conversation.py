"""An entry of `user_overview.recent_conversations`, read into a typed value. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.store.documents import Reading, readings


@dataclass(frozen=True)
class RecentConversation:
    """A conversation as the overview lists it."""

    conversation_id: str | None
    """None for an entry of the old system, which noted no ids."""
    dates: tuple[Reading, ...]
    """The meanings of the stored date: none, one, or two where day and month are open."""
    topics: tuple[str, ...]
    entry: Mapping[str, Any]
    """The entry as it is stored."""

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> RecentConversation:
        """The conversation that an entry is about."""
        topics = entry.get("topics")
        return cls(
            conversation_id=id_of(entry),
            dates=readings(entry.get("date")),
            topics=tuple(topic for topic in topics if isinstance(topic, str)) if isinstance(topics, list) else (),
            entry=entry,
        )

    @classmethod
    def read_all(cls, entries: object) -> tuple[RecentConversation, ...]:
        """The conversations of a stored list, in its order. Entries that are no documents are left out."""
        found = entries if isinstance(entries, list) else []
        return tuple(cls.read(entry) for entry in found if isinstance(entry, Mapping))

    @property
    def ended_at(self) -> dt.datetime | None:
        """The moment (UTC) of the conversation's end; None for no date, and for one with two readings."""
        return self.dates[0].at if len(self.dates) == 1 else None


def id_of(entry: Mapping[str, Any]) -> str | None:
    """The id of the conversation that an entry is about; None for no id, and for one that is no text."""
    name = entry.get("conversation_id")
    return name if isinstance(name, str) and name.strip() else None
