"""The state of Dagster, read from its storage: the daemon, schedules, sensors and the last run of each job.

It reads through the instance, so it works without a running daemon or UI. The daemon's own sensor notes it in
MongoDB (`astra_dagster_state`, one document), where `/metrics` and the admin page read it: the API has no way to
Dagster's storage, and needs none.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import DAGSTER_STATE

if TYPE_CHECKING:
    import dagster as dg
    from pymongo.synchronous.database import Database

# Dagster's job for what a person materialises from the UI.
_BY_HAND = "__ASSET_JOB"
# The counts that our assets write into their metadata.
_COUNTS = ("done", "unchanged", "waiting", "skipped", "failed", "parked")
# Of one run: a run over a range of days repeats the same counts once a day.
_MATERIALIZATIONS_READ = 400
_UNFINISHED_READ = 1000
# Heartbeats come twice a minute. Dagster's own `liveness-check` tolerates half an hour.
_SILENT_AFTER_SECONDS = 300.0
_ID = "dagster"
# The daemon notes the state twice a minute. A state that is older says that nobody notes it any more.
STALE_AFTER = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Trigger:
    """A schedule or a sensor.

    next_tick: UTC; None for sensors, and for a schedule that is switched off
    last_result: started, skipped, success or failure; None before the first tick
    """

    name: str
    on: bool
    next_tick: dt.datetime | None
    last_tick: dt.datetime | None
    last_result: str | None


@dataclass(frozen=True)
class Job:
    """A job: its runs that are under way, and its last run that ended.

    result: success, failure or canceled; None when no run has ended yet
    did: asset -> the counts its last run wrote, zeros left out
    """

    name: str
    queued: int
    running: int
    run_id: str | None = None
    result: str | None = None
    partition: str | None = None
    ended: dt.datetime | None = None
    seconds: float | None = None
    did: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The job's name as a person knows it."""
        return "materialised by hand" if self.name == _BY_HAND else self.name


@dataclass(frozen=True)
class Daemon:
    """Dagster's daemon. `silent` names the parts that the instance needs and that gave no recent heartbeat."""

    alive: bool
    last_heartbeat: dt.datetime | None
    silent: list[str]


@dataclass(frozen=True)
class DagsterState:
    """Everything that is read from Dagster's storage at one moment."""

    daemon: Daemon
    schedules: list[Trigger]
    sensors: list[Trigger]
    jobs: list[Job]
    failed_runs_of_a_day: int


def read_state(
    instance: dg.DagsterInstance,
    *,
    jobs: Iterable[Any],
    schedules: Iterable[Any],
    sensors: Iterable[Any],
    now: dt.datetime,
) -> DagsterState:
    """Daemon, and the schedules, sensors and jobs of these definitions, as of `now` (aware)."""
    import dagster as dg

    # The folder of definitions is loaded module by module, so a job that two modules import is listed twice.
    names = list(dict.fromkeys(str(job.name) for job in jobs if job.name != _BY_HAND))
    failed = dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE], created_after=now - dt.timedelta(days=1))
    return DagsterState(
        daemon=_daemon(instance, now),
        schedules=_triggers(instance, schedules, now),
        sensors=_triggers(instance, sensors, now),
        jobs=_jobs(instance, [*names, _BY_HAND]),
        failed_runs_of_a_day=instance.get_runs_count(failed),
    )


@dataclass(frozen=True)
class Noted:
    """The state as it was noted at a moment (UTC)."""

    at: dt.datetime
    state: DagsterState


def note(db: Database[dict[str, Any]], state: DagsterState, *, now: dt.datetime) -> None:
    """Note the state in MongoDB, in place of an older one. A later note is not replaced."""
    text = _as_json().dump_json(state).decode()
    kept = {"$cond": [{"$gt": ["$at", now]}, "$$ROOT", {"_id": _ID, "at": now, "state": {"$literal": text}}]}
    db[DAGSTER_STATE].update_one({"_id": _ID}, [{"$replaceWith": kept}], upsert=True)


def noted(db: Database[dict[str, Any]]) -> Noted | None:
    """The state that was noted last; None when none was, and for one of another version."""
    from pydantic import ValidationError

    found = db[DAGSTER_STATE].find_one({"_id": _ID})
    if found is None:
        return None
    try:
        return Noted(found["at"], _as_json().validate_json(found["state"]))
    except ValidationError:
        return None


@lru_cache(maxsize=1)
def _as_json() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(DagsterState)


def _daemon(instance: dg.DagsterInstance, now: dt.datetime) -> Daemon:
    from dagster._daemon import controller

    tolerance = os.environ.get("DAGSTER_DAEMON_HEARTBEAT_TOLERANCE")
    found = controller.get_daemon_statuses(
        instance,
        instance.get_required_daemon_types(),
        curr_time_seconds=now.timestamp(),
        ignore_errors=True,
        heartbeat_tolerance_seconds=(float(tolerance) if tolerance else _SILENT_AFTER_SECONDS),
    )
    heard = [one.last_heartbeat.timestamp for one in found.values() if one.last_heartbeat]
    silent = sorted(name for name, one in found.items() if not one.healthy)
    return Daemon(alive=bool(found) and not silent, last_heartbeat=_moment(max(heard, default=None)), silent=silent)


