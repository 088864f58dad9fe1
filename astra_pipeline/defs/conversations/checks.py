import dagster as dg

from astra_pipeline.batches.work import open_work
from astra_pipeline.orchestration.checks import verdict_check
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.overview import write as overview

_SAMPLE = 100

elevenlabs_answered = verdict_check("transcripts", "elevenlabs")
task_runner_answered = verdict_check("conversation_insights", "task_runner")


@dg.asset_check(
    asset="user_overviews",
    description=f"Folding the insights of the {_SAMPLE} users folded last once more would change nothing.",
)
def overview_agrees_with_insights(mongo: MongoResource) -> dg.AssetCheckResult:
    """Recomputes the projection and compares. Names the user and the paths that differ."""
    with open_work(mongo, run_id="check") as work:
        users, rows = work.run(overview.disagreements(work.db, at_most=_SAMPLE))
    metadata = {"users_compared": users, "users_that_differ": len(rows)}
    return dg.AssetCheckResult(passed=not rows, metadata=metadata | ({"differences": table(rows)} if rows else {}))
