"""The files of deploy/, parsed."""

from __future__ import annotations

from typing import Any

import pytest
from dagster._core.instance.config import dagster_instance_config

from astra_pipeline_tests.deploy.files import DEPLOY, read


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return read(DEPLOY / "compose.yaml")


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    return read(DEPLOY / "values.yaml")


@pytest.fixture(scope="module")
def instance_config() -> dict[str, Any]:
    """deploy/dagster.yaml, as Dagster itself reads and validates it."""
    config, custom = dagster_instance_config(str(DEPLOY))
    assert custom is None
    return dict(config)