def _triggers(instance: dg.DagsterInstance, declared: Iterable[Any], now: dt.datetime) -> list[Trigger]:
    declared = list(declared)
    latest = _latest_states(instance, {one.name for one in declared})
    return [_trigger(one, *latest.get(one.name, (None, None)), now=now) for one in declared]


def _latest_states(instance: dg.DagsterInstance, names: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """Name -> (state, its last tick).

    A code location that was renamed leaves its states behind, so several states can have one name. The state with
    the latest tick counts.
    """
    latest: dict[str, tuple[float, Any, Any]] = {}
    for state in instance.all_instigator_state():
        if state.name not in names:
            continue
        tick = next(iter(instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1)), None)
        at = tick.timestamp if tick else 0.0
        if state.name not in latest or at > latest[state.name][0]:
            latest[state.name] = at, state, tick
    return {name: (state, tick) for name, (_, state, tick) in latest.items()}


def _trigger(declared: Any, state: Any, tick: Any, *, now: dt.datetime) -> Trigger:
    # Without a state of its own, the trigger is as the code declares it: nobody has switched it, or the daemon has
    # not met it yet.
    by_default = declared.default_status.value == "RUNNING"
    on = by_default if state is None or state.status.value == "DECLARED_IN_CODE" else state.is_running
    return Trigger(
        name=declared.name,
        on=on,
        next_tick=_next_tick(declared, now) if on else None,
        last_tick=_moment(tick.timestamp) if tick else None,
        last_result=tick.status.value.lower() if tick else None,
    )


def _next_tick(declared: Any, now: dt.datetime) -> dt.datetime | None:
    import dagster as dg
    from dagster._utils.schedules import schedule_execution_time_iterator

    if not isinstance(declared, dg.ScheduleDefinition):
        return None
    ticks = schedule_execution_time_iterator(now.timestamp(), declared.cron_schedule, declared.execution_timezone)
    return next(ticks).astimezone(dt.UTC)


def _jobs(instance: dg.DagsterInstance, names: Sequence[str]) -> list[Job]:
    import dagster as dg

    from astra_pipeline.orchestration.tags import UNFINISHED

    waiting = {dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED}
    active = instance.get_runs(dg.RunsFilter(statuses=list(UNFINISHED)), limit=_UNFINISHED_READ)
    queued = Counter(run.job_name for run in active if run.status in waiting)
    running = Counter(run.job_name for run in active if run.status not in waiting)
    jobs = [_job(instance, name, queued[name], running[name]) for name in names]
    return [job for job in jobs if job.name != _BY_HAND or job.result or job.queued or job.running]


def _job(instance: dg.DagsterInstance, name: str, queued: int, running: int) -> Job:
    import dagster as dg

    from astra_pipeline.orchestration.tags import ENDED

    records = instance.get_run_records(dg.RunsFilter(job_name=name, statuses=list(ENDED)), limit=1)
    if not records:
        return Job(name, queued, running)
    run, began, ended = records[0].dagster_run, records[0].start_time, records[0].end_time
    return Job(
        name,
        queued,
        running,
        run_id=run.run_id,
        result=run.status.value.lower(),
        partition=_partition(run.tags),
        ended=_moment(ended),
        seconds=round(ended - began, 1) if began and ended else None,
        did=_did(instance, run.run_id),
    )


def _partition(tags: Mapping[str, str]) -> str | None:
    from astra_pipeline.orchestration.tags import PARTITION_TAG, RANGE_END_TAG, RANGE_START_TAG

    first, last = tags.get(RANGE_START_TAG), tags.get(RANGE_END_TAG)
    return f"{first} .. {last}" if first else tags.get(PARTITION_TAG)


def _did(instance: dg.DagsterInstance, run_id: str) -> dict[str, dict[str, int]]:
    import dagster as dg

    counted: dict[str, Counter[str]] = {}
    found = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION, limit=_MATERIALIZATIONS_READ
    )
    for record in found.records:
        made = record.asset_materialization
        if made is None:
            continue
        values = {name: made.metadata[name].value for name in _COUNTS if name in made.metadata}
        counts = Counter({name: value for name, value in values.items() if isinstance(value, int) and value})
        asset = made.asset_key.to_user_string()
        # A cell of a grid has counts of its own; a day of a range repeats those of the whole run.
        if asset not in counted or isinstance(record.partition_key, dg.MultiPartitionKey):
            counted[asset] = counted.get(asset, Counter()) + counts
    return {asset: dict(counts) for asset, counts in counted.items()}


def _moment(timestamp: float | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(timestamp, dt.UTC) if timestamp else None
