import datetime as dt

import dagster as dg

from astra_pipeline.defs.conversations.jobs import conversation_pipeline
from astra_pipeline.gamification import write as gamification
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG


# Every quarter of an hour, because midnight comes at :00, :15, :30 and :45 UTC depending on the zone. A tick
# that was missed is made good by the next: it asks who has lapsed by now, not who lapsed just now.
@dg.schedule(
    job=conversation_pipeline,
    cron_schedule="*/15 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Shows 0 for streaks that lapsed, once midnight has passed where the person is; no run when "
    "nobody's did.",
)
@patient
def daily_rollover_schedule(
    context: dg.ScheduleEvaluationContext, mongo: MongoResource
) -> dg.RunRequest | dg.SkipReason:
    at = context.scheduled_execution_time.astimezone(dt.UTC)
    due = gamification.any_due(mongo.db, now=at)
    if not due:
        return dg.SkipReason("no streak has lapsed")
    return dg.RunRequest(
        run_key=at.isoformat(),
        partition_key=at.date().isoformat(),
        asset_selection=[dg.AssetKey("gamification_metrics")],
        tags={LANE_TAG: "live", "astra/users": str(due)},
    )
