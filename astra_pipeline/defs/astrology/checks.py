import dagster as dg

from astra_pipeline.charts import birth_data
from astra_pipeline.charts import write as charts
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import USERS

_SAMPLE = 500


@dg.asset_check(
    asset="birth_charts",
    description=f"Of the {_SAMPLE} charts computed last, each is of its user's present birth data; lists flagged "
    "charts (an ambiguous place, a time that came twice), which support may want "
    "to ask about, and what people said of their birth that could not be used.",
)
def charts_are_of_their_birth_data(mongo: MongoResource) -> dg.AssetCheckResult:
    """WARN names users whose chart is of other data: the sensor makes it good, unless it is off."""
    fields = dict.fromkeys((*birth_data.FIELDS, "id", "astra.chart_key"), 1) | {
        "user_overview.birth_chart.engine": 1,
        "user_overview.birth_chart.input.flags": 1,
    }
    found = mongo.db[USERS].find({"astra.chart_key": {"$type": "string"}}, fields)
    users = list(found.sort("user_overview.birth_chart.calculated_at", -1).limit(_SAMPLE))
    engine = charts.engine()
    stale = [user["id"] for user in users if not birth_data.has_current_chart(user, engine=engine)]
    flagged = [
        {"user": user["id"], "flag": flag}
        for user in users
        for flag in (user.get("user_overview") or {}).get("birth_chart", {}).get("input", {}).get("flags", [])
    ]
    refused = charts.refused_statements(mongo.db, at_most=_SAMPLE) if settings().astra_previews else []
    metadata = {"charts": len(users), "stale": len(stale), "flagged": len(flagged), "refused": len(refused)}
    return dg.AssetCheckResult(
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=metadata
        | ({"stale_users": ", ".join(stale[:50])} if stale else {})
        | ({"flags": table(flagged[:50])} if flagged else {})
        | ({"refused_statements": table(refused[:50])} if refused else {}),
    )
