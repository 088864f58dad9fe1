import dagster as dg

from astra_pipeline.settings import settings

# The day in progress is a partition too (end_offset=1): a conversation is processed seconds after it ended.
conversation_days = dg.DailyPartitionsDefinition(
    start_date=settings().astra_start_date.isoformat(), timezone="UTC", end_offset=1
)
