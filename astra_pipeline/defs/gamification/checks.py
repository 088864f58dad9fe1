import dagster as dg

from astra_pipeline.core.milestones import MILESTONES
from astra_pipeline.defs.reporting import table
from astra_pipeline.resources.mongo import USERS, MongoResource

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
        stored = user["user_overview"]["gamification"]
        contradictions = _contradictions(stored)
        if contradictions:
            rows.append({"user": user["id"], "contradictions": "; ".join(contradictions)})
    metadata = {"users_checked": len(users), "users_contradictory": len(rows)}
    return dg.AssetCheckResult(passed=not rows, metadata=metadata | ({"users": table(rows)} if rows else {}))


def _contradictions(stored: dict[str, object]) -> list[str]:
    streak, best, total = (stored[name] for name in ("streak_days", "best_streak", "total_conversations"))
    assert isinstance(streak, int)
    assert isinstance(best, int)
    assert isinstance(total, int)
    found = []
    if not 0 <= streak <= best:
        found.append(f"streak {streak}, best {best}")
    if streak > total:
        found.append(f"streak {streak}, conversations {total}")
    unlocked = stored["milestones_unlocked"]
    assert isinstance(unlocked, list)
    for milestone in MILESTONES:
        if milestone.id == "full_chart":
            continue
        value = stored[milestone.metric]
        reached = len(value) if isinstance(value, list) else value
        if isinstance(reached, int) and reached >= milestone.threshold and milestone.id not in unlocked:
            found.append(f"{milestone.id} not unlocked")
    return found
