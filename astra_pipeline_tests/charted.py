"""People with charts and cohorts, and runs of the grid jobs in this process."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.astrology.births import birth
from astra_pipeline.astrology.chart import charts
from astra_pipeline.definitions import defs
from astra_pipeline.orchestration.tags import RANGE_END_TAG, RANGE_START_TAG
from astra_pipeline.zones import cohort_slug

if TYPE_CHECKING:
    from astra_pipeline_tests.conftest import World

DIMENSIONS = {"daily_horoscopes": "date", "weekly_reports": "week"}


def chart(*, year: int = 1994, month: int = 3, day: int = 12, hour: int = 7, minute: int = 15) -> dict[str, Any]:
    """A chart document of somebody born in Pune."""
    born = birth(dt.date(year, month, day), dt.time(hour, minute), 18.52, 73.86, "Asia/Kolkata", place="Pune")
    return charts([born], now=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))[0]


def join(
    world: World, user_id: str, *, zone: str = "Asia/Kolkata", cohort: str | None = None, **fields: Any
) -> str:
    """A user with a chart, in a cohort of the zone; `preferences`, `chart`, `overview` go into the overview."""
    overview: dict[str, Any] = {"birth_chart": fields.pop("chart", None) or chart()}
    if "preferences" in fields:
        overview["preferences"] = fields.pop("preferences")
    overview |= fields.pop("overview", {})
    key = cohort or f"{cohort_slug(zone)}-001"
    world.db["astra_cohorts"].update_one(
        {"_id": key}, {"$setOnInsert": {"zone": zone, "opened": 0}, "$inc": {"members": 1}}, upsert=True
    )
    return world.join(user_id, timezone=zone, user_overview=overview, astra={"cohort": key}, **fields)


def run_cells(
    instance: dg.DagsterInstance,
    asset: str,
    *cells: tuple[str, str],
    config: dict[str, Any] | None = None,
    raise_on_error: bool = True,
) -> dg.ExecuteInProcessResult:
    """One run of the asset's job over cells (date or Monday, cohort) that make a range, first and last."""
    dimension = DIMENSIONS[asset]
    instance.add_dynamic_partitions("cohorts", list(dict.fromkeys(cohort for _, cohort in cells)))
    keys = [dg.MultiPartitionKey({dimension: date, "cohort": cohort}) for date, cohort in cells]
    single = len(keys) == 1
    tags = {} if single else {RANGE_START_TAG: keys[0], RANGE_END_TAG: keys[-1]}
    return defs.resolve_job_def(f"{asset}_job").execute_in_process(
        instance=instance,
        partition_key=keys[0] if single else None,
        tags=tags,
        run_config={"ops": {asset: {"config": config}}} if config else None,
        raise_on_error=raise_on_error,
    )
