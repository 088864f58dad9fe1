"""Runs of the asset `daily_horoscopes`, and their horoscopes as stored."""

from __future__ import annotations

import uuid
from typing import Any

import dagster as dg

from astra_pipeline_tests.charted import run_cells
from astra_pipeline_tests.conftest import World

DATE = "2026-11-20"
KOLKATA = "asia-kolkata-001"


def run(instance: dg.DagsterInstance, *cells: tuple[str, str], **options: Any) -> dg.ExecuteInProcessResult:
    return run_cells(instance, "daily_horoscopes", *(cells or ((DATE, KOLKATA),)), **options)


def someone() -> str:
    """An id nobody had before: the sandbox remembers executions from test to test."""
    return f"user_{uuid.uuid4().hex[:10]}"


def stored(world: World, user_id: str, date: str = DATE) -> dict[str, Any] | None:
    return world.db["astra_horoscopes"].find_one({"_id": f"{user_id}@{date}"})


def executions(world: World, user_id: str, date: str = DATE) -> int:
    return world.executions(f"{user_id}@{date}")


def reading(world: World, user_id: str) -> dict[str, Any]:
    return world.overview(user_id)["latest_horoscope"]
