"""The rules for stored metrics: the values that `user_overview.gamification` may hold, and their readings. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.people.field_rules import COUNT, METRICS, MOMENT, TEXT, TEXTS, Rule
from astra_pipeline.store.documents import listed, moment, texts

_IDS = frozenset(milestone.id for milestone in MILESTONES)
_FIELDS_OF_A_MILESTONE = frozenset({"id", "title", "emoji", "unlocked_at"})


def milestone_ids(value: object) -> tuple[list[str], bool]:
    """(the ids in a stored list of milestones, whether the list holds nothing else).

    A text is read when it names milestones of the table.
    """
    if isinstance(value, str):
        named, whole = texts(value)
        return (named, whole) if whole and _IDS.issuperset(named) else ([], not named and whole)
    entries = listed(value)
    if entries is None:
        return [], value is None
    named, whole = texts(entries)
    if whole:
        return named, True
    ids = [entry.get("id") if isinstance(entry, Mapping) else entry for entry in entries]
    return [name for name in ids if isinstance(name, str)], False


def _are_ids(value: object) -> bool:
    return milestone_ids(value)[1]


def _are_milestones(value: object) -> bool:
    if not isinstance(value, list):
        return False
    if not all(isinstance(entry, dict) and _is_milestone(entry) for entry in value):
        return False
    names = [entry["id"] for entry in value]
    return len(names) == len(set(names))


def _is_milestone(entry: Mapping[str, Any]) -> bool:
    unlocked = entry.get("unlocked_at")
    return (
        _FIELDS_OF_A_MILESTONE.issuperset(entry)
        and isinstance(entry.get("id"), str)
        and (unlocked is None or isinstance(unlocked, dt.datetime) or moment(unlocked) is not None)
        and isinstance(entry.get("title", ""), str)
        and isinstance(entry.get("emoji", ""), str)
    )


# Name below `user_overview.gamification` -> its rule.
METRIC_RULES: Mapping[str, Rule] = {
    "streak_days": COUNT,
    "best_streak": COUNT,
    "total_conversations": COUNT,
    "chart_completion_percent": COUNT,
    "last_conversation_date": MOMENT,
    "last_conversation_day": TEXT,
    "topics_explored": TEXTS,
    "milestones_unlocked": Rule(_are_ids, "a list of ids"),
    "milestones": Rule(_are_milestones, "a list of milestones"),
}
# The same by path of a user document.
RULES: Mapping[str, Rule] = {f"{METRICS}.{name}": rule for name, rule in METRIC_RULES.items()}


def unread_metrics(stored: Mapping[str, Any]) -> list[str]:
    """The paths of stored metrics that no rule reads in full."""
    return [
        f"{METRICS}.{name}"
        for name, rule in METRIC_RULES.items()
        if (value := stored.get(name)) is not None and not rule.reads(value)
    ]
