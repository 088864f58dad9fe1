"""A person's stored metrics, `user_overview.gamification`, as of the moment their document was read. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from astra_pipeline.store.documents import count, iso_date

# Nobody counts this far: a larger stored number is a mistake of the old system.
_MOST = 1_000_000_000


@dataclass(frozen=True)
class UnlockedMilestone:
    """A milestone that a person has reached."""

    id: str
    title: str
    unlocked_at: dt.datetime | None
    """The moment (UTC). None for a milestone of the old system, which noted no moments."""

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> UnlockedMilestone:
        """The milestone in an entry; an id or a title that is no text is empty."""
        return cls(_text(entry.get("id")), _text(entry.get("title")), _date(entry.get("unlocked_at")))


@dataclass(frozen=True)
class Metrics:
    """A person's stored metrics. A count that cannot be read is 0."""

    streak_days: int = 0
    best_streak: int = 0
    total_conversations: int = 0
    chart_completion_percent: int = 0
    last_conversation_date: dt.datetime | None = None
    """The date (UTC). None also for a date that was stored as text: no index finds it."""
    last_conversation_day: dt.date | None = None
    """The newest local date with a conversation, where it took place; None where earlier rules counted."""
    topics_explored: tuple[str, ...] = ()
    milestones: tuple[UnlockedMilestone, ...] = ()
    stored: Mapping[str, Any] = field(default_factory=dict)
    """The metrics as they are stored, for comparisons with freshly computed ones."""

    @classmethod
    def read(cls, value: object) -> Metrics:
        """The metrics in a stored value; empty ones for a value that is no document."""
        stored = value if isinstance(value, Mapping) else {}
        return cls(
            streak_days=stored_count(stored.get("streak_days")),
            best_streak=stored_count(stored.get("best_streak")),
            total_conversations=stored_count(stored.get("total_conversations")),
            chart_completion_percent=stored_count(stored.get("chart_completion_percent")),
            last_conversation_date=_date(stored.get("last_conversation_date")),
            last_conversation_day=iso_date(stored.get("last_conversation_day")),
            topics_explored=tuple(
                topic for topic in _list(stored.get("topics_explored")) if isinstance(topic, str)
            ),
            milestones=tuple(
                UnlockedMilestone.read(entry)
                for entry in _list(stored.get("milestones"))
                if isinstance(entry, Mapping)
            ),
            stored=stored,
        )

    def titles_unlocked(self, since: dt.datetime, until: dt.datetime) -> list[str]:
        """Titles of the milestones unlocked from `since` up to but not including `until` (UTC)."""
        return [
            milestone.title
            for milestone in self.milestones
            if milestone.title and milestone.unlocked_at and since <= milestone.unlocked_at < until
        ]


def stored_count(value: object) -> int:
    """A stored count: a whole number not below 0, also when it was stored as text; else 0."""
    return min(count(value) or 0, _MOST)


def _date(value: object) -> dt.datetime | None:
    if not isinstance(value, dt.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
