"""Runs that a sensor requested and that have not taken up their work yet."""

from __future__ import annotations

import datetime as dt

import dagster as dg

from astra_pipeline.conversations.planning import Underway
from astra_pipeline.orchestration.tags import (
    PARTITION_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
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
