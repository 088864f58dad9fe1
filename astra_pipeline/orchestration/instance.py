"""Dagster's instance: where it keeps its runs and events (SQLite, or PostgreSQL by environment), and how it notices
a run whose process is gone."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from typing import Any

import yaml
from dagster import DagsterInstance, DagsterRun
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.instance.ref import InstanceRef
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import ConfigurableClassData, deserialize_value

from astra_pipeline.errors import SettingError
from astra_pipeline.personal_data.dagster_overwriting import overwrite_always

overwrite_always()

VARIABLE = "ASTRA_DAGSTER_POSTGRES_URL"


class WatchedRunLauncher(DefaultRunLauncher):
    """Runs as subprocesses of the code server, as Dagster's default does, and their health can be asked.

    The code server reports a run process that dies. When it dies itself (a reboot, the kernel's OOM killer)
    nobody would: its runs would stay "started" for ever and fill the queue's places.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        client = self._get_grpc_client_for_termination(run.run_id)
        if client is None:  # finished meanwhile, or not started by a code server
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        try:
            answer = client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id), timeout=15)
        except DagsterUserCodeUnreachableError:
            return CheckRunHealthResult(WorkerStatus.FAILED, "the code server that started it is gone")
        if deserialize_value(answer, CanCancelExecutionResult).can_cancel:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "the code server does not know its process")


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
        launcher = ConfigurableClassData(__name__, WatchedRunLauncher.__name__, "{}")
        defaults = {**InstanceRef.config_defaults(base_dir), "run_launcher": launcher}
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
