import datetime as dt

import dagster as dg

from astra_pipeline.defs.engagement.jobs import engagement_job
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.promises import store


# Asks what is missing, so a missed tick is made good by the next.
@dg.schedule(
    job=engagement_job,
    cron_schedule="*/10 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Measures the promises of yesterday (UTC) once it is over, then those of today so far, once.",
)
@patient
def engagement_schedule(
    context: dg.ScheduleEvaluationContext, mongo: MongoResource
) -> dg.RunRequest | dg.SkipReason:
    now = context.scheduled_execution_time.astimezone(dt.UTC)
    day = store.to_measure(mongo.db, now)
    if day is None:
        return dg.SkipReason("the promises of yesterday and of today so far are measured")
    return dg.RunRequest(run_key=now.isoformat(), partition_key=day)
