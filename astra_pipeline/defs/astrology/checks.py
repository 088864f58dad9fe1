import dagster as dg

from astra_pipeline.charts import audit
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import settings

_SAMPLE = 500
_ROWS = 50


@dg.asset_check(
    asset="birth_charts",
    description=f"Of the {_SAMPLE} charts computed last, each is of its user's present birth data; lists flagged "
    "charts (an ambiguous place, a time that came twice, an uncertain clock), which support may want "
    "to ask about, and what people said of their birth that could not be used.",
)
def charts_are_of_their_birth_data(mongo: MongoResource) -> dg.AssetCheckResult:
    """WARN names users whose chart is of other data: the sensor makes it good, unless it is off."""
    charts = audit.last_charts(mongo.db, sample=_SAMPLE)
    refused = audit.refused_statements(mongo.db, at_most=_SAMPLE) if settings().astra_previews else []
    counts = {
        "charts": charts.looked_at,
        "stale": len(charts.stale),
        "flagged": len(charts.flagged),
        "refused": len(refused),
    }
    return dg.AssetCheckResult(
        passed=not charts.stale,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=counts
        | ({"stale_users": ", ".join(charts.stale[:_ROWS])} if charts.stale else {})
        | ({"flags": table(charts.flagged[:_ROWS])} if charts.flagged else {})
        | ({"refused_statements": table(refused[:_ROWS])} if refused else {}),
    )
