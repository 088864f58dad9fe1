"""A person's stored metrics as the API answers them: the old routes' eight fields, and the milestones. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.gamification.stored import milestone_ids
from astra_pipeline.people.field_rules import METRICS
from astra_pipeline.people.metrics import stored_count
from astra_pipeline.store.documents import at_path, listed, moment, texts

# The paths of a user document that are read.
FIELDS = tuple(
    f"{METRICS}.{name}"
    for name in (
        "streak_days",
        "best_streak",
        "total_conversations",
        "milestones_unlocked",
        "topics_explored",
        "chart_completion_percent",
        "last_conversation_date",
        "last_updated",
        "milestones",
    )
)
_TABLE = {milestone.id: milestone for milestone in MILESTONES}


def metrics_answered(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The metrics in a user document; None when it has none. Values that cannot be read are empty, or 0."""
    stored = at_path(document, METRICS)
    if not isinstance(stored, Mapping) or not stored:
        return None
    return {
        **{
            name: stored_count(stored.get(name))
            for name in ("streak_days", "best_streak", "total_conversations", "chart_completion_percent")
        },
        "milestones_unlocked": milestone_ids(stored.get("milestones_unlocked"))[0],
        "topics_explored": texts(stored.get("topics_explored"))[0],
        "last_conversation_date": _moment(stored.get("last_conversation_date")),
        "last_updated": _moment(stored.get("last_updated")),
        "milestones": _milestones(stored),
    }


def _milestones(stored: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The milestones in the order of `milestones_unlocked`; the old system's without a moment."""
    entries = listed(stored.get("milestones")) or []
    noted = {
        entry["id"]: entry for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("id"), str)
    }
    ids = list(dict.fromkeys([*milestone_ids(stored.get("milestones_unlocked"))[0], *noted]))
    return [_milestone(name, noted.get(name, {})) for name in ids]


def _milestone(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    known = _TABLE.get(name)
    title, emoji = entry.get("title"), entry.get("emoji")
    return {
        "id": name,
        "title": title if isinstance(title, str) else (known.title if known else name),
        "emoji": emoji if isinstance(emoji, str) else (known.emoji if known else ""),
        "unlocked_at": _moment(entry.get("unlocked_at")),
        "celebrated": entry.get("celebrated") is True,
    }


def _moment(value: object) -> dt.datetime | None:
    return value if isinstance(value, dt.datetime) else moment(value)
