"""A horoscope a person and local date."""

import dagster as dg

from astra_pipeline.horoscopes import write as horoscopes
from astra_pipeline.horoscopes.rules import MORNING
from astra_pipeline.orchestration.cohort_texts import CohortText, text_definitions
from astra_pipeline.orchestration.partitions import horoscope_grid

DAILY_HOROSCOPES = CohortText(
    asset="daily_horoscopes",
    description="A horoscope for everybody of the cohort whose chart has a Sun and a Moon sign, from the transits "
    "of 06:00 on their local date to their own chart (`astra_horoscopes`, `user_overview.latest_horoscope`). One a "
    "date, unless forced; an older date never replaces the latest.",
    group="daily",
    dimension="date",
    grid=horoscope_grid,
    deps=(
        dg.AssetDep("daily_sky", partition_mapping=dg.MultiToSingleDimensionPartitionMapping("date")),
        dg.AssetDep("birth_charts", partition_mapping=dg.MultiToSingleDimensionPartitionMapping("cohort")),
    ),
    cells_a_run=14,
    deadline_cron=f"0 {MORNING.hour + 1} * * *",
    service=horoscopes,
    job_description="Horoscopes of one local date for one cohort.",
    schedule_description="From 06:00 where they live: a run for each cohort in which somebody lacks today's "
    "horoscope.",
    noun="horoscope",
)
definitions = text_definitions(DAILY_HOROSCOPES)
