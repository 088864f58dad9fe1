import datetime as dt

import dagster as dg

from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.census import census
from astra_pipeline.personas import audit

_ROWS = 50
_SAMPLE = 500


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


@dg.asset_check(
    asset="personas",
    description=f"Of the {_SAMPLE} personas computed last, every claim has evidence, and each evidence is of a "
    "conversation whose insights are there and are the same person's.",
)
def claims_have_their_evidence(mongo: MongoResource) -> dg.AssetCheckResult:
    """A claim without evidence is an invention, or outlived an erasure."""
    looked_at, rows = audit.without_evidence(mongo.db, sample=_SAMPLE)
    return _result(looked_at, rows)


@dg.asset_check(
    asset="personas",
    description=f"Of the {_SAMPLE} personas computed last, none has a claim about health, religion, caste, money "
    "or another excluded subject, and none is of somebody who has switched personalization off.",
)
def nothing_of_excluded_subjects(mongo: MongoResource) -> dg.AssetCheckResult:
    """The rows name the person and the subject, never a word of the claim."""
    looked_at, rows = audit.of_excluded_subjects(mongo.db, sample=_SAMPLE)
    return _result(looked_at, rows)


def _result(looked_at: int, rows: list[dict[str, str]]) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"personas": looked_at, "problems": len(rows)} | ({"table": table(rows[:_ROWS])} if rows else {}),
    )
