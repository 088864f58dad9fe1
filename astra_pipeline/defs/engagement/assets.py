"""The promises of the product, measured once a day."""

import datetime as dt

import dagster as dg

from astra_pipeline.orchestration.partitions import promise_days
from astra_pipeline.orchestration.promise_metadata import KEPT, kept_result, note_days
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.retries import retried
from astra_pipeline.orchestration.run_config import dates_of
from astra_pipeline.promises import figures, store
from astra_pipeline.settings import settings


@dg.asset(
    partitions_def=promise_days,
    group_name="monitoring",
    kinds={"mongodb"},
    owners=[settings().astra_owner],
    deps=["elevenlabs_conversations", "astra_users"],
    check_specs=[KEPT],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
@retried
def engagement(context: dg.AssetExecutionContext, mongo: MongoResource) -> dg.MaterializeResult:
    """The table of promises of each day (UTC): tasks that succeed, the time from a call's end to the overview, the
    API's p95, and how many people return, keep a streak, like their horoscope, take reports and have a chart
    (`astra_promises`). Shown by `astra status --slo`, the admin page, /metrics and Grafana."""
    days = [figures.measure(mongo.db, day, now=dt.datetime.now(dt.UTC)) for day in dates_of(context)]
    changed = sum(store.write(mongo.db, measured) for measured in days)
    note_days(context, days)
    metadata = {"days": len(days), "changed": changed}
    return dg.MaterializeResult(metadata=metadata, check_results=[kept_result(days[-1])])
