import dagster as dg

from astra_pipeline.settings import settings

# Tomorrow is a partition too (end_offset=2): on Kiritimati it is tomorrow for 14 hours of every UTC day.
sky_days = dg.DailyPartitionsDefinition(
    start_date=settings().astra_start_date.isoformat(), timezone="UTC", end_offset=2
)
