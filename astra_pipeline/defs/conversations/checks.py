import dagster as dg

from astra_pipeline.batches.work import open_work
from astra_pipeline.conversations import webhook_health
from astra_pipeline.orchestration.metadata import table
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.overview import write as overview
from astra_pipeline.store import clock

_SAMPLE = 100
_ROWS = 50


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


@dg.asset_check(
    asset="elevenlabs_conversations",
    description="WARN while ElevenLabs' webhook does not tell of calls: the reconciler found some of the last day "
    "that no event is of, or ElevenLabs has switched the webhook off.",
)
def webhook_is_alive(mongo: MongoResource) -> dg.AssetCheckResult:
    """Names the calls of the last day that the webhook should have told of."""
    with open_work(mongo, run_id="check") as work:
        health = work.run(webhook_health.read(work.db, now=clock.now(), at_most=_ROWS))
    rows = [{"conversation": one} for one in health.untold]
    return dg.AssetCheckResult(
        passed=health.is_well,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=health.counts | ({"untold": table(rows)} if rows else {}),
    )
