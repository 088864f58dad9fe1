"""Dagster's instance: where it keeps its runs and events. SQLite, or PostgreSQL by environment."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from typing import Any

import yaml
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._serdes import ConfigurableClassData

from astra_pipeline.core.errors import SettingError

VARIABLE = "ASTRA_DAGSTER_POSTGRES_URL"


class AstraInstance(DagsterInstance):
    """An ordinary instance with another default for its storage; named in dagster.yaml, which itself knows no
    conditions, so that one file serves a laptop and a server."""

    @classmethod
    def config_schema(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def config_defaults(cls, base_dir: str) -> Mapping[str, ConfigurableClassData | None]:
        """Raises SettingError naming the variable when it is no PostgreSQL URL or the driver is missing."""
        defaults = InstanceRef.config_defaults(base_dir)
        url = os.environ.get(VARIABLE)
        if not url:
            return defaults
        if not url.startswith("postgresql://"):
            raise SettingError(f"{VARIABLE} does not start with postgresql://")
        if importlib.util.find_spec("dagster_postgres") is None:
            raise SettingError(f"{VARIABLE} is set; pip install 'astra-pipeline[postgres]'")
        # The variable's name, not its value: an instance is described to child processes on their command line.
        config = yaml.safe_dump({"postgres_url": {"env": VARIABLE}})
        return {**defaults, "storage": ConfigurableClassData("dagster_postgres", "DagsterPostgresStorage", config)}
