"""The services that assets and jobs use, as Dagster resources."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dagster as dg

from astra_pipeline.llm.julep import JulepRunner, julep_client
from astra_pipeline.llm.offline import OfflineRunner
from astra_pipeline.llm.runner import Spend, TaskRunner
from astra_pipeline.settings import settings


class LlmResource(dg.ConfigurableResource):
    """The runner of LLM tasks that ASTRA_TASK_RUNNER names."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Load the SDK as part of the run's start, not while people wait for their texts."""
        if settings().astra_task_runner == "julep":
            import julep  # noqa: F401

    @asynccontextmanager
    async def open(self, *, spend: Spend | None = None) -> AsyncIterator[TaskRunner]:
        """A runner for one event loop, which calls `spend` before it pays. Raises SettingError when its settings
        are missing."""
        configured = settings()
        if configured.astra_task_runner == "offline":
            yield OfflineRunner()
            return
        agent_id = configured.required("BACKGROUND_WORKER_AGENT_ID")
        async with julep_client() as client:
            yield JulepRunner(client, agent_id, concurrency=configured.astra_llm_concurrency, spend=spend)
