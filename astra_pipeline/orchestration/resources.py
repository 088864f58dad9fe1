"""Dagster's resources: the database, the task runner and the alerts. Their fields come from the environment.

A field that is not set falls back to the setting of the same name, and a missing setting is an error when it is
needed: definitions load with an empty environment.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.errors import ServiceAway
from astra_pipeline.llm.offline import OfflineRunner
from astra_pipeline.settings import settings
from astra_pipeline.store import client

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    from astra_pipeline.llm.runner import Spend, TaskRunner
    from astra_pipeline.llm.usage import Purse

    Document = dict[str, Any]

# A webhook that does not take a message must not hold up the other sensors.
_POSTS, _POST_SECONDS = 3, 5.0
# Slack refuses a message of more than 40,000 characters.
_LONGEST_LINE = 400


class MongoResource(dg.ConfigurableResource):
    """The MongoDB shared with the web app. Dates come back as aware UTC datetimes.

    A server that cannot be reached raises pymongo's ServerSelectionTimeoutError after 10 s: the step fails and
    Dagster's retry policy takes over, because without the database nothing can be done.
    """

    uri: str | None = None
    database: str | None = None

    @property
    def db(self) -> Database[Document]:
        """The database for synchronous use. Raises SettingError without MONGODB_URI."""
        return client.database(self._uri, self._name)

    @property
    def untouched(self) -> Database[Document]:
        """The database for reading: not even an index is made."""
        return client.untouched_database(self._uri, self._name)

    @asynccontextmanager
    async def connect(self, *, run_id: str | None = None) -> AsyncIterator[AsyncDatabase[Document]]:
        """The database for one event loop, for the work of a run. It is closed with the block."""
        async with client.connect(self._uri, self._name, run_id=run_id) as db:
            yield db

    @property
    def _uri(self) -> str:
        return self.uri or settings().required("MONGODB_URI")

    @property
    def _name(self) -> str:
        return self.database or settings().mongodb_db


class LlmResource(dg.ConfigurableResource):
    """The task runner that ASTRA_TASK_RUNNER names: Julep, a model, or rules without an LLM."""

    julep_api_key: str | None = None
    julep_base_url: str | None = None
    agent_id: str | None = None

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Load the SDK as part of the run's start, not while people wait for their texts."""
        match settings().astra_task_runner:
            case "julep":
                import julep  # noqa: F401
            case "model":
                from astra_pipeline.llm.model import load_sdk

                load_sdk()

    @asynccontextmanager
    async def open(self, *, spend: Spend | None = None, purse: Purse | None = None) -> AsyncIterator[TaskRunner]:
        """A runner for one event loop. It calls `spend` before it pays, and pays from the purse where prices are
        known. Raises SettingError when a setting is missing."""
        configured = settings()
        if configured.astra_task_runner == "offline":
            yield OfflineRunner()
            return
        if configured.astra_task_runner == "model":
            from astra_pipeline.llm.model import open_model_runner

            async with open_model_runner(spend=spend, purse=purse) as runner:
                yield runner
            return
        from astra_pipeline.llm.julep import JulepRunner, julep_client

        agent_id = self.agent_id or configured.required("BACKGROUND_WORKER_AGENT_ID")
        async with julep_client(api_key=self.julep_api_key, base_url=self.julep_base_url) as julep:
            yield JulepRunner(julep, agent_id, concurrency=configured.astra_llm_concurrency, spend=spend)


class AlertsResource(dg.ConfigurableResource):
    """Messages to a Slack-compatible incoming webhook. It is off without a webhook."""

    webhook_url: str | None = None

    @property
    def on(self) -> bool:
        """Whether there is a webhook."""
        return bool(self.webhook_url or settings().astra_alert_webhook_url)

    def send(self, lines: Sequence[str]) -> None:
        """Send one message of Slack markup, of bounded length and within half a minute.

        Raises ServiceAway when the webhook does not take it after a few tries, so that the caller sends it again at
        its next tick.
        """
        import stamina

        text = "\n".join(_cut(line) for line in lines)
        for attempt in stamina.retry_context(on=ServiceAway, attempts=_POSTS, wait_initial=0.5, timeout=20):
            with attempt:
                asyncio.run(self._post(text))

    async def _post(self, text: str) -> None:
        import httpx

        from astra_pipeline.llm.deadline import DeadlineClient

        url = self.webhook_url or settings().required("ASTRA_ALERT_WEBHOOK_URL")
        try:
            async with DeadlineClient(deadline_seconds=_POST_SECONDS, connections=1) as client:
                status = (await client.post(url, json={"text": text})).status_code
        # The URL of a webhook is its password, and httpx's errors quote it.
        except httpx.HTTPError as error:
            raise ServiceAway(f"ASTRA_ALERT_WEBHOOK_URL: {type(error).__name__}") from None
        if status >= 300:
            raise ServiceAway(f"ASTRA_ALERT_WEBHOOK_URL: answered {status}")


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"


def resources() -> dict[str, dg.ConfigurableResource]:
    """The resources of every definition, by key. Their fields name variables of the environment."""
    return {
        "mongo": MongoResource(uri=_variable("MONGODB_URI"), database=_variable("MONGODB_DB")),
        "llm": LlmResource(
            julep_api_key=_variable("JULEP_API_KEY"),
            julep_base_url=_variable("JULEP_BASE_URL"),
            agent_id=_variable("BACKGROUND_WORKER_AGENT_ID"),
        ),
        "alerts": AlertsResource(webhook_url=_variable("ASTRA_ALERT_WEBHOOK_URL")),
    }


def _variable(name: str) -> Any:
    """A field's value by name, so that no secret is part of a definition. None when the variable is not set."""
    return dg.EnvVar(name) if os.environ.get(name) else None
