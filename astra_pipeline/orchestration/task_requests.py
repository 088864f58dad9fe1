"""Runs on behalf of requests: what a tick of the sensor `task_requests` does, and what a run writes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.work import Work
from astra_pipeline.orchestration.dead_runs import free_what_dead_runs_hold
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.tags import (
    ENDED,
    LANE_TAG,
    PAST_TAGS,
    REQUESTED_BY_TAG,
    UNFINISHED,
    range_tags,
)
from astra_pipeline.requests import places, settle, store
from astra_pipeline.requests.outcome import RunState
from astra_pipeline.requests.planning import Place, RunPlan, plan_again, plan_runs
from astra_pipeline.requests.request import KINDS, Kind, TaskRequest

NAME = "task_requests"
# The key of a run, which its requests hold as well; and the kind of its requests.
KEY_TAG, KIND_TAG = "astra/request_key", "astra/request_kind"
# Runs of a kind that may work at once, so that one slow item does not hold up everybody who asks later.
_AT_ONCE = 2
# Open requests that one tick looks at, in runs of the size it may ask for.
_RUNS_LOOKED_AT = 4
_OPS: Mapping[Kind, str] = {
    "transcript": "conversations",
    "chart": "birth_charts",
    "horoscope": "daily_horoscopes",
    "weekly-report": "weekly_reports",
    "persona": "personas",
}
_JOBS: Mapping[Kind, str] = {
    "transcript": "conversation_pipeline",
    "chart": "birth_charts_job",
    "horoscope": "daily_horoscopes_job",
    "weekly-report": "weekly_reports_job",
    "persona": "personas_job",
}
_DIMENSIONS: Mapping[Kind, str] = {"horoscope": "date", "weekly-report": "week"}


@dataclass(frozen=True)
class Tick:
    """The outcome of a tick of the sensor."""

    requests: list[dg.RunRequest] = field(default_factory=list)
    open: int = 0
    """Requests that are open after it."""


def tick(work: Work, instance: dg.DagsterInstance, *, at_most: int) -> Tick:
    """Write back what became of requests whose runs ended, and ask for one run a kind for those that wait.

    Requests are marked with the run's key before the run is asked for. A process that is killed in between leaves
    marked requests without a run, and the next tick asks for that very run again.
    """
    found = work.run(store.open_requests(work.db, at_most=at_most * _RUNS_LOOKED_AT))
    if not found:
        return Tick()
    free_what_dead_runs_hold(work, instance)
    runs = _runs_of(instance, found)
    for key in {one.asked.key for one in found if one.asked and one.run_id is None} & runs.keys():
        work.run(store.note_run(work.db, key, runs[key].run_id))
    states = _states(found, runs)
    left = work.run(settle.settle(work, found, states))
    asked_for = [*_never_came(work, instance, left, runs), *_new(work, instance, left, at_most)]
    return Tick(asked_for, open=len(left))


def _runs_of(instance: dg.DagsterInstance, requests: Sequence[TaskRequest]) -> dict[str, dg.DagsterRun]:
    """Key -> the run that came of it."""
    asked = [(one.asked.key, one.run_id) for one in requests if one.asked and one.status == "running"]
    known = sorted({run_id for _, run_id in asked if run_id})
    runs = list(instance.get_runs(dg.RunsFilter(run_ids=known))) if known else []
    for key in {key for key, run_id in asked if run_id is None}:
        runs += instance.get_runs(dg.RunsFilter(tags={KEY_TAG: key}), limit=1)
    return {run.tags[KEY_TAG]: run for run in runs if KEY_TAG in run.tags}


def _states(requests: Sequence[TaskRequest], runs: Mapping[str, dg.DagsterRun]) -> dict[str, RunState]:
    """Key -> what is known of its run. A run that came and is gone was deleted: it named an erased person."""
    states: dict[str, RunState] = {one.asked.key: "ended" for one in requests if one.asked and one.run_id}
    states.update((key, _state(run)) for key, run in runs.items())
    return states


def _state(run: dg.DagsterRun) -> RunState:
    if run.status == dg.DagsterRunStatus.CANCELED:
        return "cancelled"
    return "ended" if run.status in ENDED else "unknown"


def _never_came(
    work: Work, instance: dg.DagsterInstance, requests: Sequence[TaskRequest], runs: Mapping[str, dg.DagsterRun]
) -> list[dg.RunRequest]:
    """The runs that requests are marked for and that are not there: they are asked for again, by the same key."""
    lost: dict[str, list[TaskRequest]] = {}
    for one in requests:
        if one.status == "running" and one.asked and one.run_id is None and one.asked.key not in runs:
            lost.setdefault(one.asked.key, []).append(one)
    if not lost:
        return []
    found = _open_places(work, instance, [one for group in lost.values() for one in group])
    plans = [plan for group in lost.values() if (plan := plan_again(group, found))]
    return [_request(instance, plan) for plan in plans]


def _new(
    work: Work, instance: dg.DagsterInstance, requests: Sequence[TaskRequest], at_most: int
) -> list[dg.RunRequest]:
    """A run for each kind of which requests wait; the requests are marked."""
    waiting = work.run(places.free(work, [one for one in requests if one.status == "queued"]))
    if not waiting:
        return []
    found = _open_places(work, instance, waiting)
    plans = plan_runs(waiting, found, busy=_busy(instance), at_most=at_most)
    for plan in plans:
        work.run(store.mark_asked(work.db, plan.requests, plan.key))
    return [_request(instance, plan) for plan in plans]


def _busy(instance: dg.DagsterInstance) -> set[Kind]:
    """The kinds of which a run has not begun yet, or as many work as may."""
    unfinished = dg.RunsFilter(tags={REQUESTED_BY_TAG: NAME}, statuses=list(UNFINISHED))
    runs = instance.get_runs(unfinished)
    found: set[Kind] = set()
    for kind in KINDS:
        mine = [run for run in runs if run.tags.get(KIND_TAG) == kind]
        is_about_to_begin = any(run.status != dg.DagsterRunStatus.STARTED for run in mine)
        if is_about_to_begin or len(mine) >= _AT_ONCE:
            found.add(kind)
    return found


def _open_places(work: Work, instance: dg.DagsterInstance, requests: Sequence[TaskRequest]) -> dict[str, Place]:
    """The places of the requests, of the cohorts that are partitions already."""
    found = work.run(places.places_of(work, requests))
    opened = set(instance.get_dynamic_partitions(str(cohorts.name)))
    return {one: place for one, place in found.items() if place.cohort is None or place.cohort in opened}


def _request(instance: dg.DagsterInstance, plan: RunPlan) -> dg.RunRequest:
    first, last = _ends(instance, plan)
    lane = dict(PAST_TAGS) if plan.is_past else {LANE_TAG: "live"}
    tags = lane | {
        REQUESTED_BY_TAG: NAME,
        KEY_TAG: plan.key,
        KIND_TAG: plan.kind,
        "astra/requests": str(len(plan.requests)),
    }
    job, config = _JOBS[plan.kind], {"ops": _config(plan)}
    if first == last:
        return dg.RunRequest(plan.key, job_name=job, partition_key=first, tags=tags, run_config=config)
    return dg.RunRequest(plan.key, job_name=job, tags=tags | range_tags(first, last), run_config=config)


def _ends(instance: dg.DagsterInstance, plan: RunPlan) -> tuple[str, str]:
    """The first and the last partition of the run."""
    days = [day.isoformat() for day in (plan.first_day, plan.last_day) if day]
    if plan.kind == "transcript":
        return days[0], days[-1]
    keys = [key for key in instance.get_dynamic_partitions(str(cohorts.name)) if key in plan.cohorts]
    if plan.kind in ("chart", "persona"):
        return keys[0], keys[-1]
    dimension = _DIMENSIONS[plan.kind]
    first, last = (dg.MultiPartitionKey({dimension: days[0], "cohort": key}) for key in (keys[0], keys[-1]))
    return first, last


def _config(plan: RunPlan) -> dict[str, Any]:
    """The run's restriction to the requested items, by which neither backoff nor parking holds them."""
    items = {"conversation_ids": plan.conversation_ids}
    if plan.kind != "transcript":
        items = {"user_ids": plan.user_ids, "force": plan.force}
    return {_OPS[plan.kind]: {"config": items}}


def begin(work: Work, run: dg.DagsterRun) -> list[str]:
    """Note in the requests of a run that it has come; returns the ids that their HTTP requests have in the log.

    Other runs have none.
    """
    if not (key := run.tags.get(KEY_TAG)):
        return []
    return [one.trace.request_id for one in work.run(settle.begin(work, key)) if one.trace.request_id]


def write_back(work: Work, run: dg.DagsterRun, result: BatchResult) -> None:
    """Write the outcomes of a batch into the requests of its run. Other runs have none."""
    if key := run.tags.get(KEY_TAG):
        work.run(settle.after_batch(work, key, result))
