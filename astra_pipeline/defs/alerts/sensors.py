"""What an operator must hear about: runs that failed, and items that used up their attempts."""

import datetime as dt

import dagster as dg
from pydantic import BaseModel

from astra_pipeline.orchestration.alerts import AlertsResource
from astra_pipeline.store.mongo import FAILURES, MongoResource

_AT_MOST = 20


class Told(BaseModel):
    """The sensor's cursor: everything up to these UTC times has been told."""

    runs: dt.datetime
    parked: dt.datetime


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Failed runs and newly parked items, to the webhook in ASTRA_ALERT_WEBHOOK_URL; off when unset.",
)
def failure_alerts(
    context: dg.SensorEvaluationContext, mongo: MongoResource, alerts: AlertsResource
) -> dg.SensorResult:
    if not alerts.on:
        return dg.SensorResult(skip_reason="ASTRA_ALERT_WEBHOOK_URL is not set")
    now = dt.datetime.now(dt.UTC)
    told = Told.model_validate_json(context.cursor) if context.cursor else Told(runs=now, parked=now)

    failed = context.instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=told.runs)
    )
    parked = list(mongo.db[FAILURES].find({"parked_at": {"$gt": told.parked}}).sort("parked_at", 1))
    lines = [
        f":rotating_light: Run `{record.dagster_run.run_id[:8]}` of `{record.dagster_run.job_name}` failed"
        for record in failed
    ]
    lines += [
        f":parking: `{failure['kind']}` gave up on `{failure['item']}`: {failure['error']}: {failure['message']}"
        for failure in parked[:_AT_MOST]
    ]
    if len(parked) > _AT_MOST:
        lines.append(f"... and {len(parked) - _AT_MOST} more: `astra failures list`")
    if lines:
        alerts.send(lines)
    told = Told(
        runs=max([told.runs, *(_utc(record.update_timestamp) for record in failed)]),
        parked=max([told.parked, *(failure["parked_at"] for failure in parked)]),
    )
    return dg.SensorResult(
        skip_reason=f"told {len(lines)}" if lines else "nothing to tell", cursor=told.model_dump_json()
    )


def _utc(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
