"""Checks for contradictions within stored metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.people.field_rules import METRICS
from astra_pipeline.people.person import Person
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


def contradictory_users(db: Database[dict[str, Any]], *, sample: int) -> tuple[int, list[dict[str, str]]]:
    """(number of people looked at, {user, contradictions} of those whose metrics contradict each other).

    Looks at the `sample` people whose metrics were written last.
    """
    latest = (
        db[USERS]
        .find({f"{METRICS}.milestones": {"$exists": True}}, {"id": 1, METRICS: 1})
        .sort(f"{METRICS}.last_updated", -1)
        .limit(sample)
    )
    users = list(latest)
    rows = [
        {"user": str(user.get("id", user["_id"])), "contradictions": "; ".join(found)}
        for user in users
        if (found := _contradictions(Person.read(user).gamification.stored))
    ]
    return len(users), rows


def _contradictions(stored: Mapping[str, object]) -> list[str]:
    numbers = {name: stored.get(name) for name in ("streak_days", "best_streak", "total_conversations")}
    found = [f"{name} is no number" for name, value in numbers.items() if not isinstance(value, int)]
    streak, best, total = (value if isinstance(value, int) else None for value in numbers.values())
    if streak is not None and best is not None and not 0 <= streak <= best:
        found.append(f"streak {streak}, best {best}")
    if streak is not None and total is not None and streak > total:
        found.append(f"streak {streak}, conversations {total}")
    unlocked = stored.get("milestones_unlocked")
    if not isinstance(unlocked, list):
        return [*found, "milestones_unlocked is no list"]
    for milestone in MILESTONES:
        if milestone.id == "full_chart":
            continue
        value = stored.get(milestone.metric)
        reached = len(value) if isinstance(value, list) else value
        if isinstance(reached, int) and reached >= milestone.threshold and milestone.id not in unlocked:
            found.append(f"{milestone.id} not unlocked")
    return found
