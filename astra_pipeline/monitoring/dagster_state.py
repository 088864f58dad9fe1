"""The state of Dagster for `astra status`, `astra demo` and the benchmarks: of the project's definitions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from astra_pipeline.orchestration.dagster_state import Daemon, DagsterState, Job, Trigger, read_state

if TYPE_CHECKING:
    import dagster as dg

__all__ = ["Daemon", "DagsterState", "Job", "Trigger", "has_ticked", "has_unfinished_runs", "read_dagster_state"]

_LATEST_TICKS = 3


def read_dagster_state(instance: dg.DagsterInstance, *, now: dt.datetime) -> DagsterState:
    """Daemon, schedules, sensors and jobs of the project's definitions, as of `now` (aware)."""
    from astra_pipeline.definitions import defs

    return read_state(
        instance, jobs=defs.jobs or [], schedules=defs.schedules or [], sensors=defs.sensors or [], now=now
    )


def has_unfinished_runs(instance: dg.DagsterInstance) -> bool:
    """True while a run is queued or under way."""
    import dagster as dg

    from astra_pipeline.orchestration.tags import UNFINISHED

    return instance.get_runs_count(dg.RunsFilter(statuses=list(UNFINISHED))) > 0


def has_ticked(instance: dg.DagsterInstance, sensor: str, *, since: dt.datetime) -> bool:
    """True when the sensor has finished a tick without an error after `since` (aware)."""
    return any(
        tick.timestamp > since.timestamp() and tick.status.value in ("SKIPPED", "SUCCESS")
        for state in instance.all_instigator_state()
        if state.name == sensor
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=_LATEST_TICKS)
    )
