"""Names that other parts of the system rely on: Dagster's, MongoDB's, the command line's, the settings'.

A name in here may be added. One that is changed or taken away breaks dashboards, run histories, the web app or
somebody's script, and needs a reason in the commit.
"""

from __future__ import annotations

import click
import pytest

from astra_pipeline.cli.main import main
from astra_pipeline.definitions import defs
from astra_pipeline.settings import Settings
from astra_pipeline.store import collections
from astra_pipeline.store.indexes import INDEXES

# Asset -> (group, kind of partitions, assets it reads).
ASSETS = {
    "astra_users": ("users", "NoneType", []),
    "birth_charts": ("astrology", "DynamicPartitionsDefinition", ["astra_users"]),
    "conversation_insights": ("conversations", "DailyPartitionsDefinition", ["transcripts"]),
    "daily_horoscopes": ("daily", "MultiPartitionsDefinition", ["birth_charts", "daily_sky"]),
    "engagement": ("monitoring", "DailyPartitionsDefinition", ["astra_users", "elevenlabs_conversations"]),
    "daily_sky": ("astrology", "DailyPartitionsDefinition", []),
    "elevenlabs_conversations": ("conversations", "NoneType", []),
    "gamification_metrics": (
        "conversations",
        "DailyPartitionsDefinition",
        ["astra_users", "conversation_insights", "elevenlabs_conversations"],
    ),
    "julep_users": ("users", "DynamicPartitionsDefinition", ["astra_users"]),
    "personas": ("users", "DynamicPartitionsDefinition", ["astra_users", "conversation_insights"]),
    "transcripts": ("conversations", "DailyPartitionsDefinition", ["elevenlabs_conversations"]),
    "user_overviews": ("conversations", "DailyPartitionsDefinition", ["astra_users", "conversation_insights"]),
    "weekly_reports": ("weekly", "MultiPartitionsDefinition", ["conversation_insights", "gamification_metrics"]),
}
CHECKS = {
    "astra_users:users_are_in_their_cohorts",
    "birth_charts:charts_are_of_their_birth_data",
    "birth_charts:nothing_parked",
    "conversation_insights:nothing_parked",
    "conversation_insights:task_runner_answered",
    "daily_horoscopes:everyone_has_one",
    "elevenlabs_conversations:webhook_is_alive",
    "daily_horoscopes:latest_is_the_newest",
    "daily_horoscopes:nothing_parked",
    "daily_horoscopes:texts_keep_their_contract",
    "engagement:promises_kept",
    "gamification_metrics:streak_invariants",
    "julep_users:nothing_parked",
    "personas:claims_have_their_evidence",
    "personas:nothing_of_excluded_subjects",
    "personas:nothing_parked",
    "transcripts:elevenlabs_answered",
    "transcripts:nothing_parked",
    "user_overviews:nothing_parked",
    "user_overviews:overview_agrees_with_insights",
    "weekly_reports:everyone_has_one",
    "weekly_reports:newest_four_first",
    "weekly_reports:nothing_parked",
    "weekly_reports:texts_keep_their_contract",
}
JOBS = {
    "birth_charts_job",
    "conversation_pipeline",
    "daily_horoscopes_job",
    "daily_sky_job",
    "personas_job",
    "dagster_retention",
    "engagement_job",
    "erase_user",
    "export_user",
    "julep_users_job",
    "migrate_users",
    "user_refresh",
    "weekly_reports_job",
}
SENSORS = {
    "task_requests",
    "birth_data_completed",
    "erasures",
    "failure_alerts",
    "migrated_users",
    "persona_due",
    "new_conversations",
    "new_users",
    "reconciler",
}
SCHEDULES = {
    "daily_horoscopes_schedule",
    "daily_rollover_schedule",
    "daily_sky_schedule",
    "dagster_retention_schedule",
    "engagement_schedule",
    "weekly_reports_schedule",
}
COLLECTIONS = {
    "USERS": "user",
    "CONVERSATIONS": "elevenlabs_conversations",
    "TRANSCRIPTS": "astra_transcripts",
    "INSIGHTS": "astra_insights",
    "FAILURES": "astra_failures",
    "LEASES": "astra_leases",
    "COHORTS": "astra_cohorts",
    "SKIES": "astra_daily_sky",
    "HOROSCOPES": "astra_horoscopes",
    "REPORTS": "astra_weekly_reports",
    "BUDGET": "astra_budget",
    "LLM_SLOTS": "astra_llm_slots",
    "RUN_PEOPLE": "astra_run_people",
    "REQUESTS": "astra_requests",
    "TASK_REQUESTS": "astra_task_requests",
    "RATE": "astra_rate",
    "FEEDBACK": "astra_horoscope_feedback",
    "PERSONAS": "astra_personas",
    "SESSIONS": "session",
    "EVENTS": "astra_webhook_events",
    "METRICS": "astra_metrics",
    "METRIC_DAYS": "astra_metric_days",
    "PROMISES": "astra_promises",
    "ALERTS": "astra_alerts",
    "DAGSTER_STATE": "astra_dagster_state",
}
# Command -> its options.
COMMANDS = {
    "chart": {
        "--batch",
        "--date",
        "--home",
        "--json",
        "--lat",
        "--lon",
        "--now",
        "--place",
        "--time",
        "--tz",
        "--user",
    },
    "context": {"--home", "--json"},
    "demo": {"--home"},
    "dev": {"--api-port", "--home", "--port"},
    "eval": {"--json", "--limit", "--sets", "--show"},
    "failures list": {"--home", "--parked"},
    "failures retry": {"--home"},
    "horoscope": {"--date", "--force", "--home"},
    "overview": {"--home", "--json"},
    "persona": {"--force", "--home", "--json"},
    "report": {"--force", "--home", "--week"},
    "serve": {"--host", "--port", "--workers"},
    "sky": {"--json"},
    "status": {"--home", "--json", "--slo"},
    "tasks list": set(),
    "tasks show": set(),
    "users erase": {"--home", "--yes"},
    "users export": {"--home", "--to"},
    "users request": {"--home"},
    "users sync": {"--dry-run", "--home", "--json", "--limit", "--only"},
}
SETTINGS = (
    "ASTRA_ADMIN_TOKEN",
    "ASTRA_ALERT_FROM",
    "ASTRA_ALERT_JSON_URL",
    "ASTRA_AGENT_OVERRIDES",
    "ASTRA_INITIATION_SECRETS",
    "ASTRA_ALERT_WEBHOOK_URL",
    "ASTRA_DAGSTER_URL",
    "ASTRA_METRICS_TOKEN",
    "ASTRA_RUNBOOK_URL",
    "ASTRA_ANSWER_ATTEMPTS",
    "ASTRA_BACKFILL_MAX_CALLS_PER_HOUR",
    "ASTRA_FALLBACK_MODEL",
    "ASTRA_JUDGE_MODEL",
    "ASTRA_JUDGE_SHARE",
    "ASTRA_MAX_COST_PER_DAY",
    "ASTRA_MODEL",
    "ASTRA_BATCH_LIMIT",
    "ASTRA_COHORT_SIZE",
    "ASTRA_DEFAULT_TIMEZONE",
    "ASTRA_ELEVENLABS_CONCURRENCY",
    "ASTRA_ERASE_ELEVENLABS",
    "ASTRA_EXPORT_FOLDER",
    "ASTRA_HOROSCOPE_RETENTION_DAYS",
    "ASTRA_HTTP_ATTEMPTS",
    "ASTRA_HTTP_TIMEOUT_SECONDS",
    "ASTRA_JULEP_USERS_PER_SECOND",
    "ASTRA_LEASE_SECONDS",
    "ASTRA_LLM_CONCURRENCY",
    "ASTRA_LLM_LIMIT",
    "ASTRA_LLM_TIMEOUT_SECONDS",
    "ASTRA_ITEM_TIMEOUT_SECONDS",
    "ASTRA_LOG_FORMAT",
    "ASTRA_LUNAR_NODE",
    "ASTRA_OWNER",
    "ASTRA_PREVIEWS",
    "ASTRA_REPORT_RETENTION_DAYS",
    "ASTRA_RETRY_ATTEMPTS",
    "ASTRA_RETRY_BASE_SECONDS",
    "ASTRA_RUN_RETENTION_DAYS",
    "ASTRA_SENSOR_INTERVAL_SECONDS",
    "ASTRA_SESSION_BEARER",
    "ASTRA_SESSION_COOKIE",
    "ASTRA_SESSION_OLD_SECRETS",
    "ASTRA_START_DATE",
    "ASTRA_STEP_RETRIES",
    "ASTRA_TASK_RUNNER",
    "ASTRA_WAITING_BASE_SECONDS",
    "AUTH_SECRET",
    "ASTRA_WEBHOOK_AGENT_IDS",
    "ASTRA_WEBHOOK_MAX_BYTES",
    "ASTRA_WEBHOOK_TOLERANCE_SECONDS",
    "ASTRA_ADMINS",
    "ASTRA_API_DRAIN_SECONDS",
    "ASTRA_API_TOKENS",
    "ASTRA_RATE_ADDRESS",
    "ASTRA_RATE_CHART",
    "ASTRA_RATE_FAILED",
    "ASTRA_RATE_FEEDBACK",
    "ASTRA_RATE_FORCE_ADMIN",
    "ASTRA_RATE_FORCE_CHART",
    "ASTRA_RATE_FORCE_HOROSCOPE",
    "ASTRA_RATE_FORCE_PERSONA",
    "ASTRA_RATE_FORCE_WEEKLY_REPORT",
    "ASTRA_RATE_GAMIFICATION",
    "ASTRA_RATE_HOROSCOPE",
    "ASTRA_RATE_LIMITS",
    "ASTRA_RATE_PERSONA",
    "ASTRA_RATE_READ",
    "ASTRA_RATE_TRANSCRIPT",
    "ASTRA_RATE_WEEKLY_REPORT",
    "ASTRA_TRUSTED_ORIGINS",
    "ASTRA_TRUSTED_PROXIES",
    "BACKGROUND_WORKER_AGENT_ID",
    "BETTER_AUTH_SECRET",
    "BETTER_AUTH_SECRETS",
    "ELEVENLABS_API_KEY",
    "ELEVENLABS_BASE_URL",
    "ELEVENLABS_WEBHOOK_SECRETS",
    "JULEP_API_KEY",
    "JULEP_BASE_URL",
    "MONGODB_DB",
    "MONGODB_URI",
    "OPENAI_API_KEY",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OPENAI_BASE_URL",
)
# Paths of `user` documents that our indexes are on: the web app's schema and ours.
INDEXED_PATHS = {
    "id",
    "birth_time",
    "astra.birth_rejected",
    "astra.chart_key",
    "astra.chartless_key",
    "astra.erased_at",
    "astra.erasing.since",
    "astra.cohort",
    "astra.gamification_due",
    "astra.horoscope_date",
    "astra.migration.backfill_due",
    "astra.report_week",
    "user_overview.gamification.last_conversation_date",
}


