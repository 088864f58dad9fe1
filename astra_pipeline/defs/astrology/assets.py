"""The birth chart of each person, and the sky of each day."""

import dagster as dg

from astra_pipeline.charts import skies
from astra_pipeline.charts import write as charts
from astra_pipeline.charts.preview import preview
from astra_pipeline.orchestration.astrology_metadata import charts_metadata, sky_metadata
from astra_pipeline.orchestration.batch_asset import batch, cohort_asset
from astra_pipeline.orchestration.partitions import sky_days
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.retries import retried
from astra_pipeline.orchestration.run_config import ScopeConfig, cohorts_scope, dates_of
from astra_pipeline.settings import settings


@cohort_asset("numpy", "astrology")
def birth_charts(
    context: dg.AssetExecutionContext, config: ScopeConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """`user_overview.birth_chart` of users with a date, a time and a place of birth: Vedic and Western, computed
    from JPL DE421. Computed again when the birth data or the engine changes, and in place of charts the old
    system wrote. Unknown places and impossible dates fail their user with a message to act on."""
    scope = cohorts_scope(context, config)
    with batch(context, mongo) as work:
        result = work.run(charts.compute(work, scope))
        return work.report(result, preview=preview, metadata=charts_metadata(work, scope.cohorts, result.done))


@dg.asset(
    partitions_def=sky_days,
    group_name="astrology",
    kinds={"mongodb", "numpy"},
    owners=[settings().astra_owner],
    backfill_policy=dg.BackfillPolicy.single_run(),
)
@retried
def daily_sky(context: dg.AssetExecutionContext, config: ScopeConfig, mongo: MongoResource) -> dg.MaterializeResult:
    """The sky of each date (UTC), computed once for every horoscope of it: positions and aspects at midnight,
    ingresses, stations, phases and tithis with their minute (`astra_daily_sky`)."""
    dates = dates_of(context)[: config.limit]
    with batch(context, mongo) as work:
        result = skies.refresh(work.sync, dates, force=config.force)
        stored = work.run(skies.stored(work.db, dates))
        for date, sky in stored.items():
            counts = {"day/events": len(sky.events), "day/phase_angle": sky.moon.phase_angle}
            context.add_asset_metadata(counts, partition_key=date.isoformat())
        return work.report(result, metadata=sky_metadata(stored[dates[-1]]))
