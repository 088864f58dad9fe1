import dagster as dg

from astra_pipeline.defs.users.partitions import cohorts
from astra_pipeline.resources.cohorts import all_cohorts, place_new_users
from astra_pipeline.resources.mongo import MongoResource
from astra_pipeline.settings import settings


@dg.sensor(
    minimum_interval_seconds=settings().astra_sensor_interval_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Puts every new user into a cohort of their zone, and opens a partition for every cohort.",
)
def new_users(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    placed = place_new_users(mongo.db)
    known = set(context.instance.get_dynamic_partitions(str(cohorts.name)))
    opened = [key for key in all_cohorts(mongo.db) if key not in known]
    if not opened:
        return dg.SensorResult(skip_reason=f"{placed} users placed, no new cohort")
    return dg.SensorResult(
        skip_reason=f"{placed} users placed, {len(opened)} cohorts opened",
        dynamic_partitions_requests=[cohorts.build_add_request(opened)],
    )
