"""The partitions of all assets. A capability's own `partitions.py` names those it uses."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from astra_pipeline.settings import settings

_START = settings().astra_start_date.isoformat()

# The day in progress is a partition too (end_offset=1): a conversation is processed seconds after it ended.
conversation_days = dg.DailyPartitionsDefinition(start_date=_START, timezone="UTC", end_offset=1)

# Tomorrow is a partition too (end_offset=2): on Kiritimati it is tomorrow for 14 hours of every UTC day.
sky_days = dg.DailyPartitionsDefinition(start_date=_START, timezone="UTC", end_offset=2)

# Today is a partition, too: a demo, and somebody curious, may measure a day that is not over.
promise_days = dg.DailyPartitionsDefinition(start_date=_START, timezone="UTC", end_offset=1)

# Users of one time zone, at most ASTRA_COHORT_SIZE of them, in order of joining: asia-kolkata-001.
cohorts = dg.DynamicPartitionsDefinition(name="cohorts")

# Monday to Sunday in the cohort's own zone. The week in progress is a partition (end_offset=1): its report is
# written on its own Sunday.
report_weeks = dg.WeeklyPartitionsDefinition(start_date=_START, day_offset=1, timezone="UTC", end_offset=1)

# A date is meant in the cohort's own zone. Its partition is open from the evening before, in UTC, because on
# Kiritimati it begins 14 hours early: the days are those of the skies.
horoscope_grid = dg.MultiPartitionsDefinition({"date": sky_days, "cohort": cohorts})
report_grid = dg.MultiPartitionsDefinition({"week": report_weeks, "cohort": cohorts})


def open_cohorts(instance: dg.DagsterInstance, keys: Iterable[str]) -> list[str]:
    """Add the partitions of cohorts that have none. Returns their keys."""
    known = set(instance.get_dynamic_partitions(str(cohorts.name)))
    opened = [key for key in keys if key not in known]
    instance.add_dynamic_partitions(str(cohorts.name), opened)
    return opened
