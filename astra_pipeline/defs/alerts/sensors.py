"""Alerts: runs that failed, items that used up their attempts, and services that stay away."""

import datetime as dt

import dagster as dg
from pydantic import BaseModel, ValidationError

from astra_pipeline.batches import alerts as news
from astra_pipeline.batches import money
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource

# Of runs, and of items, in one message.
_AT_MOST = 20


class Position(BaseModel):
    """The sensor's cursor: it has told of every run that failed up to this UTC time."""

    runs: dt.datetime


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Failed runs, newly parked items, services away for half an hour and a day's money that is spent, "
    "to the webhook in ASTRA_ALERT_WEBHOOK_URL; off when unset.",
)
@patient
def failure_alerts(
    context: dg.SensorEvaluationContext, mongo: MongoResource, alerts: AlertsResource
) -> dg.SensorResult:
    if not alerts.on:
        return dg.SensorResult(skip_reason="ASTRA_ALERT_WEBHOOK_URL is not set")
    now = dt.datetime.now(dt.UTC)
    position = _position(context.cursor, now)
    failed, runs = _failed_runs(context.instance, position)
    shown, parked = news.parked_untold(mongo.db, shown=_AT_MOST)
    outages = news.long_outages(mongo.db, now=now)
    spent = money.untold(mongo.db, now=now)
    over = [f":money_with_wings: {spent}; what needs the LLM waits, nothing is lost"] if spent else []
    items = _lines_of_items(shown, len(parked))
    lines = [*over, *_lines_of_outages(outages), *_lines_of_runs(failed, runs), *items]
    if lines:
        alerts.send(lines)
        news.note_told(mongo.db, parked)
        if spent:
            money.note_told(mongo.db, now=now)
        news.note_outages_told(mongo.db, [outage.kind for outage in outages])
    position = Position(runs=max([position.runs, *(_utc(record.update_timestamp) for record in failed)]))
    return dg.SensorResult(
        skip_reason=f"{len(lines)} lines sent" if lines else "nothing to send", cursor=position.model_dump_json()
    )


def _position(cursor: str | None, now: dt.datetime) -> Position:
    """The position in the cursor. Without one, or with one that cannot be read, the past is not told."""
    try:
        return Position.model_validate_json(cursor or "")
    except ValidationError:
        return Position(runs=now)


def _failed_runs(instance: dg.DagsterInstance, position: Position) -> tuple[list[dg.RunRecord], int]:
    """(the runs that failed last, the number of all that failed since the position)."""
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], updated_after=position.runs)
    latest = instance.get_run_records(failed, limit=_AT_MOST, order_by="update_timestamp", ascending=False)
    return list(latest), instance.get_runs_count(failed) if len(latest) == _AT_MOST else len(latest)


def _lines_of_runs(failed: list[dg.RunRecord], runs: int) -> list[str]:
    lines = [
        f":rotating_light: Run `{record.dagster_run.run_id[:8]}` of `{record.dagster_run.job_name}` failed"
        for record in failed
    ]
    return [*lines, f"... and {runs - len(failed)} more runs failed"] if runs > len(failed) else lines


def _lines_of_items(shown: list[dict[str, object]], parked: int) -> list[str]:
    lines = [
        f":parking: `{failure['kind']}` gave up on `{failure['item']}`: {failure['error']}: {failure['message']}"
        for failure in shown
    ]
    more = f"... and {parked - len(shown)} more: `astra failures list`"
    return [*lines, more] if parked > len(shown) else lines


def _lines_of_outages(outages: list[news.Outage]) -> list[str]:
    return [
        f":hourglass: `{outage.kind}`: {outage.items} items wait for a service that has been away since "
        f"{outage.since:%H:%M} UTC ({outage.error}); they are tried again by themselves"
        for outage in outages
    ]


def _utc(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
