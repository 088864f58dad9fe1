"""A service that hangs holds some of the queue's places and not all, and no run holds one for ever (F15)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._utils.tags import TagConcurrencyLimitsCounter

from astra_pipeline.orchestration.tags import LANE_TAG

_ROOT = Path(__file__).parents[2]
_DAY_SECONDS = 24 * 3_600


@pytest.fixture(params=["dagster.yaml", "deploy/dagster.yaml", "deploy/dagster.celery.yaml"])
def config(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The instance's file, parsed: here, in containers, and with Celery."""
    return yaml.safe_load((_ROOT / request.param).read_text())


def test_live_runs_that_hang_leave_a_place_to_the_mornings_texts(config: dict[str, Any]) -> None:
    queue = config["run_queue"]
    live = dg.DagsterRun("conversation_pipeline", tags={LANE_TAG: "live"})
    text = dg.DagsterRun("daily_horoscopes_job", tags={LANE_TAG: "morning"})
    hanging: list[dg.DagsterRun] = []
    limits = TagConcurrencyLimitsCounter(queue["tag_concurrency_limits"], hanging)
    while len(hanging) < queue["max_concurrent_runs"] and not limits.is_blocked(live):
        limits.update_counters_with_launched_item(live)
        hanging.append(live)
    assert 0 < len(hanging) < queue["max_concurrent_runs"]
    assert not limits.is_blocked(text)


def test_a_run_that_does_not_end_gives_its_place_back_within_a_day(config: dict[str, Any]) -> None:
    assert config["run_monitoring"]["enabled"] is True
    assert 0 < config["run_monitoring"]["max_runtime_seconds"] < _DAY_SECONDS
