"""Runs that a sensor requested: those that have not taken up their work yet, and those that ended well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection

import dagster as dg

from astra_pipeline.conversations.planning import Underway
from astra_pipeline.orchestration.tags import (
    LANE_TAG,
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    REQUEST_TAG,
    REQUESTED_BY_TAG,
    UNFINISHED,
)

# A run leases its conversations within this time of its start.
_LEASES_WITHIN = dt.timedelta(seconds=5)


def days_underway(instance: dg.DagsterInstance, sensor: str, now: dt.datetime) -> list[Underway]:
    """The days of the sensor's runs that are queued, starting, or started just now."""
    requested = dg.RunsFilter(tags={REQUESTED_BY_TAG: sensor}, statuses=list(UNFINISHED))
    found = []
    for record in instance.get_run_records(requested):
        run = record.dagster_run
        if run.status == dg.DagsterRunStatus.CANCELING:
            continue
        just_started = record.start_time and now.timestamp() - record.start_time < _LEASES_WITHIN.total_seconds()
        if run.status == dg.DagsterRunStatus.STARTED and not just_started:
            continue
        first = run.tags.get(RANGE_START_TAG) or run.tags[PARTITION_TAG]
        last = run.tags.get(RANGE_END_TAG) or first
        found.append(Underway(dt.date.fromisoformat(first), dt.date.fromisoformat(last)))
    return found


def ended_well(
    instance: dg.DagsterInstance,
    requests: Collection[str],
    *,
    is_spent: Callable[[dt.datetime], bool],
    is_over: Callable[[dt.datetime], bool],
) -> dict[str, str]:
    """Request -> the run that came from it, of the runs that succeeded and had what they needed.

    A run over the past lacks it in an hour (UTC) whose LLM executions were spent, as `is_spent` says, and any run
    on a day whose money is, as `is_over` says.
    """
    if not requests:
        return {}
    succeeded = dg.RunsFilter(tags={REQUEST_TAG: list(requests)}, statuses=[dg.DagsterRunStatus.SUCCESS])
    return {
        record.dagster_run.tags[REQUEST_TAG]: record.dagster_run.run_id
        for record in instance.get_run_records(succeeded)
        if not any(map(is_over, hours := _hours_of(record)))
        and (record.dagster_run.tags.get(LANE_TAG) == "live" or not any(map(is_spent, hours)))
    }


def _hours_of(record: dg.RunRecord) -> list[dt.datetime]:
    """A moment in each of the hours in which a run worked."""
    ended = record.end_time or record.update_timestamp.timestamp()
    began = record.start_time or ended
    moments = [began + 3600 * hour for hour in range(int((ended - began) // 3600) + 1)]
    return [dt.datetime.fromtimestamp(moment, dt.UTC) for moment in (*moments, ended)]
