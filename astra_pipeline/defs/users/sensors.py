import dagster as dg

from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.cohorts import follow, zones
from astra_pipeline.people.ids import give_ids
from astra_pipeline.settings import settings
from astra_pipeline.store import clock


@dg.sensor(
    minimum_interval_seconds=settings().astra_sensor_interval_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Puts every new user into a cohort of their zone, moves people who changed zone, and opens a "
    "partition for every cohort. Gives people an id whom the app has given none for some minutes. Follows the "
    "change stream of MongoDB; without its cursor everybody is compared once.",
)
@patient
def new_users(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    named = give_ids(mongo.db, now=clock.now())
    seated, cursor = follow(mongo.db, context.cursor)
    known = set(context.instance.get_dynamic_partitions(str(cohorts.name)))
    opened = [key for key in zones(mongo.db) if key not in known]
    return dg.SensorResult(
        skip_reason=f"{seated} users seated, {len(opened)} cohorts opened"
        + (f", {named} given an id" if named else ""),
        dynamic_partitions_requests=[cohorts.build_add_request(opened)] if opened else [],
        cursor=cursor,
    )
