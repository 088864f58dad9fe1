"""The counters of the product, and the counts of this process that are not stored yet.

Work happens in short runs, so a counter lives in MongoDB (`store/counters.py`), and a process only keeps what it
counted in the last seconds. Names and labels are Prometheus': a prefix, base units, no id of anybody in a label.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, get_args

# Buckets in seconds. HTTP's are those of OpenTelemetry's stable conventions.
HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_BYTES = (512.0, 1024.0, 2048.0, 3072.0, 4096.0, 5120.0, 6144.0, 7168.0, 8192.0, 16384.0)
_WORK_SECONDS = (0.5, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)

ASSETS = (
    "transcripts",
    "conversation_insights",
    "user_overviews",
    "gamification_metrics",
    "birth_charts",
    "daily_sky",
    "daily_horoscopes",
    "weekly_reports",
    "julep_users",
    "personas",
)
TASKS = (
    "transcript-processor",
    "horoscope-refresher",
    "weekly-report-generator",
    "persona-enrichment",
    "text-judge",
)
RUNNERS = ("julep", "model", "offline")
KINDS = ("transcript", "chart", "horoscope", "weekly-report", "persona")
Bucket = Literal[
    "read",
    "transcript",
    "gamification",
    "horoscope",
    "weekly-report",
    "chart",
    "persona",
    "feedback",
    "force-horoscope",
    "force-weekly-report",
    "force-persona",
    "force-chart",
]
"""The kinds of requests for which a caller of the API has a rate."""


@dataclass(frozen=True)
class Counter:
    """A counter, or with `buckets` (upper limits, in the unit of the name) a histogram.

    labels: label -> the values that are shown with 0 before anything was counted; empty where they are not known
    """

    name: str
    help: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()

    def key(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The series with these labels: the name, then the values in the counter's order."""
        assert labels.keys() == self.labels.keys(), f"{self.name} has the labels {', '.join(self.labels)}"
        return (self.name, *(str(labels[label])[:_LONGEST].replace("|", "/") for label in self.labels))

    def at_zero(self) -> list[tuple[str, ...]]:
        """The series that are known before anything was counted."""
        return [(self.name, *values) for values in product(*self.labels.values())]


_LONGEST = 80

