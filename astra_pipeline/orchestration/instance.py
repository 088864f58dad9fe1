"""Dagster's instance: where it keeps its runs and events (SQLite, or PostgreSQL by environment)."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from typing import Any

import yaml
from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._daemon.types import DaemonHeartbeat
from dagster._serdes import ConfigurableClassData

from astra_pipeline.errors import SettingError
from astra_pipeline.orchestration.launchers.warm import keep_warm
from astra_pipeline.orchestration.launchers.watched import WatchedRunLauncher
from astra_pipeline.orchestration.sqlite_storage import SqliteStorage
from astra_pipeline.personal_data.dagster_overwriting import overwrite_always

overwrite_always()
# The events of a run over many partitions are stored together. Dagster reads this wherever it stores them.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "500")

VARIABLE = "ASTRA_DAGSTER_POSTGRES_URL"
CELERY_VARIABLE = "ASTRA_CELERY_URL"
"""Redis of Celery's workers. It is read where a dagster.yaml names it, see deploy/dagster.celery.yaml."""


class AstraInstance(DagsterInstance):
    """An ordinary instance with other defaults for its storage and launcher; named in dagster.yaml, which itself
    knows no conditions, so that one file serves a laptop and a server. Every process of Dagster loads it."""

    overwrites_deleted = True
    """Every connection to SQLite overwrites what it deletes, so that erasing a person has nothing to make good."""

    @classmethod
    def config_schema(cls) -> Mapping[str, Any]:
        return {}

    @classmethod
    def config_defaults(cls, base_dir: str) -> Mapping[str, ConfigurableClassData | None]:
        """Raises SettingError naming the variable when it is no PostgreSQL URL or the driver is missing."""
        launcher = ConfigurableClassData(WatchedRunLauncher.__module__, WatchedRunLauncher.__name__, "{}")
        sqlite = ConfigurableClassData(
            SqliteStorage.__module__, SqliteStorage.__name__, yaml.safe_dump({"base_dir": base_dir})
        )
        defaults = {**InstanceRef.config_defaults(base_dir), "run_launcher": launcher, "storage": sqlite}
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

    def add_daemon_heartbeat(self, daemon_heartbeat: DaemonHeartbeat) -> None:
        """Note that a daemon lives. Daemons alone do so, from their start on, and they are to be ready for runs."""
        super().add_daemon_heartbeat(daemon_heartbeat)
        keep_warm(self)
