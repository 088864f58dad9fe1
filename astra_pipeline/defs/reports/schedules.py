import asyncio
import datetime as dt

import dagster as dg

from astra_pipeline.batches.cohort_dates import DueDate
from astra_pipeline.defs.reports.jobs import weekly_reports_job
from astra_pipeline.orchestration.cohort_texts import requests
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.cohorts import zones
from astra_pipeline.reports import write as reports


# Every quarter of an hour, as for horoscopes, and for two days after Sunday evening: reports wait for the week's
# last conversations to be processed.
@dg.schedule(
    job=weekly_reports_job,
    cron_schedule="*/15 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="From Sunday 18:00 where they live: a run for each cohort in which somebody who talked this week "
    "lacks a report.",
)
def weekly_reports_schedule(
    context: dg.ScheduleEvaluationContext, mongo: MongoResource
) -> list[dg.RunRequest] | dg.SkipReason:
    at = context.scheduled_execution_time.astimezone(dt.UTC)

    async def look() -> list[DueDate]:
        async with mongo.connect() as db:
            return await reports.due(db, zones(mongo.db), now=at)

    requested = requests(context, reports.KIND, "week", asyncio.run(look()))
    return requested or dg.SkipReason("nobody lacks a report, or a run is under way")
