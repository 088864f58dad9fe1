"""New conversations become batched runs."""

import datetime as dt

import dagster as dg

from astra_pipeline.batches import budget
from astra_pipeline.conversations.backlog import waiting_conversations
from astra_pipeline.conversations.planning import Past, RunPlan, Underway, plan_runs
from astra_pipeline.defs.conversations.jobs import conversation_pipeline
from astra_pipeline.orchestration.run_config import LANE_TAG, PAST
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import MongoResource

FIRST_DAY_TAG = "dagster/asset_partition_range_start"
LAST_DAY_TAG = "dagster/asset_partition_range_end"
_SENSOR_TAG = "astra/requested_by"
_SENSOR = "new_conversations"
_SCAN_FACTOR = 4
_LEASES_WITHIN = dt.timedelta(seconds=5)


@dg.sensor(
    name=_SENSOR,
    job=conversation_pipeline,
    minimum_interval_seconds=settings().astra_sensor_interval_seconds,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="One run for all conversations that ended and wait, and for retries that are due; a backlog "
    "of months becomes one run over its range of days.",
)
def new_conversations(context: dg.SensorEvaluationContext, mongo: MongoResource) -> dg.SensorResult:
    now = dt.datetime.now(dt.UTC)
    limit = settings().astra_batch_limit
    waiting = waiting_conversations(mongo.db, now=now, at_most=limit * _SCAN_FACTOR)
    if not waiting:
        return dg.SensorResult(skip_reason="nothing waits")
    past = _past(mongo, now)
    plans = plan_runs(waiting, _underway(context.instance, now), batch_limit=limit, now=now, past=past)
    if not plans:
        why = "the hour's LLM calls for the past are spent" if past == "halted" else "a run was just requested"
        return dg.SensorResult(skip_reason=f"{len(waiting)} left waiting: {why}")
    return dg.SensorResult(run_requests=[_request(plan) for plan in plans])


def _past(mongo: MongoResource, now: dt.datetime) -> Past:
    if settings().astra_backfill_max_calls_per_hour is None:
        return "along"
    return "halted" if budget.is_spent(mongo.db, now=now) else "apart"


def _request(plan: RunPlan) -> dg.RunRequest:
    tags = {LANE_TAG: plan.lane, _SENSOR_TAG: _SENSOR, "astra/conversations": str(plan.conversations)}
    if plan.lane == "backlog":
        tags |= PAST
    first, last = plan.first_day.isoformat(), plan.last_day.isoformat()
    config = dg.RunConfig(ops={"transcripts": {"config": {"limit": plan.limit}}}) if plan.limit else None
    if first == last:
        return dg.RunRequest(run_key=plan.run_key, partition_key=first, tags=tags, run_config=config)
    tags |= {FIRST_DAY_TAG: first, LAST_DAY_TAG: last}
    return dg.RunRequest(run_key=plan.run_key, tags=tags, run_config=config)


def _underway(instance: dg.DagsterInstance, now: dt.datetime) -> list[Underway]:
    """Requested runs that have not leased their conversations yet: queued, starting, or started just now."""
    requested = instance.get_run_records(
        dg.RunsFilter(
            tags={_SENSOR_TAG: _SENSOR},
            statuses=[
                dg.DagsterRunStatus.QUEUED,
                dg.DagsterRunStatus.NOT_STARTED,
                dg.DagsterRunStatus.STARTING,
                dg.DagsterRunStatus.STARTED,
            ],
        )
    )
    found = []
    for record in requested:
        run = record.dagster_run
        just_started = record.start_time and now.timestamp() - record.start_time < _LEASES_WITHIN.total_seconds()
        if run.status == dg.DagsterRunStatus.STARTED and not just_started:
            continue
        first = run.tags.get(FIRST_DAY_TAG) or run.tags["dagster/partition"]
        last = run.tags.get(LAST_DAY_TAG) or first
        found.append(Underway(dt.date.fromisoformat(first), dt.date.fromisoformat(last)))
    return found
