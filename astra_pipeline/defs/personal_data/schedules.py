"""When Dagster's old runs are deleted."""

import dagster as dg

from astra_pipeline.defs.personal_data.jobs import dagster_retention

# At an hour that is night in India, where most people are, and no morning elsewhere is due on the hour.
dagster_retention_schedule = dg.ScheduleDefinition(
    name="dagster_retention_schedule",
    job=dagster_retention,
    cron_schedule="40 20 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Deletes runs that are older than ASTRA_RUN_RETENTION_DAYS.",
)
