"""Alerts: runs that failed, items that used up their attempts, services that stay away, promises in danger."""

import datetime as dt

import dagster as dg
from pydantic import BaseModel, ValidationError

from astra_pipeline.batches import alerts as items
from astra_pipeline.batches import money
from astra_pipeline.orchestration import alert_lines, dagster_state
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource
from astra_pipeline.promises import news

# Of runs, and of items, in one message.
_AT_MOST = 20


class Position(BaseModel):
    """The sensor's cursor: it has told of every run that failed up to this UTC time."""

    runs: dt.datetime


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Failed runs, newly parked items, services away for half an hour, a day's money that is spent, "
    "mornings that do not fit, promises missed and a silent webhook, to ASTRA_ALERT_WEBHOOK_URL and "
    "ASTRA_ALERT_JSON_URL; none when unset. Notes Dagster's state for /metrics and the admin page.",
)
@patient
def failure_alerts(
    context: dg.SensorEvaluationContext, mongo: MongoResource, alerts: AlertsResource
) -> dg.SensorResult:
    now = dt.datetime.now(dt.UTC)
    _note_state(context, mongo, now)
    if not alerts.on:
        return dg.SensorResult(skip_reason="ASTRA_ALERT_WEBHOOK_URL is not set")
    position = _position(context.cursor, now)
    failed, runs = _failed_runs(context.instance, position)
    shown, parked = items.parked_untold(mongo.db, shown=_AT_MOST)
    outages = items.long_outages(mongo.db, now=now)
    spent = money.untold(mongo.db, now=now)
    others = news.untold(mongo.db, now=now)
    found = [
        *alert_lines.of_money(spent),
        *alert_lines.of_outages(outages),
        *alert_lines.of_runs(failed, runs),
        *alert_lines.of_items(shown, len(parked)),
        *alert_lines.of_news(others),
    ]
    if found:
        alerts.send(found)
        items.note_told(mongo.db, parked)
        if spent:
            money.note_told(mongo.db, now=now)
        items.note_outages_told(mongo.db, [outage.kind for outage in outages])
        news.note_told(mongo.db, others, now=now)
    position = Position(runs=max([position.runs, *(_utc(record.update_timestamp) for record in failed)]))
    told = f"alerts sent: {', '.join(alert.name for alert in found)}" if found else "nothing to send"
    return dg.SensorResult(skip_reason=told, cursor=position.model_dump_json())


def _note_state(context: dg.SensorEvaluationContext, mongo: MongoResource, now: dt.datetime) -> None:
    """Note the state of the definitions that the sensor is one of; nothing where it is called without them."""
    if (repository := context.repository_def) is None:
        return
    state = dagster_state.read_state(
        context.instance,
        jobs=repository.get_all_jobs(),
        schedules=repository.schedule_defs,
        sensors=repository.sensor_defs,
        now=now,
    )
    dagster_state.note(mongo.db, state, now=now)


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


def _utc(value: dt.datetime) -> dt.datetime:
    return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
