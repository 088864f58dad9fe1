import datetime as dt

import dagster as dg

from astra_pipeline.defs.engagement.jobs import engagement_job
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.promises import store


# Asks what is missing, so a missed tick is made good by the next.
@dg.schedule(
    job=engagement_job,
    cron_schedule="5,35 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Measures the promises of yesterday (UTC), once it is over.",
)
@patient
def engagement_schedule(
    context: dg.ScheduleEvaluationContext, mongo: MongoResource
) -> dg.RunRequest | dg.SkipReason:
    yesterday = (context.scheduled_execution_time.astimezone(dt.UTC) - dt.timedelta(days=1)).date().isoformat()
    if store.is_measured(mongo.db, yesterday):
        return dg.SkipReason("yesterday's promises are measured")
    return dg.RunRequest(run_key=f"engagement:{yesterday}", partition_key=yesterday)
