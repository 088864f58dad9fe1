"""Birth data that is complete becomes a chart."""

import dagster as dg

from astra_pipeline.batches.work import open_work
from astra_pipeline.charts import due as charts
from astra_pipeline.defs.astrology.jobs import birth_charts_job
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import LANE_TAG, REQUESTED_BY_TAG, is_under_way, range_tags
from astra_pipeline.settings import settings

_NAME = "birth_data_completed"
_NAMED_USERS = 500


@dg.sensor(
    name=_NAME,
    job=birth_charts_job,
    minimum_interval_seconds=settings().astra_sensor_interval_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run for all charts that are due: birth data became complete or changed, the engine changed, "
    "or the chart is the old system's. Follows MongoDB's change stream, so edits by hand count too.",
)
@patient
def birth_data_completed(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    with open_work(mongo, run_id=_NAME) as work:
        cursor = work.run(charts.notice_changes(work, context.cursor))
        if is_under_way(context.instance, {REQUESTED_BY_TAG: _NAME}):
            return dg.SensorResult(skip_reason="a run that was requested is not done yet", cursor=cursor)
        due = work.run(charts.due_by_cohort(work.db, now=work.now))
    # A cohort opened this minute gets its partition from new_users first.
    keys = [key for key in context.instance.get_dynamic_partitions(str(cohorts.name)) if key in due]
    if not keys:
        return dg.SensorResult(skip_reason="no chart is due", cursor=cursor)
    return dg.SensorResult(run_requests=[_request(keys, due)], cursor=cursor)


def _request(keys: list[str], due: dict[str, list[str]]) -> dg.RunRequest:
    """One run over the cohorts from the first to the last that has somebody due; few users are named."""
    users = sorted(user for key in keys for user in due[key])
    named = users if len(users) <= _NAMED_USERS else []
    tags = {REQUESTED_BY_TAG: _NAME, LANE_TAG: "live", "astra/users": str(len(users))}
    config = dg.RunConfig(ops={"birth_charts": {"config": {"user_ids": named}}})
    if len(keys) == 1:
        return dg.RunRequest(partition_key=keys[0], tags=tags, run_config=config)
    return dg.RunRequest(tags=tags | range_tags(keys[0], keys[-1]), run_config=config)
