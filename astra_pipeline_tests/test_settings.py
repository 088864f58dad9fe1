"""Every setting that is missing or malformed is named, and its value is not repeated where it is secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from astra_pipeline.errors import SettingError
from astra_pipeline.settings import Settings, forget_settings, settings

_MALFORMED = {
    "MONGODB_URI": "http://user:s3cret@host",
    "ELEVENLABS_BASE_URL": "api.elevenlabs.io",
    "JULEP_BASE_URL": "ftp://julep",
    "ASTRA_TASK_RUNNER": "openai",
    "ASTRA_START_DATE": "yesterday",
    "ASTRA_DEFAULT_TIMEZONE": "Mars/Olympus",
    "ASTRA_SENSOR_INTERVAL_SECONDS": "0",
    "ASTRA_SHIFT_SECONDS": "0",
    "ASTRA_SHIFT_LINGER_SECONDS": "-1",
    "ASTRA_BATCH_LIMIT": "-1",
    "ASTRA_LLM_CONCURRENCY": "many",
    "ASTRA_LLM_LIMIT": "0",
    "ASTRA_ELEVENLABS_CONCURRENCY": "0",
    "ASTRA_HTTP_TIMEOUT_SECONDS": "0",
    "ASTRA_LLM_TIMEOUT_SECONDS": "-5",
    "ASTRA_ITEM_TIMEOUT_SECONDS": "0",
    "ASTRA_LOG_FORMAT": "xml",
    "ASTRA_HTTP_ATTEMPTS": "0",
    "ASTRA_ANSWER_ATTEMPTS": "99",
    "ASTRA_LEASE_SECONDS": "soon",
    "ASTRA_RETRY_BASE_SECONDS": "0",
    "ASTRA_RETRY_ATTEMPTS": "0",
    "ASTRA_WAITING_BASE_SECONDS": "0",
    "ASTRA_STEP_RETRIES": "-1",
    "ASTRA_LUNAR_NODE": "osculating",
    "ASTRA_COHORT_SIZE": "0",
    "ASTRA_HOROSCOPE_RETENTION_DAYS": "0",
    "ASTRA_REPORT_RETENTION_DAYS": "for ever",
    "ASTRA_JULEP_USERS_PER_SECOND": "0",
    "ASTRA_BACKFILL_MAX_CALLS_PER_HOUR": "-1",
    "ASTRA_MODEL": "gpt-5-mini",
    "ASTRA_FALLBACK_MODEL": "openai:",
    "ASTRA_JUDGE_MODEL": "gpt-5",
    "ASTRA_JUDGE_SHARE": "1.5",
    "ASTRA_MAX_COST_PER_DAY": "-0.5",
    "OPENAI_BASE_URL": "localhost:11434",
    "ASTRA_ERASE_ELEVENLABS": "perhaps",
    "ASTRA_RUN_RETENTION_DAYS": "0",
    "ASTRA_PREVIEWS": "perhaps",
    "ASTRA_WEBHOOK_AGENT_IDS": "agent_astra,,agent two",
    "ASTRA_AGENT_OVERRIDES": "first_message,voice",
    "ASTRA_INITIATION_SECRETS": "s3cret,,",
    "ASTRA_WEBHOOK_MAX_BYTES": "1GB",
    "ASTRA_WEBHOOK_TOLERANCE_SECONDS": "0",
    "ELEVENLABS_WEBHOOK_SECRETS": "s3cret,,",
    "ASTRA_ALERT_WEBHOOK_URL": "hooks.example/s3cret",
    "ASTRA_ALERT_JSON_URL": "hooks.example/s3cret",
    "ASTRA_ALERT_FROM": "panic",
    "ASTRA_DAGSTER_URL": "dagster.example",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318",
    "ASTRA_OWNER": "nobody",
    "ASTRA_SESSION_BEARER": "perhaps",
    "ASTRA_API_DRAIN_SECONDS": "-1",
    "ASTRA_TRUSTED_ORIGINS": "https://astra.example,*",
    "ASTRA_TRUSTED_PROXIES": "*",
    "ASTRA_RATE_LIMITS": "perhaps",
    "ASTRA_RATE_ADDRESS": "often",
    "ASTRA_RATE_FAILED": "20",
    "ASTRA_RATE_READ": "120/fortnight",
    "ASTRA_RATE_TRANSCRIPT": "0/hour",
    "ASTRA_RATE_GAMIFICATION": "60/hour;burst=0",
    "ASTRA_RATE_HOROSCOPE": "10/hour;5",
    "ASTRA_RATE_WEEKLY_REPORT": "-10/hour",
    "ASTRA_RATE_CHART": "10 per hour",
    "ASTRA_RATE_PERSONA": "1e9/hour",
    "ASTRA_RATE_FEEDBACK": "/hour",
    "ASTRA_RATE_FORCE_HOROSCOPE": "3/",
    "ASTRA_RATE_FORCE_WEEKLY_REPORT": "off",
    "ASTRA_RATE_FORCE_PERSONA": "none",
    "ASTRA_RATE_FORCE_CHART": "5/day/user",
    "ASTRA_RATE_FORCE_ADMIN": "50;burst=50",
}
_ANY_TEXT = {
    "MONGODB_DB",
    "ASTRA_EXPORT_FOLDER",
    "ASTRA_ADMINS",
    "ASTRA_ADMIN_TOKEN",
    "ASTRA_API_TOKENS",
    "ASTRA_METRICS_TOKEN",
    "ASTRA_RUNBOOK_URL",
    "ASTRA_SESSION_COOKIE",
    # Read, and refused, by those who check sessions: a run has no need of them.
    "ASTRA_SESSION_OLD_SECRETS",
    "AUTH_SECRET",
    "BETTER_AUTH_SECRET",
    "BETTER_AUTH_SECRETS",
    "ELEVENLABS_API_KEY",
    "JULEP_API_KEY",
    "OPENAI_API_KEY",
    "BACKGROUND_WORKER_AGENT_ID",
}


@pytest.fixture(autouse=True)
def _read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    forget_settings()
    yield
    forget_settings()


def test_every_setting_has_its_malformed_example() -> None:
    assert {name.upper() for name in Settings.model_fields} == _MALFORMED.keys() | _ANY_TEXT


@pytest.mark.parametrize(("variable", "value"), _MALFORMED.items())
def test_a_malformed_value_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingError, match=variable) as refused:
        settings()
    assert "s3cret" not in str(refused.value)


def test_all_that_does_not_fit_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRA_BATCH_LIMIT", "0")
    monkeypatch.setenv("ASTRA_OWNER", "nobody")
    with pytest.raises(SettingError, match=r"ASTRA_BATCH_LIMIT.*ASTRA_OWNER"):
        settings()


@pytest.mark.parametrize(
    "variable",
    [
        "MONGODB_URI",
        "ELEVENLABS_API_KEY",
        "JULEP_API_KEY",
        "BACKGROUND_WORKER_AGENT_ID",
        "ASTRA_ALERT_WEBHOOK_URL",
        "ASTRA_MODEL",
    ],
)
def test_a_missing_value_is_an_error_when_it_is_needed_that_names_the_way_out(variable: str) -> None:
    configured = settings()
    with pytest.raises(SettingError, match=rf"{variable} is not set. Set it to .*astra dev"):
        configured.required(variable)


def test_an_empty_value_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONGODB_URI", "")
    monkeypatch.setenv("ASTRA_BATCH_LIMIT", "")
    assert settings().mongodb_uri is None
    assert settings().astra_batch_limit == 500


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("ELEVENLABS_API_KEY", "JULEP_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(variable, "s3cret")
    monkeypatch.setenv("MONGODB_URI", "mongodb://user:s3cret@host")
    assert "s3cret" not in repr(settings())
    assert settings().required("JULEP_API_KEY") == "s3cret"
