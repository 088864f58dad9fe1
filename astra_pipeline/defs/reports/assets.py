"""A report a person and local week."""

import dagster as dg

from astra_pipeline.orchestration.cohort_texts import CohortText, text_definitions
from astra_pipeline.orchestration.partitions import report_grid
from astra_pipeline.reports import write as reports
from astra_pipeline.reports.rules import EVENING

WEEKLY_REPORTS = CohortText(
    asset="weekly_reports",
    description="A report for everybody of the cohort who talked in the local week (Monday to Sunday), from what "
    "was said and reached in it (`astra_weekly_reports`; the newest four in `user_overview`). It waits for "
    "conversations that are still to be processed.",
    group="weekly",
    dimension="week",
    grid=report_grid,
    deps=(
        dg.AssetDep("conversation_insights", partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep("gamification_metrics", partition_mapping=dg.AllPartitionMapping()),
    ),
    cells_a_run=4,
    deadline_cron=f"0 {EVENING.hour + 1} * * 0",
    service=reports,
    job_description="Reports on one local week for one cohort.",
    schedule_description="From Sunday 18:00 where they live: a run for each cohort in which somebody who talked "
    "this week lacks a report.",
    noun="report",
)
definitions = text_definitions(WEEKLY_REPORTS)
