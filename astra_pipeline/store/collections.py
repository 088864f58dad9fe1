"""The names of MongoDB's collections, and the filters that several queries share."""

from __future__ import annotations

import datetime as dt
from typing import Any

# The web app's
USERS = "user"
CONVERSATIONS = "elevenlabs_conversations"
SESSIONS = "session"
# Ours
TRANSCRIPTS = "astra_transcripts"
INSIGHTS = "astra_insights"
FAILURES = "astra_failures"
LEASES = "astra_leases"
COHORTS = "astra_cohorts"
SKIES = "astra_daily_sky"
HOROSCOPES = "astra_horoscopes"
REPORTS = "astra_weekly_reports"
BUDGET = "astra_budget"
LLM_SLOTS = "astra_llm_slots"
INDEX_PROBLEMS = "astra_index_problems"
RUN_PEOPLE = "astra_run_people"
REQUESTS = "astra_requests"
TASK_REQUESTS = "astra_task_requests"
RATE = "astra_rate"
FEEDBACK = "astra_horoscope_feedback"
EVENTS = "astra_webhook_events"
METRICS = "astra_metrics"
METRIC_DAYS = "astra_metric_days"
PROMISES = "astra_promises"
ALERTS = "astra_alerts"
DAGSTER_STATE = "astra_dagster_state"
PERSONAS = "astra_personas"

# The filter for conversations that no run has processed.
NOT_PROCESSED: dict[str, Any] = {"metadata.transcript_processed": {"$in": [None, False]}}
# The filter for people and conversations that were not erased. An index answers this form; it cannot answer None.
NOT_ERASED: dict[str, Any] = {"astra.erased_at": {"$not": {"$gt": dt.datetime(1970, 1, 1, tzinfo=dt.UTC)}}}
# The filter for conversations whose `ended_at` is no date. An index answers this form; it cannot answer `$type`.
UNDATED: dict[str, Any] = {"ended_at": {"$not": {"$gte": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}}}
