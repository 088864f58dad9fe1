import dagster as dg

from astra_pipeline.orchestration.metadata import counted
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.reports import audit

_SAMPLE = 500


@dg.asset_check(
    asset="weekly_reports",
    description=f"Of the {_SAMPLE} users served last: `weekly_reports` holds at most four, newest first, one a "
    "week, and `latest_weekly_report` is the first of them and not older than the newest stored.",
)
def newest_four_first(mongo: MongoResource) -> dg.AssetCheckResult:
    """Names users whose overview is out of order or went back in time."""
    rows = audit.users_out_of_order(mongo.db, sample=_SAMPLE)
    return dg.AssetCheckResult(passed=not rows, metadata=counted("users_out_of_order", rows))
