"""A horoscope a person and local date."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.batches.cohort_dates import Cell, Chosen
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.charts import skies
from astra_pipeline.defs.horoscopes.partitions import horoscope_grid
from astra_pipeline.horoscopes import rules
from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.llm.runner import TaskRunner, TaskRunnerResource
from astra_pipeline.orchestration import cohort_texts as grids
from astra_pipeline.orchestration.metadata import parked_check
from astra_pipeline.orchestration.run_config import PeopleConfig, step_retries
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import HOROSCOPES, MongoResource

if TYPE_CHECKING:
    from collections.abc import Callable

_CELLS_A_RUN = 14


@dg.asset(
    partitions_def=horoscope_grid,
    group_name="daily",
    kinds={"mongodb", "julep"},
    owners=[settings().astra_owner],
    deps=[
        dg.AssetDep("daily_sky", partition_mapping=dg.MultiToSingleDimensionPartitionMapping("date")),
        dg.AssetDep("birth_charts", partition_mapping=dg.MultiToSingleDimensionPartitionMapping("cohort")),
    ],
    check_specs=[parked_check("daily_horoscopes")],
    backfill_policy=dg.BackfillPolicy.multi_run(_CELLS_A_RUN),
    retry_policy=step_retries(),
    # Of the zone most people live in; `everyone_has_one` watches every zone.
    freshness_policy=dg.FreshnessPolicy.cron(
        deadline_cron=f"0 {rules.MORNING.hour + 1} * * *",
        lower_bound_delta=dt.timedelta(hours=1, minutes=15),
        timezone=settings().astra_default_timezone,
    ),
)
def daily_horoscopes(
    context: dg.AssetExecutionContext,
    config: PeopleConfig,
    mongo: MongoResource,
    task_runner: TaskRunnerResource,
) -> dg.MaterializeResult:
    """A horoscope for everybody of the cohort whose chart has a Sun and a Moon sign, from the transits of 06:00 on
    their local date to their own chart (`astra_horoscopes`, `user_overview.latest_horoscope`). One a date, unless
    forced; an older date never replaces the latest."""

    async def write(
        db: Any, cells: list[Cell], runner: TaskRunner, chosen: Chosen, progress: "Callable[[BatchResult], None]"
    ) -> tuple[BatchResult, dict[str, Cell]]:
        return await horoscopes.write(
            db,
            cells,
            await skies.around(db, [cell.date for cell in cells]),
            runner,
            run_id=context.run.run_id,
            chosen=chosen,
            now=dt.datetime.now(dt.UTC),
            progress=progress,
        )

    return grids.materialize(
        context,
        config,
        mongo,
        task_runner,
        asset="daily_horoscopes",
        collection=HOROSCOPES,
        dimension="date",
        is_over=lambda cell, now: rules.is_over(cell.date, cell.zone, now),
        write=write,
    )
