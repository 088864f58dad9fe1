import datetime as dt

import dagster as dg

from astra_pipeline.charts import skies
from astra_pipeline.defs.astrology.jobs import daily_sky_job
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import range_tags


# Asks what is missing, so a missed tick is made good by the next. Tomorrow is computed today, because it begins
# 14 hours early on Kiritimati.
@dg.schedule(
    job=daily_sky_job,
    cron_schedule="*/30 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Computes the sky of today and tomorrow (UTC) when it is missing.",
)
@patient
def daily_sky_schedule(
    context: dg.ScheduleEvaluationContext, mongo: MongoResource
) -> dg.RunRequest | dg.SkipReason:
    at = context.scheduled_execution_time.astimezone(dt.UTC)
    days = [at.date(), at.date() + dt.timedelta(days=1)]
    due = skies.missing(mongo.db, days)
    if not due:
        return dg.SkipReason("today's and tomorrow's sky are there")
    tags = range_tags(due[0].isoformat(), due[-1].isoformat())
    return dg.RunRequest(run_key=at.isoformat(), tags=tags)
