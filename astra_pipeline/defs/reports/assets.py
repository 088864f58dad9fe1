"""A report a person and local week."""

import datetime as dt
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.batches.cohort_dates import Cell, Chosen
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.defs.reports.partitions import report_grid
from astra_pipeline.llm.runner import TaskRunner
from astra_pipeline.orchestration import cohort_texts as grids
from astra_pipeline.orchestration.metadata import parked_check
from astra_pipeline.orchestration.resources import LlmResource
from astra_pipeline.orchestration.run_config import PeopleConfig, step_retries
from astra_pipeline.reports import rules
from astra_pipeline.reports import write as reports
from astra_pipeline.settings import settings
from astra_pipeline.store.mongo import REPORTS, MongoResource

if TYPE_CHECKING:
    from collections.abc import Callable

_CELLS_A_RUN = 4


@dg.asset(
    partitions_def=report_grid,
    group_name="weekly",
    kinds={"mongodb", "julep"},
    owners=[settings().astra_owner],
    deps=[
        dg.AssetDep("conversation_insights", partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep("gamification_metrics", partition_mapping=dg.AllPartitionMapping()),
    ],
    check_specs=[parked_check("weekly_reports")],
    backfill_policy=dg.BackfillPolicy.multi_run(_CELLS_A_RUN),
    retry_policy=step_retries(),
    # Of the zone most people live in; `everyone_has_one` watches every zone.
    freshness_policy=dg.FreshnessPolicy.cron(
        deadline_cron=f"0 {rules.EVENING.hour + 1} * * 0",
        lower_bound_delta=dt.timedelta(hours=1, minutes=15),
        timezone=settings().astra_default_timezone,
    ),
)
def weekly_reports(
    context: dg.AssetExecutionContext,
    config: PeopleConfig,
    mongo: MongoResource,
    task_runner: LlmResource,
) -> dg.MaterializeResult:
    """A report for everybody of the cohort who talked in the local week (Monday to Sunday), from what was said and
    reached in it (`astra_weekly_reports`; the newest four in `user_overview`). It waits for conversations that are
    still to be processed."""

    async def write(
        db: Any, cells: list[Cell], runner: TaskRunner, chosen: Chosen, progress: "Callable[[BatchResult], None]"
    ) -> tuple[BatchResult, dict[str, Cell]]:
        return await reports.write(
            db,
            cells,
            mongo.db,
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
        asset="weekly_reports",
        collection=REPORTS,
        dimension="week",
        is_over=lambda cell, now: rules.due_week(now, cell.zone) != cell.date,
        write=write,
    )
