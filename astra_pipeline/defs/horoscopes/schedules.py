import asyncio
import datetime as dt

import dagster as dg

from astra_pipeline.batches.cohort_dates import DueDate
from astra_pipeline.defs.horoscopes.jobs import daily_horoscopes_job
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.orchestration.cohort_texts import requests
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.cohorts import zones


# Every quarter of an hour rather than every hour: 06:00 comes at :00, :15, :30 and :45 UTC depending on the zone,
# at :30 in India. It asks who lacks today's horoscope, so a missed tick is made good by the next, a repeated one
# finds nobody, and people who get their chart at noon, or whose text failed, are seen to the same day.
@dg.schedule(
    job=daily_horoscopes_job,
    cron_schedule="*/15 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="From 06:00 where they live: a run for each cohort in which somebody lacks today's horoscope.",
)
def daily_horoscopes_schedule(
    context: dg.ScheduleEvaluationContext, mongo: MongoResource
) -> list[dg.RunRequest] | dg.SkipReason:
    at = context.scheduled_execution_time.astimezone(dt.UTC)

    async def look() -> list[DueDate]:
        async with mongo.connect() as db:
            return await horoscopes.due(db, zones(mongo.db), now=at)

    requested = requests(context, horoscopes.KIND, "date", asyncio.run(look()))
    return requested or dg.SkipReason("nobody lacks a horoscope, or a run is under way")
