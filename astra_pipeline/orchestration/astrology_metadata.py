"""Dagster's metadata of charts and skies: counts, tables and drawings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from astra_pipeline.batches.work import Work
from astra_pipeline.charts import preview
from astra_pipeline.charts.sky import Sky
from astra_pipeline.orchestration.metadata import picture, table
from astra_pipeline.settings import settings


def charts_metadata(work: Work, cohorts: Sequence[str], done: Sequence[str]) -> dict[str, Any]:
    """The charts of the cohorts: their number, their spread over the ascendants, and one of them as a wheel."""
    from astra_pipeline.astrology.wheel import chart_wheel

    counts = preview.ascendants(work.sync, cohorts)
    metadata: dict[str, Any] = {"charts": sum(counts.values())}
    if counts:
        metadata["ascendants"] = table([{"ascendant": sign, "users": users} for sign, users in counts.items()])
    shown = preview.shown(work.sync, cohorts, done)
    if shown and settings().astra_previews:
        user_id, chart = next(iter(shown.items()))
        metadata |= {"wheel": picture(chart_wheel(chart)), "wheel_of": user_id}
    return metadata


def sky_metadata(sky: Sky) -> dict[str, Any]:
    """One day's events, its Moon in words, and its positions as a wheel."""
    from astra_pipeline.astrology.wheel import wheel

    metadata: dict[str, Any] = {
        "moon": f"{sky.moon.phase}, {sky.moon.tithi}, {sky.moon.nakshatra}",
        "wheel": picture(wheel(sky.positions, sky.aspects)),
    }
    if sky.events:
        metadata["events"] = table(
            [{"at": f"{event.at:%Y-%m-%d %H:%M}", "type": event.type, "what": event.detail} for event in sky.events]
        )
    return metadata
