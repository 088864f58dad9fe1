import dagster as dg

from astra_pipeline.gamification import audit
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import MongoResource

_SAMPLE = 500


@dg.asset_check(
    asset="gamification_metrics",
    description=f"Of the {_SAMPLE} users counted last: 0 <= streak <= best streak <= conversations, and every "
    "milestone of the table whose threshold is met is unlocked.",
)
def streak_invariants(mongo: MongoResource) -> dg.AssetCheckResult:
    """Names the users whose stored metrics contradict each other."""
    users, rows = audit.contradictory_users(mongo.db, sample=_SAMPLE)
    metadata = {"users_checked": users, "users_contradictory": len(rows)}
    return dg.AssetCheckResult(passed=not rows, metadata=metadata | ({"users": table(rows)} if rows else {}))
