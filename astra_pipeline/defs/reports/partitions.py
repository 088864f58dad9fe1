import dagster as dg

from astra_pipeline.orchestration.cohort_texts import grid
from astra_pipeline.settings import settings

# Monday to Sunday in the cohort's own zone. The week in progress is a partition (end_offset=1): its report is
# written on its own Sunday.
report_weeks = dg.WeeklyPartitionsDefinition(
    start_date=settings().astra_start_date.isoformat(), day_offset=1, timezone="UTC", end_offset=1
)
report_grid = grid("week", report_weeks)
