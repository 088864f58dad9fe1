"""Gamification computed anew by plain loops, from the rules as they are written and not from the product's code.

Days are local days of the person's zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

_CHART_FIELDS = ("date_of_birth", "birth_time", "birth_location", "birth_timezone")
_MILESTONES = {
    "first_conversation": ("total", 1),
    "streak_3": ("best", 3),
    "streak_7": ("best", 7),
    "conversations_10": ("total", 10),
    "conversations_25": ("total", 25),
    "conversations_50": ("total", 50),
    "conversations_100": ("total", 100),
    "full_chart": ("chart", 100),
    "topic_explorer": ("topics", 5),
}


@dataclass(frozen=True)
class Expected:
    """The values that ought to be stored in `user_overview.gamification`."""

    streak_days: int
    best_streak: int
    total_conversations: int
    last_conversation_date: dt.datetime | None
    topics_explored: list[str]
    chart_completion_percent: int
    milestones: frozenset[str]


def end_of(conversation: Mapping[str, Any]) -> dt.datetime:
    """When a conversation ended (UTC): `ended_at`, else start and duration, else the last update."""
    end, start = conversation.get("ended_at"), conversation.get("started_at")
    if isinstance(end, dt.datetime):
        return end
    if isinstance(start, dt.datetime):
        return start + dt.timedelta(milliseconds=conversation.get("duration_ms") or 0)
    return conversation["updated_at"]


def expected(
    user: Mapping[str, Any],
    conversations: Sequence[Mapping[str, Any]],
    insights: Sequence[Mapping[str, Any]],
    *,
    now: dt.datetime,
) -> Expected:
    """The metrics of one person as of `now` (UTC), from their completed conversations and stored insights."""
    zone = ZoneInfo(user.get("timezone") or user.get("birth_timezone") or "Asia/Kolkata")
    ends = sorted(end_of(conversation) for conversation in conversations)
    days = sorted({end.astimezone(zone).date() for end in ends})
    streak, best = _streaks(days, now.astimezone(zone).date())
    topics = _topics(insights)
    chart = sum(25 for field in _CHART_FIELDS if user.get(field))
    reached = {"total": len(ends), "best": best, "chart": chart, "topics": len(topics)}
    return Expected(
        streak_days=streak,
        best_streak=best,
        total_conversations=len(ends),
        last_conversation_date=ends[-1] if ends else None,
        topics_explored=topics,
        chart_completion_percent=chart,
        milestones=frozenset(name for name, (metric, least) in _MILESTONES.items() if reached[metric] >= least),
    )


def _streaks(days: Iterable[dt.date], today: dt.date) -> tuple[int, int]:
    """(the streak that runs today, the longest one), in days."""
    length = best = 0
    last: dt.date | None = None
    for day in days:
        length = length + 1 if last is not None and day - last == dt.timedelta(days=1) else 1
        best, last = max(best, length), day
    runs = last is not None and today - last <= dt.timedelta(days=1)
    return (length if runs else 0), best


def _topics(insights: Sequence[Mapping[str, Any]]) -> list[str]:
    """Case-folded unique, in the order and spelling first heard."""
    first: dict[str, str] = {}
    for fact in sorted(insights, key=lambda fact: (fact["ended_at"], fact["output"]["topics"])):
        for topic in fact["output"]["topics"]:
            first.setdefault(topic.casefold(), topic)
    return list(first.values())
