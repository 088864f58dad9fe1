"""Every setting of the project, in one typed place, read from the environment.

Loading the definitions reads only the settings that shape them (the first partition day, the sensor's interval). A
run reads the others when it uses them, so the definitions load with an empty environment, and a missing value is
an error at the moment it matters.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from astra_pipeline.errors import SettingError
from astra_pipeline.rates import Rate
from astra_pipeline.zones import is_zone

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?", re.ASCII)
_MODEL = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)?:\S+", re.ASCII)
Override = Literal["first_message", "language"]
_AGENT = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_WAY_OUT = {
    "MONGODB_URI": "the MongoDB shared with the web app, e.g. mongodb://localhost:27017",
    "ELEVENLABS_API_KEY": "an ElevenLabs API key with read access to conversations",
    "JULEP_API_KEY": "a Julep API key, or ASTRA_TASK_RUNNER=model (or offline) to work without Julep",
    "ASTRA_MODEL": "a model as PROVIDER:MODEL, such as openai:gpt-5-mini, or ASTRA_TASK_RUNNER=offline",
    "ASTRA_ALERT_WEBHOOK_URL": "a Slack-compatible incoming webhook",
    "BETTER_AUTH_SECRET": "the secret with which the web app signs its session cookies, 32 characters or more",
    "BACKGROUND_WORKER_AGENT_ID": "the id of the Julep agent that owns the tasks, or ASTRA_TASK_RUNNER=offline",
}


def _rate(value: object) -> object:
    return Rate.parse(value) if isinstance(value, str) else value


RateSetting = Annotated[Rate, NoDecode, BeforeValidator(_rate)]


class Settings(BaseSettings):
    """The settings. A field's name is the environment variable's name in lower case."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    mongodb_uri: SecretStr | None = None
    mongodb_db: str = "astra"

    elevenlabs_api_key: SecretStr | None = None
    elevenlabs_base_url: str = "https://api.elevenlabs.io"
    elevenlabs_webhook_secrets: SecretStr | None = None
    """The secrets of ElevenLabs' post-call webhook, separated by commas, the newest first; unset: no webhook."""
    astra_webhook_agent_ids: Annotated[tuple[str, ...], NoDecode] = ()
    """The ElevenLabs agents that are ours, separated by commas: events of others are ignored, and the reconciler
    lists the calls of these. Unset: every agent's events are taken, and no call is listed."""
    astra_webhook_tolerance_seconds: int = Field(default=3600, ge=1)
    """The age of a signature up to which an event is taken; ElevenLabs sends the last attempt after 40 minutes."""
    astra_webhook_max_bytes: int = Field(default=8 * 2**20, ge=1024, le=15 * 2**20)
    """The size up to which an event is read and stored. A larger one is hashed, answered and dropped."""
    astra_initiation_secrets: SecretStr | None = None
    """The secrets of ElevenLabs' conversation-initiation webhook (header X-Astra-Secret), separated by commas, the
    newest first; unset: no such webhook."""
    astra_agent_overrides: Annotated[tuple[Override, ...], NoDecode] = ()
    """The fields that the agent's Security tab allows to be overridden, separated by commas: first_message,
    language. ElevenLabs refuses a call with another one."""

    julep_api_key: SecretStr | None = None
    julep_base_url: str = "https://api.julep.ai/api"
    background_worker_agent_id: str | None = None

    better_auth_secrets: SecretStr | None = None
    """The web app's secrets as it has them itself, "2:new,1:old". The first one signs cookies."""
    better_auth_secret: SecretStr | None = None
    """The same, one secret; used where BETTER_AUTH_SECRETS is not set."""
    auth_secret: SecretStr | None = None
    """The same; used where neither of the two is set."""
    astra_session_old_secrets: SecretStr | None = None
    """Further secrets, separated by commas, whose cookies are still taken after the app's secret was changed."""
    astra_session_cookie: str = "__Secure-better-auth.session_token,better-auth.session_token"
    """The names of the session cookie. The first one that a request has counts."""
    astra_session_bearer: Literal["off", "signed", "any"] = "off"
    """Session tokens in `Authorization: Bearer`: as signed values, or bare too; as the app's plugin takes them."""

    astra_api_tokens: SecretStr | None = None
    """Tokens of services that call the API, separated by commas: several, so that one can be changed."""
    astra_admins: str = ""
    """People who may reach everybody by the API, separated by commas: values of `user.id` or verified e-mails."""
    astra_trusted_origins: str = ""
    """Origins of pages that may call the API with a person's cookie, separated by commas; empty: the API's own."""
    astra_trusted_proxies: str = "127.0.0.1,::1"
    """Addresses and networks whose X-Forwarded-For and -Proto the API believes, separated by commas."""
    astra_api_drain_seconds: float = Field(default=0, ge=0, le=60)
    """The seconds for which an API that was told to stop says so at /readyz and still takes requests."""
    astra_rate_limits: Literal["on", "off"] = "on"
    """Off: the API counts no requests (tests and benchmarks)."""
    astra_rate_address: RateSetting = Rate(60, 60, 30)
    """The API's requests of one address that bring no credentials; written as 60/minute;burst=30."""
    astra_rate_failed: RateSetting = Rate(20, 60, 20)
    """The same with bad credentials."""
    astra_rate_read: RateSetting = Rate(120, 60, 60)
    """A person's reads; a service has fifty times each rate of a person."""
    astra_rate_transcript: RateSetting = Rate(30, 3600, 10)
    astra_rate_gamification: RateSetting = Rate(60, 3600, 10)
    astra_rate_horoscope: RateSetting = Rate(10, 3600, 5)
    astra_rate_weekly_report: RateSetting = Rate(10, 3600, 5)
    astra_rate_chart: RateSetting = Rate(10, 3600, 5)
    astra_rate_persona: RateSetting = Rate(10, 3600, 5)
    astra_rate_feedback: RateSetting = Rate(30, 3600, 30)
    astra_rate_force_horoscope: RateSetting = Rate(3, 86_400, 3)
    """A person's requests to write a text anew although there is one: they cost money."""
    astra_rate_force_weekly_report: RateSetting = Rate(2, 86_400, 2)
    astra_rate_force_persona: RateSetting = Rate(2, 86_400, 2)
    astra_rate_force_chart: RateSetting = Rate(5, 86_400, 5)
    astra_rate_force_admin: RateSetting = Rate(50, 86_400, 50)
    """The same of an admin, each kind."""

    astra_task_runner: Literal["julep", "model", "offline"] = "julep"
    astra_model: str | None = None
    """The model of the runner `model`, PROVIDER:MODEL as pydantic-ai writes it, such as openai:gpt-5-mini. The key
    is in the provider's own variable (OPENAI_API_KEY, ANTHROPIC_API_KEY, GOOGLE_API_KEY, ...)."""
    astra_fallback_model: str | None = None
    """The model that is asked where the first one is away, refuses the key, or will not answer."""
    astra_judge_model: str | None = None
    """The model that reads what the first one wrote before a person does; unset: ASTRA_MODEL. Julep's own agent
    judges there."""
    astra_judge_share: float = Field(default=1.0, ge=0, le=1)
    """The share of texts that a judge reads: 1 is all of them, 0 is none. The rules' own texts are not judged."""
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    """The address of a server that speaks OpenAI's chat completions (Ollama, vLLM, a gateway); unset: OpenAI's."""
    astra_start_date: dt.date = dt.date(2025, 1, 1)
    """The first partition day of every calendar partition."""
    astra_default_timezone: str = "Asia/Kolkata"
    astra_sensor_interval_seconds: int = Field(default=10, ge=1, le=3600)
    astra_batch_limit: int = Field(default=500, ge=1)
    """The most conversations that one live run takes."""
    astra_shift_seconds: float = Field(default=900, gt=0, le=18_000)
    """The seconds for which a live run takes conversations that end while it works. Then the next run does."""
    astra_shift_linger_seconds: float = Field(default=90, ge=0, le=3_600)
    """A live run ends when no conversation ended for so long. With 0 it takes what waits, and ends."""
    astra_llm_concurrency: int = Field(default=50, ge=1, le=1000)
    """The most LLM executions that one run has under way."""
    astra_llm_limit: int | None = Field(default=None, ge=1, le=10_000)
    """The same of all runs on all machines together, live conversations first; unset: ASTRA_LLM_CONCURRENCY."""
    astra_elevenlabs_concurrency: int = Field(default=20, ge=1, le=200)
    astra_http_timeout_seconds: float = Field(default=30, gt=0)
    """The time-out of one HTTP request, from its first byte to the last one of its answer."""
    astra_llm_timeout_seconds: float = Field(default=180, gt=0)
    """The time-out of one task execution, from its creation to its answer."""
    astra_item_timeout_seconds: float = Field(default=900, gt=0)
    """One item of a batch, from its first request to its last write; longer than an execution may take."""
    astra_http_attempts: int = Field(default=3, ge=1, le=10)
    """The number of times one request is sent before its item fails."""
    astra_answer_attempts: int = Field(default=3, ge=1, le=10)
    """The number of answers that may break a task's contract before its item fails."""
    astra_lease_seconds: float = Field(default=120, gt=0)
    astra_retry_base_seconds: float = Field(default=60, gt=0)
    """Delay before the second attempt of an item; each further delay is four times the last."""
    astra_retry_attempts: int = Field(default=6, ge=1, le=20)
    astra_waiting_base_seconds: float = Field(default=10, gt=0)
    """Delay before asking again for a transcript that is not finished; doubles up to ten minutes."""
    astra_step_retries: int = Field(default=1, ge=0, le=10)
    """Dagster's retries of a whole step, for a MongoDB that was away for a moment."""
    astra_lunar_node: Literal["mean", "true"] = "mean"
    """The node at which Rahu and Ketu stand; another value computes every stored chart anew."""
    astra_cohort_size: int = Field(default=1000, ge=1, le=100_000)
    """Users of one time zone who share a partition of `cohorts`."""
    astra_horoscope_retention_days: int = Field(default=400, ge=1)
    """The days for which a horoscope is kept in `astra_horoscopes`; the latest stays in the overview."""
    astra_report_retention_days: int | None = Field(default=None, ge=1)
    """The same for `astra_weekly_reports`; unset: for good."""
    astra_julep_users_per_second: float = Field(default=50, gt=0)
    """The most Julep users that a migration makes in a second."""
    astra_backfill_max_calls_per_hour: int | None = Field(default=None, ge=0)
    """LLM executions that runs over the past (lanes `backlog` and `backfill`) may start in an hour; 0 halts them;
    unset: no limit."""
    astra_max_cost_per_day: float | None = Field(default=None, ge=0)
    """US dollars that the runner `model` may spend in a day (UTC), by the prices of genai-prices; 0 halts it;
    unset: no limit. What is not paid for waits."""
    astra_erase_elevenlabs: bool = False
    """Erasing a person also deletes their conversations at ElevenLabs; the key needs write access."""
    astra_run_retention_days: int = Field(default=30, ge=1)
    """The days that Dagster keeps runs with their events and output; partitions stay materialised."""
    astra_export_folder: Path = Path(".astra/exports")
    """The folder of the files that `export_user` writes, on the machine its run is on."""
    astra_previews: bool = True
    """Short previews of texts in Dagster metadata; off: counts only."""
    astra_alert_webhook_url: SecretStr | None = None
    """Slack-compatible incoming webhook; unset: no alerts."""
    astra_alert_json_url: SecretStr | None = None
    """The same for a webhook of your own, as a JSON document with the alerts in a list; unset: none."""
    astra_alert_from: Literal["info", "warning", "critical"] = "info"
    """The least severity that the alert webhooks are told of."""
    astra_dagster_url: str | None = None
    """The address of the Dagster UI, to which alerts and the admin page link; unset: no links."""
    astra_runbook_url: str = "docs/runbook"
    """The folder of the run-book that alerts link to: a path of this repository, or where you publish it."""
    astra_metrics_token: SecretStr | None = None
    """The token with which Prometheus reads /metrics, and nothing else. Without it ASTRA_API_TOKENS may."""
    astra_admin_token: SecretStr | None = None
    """A password for the admin page at /admin/login, for machines without the web app's sign-in; unset: none."""
    otel_exporter_otlp_endpoint: str | None = None
    """The address of an OpenTelemetry collector (OTLP over HTTP), with the extra `otel`; unset: no traces."""
    astra_log_format: Literal["console", "json"] = "console"
    """Lines of the log: for a person, or a JSON document each for a collector."""
    astra_owner: Annotated[str, NoDecode] = "team:astra"
    """Owner shown on every asset: `team:NAME` or an e-mail address."""

    @field_validator("astra_default_timezone")
    @classmethod
    def _is_iana(cls, value: str) -> str:
        if not is_zone(value):
            raise ValueError(f"{value!r} is not an IANA time zone such as Asia/Kolkata")
        return value

    @field_validator("astra_model", "astra_fallback_model", "astra_judge_model")
    @classmethod
    def _names_a_model(cls, value: str | None) -> str | None:
        if value is not None and not _MODEL.fullmatch(value):
            raise ValueError(f"{value!r} is not PROVIDER:MODEL, such as openai:gpt-5-mini")
        return value

    @field_validator(
        "elevenlabs_base_url",
        "julep_base_url",
        "openai_base_url",
        "astra_dagster_url",
        "otel_exporter_otlp_endpoint",
    )
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} does not start with http:// or https://")
        return value.rstrip("/")

    @field_validator("astra_alert_webhook_url", "astra_alert_json_url")
    @classmethod
    def _is_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("the value does not start with http:// or https://")
        return value

    @field_validator("astra_agent_overrides", mode="before")
    @classmethod
    def _are_fields(cls, value: object) -> object:
        return _listed(value) if isinstance(value, str) else value

    @field_validator("elevenlabs_webhook_secrets", "astra_initiation_secrets")
    @classmethod
    def _are_secrets(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not all(part.strip() for part in value.get_secret_value().split(",")):
            raise ValueError("the value has an empty secret between its commas")
        return value

    @field_validator("astra_webhook_agent_ids", mode="before")
    @classmethod
    def _are_agents(cls, value: object) -> object:
        agents = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value
        if isinstance(agents, tuple) and not all(_AGENT.fullmatch(agent) for agent in agents):
            raise ValueError("the value is no list of agent ids such as agent_01,agent_02")
        return agents

    @field_validator("astra_trusted_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        if not all(_ORIGIN.fullmatch(origin) for origin in _listed(value)):
            raise ValueError("the value is no list of origins such as https://astra.example")
        return value

    @field_validator("astra_trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        try:
            for network in _listed(value):
                ipaddress.ip_network(network)
        except ValueError:
            raise ValueError("the value is no list of addresses and networks such as 10.0.0.0/8") from None
        return value

    @field_validator("mongodb_uri")
    @classmethod
    def _is_mongodb(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("the value does not start with mongodb:// or mongodb+srv://")
        return value

    @field_validator("astra_owner")
    @classmethod
    def _is_owner(cls, value: str) -> str:
        if not (value.startswith("team:") or "@" in value):
            raise ValueError(f"{value!r} is neither team:NAME nor an e-mail address")
        return value

    @model_validator(mode="after")
    def _items_outlast_executions(self) -> Self:
        if self.astra_item_timeout_seconds <= self.astra_llm_timeout_seconds:
            raise ValueError("ASTRA_ITEM_TIMEOUT_SECONDS must be longer than ASTRA_LLM_TIMEOUT_SECONDS")
        return self

    @property
    def judged_share(self) -> float:
        """The share of texts that a judge reads: ASTRA_JUDGE_SHARE, and nothing of the offline rules."""
        return 0.0 if self.astra_task_runner == "offline" else self.astra_judge_share

    @property
    def api_tokens(self) -> tuple[str, ...]:
        """The tokens of services."""
        return _listed(self.astra_api_tokens.get_secret_value() if self.astra_api_tokens else "")

    @property
    def admins(self) -> tuple[str, ...]:
        """The ids and e-mail addresses of admins."""
        return _listed(self.astra_admins)

    @property
    def trusted_origins(self) -> tuple[str, ...]:
        """The trusted origins, each as a browser writes it."""
        return tuple(origin.rstrip("/").lower() for origin in _listed(self.astra_trusted_origins))

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets of ElevenLabs' webhook, the newest first; empty when the webhook is off."""
        return _secrets(self.elevenlabs_webhook_secrets)

    @property
    def initiation_secrets(self) -> tuple[str, ...]:
        """The secrets of the initiation webhook, the newest first; empty when it is off."""
        return _secrets(self.astra_initiation_secrets)

    def required(self, variable: str) -> str:
        """The value of `variable` (its environment name). Raises SettingError naming it when it is not set."""
        value = getattr(self, variable.lower())
        if value is None:
            raise SettingError(
                f"{variable} is not set. Set it to {_WAY_OUT[variable]}; or run `astra dev`, which brings an "
                "embedded MongoDB and stand-ins for ElevenLabs and Julep."
            )
        return value.get_secret_value() if isinstance(value, SecretStr) else value


def _secrets(value: SecretStr | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.get_secret_value().split(",")) if value else ()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@lru_cache(maxsize=1)
def _load() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{'_'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingError("Settings that do not fit: " + "; ".join(lines)) from None


def settings() -> Settings:
    """The settings of this process, read once.

    Raises SettingError naming every variable whose value does not fit; the value itself is not repeated
    where it may be a secret.
    """
    return _load()


def forget_settings() -> None:
    """Read the environment again at the next call (the embedded stack sets it for its own process)."""
    _load.cache_clear()
