"""Alerts: runs that failed, and items that used up their attempts."""

import datetime as dt

import dagster as dg
from pydantic import BaseModel, ValidationError

from astra_pipeline.batches.failures import parked_since
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource

_AT_MOST = 20


class Position(BaseModel):
    """The sensor's cursor: it has sent everything up to these UTC times."""

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
    position = _position(context.cursor, now)
    failed = context.instance.get_run_records(
        dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=position.runs)
    )
    parked = parked_since(mongo.db, position.parked)
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
    position = Position(
        runs=max([position.runs, *(_utc(record.update_timestamp) for record in failed)]),
        parked=max([position.parked, *(failure["parked_at"] for failure in parked)]),
    )
    return dg.SensorResult(
        skip_reason=f"{len(lines)} lines sent" if lines else "nothing to send", cursor=position.model_dump_json()
    )


def _position(cursor: str | None, now: dt.datetime) -> Position:
    """The position in a cursor; `now` without a cursor, and with one that cannot be read."""
    try:
        return Position.model_validate_json(cursor or "")
    except ValidationError:
        return Position(runs=now, parked=now)


def _utc(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
