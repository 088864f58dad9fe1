import datetime as dt

import dagster as dg

from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.census import census

_ROWS = 50


@dg.asset_check(
    asset="astra_users",
    description="Everybody is in a cohort of their own zone, which is a partition, has not more members than "
    "ASTRA_COHORT_SIZE, and knows how many. A warning names those who are not. The sensor new_users keeps it so: "
    "without its cursor it compares everybody once more.",
)
def users_are_in_their_cohorts(context: dg.AssetCheckExecutionContext, mongo: MongoResource) -> dg.AssetCheckResult:
    """Users who joined in the last ten minutes may wait for the sensor."""
    partitions = context.instance.get_dynamic_partitions(str(cohorts.name))
    found = census(mongo.db, partitions, now=dt.datetime.now(dt.UTC))
    counts = {"users": found.users, "cohorts": found.cohorts, "waiting": found.waiting}
    rows = found.disagreements
    return dg.AssetCheckResult(
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=counts | {"disagreements": len(rows)} | ({"table": table(rows[:_ROWS])} if rows else {}),
    )
