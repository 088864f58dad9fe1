"""Birth data that is complete becomes a chart."""

import datetime as dt

import dagster as dg

from astra_pipeline.charts import write as charts
from astra_pipeline.defs.astrology.jobs import birth_charts_job
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG, RANGE_END_TAG, RANGE_START_TAG
from astra_pipeline.settings import settings

_SENSOR_TAG = "astra/requested_by"
_SENSOR = "birth_data_completed"
_NAMED_USERS = 500


@dg.sensor(
    name=_SENSOR,
    job=birth_charts_job,
    minimum_interval_seconds=settings().astra_sensor_interval_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run for all charts that are due: birth data became complete or changed, the engine changed, "
    "or the chart is the old system's. Follows MongoDB's change stream, so edits by hand count too.",
)
def birth_data_completed(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    cursor = charts.notice_changes(mongo.db, context.cursor)
    if _underway(context.instance):
        return dg.SensorResult(skip_reason="a run that was requested is not done yet", cursor=cursor)
    due = charts.due_by_cohort(mongo.db, now=dt.datetime.now(dt.UTC))
    # A cohort opened this minute gets its partition from new_users first.
    keys = [key for key in context.instance.get_dynamic_partitions(str(cohorts.name)) if key in due]
    if not keys:
        return dg.SensorResult(skip_reason="no chart is due", cursor=cursor)
    return dg.SensorResult(run_requests=[_request(keys, due)], cursor=cursor)


def _request(keys: list[str], due: dict[str, list[str]]) -> dg.RunRequest:
    """One run over the cohorts from the first to the last that has somebody due; few users are named."""
    users = sorted(user for key in keys for user in due[key])
    named = users if len(users) <= _NAMED_USERS else []
    tags = {_SENSOR_TAG: _SENSOR, LANE_TAG: "live", "astra/users": str(len(users))}
    config = dg.RunConfig(ops={"birth_charts": {"config": {"user_ids": named}}})
    if len(keys) == 1:
        return dg.RunRequest(partition_key=keys[0], tags=tags, run_config=config)
    return dg.RunRequest(tags=tags | {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}, run_config=config)


def _underway(instance: dg.DagsterInstance) -> bool:
    unfinished = [
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
    ]
    return bool(instance.get_runs(dg.RunsFilter(tags={_SENSOR_TAG: _SENSOR}, statuses=unfinished), limit=1))
