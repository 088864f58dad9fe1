"""The birth chart of each person, and the sky of each day."""

import datetime as dt
import time
from typing import Any

import dagster as dg

from astra_pipeline.batches import loop
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.charts import preview as charts_preview
from astra_pipeline.charts import skies
from astra_pipeline.charts import write as charts
from astra_pipeline.charts.sky import Sky
from astra_pipeline.defs.astrology.partitions import sky_days
from astra_pipeline.defs.users.partitions import cohorts
from astra_pipeline.orchestration.metadata import (
    batch_metadata,
    parked_check,
    parked_result,
    picture,
    preview,
    table,
)
from astra_pipeline.orchestration.run_config import PeopleConfig, step_retries
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import MongoResource


@dg.asset(
    partitions_def=cohorts,
    group_name="astrology",
    kinds={"mongodb", "numpy"},
    owners=[settings().astra_owner],
    deps=["astra_users"],
    check_specs=[parked_check("birth_charts")],
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=step_retries(),
)
def birth_charts(
    context: dg.AssetExecutionContext, config: PeopleConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """`user_overview.birth_chart` of users with a date, a time and a place of birth: Vedic and Western, computed
    from JPL DE421. Computed again when the birth data or the engine changes, and in place of charts the old
    system wrote. Unknown places and impossible dates fail their user with a message to act on."""
    began = time.monotonic()
    result = loop.run(_compute(context, config, mongo))
    return dg.MaterializeResult(
        metadata=batch_metadata(result, seconds=time.monotonic() - began)
        | _described(mongo, list(context.partition_keys), result.done),
        check_results=[parked_result(mongo, "birth_charts")],
    )


async def _compute(context: dg.AssetExecutionContext, config: PeopleConfig, mongo: MongoResource) -> BatchResult:
    async with mongo.connect() as db:
        return await charts.compute(
            db,
            context.partition_keys,
            run_id=context.run.run_id,
            now=dt.datetime.now(dt.UTC),
            user_ids=config.user_ids,
            force=config.force,
            limit=config.limit,
        )


def _described(mongo: MongoResource, cohort_keys: list[str], done: list[str]) -> dict[str, Any]:
    """Counts by ascendant, a few charts in words, and one as a wheel."""
    from astra_pipeline.astrology.wheel import chart_wheel

    counts = charts_preview.ascendants(mongo.db, cohort_keys)
    shown = charts_preview.shown(mongo.db, cohort_keys, done)
    metadata: dict[str, Any] = {"charts": sum(counts.values())}
    if counts:
        metadata["ascendants"] = table([{"ascendant": sign, "users": users} for sign, users in counts.items()])
    metadata |= preview(charts_preview.COLUMNS, [charts_preview.row(*chart) for chart in shown.items()])
    if shown and settings().astra_previews:
        user_id, chart = next(iter(shown.items()))
        metadata |= {"wheel": picture(chart_wheel(chart)), "wheel_of": user_id}
    return metadata


@dg.asset(
    partitions_def=sky_days,
    group_name="astrology",
    kinds={"mongodb", "numpy"},
    owners=[settings().astra_owner],
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=step_retries(),
)
def daily_sky(
    context: dg.AssetExecutionContext, config: PeopleConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """The sky of each date (UTC), computed once for every horoscope of it: positions and aspects at midnight,
    ingresses, stations, phases and tithis with their minute (`astra_daily_sky`)."""
    began = time.monotonic()
    dates = [dt.date.fromisoformat(key) for key in context.partition_keys][: config.limit]
    result = skies.refresh(mongo.db, dates, force=config.force)
    stored = loop.run(_stored(mongo, dates))
    for date, sky in stored.items():
        context.add_asset_metadata(
            {"day/events": len(sky.events), "day/phase_angle": sky.moon.phase_angle},
            partition_key=date.isoformat(),
        )
    metadata = batch_metadata(result, seconds=time.monotonic() - began)
    return dg.MaterializeResult(metadata=metadata | _drawn(stored[dates[-1]]))


async def _stored(mongo: MongoResource, dates: list[dt.date]) -> dict[dt.date, Sky]:
    async with mongo.connect() as db:
        return await skies.stored(db, dates)


def _drawn(sky: Sky) -> dict[str, Any]:
    """One day's events, its Moon in words, and its positions as a wheel."""
    from astra_pipeline.astrology.wheel import wheel

    metadata: dict[str, Any] = {
        "moon": f"{sky.moon.phase}, {sky.moon.tithi}, {sky.moon.nakshatra}",
        "wheel": picture(wheel(sky.positions, sky.aspects)),
    }
    if sky.events:
        metadata["events"] = table(
            [{"at": f"{event.at:%Y-%m-%d %H:%M}", "type": event.type, "what": event.detail} for event in sky.events]
        )
    return metadata