def test_assets_keep_their_keys_groups_partitions_and_lineage() -> None:
    graph = defs.resolve_asset_graph()
    found = {
        key.to_user_string(): (
            graph.get(key).group_name,
            type(graph.get(key).partitions_def).__name__,
            sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
        )
        for key in graph.get_all_asset_keys()
    }
    assert {name: found.get(name) for name in ASSETS} == ASSETS


def test_checks_jobs_sensors_and_schedules_keep_their_names() -> None:
    checks = {f"{key.asset_key.to_user_string()}:{key.name}" for key in defs.resolve_asset_graph().asset_check_keys}
    repository = defs.get_repository_def()
    assert checks >= CHECKS
    assert {job.name for job in repository.get_all_jobs()} >= JOBS
    assert {sensor.name for sensor in repository.sensor_defs} >= SENSORS
    assert {schedule.name for schedule in repository.schedule_defs} >= SCHEDULES


def test_collections_and_indexed_paths_keep_their_names() -> None:
    assert {name: getattr(collections, name, None) for name in COLLECTIONS} == COLLECTIONS
    assert {path for _, keys, _ in INDEXES["user"] for path, _ in keys} >= INDEXED_PATHS


def test_commands_keep_their_names_and_options() -> None:
    found = dict(_commands(main, ""))
    assert found.keys() >= COMMANDS.keys()
    for command, options in COMMANDS.items():
        assert found[command] >= options, command


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_keeps_its_name(name: str) -> None:
    assert name.lower() in Settings.model_fields


def _commands(group: click.Group, prefix: str):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield prefix + name, {option for parameter in command.params for option in parameter.opts}
