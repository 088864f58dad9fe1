"""Dagster's resources: the database, the task runner and the alerts. Their fields come from the environment.

A field that is not set falls back to the setting of the same name, and a missing setting is an error when it is
needed: definitions load with an empty environment.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
import structlog

from astra_pipeline.errors import ServiceAway
from astra_pipeline.llm.offline import OfflineRunner
from astra_pipeline.orchestration.alerting import Alert, as_json, as_slack, from_severity
from astra_pipeline.settings import settings
from astra_pipeline.store import client

if TYPE_CHECKING:
    from pydantic import SecretStr
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    from astra_pipeline.llm.runner import Spend, TaskRunner
    from astra_pipeline.llm.usage import Purse

    Document = dict[str, Any]

# A webhook that does not take a message must not hold up the other sensors; two of them take half a minute.
_POSTS, _POST_SECONDS, _SEND_SECONDS = 3, 5.0, 12.0

log = structlog.get_logger(__name__)


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
    """Messages to a Slack-compatible incoming webhook and to a plain one. It is off without either."""

    webhook_url: str | None = None
    json_url: str | None = None

    @property
    def on(self) -> bool:
        """Whether there is a webhook."""
        return bool(self._slack or self._plain)

    def send(self, alerts: Sequence[Alert]) -> None:
        """Send the alerts as one message, of bounded length and within half a minute; not those below
        ASTRA_ALERT_FROM.

        Raises ServiceAway when no webhook takes it after a few tries, so that the caller sends it again at its next
        tick. One that does not take what another took is logged: the news would be told again and again, or not at
        all, for as long as one of two is away.
        """
        configured = settings()
        told = from_severity(alerts, configured.astra_alert_from)
        if not told:
            return
        messages: list[tuple[str, str, dict[str, Any]]] = []
        if self._slack:
            text = as_slack(told, runbook=configured.astra_runbook_url)
            messages.append(("ASTRA_ALERT_WEBHOOK_URL", self._slack, {"text": text}))
        if self._plain:
            body = as_json(told, runbook=configured.astra_runbook_url, at=dt.datetime.now(dt.UTC))
            messages.append(("ASTRA_ALERT_JSON_URL", self._plain, body))
        refusals = [refusal for message in messages if (refusal := self._refusal(*message))]
        if refusals and len(refusals) == len(messages):
            raise refusals[0]
        for refusal in refusals:
            log.error("an alert was taken by one webhook and not by the other", error=str(refusal))

    @property
    def _slack(self) -> str | None:
        return self.webhook_url or _secret(settings().astra_alert_webhook_url)

    @property
    def _plain(self) -> str | None:
        return self.json_url or _secret(settings().astra_alert_json_url)

    def _refusal(self, variable: str, url: str, body: dict[str, Any]) -> ServiceAway | None:
        """The error of a webhook that does not take a message after a few tries; None when it took it."""
        import stamina

        try:
            for attempt in stamina.retry_context(
                on=ServiceAway, attempts=_POSTS, wait_initial=0.5, timeout=_SEND_SECONDS
            ):
                with attempt:
                    asyncio.run(_post(variable, url, body))
        except ServiceAway as error:
            return error
        return None


async def _post(variable: str, url: str, body: dict[str, Any]) -> None:
    import httpx

    from astra_pipeline.llm.deadline import DeadlineClient

    try:
        async with DeadlineClient(deadline_seconds=_POST_SECONDS, connections=1) as client:
            status = (await client.post(url, json=body)).status_code
    # The URL of a webhook is its password, and httpx's errors quote it.
    except httpx.HTTPError as error:
        raise ServiceAway(f"{variable}: {type(error).__name__}") from None
    if status >= 300:
        raise ServiceAway(f"{variable}: answered {status}")


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None


def resources() -> dict[str, dg.ConfigurableResource]:
    """The resources of every definition, by key. Their fields name variables of the environment."""
    return {
        "mongo": MongoResource(uri=_variable("MONGODB_URI"), database=_variable("MONGODB_DB")),
        "llm": LlmResource(
            julep_api_key=_variable("JULEP_API_KEY"),
            julep_base_url=_variable("JULEP_BASE_URL"),
            agent_id=_variable("BACKGROUND_WORKER_AGENT_ID"),
        ),
        "alerts": AlertsResource(
            webhook_url=_variable("ASTRA_ALERT_WEBHOOK_URL"), json_url=_variable("ASTRA_ALERT_JSON_URL")
        ),
    }


def _variable(name: str) -> Any:
    """A field's value by name, so that no secret is part of a definition. None when the variable is not set."""
    return dg.EnvVar(name) if os.environ.get(name) else None
