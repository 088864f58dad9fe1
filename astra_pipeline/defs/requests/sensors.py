"""Requests that the API wrote become batched runs."""

import dagster as dg

from astra_pipeline.batches.work import open_work
from astra_pipeline.defs.astrology.jobs import birth_charts_job
from astra_pipeline.defs.conversations.jobs import conversation_pipeline
from astra_pipeline.defs.horoscopes.assets import DAILY_HOROSCOPES
from astra_pipeline.defs.reports.assets import WEEKLY_REPORTS
from astra_pipeline.defs.users.jobs import personas_job
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.task_requests import NAME, tick
from astra_pipeline.settings import settings


@dg.sensor(
    name=NAME,
    jobs=[conversation_pipeline, birth_charts_job, DAILY_HOROSCOPES.job, WEEKLY_REPORTS.job, personas_job],
    minimum_interval_seconds=settings().astra_sensor_interval_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run a kind for all requests that wait (transcript, chart, horoscope, weekly report, persona), "
    "which names their items. Writes back what became of them, also when their run died.",
)
@patient
def task_requests(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    with open_work(mongo, run_id=NAME) as work:
        done = tick(work, context.instance, at_most=settings().astra_batch_limit)
    why = f"{done.open} requests are open; no run is to be asked for" if done.open else "nothing was requested"
    return dg.SensorResult(run_requests=done.requests, skip_reason=None if done.requests else why)
