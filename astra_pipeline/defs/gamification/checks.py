from collections.abc import Mapping

import dagster as dg

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.collections import USERS
from astra_pipeline.store.documents import at_path

_SAMPLE = 500
_METRICS = "user_overview.gamification"


@dg.asset_check(
    asset="gamification_metrics",
    description=f"Of the {_SAMPLE} users counted last: 0 <= streak <= best streak <= conversations, and every "
    "milestone of the table whose threshold is met is unlocked.",
)
def streak_invariants(mongo: MongoResource) -> dg.AssetCheckResult:
    """Names the users whose stored metrics contradict each other."""
    latest = (
        mongo.db[USERS]
        .find({f"{_METRICS}.milestones": {"$exists": True}}, {"id": 1, _METRICS: 1})
        .sort(f"{_METRICS}.last_updated", -1)
        .limit(_SAMPLE)
    )
    users = list(latest)
    rows: list[dict[str, str]] = []
    for user in users:
        stored = at_path(user, _METRICS)
        contradictions = _contradictions(stored) if isinstance(stored, Mapping) else ["gamification is no document"]
        if contradictions:
            rows.append({"user": str(user.get("id", user["_id"])), "contradictions": "; ".join(contradictions)})
    metadata = {"users_checked": len(users), "users_contradictory": len(rows)}
    return dg.AssetCheckResult(passed=not rows, metadata=metadata | ({"users": table(rows)} if rows else {}))


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
