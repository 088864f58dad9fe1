import dagster as dg

from astra_pipeline.batches import money
from astra_pipeline.batches.work import open_work
from astra_pipeline.defs.users.jobs import personas_job
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.tags import GRID_TAGS, PARTITION_TAG, REQUESTED_BY_TAG, UNFINISHED
from astra_pipeline.people.cohorts import follow, zones
from astra_pipeline.people.ids import give_ids
from astra_pipeline.personas import due as personas
from astra_pipeline.settings import settings
from astra_pipeline.store import clock

# Runs that one tick asks for: a cohort each. The next tick goes on.
_COHORTS_AT_ONCE = 20


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


@dg.sensor(
    job=personas_job,
    minimum_interval_seconds=max(settings().astra_sensor_interval_seconds, 30),
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run for each cohort in which somebody has five conversations more than their persona was "
    "learnt from, or has switched personalization off. Reads an index, so its cost does not grow with history.",
)
@patient
def persona_due(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    with open_work(mongo, run_id="persona_due") as work:
        if money.is_over(work.sync, now=work.now):
            return dg.SensorResult(skip_reason="ASTRA_MAX_COST_PER_DAY is spent")
        due = work.run(personas.due_by_cohort(work.db, now=work.now))
        now = work.now
    busy = _cohorts_under_way(context.instance)
    opened = context.instance.get_dynamic_partitions(str(cohorts.name))
    keys = [key for key in opened if key in due and key not in busy][:_COHORTS_AT_ONCE]
    requests = [
        dg.RunRequest(
            run_key=f"{key} {now:%Y-%m-%dT%H:%M}",
            partition_key=key,
            tags={**GRID_TAGS, REQUESTED_BY_TAG: "persona_due", "astra/users": str(len(due[key]))},
        )
        for key in keys
    ]
    why = "the runs that were requested are not done yet" if due and not keys else "no persona is due"
    return dg.SensorResult(run_requests=requests, skip_reason=None if requests else why)


def _cohorts_under_way(instance: dg.DagsterInstance) -> set[str]:
    """The cohorts that runs of this sensor are queued for, or work at."""
    mine = dg.RunsFilter(
        job_name=personas_job.name, tags={REQUESTED_BY_TAG: "persona_due"}, statuses=list(UNFINISHED)
    )
    return {run.tags[PARTITION_TAG] for run in instance.get_runs(mine) if PARTITION_TAG in run.tags}