ITEMS = Counter(
    "astra_items_total",
    "Items of batches, by what became of them. `parked` counts those of `failed` that had their last attempt.",
    {"asset": ASSETS, "outcome": ("done", "unchanged", "waiting", "skipped", "failed", "parked")},
)
RUNS = Counter(
    "astra_batches_total",
    "Batches of runs that came to their end, by asset: `nothing_done` when each item failed.",
    {"asset": ASSETS, "outcome": ("done", "nothing_done")},
)
EXECUTIONS = Counter(
    "astra_llm_executions_total",
    "Executions of tasks, by what came of them.",
    {"task": TASKS, "runner": RUNNERS, "outcome": ("answered", "failed", "rejected", "not_paid")},
)
EXECUTION_SECONDS = Counter(
    "astra_llm_execution_duration_seconds",
    "The time from an execution's begin to its answer, without the wait for a slot.",
    {"task": TASKS, "runner": RUNNERS},
    _WORK_SECONDS,
)
REFUSALS = Counter(
    "astra_llm_answers_refused_total",
    "Answers that did not keep their contract, failed, or that a judge refused.",
    {"task": TASKS},
)
TO_OVERVIEW = Counter(
    "astra_conversation_to_overview_seconds",
    "From the end of a conversation of the last day until its person's overview has it.",
    {},
    _WORK_SECONDS,
)
WRITES = Counter(
    "astra_mongodb_writes_total",
    "Conditional writes of people's documents: landed, or refused because the document had changed.",
    {"outcome": ("landed", "conflict", "failed")},
)
ELEVENLABS = Counter(
    "astra_elevenlabs_requests_total",
    "Requests to ElevenLabs, by HTTP status; `none` without an answer.",
    {"operation": ("conversation", "list", "webhooks", "delete"), "code": ("200",)},
)
ELEVENLABS_SECONDS = Counter(
    "astra_elevenlabs_request_duration_seconds",
    "The time of a request to ElevenLabs.",
    {"operation": ("conversation", "list", "webhooks", "delete")},
    HTTP_SECONDS,
)
WEBHOOKS = Counter(
    "astra_webhook_events_total",
    "Deliveries of ElevenLabs' webhook.",
    {
        "type": (
            "post_call_transcription",
            "post_call_transcription_otel",
            "post_call_audio",
            "call_initiation_failure",
            "other",
        ),
        "outcome": ("received", "ignored", "put_off", "refused"),
    },
)
CLOSED = Counter(
    "astra_conversations_closed_total",
    "Conversations that we wrote down as over, by who told us.",
    {"source": ("webhook", "client", "reconciler")},
)
LIMITED = Counter(
    "astra_rate_limited_total",
    "Requests that were refused because they were above a rate.",
    {"bucket": ("address", "failed", *get_args(Bucket))},
)
SESSION_CHECKS = Counter(
    "astra_session_checks_total",
    "Callers of the API, by what their credentials proved.",
    {"outcome": ("person", "service", "admin", "refused")},
)
CONTEXT_BYTES = Counter(
    "astra_context_bytes",
    "The size of the contexts that were told to the voice agent, by who asked; `unknown`: of nobody in particular.",
    {"asked_by": ("app", "phone", "unknown")},
    _BYTES,
)
FEEDBACK = Counter("astra_feedback_total", "Opinions of horoscopes that were sent.", {"rating": ("up", "down")})
REQUESTS_ENDED = Counter(
    "astra_task_requests_ended_total",
    "Requests of the API that came to their end.",
    {"kind": KINDS, "status": ("succeeded", "failed", "cancelled", "skipped")},
)
HTTP = Counter(
    "http_server_request_duration_seconds",
    "Duration of HTTP server requests (OpenTelemetry's stable name); the route is its template.",
    {"http_request_method": (), "http_route": (), "http_response_status_code": ()},
    HTTP_SECONDS,
)

CATALOG = {
    one.name: one
    for one in (
        ITEMS,
        RUNS,
        EXECUTIONS,
        EXECUTION_SECONDS,
        REFUSALS,
        TO_OVERVIEW,
        WRITES,
        ELEVENLABS,
        ELEVENLABS_SECONDS,
        WEBHOOKS,
        CLOSED,
        LIMITED,
        SESSION_CHECKS,
        CONTEXT_BYTES,
        FEEDBACK,
        REQUESTS_ENDED,
        HTTP,
    )
}


@dataclass
class Count:
    """The count of one series: a number, and of a histogram the observations by bucket (the last is beyond all)."""

    value: float = 0.0
    sum: float = 0.0
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, other: Count) -> None:
        """Count what the other one counted as well."""
        self.value += other.value
        self.sum += other.sum
        for bucket, observations in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + observations


class Tally:
    """The counts of a process since they were last taken. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, ...], Count] = {}

    def count(self, counter: Counter, amount: float = 1, /, **labels: str) -> None:
        """Count `amount` more. Nothing is counted for 0."""
        if amount:
            self._add(counter.key(labels), Count(value=amount))

    def observe(self, histogram: Counter, value: float, /, **labels: str) -> None:
        """Count one observation of a histogram."""
        bucket = bisect_left(histogram.buckets, value)
        self._add(histogram.key(labels), Count(value=1, sum=value, buckets={bucket: 1}))

    def take(self) -> dict[tuple[str, ...], Count]:
        """The counts so far; they are counted here no longer."""
        with self._lock:
            taken, self._counts = self._counts, {}
        return taken

    def _add(self, key: tuple[str, ...], count: Count) -> None:
        with self._lock:
            if known := self._counts.get(key):
                known.add(count)
            else:
                self._counts[key] = count


# The one tally of the process, as a client library of Prometheus has one registry.
TALLY = Tally()
count, observe = TALLY.count, TALLY.observe
