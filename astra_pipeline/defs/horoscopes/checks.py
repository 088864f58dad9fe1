import dagster as dg

from astra_pipeline.horoscopes import audit
from astra_pipeline.orchestration.metadata import counted
from astra_pipeline.orchestration.resources import MongoResource

_SAMPLE = 500


@dg.asset_check(
    asset="daily_horoscopes",
    description=f"Of the {_SAMPLE} users served last, `latest_horoscope` is not older than their newest horoscope.",
)
def latest_is_the_newest(mongo: MongoResource) -> dg.AssetCheckResult:
    """Names users whose overview went back in time."""
    rows = audit.users_behind(mongo.db, sample=_SAMPLE)
    return dg.AssetCheckResult(passed=not rows, metadata=counted("users_behind", rows))
