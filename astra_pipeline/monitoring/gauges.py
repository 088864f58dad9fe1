"""The state of the data as Prometheus' gauges, read through indexes. Labels have names and kinds, and no id.

A collector reads one kind of state. It has a time-out of its own and an age up to which its last answer counts, so
that a scrape neither fails nor waits because of one query.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prometheus_client.core import GaugeMetricFamily, Metric

from astra_pipeline.batches import budget, money
from astra_pipeline.batches.slots import read_use
from astra_pipeline.counters import ASSETS
from astra_pipeline.monitoring import holdings
from astra_pipeline.orchestration import dagster_state
from astra_pipeline.promises import morning
from astra_pipeline.promises.store import latest
from astra_pipeline.promises.table import PROMISES, RATIOS
from astra_pipeline.requests.request import KINDS, OPEN
from astra_pipeline.settings import settings
from astra_pipeline.store import collections, indexes
from astra_pipeline.store.collections import COHORTS, EVENTS, FAILURES, TASK_REQUESTS, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]
    Read = Callable[["Database[Document]", dt.datetime], Iterable[Metric]]


@dataclass(frozen=True)
class Collector:
    """One kind of state: how it is read, how old it may be, and how long reading it may take (seconds)."""

    name: str
    read: Read
    age: float = 15.0
    patience: float = 2.0


def gauge(name: str, help: str, values: Mapping[tuple[str, ...], float] | float, *labels: str) -> GaugeMetricFamily:
    """A gauge with a value for each tuple of labels, or one value."""
    family = GaugeMetricFamily(name, help, labels=labels or None, value=None)
    for key, value in (values if isinstance(values, Mapping) else {(): values}).items():
        family.add_metric(list(key), value)
    return family


def conversations(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The conversations that are not processed, which few are."""
    states = {"waiting": holdings.count_waiting(db), "parked": holdings.count_parked(db)}
    states["overdue"] = holdings.overdue(db, now=now)
    yield gauge(
        "astra_conversations_unprocessed",
        "Completed conversations that are not processed; overdue ones are among those that wait.",
        {(state,): count for state, count in states.items()},
        "state",
    )
    oldest = holdings.oldest_waiting(db, now=now)
    yield gauge(
        "astra_conversation_oldest_waiting_seconds",
        "The age of the conversation that waits longest of those that may be tried now; 0 when none waits.",
        max((now - oldest).total_seconds(), 0.0) if oldest else 0.0,
    )
    care = {"crisis": 0, "tender": 0} | holdings.in_care(db, now=now)
    yield gauge(
        "astra_conversations_in_care",
        "Conversations of the last days (crisis 30, tender 14) that ask for care.",
        {(level,): count for level, count in care.items()},
        "level",
    )


