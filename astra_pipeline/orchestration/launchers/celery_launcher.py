"""Runs on many machines: Celery's workers take them from Redis, and start them in processes that are preloaded.

dagster-celery sends the runs. It does not notice when a worker is killed, starts a run that is delivered twice, and
ends none that waits for a worker; this does, see celery_claims.py. The other side is celery_worker.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from dagster import DagsterRun, DagsterRunStatus, StringSource
from dagster._config import Field, Permissive
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.tags import PRIORITY_TAG
from dagster._serdes import ConfigurableClassData
from dagster_celery.defaults import task_default_queue
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_RUN_PRIORITY_TAG
from redis.exceptions import RedisError

from astra_pipeline.orchestration.launchers.celery_claims import Claims
from astra_pipeline.orchestration.launchers.warm import DEFINITIONS

# Redis has a list for each step, and workers look into that of 0 first.
_STEPS = 10
_MIDDLE = _STEPS // 2
_NOBODY = "nobody: it was ended before a worker took it"

SETTINGS: Mapping[str, Any] = {
    # A worker takes a message only when a process of it is free, so that no run waits for another one's end.
    "task_acks_late": True,
    "worker_prefetch_multiplier": 1,
    # Memory is given back, and nothing of one run is left for the next.
    "worker_max_tasks_per_child": 1,
    # A worker that loses Redis for a moment goes on with its runs; they are not to be done again, by anybody.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "task_reject_on_worker_lost": False,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_transport_options": {
        # Longer than a run may take (max_runtime_seconds in dagster.yaml): then a message is delivered again.
        "visibility_timeout": 12 * 3600,
        "priority_steps": list(range(_STEPS)),
        "queue_order_strategy": "priority",
        "socket_keepalive": True,
        "socket_timeout": 30,
        "max_retries": 5,
        "interval_start": 0,
        "interval_step": 0.5,
        "interval_max": 2,
    },
    # Dagster's storage says how runs ended, and the claims who does them.
    "task_ignore_result": True,
    "worker_redirect_stdouts": False,
    "worker_hijack_root_logger": False,
}


class CeleryLauncher(CeleryRunLauncher):
    """Runs in processes of Celery's workers: started once, ended when asked to, failed when the process is gone."""

    def __init__(
        self,
        redis: str,
        module: str = DEFINITIONS,
        config_source: Mapping[str, Any] | None = None,
        inst_data: ConfigurableClassData | None = None,
    ) -> None:
        # Celery by itself takes any certificate.
        verified = {"broker_use_ssl": {"ssl_cert_reqs": "required"}} if redis.startswith("rediss://") else {}
        super().__init__(
            default_queue=task_default_queue,
            broker=redis,
            config_source={**SETTINGS, **verified, **(config_source or {})},
            inst_data=inst_data,
        )
        self.module = module
        self.claims = Claims(redis)

    @classmethod
    def config_type(cls) -> Any:
        return {
            "redis": Field(StringSource, description="Redis, as redis://:PASSWORD@HOST:PORT/NUMBER or rediss://."),
            "module": Field(
                str,
                is_required=False,
                default_value=DEFINITIONS,
                description="The module to load ahead of runs.",
            ),
            "config_source": Field(
                Permissive(), is_required=False, description="Celery's settings that differ from the project's."
            ),
        }

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        return cls(inst_data=inst_data, **config_value)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Send a run to the workers. Raises kombu's OperationalError when Redis is away for some seconds."""
        run = context.dagster_run
        tags = {**run.tags, DAGSTER_CELERY_RUN_PRIORITY_TAG: str(step_of(run))}
        super().launch_run(context._replace(dagster_run=run.with_tags(tags)))

    @property
    def supports_resume_run(self) -> bool:
        """No: what a dead run had not done is due again by itself."""
        return False

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Healthy, unless Redis can be asked and knows no sign of life: anything else would end the run."""
        try:
            if self.claims.lives(run.run_id):
                return CheckRunHealthResult(WorkerStatus.RUNNING)
            # Should it come back from behind a broken network, it is to end: its work may be done by another run.
            self.claims.ask_to_end(run.run_id)
        except RedisError as error:
            return CheckRunHealthResult(WorkerStatus.RUNNING, f"Redis was not asked: {type(error).__name__}")
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process gives no sign of life")

    def get_run_worker_debug_info(self, run: DagsterRun, include_container_logs: bool | None = True) -> str | None:
        try:
            return f"Taken by {self.claims.holder(run.run_id) or 'no worker'}."
        except RedisError:
            return None

    def terminate(self, run_id: str) -> bool:
        """End a run: at once while it waits for a worker, else in order and within seconds. False: it is over.

        Raises RedisError, and then the run goes on.
        """
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        if run.status != DagsterRunStatus.STARTED and self.claims.take(run_id, _NOBODY):
            self._instance.report_run_canceled(run, "Canceled before a worker took it.")
            return True
        self.claims.ask_to_end(run_id)
        self._instance.report_run_canceling(run)
        if not self.claims.lives(run_id) and not self._has_ended(run_id):
            self._instance.report_run_canceled(run, "The run's process was gone already.")
        return True

    def _has_ended(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        return run is None or run.is_finished


def step_of(run: DagsterRun) -> int:
    """The list of Redis for a run, 0 to 9: Dagster's priority upside down. What is no number counts as none."""
    try:
        priority = int(run.tags.get(PRIORITY_TAG, "0"))
    except ValueError:
        priority = 0
    return min(max(_MIDDLE - priority, 0), _STEPS - 1)
