"""Gamification computed anew by plain loops, from the rules as they are written and not from the product's code.

A call's day is the local date where it took place: in the zone that its transcript tells, else in the person's.
Today is in the person's zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

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


def place_of(reported: object) -> ZoneInfo | None:
    """The zone of a place that a reported value names; None where it names none, as Etc/Unknown and UTC."""
    if not isinstance(reported, str) or "/" not in reported or reported.startswith("Etc/"):
        return None
    return ZoneInfo(reported) if reported in available_timezones() else None


def expected(
    user: Mapping[str, Any],
    conversations: Sequence[Mapping[str, Any]],
    insights: Sequence[Mapping[str, Any]],
    transcripts: Sequence[Mapping[str, Any]] = (),
    *,
    now: dt.datetime,
) -> Expected:
    """The metrics of one person as of `now` (UTC), from their conversations and what is stored of these."""
    zone = place_of(user.get("timezone")) or place_of(user.get("birth_timezone")) or ZoneInfo("Asia/Kolkata")
    places = {transcript["_id"]: place_of(transcript.get("timezone")) for transcript in transcripts}
    ends = sorted(end_of(conversation) for conversation in conversations)
    days: set[dt.date] = set()
    for conversation in conversations:
        there = places.get(conversation.get("conversation_id")) or zone
        days.add(end_of(conversation).astimezone(there).date())
    streak, best = _streaks(sorted(days), now.astimezone(zone).date())
    topics = _topics(insights)
    chart = sum(25 for field in _CHART_FIELDS if user.get(field))
    if user.get("birth_timezone") and place_of(user["birth_timezone"]) is None:
        chart -= 25
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