def history(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The whole history of conversations. Counting takes some microseconds for each, so it is done seldom."""
    del now
    yield gauge(
        "astra_conversations", "Completed conversations, from ASTRA_START_DATE on.", holdings.count_completed(db)
    )


def items(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The items that failed."""
    del now
    values = dict.fromkeys(((asset, state) for asset in ASSETS for state in ("retrying", "parked")), 0)
    values |= {(asset, "parked"): count for asset, count in holdings.parked_items(db).items()}
    retrying = [{"$match": {"parked_at": None}}, {"$group": {"_id": "$kind", "items": {"$sum": 1}}}]
    values |= {(row["_id"], "retrying"): row["items"] for row in db[FAILURES].aggregate(retrying)}
    yield gauge(
        "astra_failed_items", "Items that failed: tried again by themselves, or parked.", values, "asset", "state"
    )


def people(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The people, and those who lack something."""
    yield gauge("astra_users", "Documents of people, erased ones included.", db[USERS].estimated_document_count())
    yield gauge("astra_cohorts", "Cohorts.", db[COHORTS].estimated_document_count())
    without = db[USERS].count_documents({"astra.cohort": None, "id": {"$type": "string"}} | collections.NOT_ERASED)
    yield gauge("astra_users_without_cohort", "People who have no cohort yet.", without)
    lacking = holdings.without_horoscope(db, at=now - holdings.PATIENCE)
    yield gauge(
        "astra_users_without_horoscope",
        "People without today's horoscope an hour after it was due; nobody counts beyond a thousand.",
        lacking,
    )


def task_requests(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The requests of the API that are open."""
    values = dict.fromkeys(((kind, status) for kind in KINDS for status in OPEN), 0)
    stages = [
        {"$match": {"status": {"$in": list(OPEN)}}},
        {"$group": {"_id": {"kind": "$kind", "status": "$status"}, "requests": {"$sum": 1}}},
    ]
    values |= {(r["_id"]["kind"], r["_id"]["status"]): r["requests"] for r in db[TASK_REQUESTS].aggregate(stages)}
    yield gauge("astra_task_requests", "Requests of the API that are open.", values, "kind", "status")
    oldest = db[TASK_REQUESTS].find_one({"status": "queued"}, {"requested_at": 1}, sort=[("requested_at", 1)])
    age = (now - oldest["requested_at"]).total_seconds() if oldest else 0.0
    yield gauge("astra_task_request_oldest_waiting_seconds", "The age of the oldest queued one.", max(age, 0.0))


def webhook(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The last event of ElevenLabs' webhook."""
    del now
    last = db[EVENTS].find_one({}, {"last_received_at": 1}, sort=[("last_received_at", -1)])
    yield gauge(
        "astra_webhook_last_success_timestamp_seconds",
        "When the last authentic event came; 0: none in two weeks.",
        last["last_received_at"].timestamp() if last else 0.0,
    )
    yield gauge(
        "astra_webhook_configured", "1 when ELEVENLABS_WEBHOOK_SECRETS is set.", bool(settings().webhook_secrets)
    )


def budgets(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The budgets: executions of the hour, money of the day, slots of the LLM. -1: no limit."""
    allowed = settings().astra_backfill_max_calls_per_hour
    values = {("spent",): budget.spent_this_hour(db, now=now), ("allowed",): -1 if allowed is None else allowed}
    yield gauge("astra_backfill_budget_calls", "Executions of runs over the past in this hour.", values, "state")
    spent = money.spent_today(db, now=now)
    dollars = {("spent",): spent.cost_usd, ("allowed",): -1.0 if spent.limit is None else spent.limit}
    yield gauge("astra_llm_cost_today_dollars", "US dollars since 00:00 UTC, by list prices.", dollars, "state")
    tokens = {("in",): spent.tokens_in, ("out",): spent.tokens_out}
    yield gauge("astra_llm_tokens_today", "Tokens since 00:00 UTC.", tokens, "direction")
    use = read_use(db)
    slots = {("held",): sum(one.granted for one in use.holders), ("limit",): use.limit}
    yield gauge(
        "astra_llm_slots", "Executions that may be under way at once, and those that runs hold.", slots, "state"
    )


def mornings(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """Whether the coming mornings fit."""
    worst = morning.worst(morning.read(db, now=now))
    yield gauge("astra_morning_seconds", "The time that the fullest hour of mornings will take.", worst.seconds)
    yield gauge("astra_morning_seconds_allowed", "The time that it has.", morning.ALLOWED.total_seconds())


def promises(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The promises as the asset `engagement` measured them last."""
    del now
    found = latest(db)
    figures = (
        {name: figure.value for name, figure in found.figures.items() if figure.value is not None} if found else {}
    )
    yield gauge(
        "astra_promise_value",
        "What was promised, as measured last; absent while nothing can be measured.",
        {(one.name,): figures[one.name] for one in PROMISES if one.name in figures},
        "promise",
    )
    yield gauge(
        "astra_promise_target", "What was promised.", {(one.name,): one.target for one in PROMISES}, "promise"
    )
    kept = {(one.name,): float(one.is_kept(figures[one.name])) for one in PROMISES if one.name in figures}
    yield gauge("astra_promise_kept", "1 when the promise is kept.", kept, "promise")
    yield gauge(
        "astra_engagement_ratio",
        "Shares of people, computed once a day.",
        {(metric,): figures[name] for metric, name in RATIOS.items() if name in figures},
        "metric",
    )
    day = dt.datetime.fromisoformat(found.day).replace(tzinfo=dt.UTC).timestamp() if found else 0.0
    yield gauge("astra_promises_day_timestamp_seconds", "The day (UTC) that was measured last; 0: none.", day)


def storage(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """The growth of our collections and the app's two, and indexes that are missing."""
    del now
    sizes: dict[tuple[str, ...], float] = {}
    known = set(db.list_collection_names())
    for name in _COLLECTIONS:
        stats = list(db[name].aggregate([{"$collStats": {"storageStats": {}}}])) if name in known else []
        found = stats[0]["storageStats"] if stats else {}
        sizes[name, "data"] = found.get("storageSize", 0)
        sizes[name, "indexes"] = found.get("totalIndexSize", 0)
    yield gauge("astra_collection_bytes", "Bytes on the disk.", sizes, "collection", "part")
    yield gauge("astra_indexes_missing", "Indexes of ours that are missing.", len(indexes.problems(db)))


def dagster(db: Database[Document], now: dt.datetime) -> Iterator[Metric]:
    """Dagster's state, as its own daemon noted it last."""
    noted = dagster_state.noted(db)
    age = (now - noted.at).total_seconds() if noted else -1.0
    yield gauge("astra_dagster_state_age_seconds", "Since Dagster's state was noted; -1: never.", age)
    state = noted.state if noted else None
    alive = state is not None and state.daemon.alive and age < dagster_state.STALE_AFTER.total_seconds()
    yield gauge("astra_dagster_daemon_alive", "1 while the daemon gives signs of life.", alive)
    yield gauge(
        "astra_dagster_failed_runs", "Runs that failed in 24 hours.", state.failed_runs_of_a_day if state else 0
    )
    jobs = state.jobs if state else []
    runs = {(job.name, "queued"): job.queued for job in jobs} | {(job.name, "running"): job.running for job in jobs}
    yield gauge("astra_dagster_runs", "Runs that are queued or under way.", runs, "dagster_job", "state")
    ended = {(job.name,): job.ended.timestamp() for job in jobs if job.ended}
    yield gauge("astra_dagster_last_run_timestamp_seconds", "The end of a job's last run.", ended, "dagster_job")
    well = {(job.name,): float(job.result == "success") for job in jobs if job.result}
    yield gauge("astra_dagster_last_run_success", "1 when a job's last run ended well.", well, "dagster_job")
    triggers = [*state.sensors, *state.schedules] if state else []
    on = {(one.name,): float(one.on) for one in triggers}
    yield gauge("astra_dagster_trigger_on", "1 for a sensor or schedule that is switched on.", on, "trigger")


_COLLECTIONS = tuple(
    value for name, value in sorted(vars(collections).items()) if name.isupper() and isinstance(value, str)
)
COLLECTORS = (
    Collector("conversations", conversations),
    Collector("history", history, age=300, patience=10),
    Collector("items", items),
    Collector("people", people, age=30, patience=5),
    Collector("task_requests", task_requests),
    Collector("webhook", webhook),
    Collector("budgets", budgets),
    Collector("mornings", mornings, age=300, patience=5),
    Collector("promises", promises, age=60),
    Collector("storage", storage, age=300, patience=10),
    Collector("dagster", dagster),
)
