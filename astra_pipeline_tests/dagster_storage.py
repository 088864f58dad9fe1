"""Traces of a daemon in Dagster's storage: heartbeats, states of schedules and sensors, ticks."""

from __future__ import annotations

import datetime as dt

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickData,
    TickStatus,
)
from dagster._daemon.types import DaemonHeartbeat
from dagster_shared.error import SerializableErrorInfo


def beat(instance: dg.DagsterInstance, *, ago: dt.timedelta = dt.timedelta()) -> None:
    at = (dt.datetime.now(dt.UTC) - ago).timestamp()
    for kind in instance.get_required_daemon_types():
        instance.add_daemon_heartbeat(DaemonHeartbeat(at, kind, "a daemon", []))


def state_of(name: str, *, on: bool, location: str = "astra_pipeline") -> InstigatorState:
    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(location), "__repository__")
    wanted = InstigatorStatus.RUNNING if on else InstigatorStatus.STOPPED
    data = ScheduleInstigatorData("*/15 * * * *", start_timestamp=None)
    return InstigatorState(origin.get_instigator_origin(name), InstigatorType.SCHEDULE, wanted, data)


def ticked(instance: dg.DagsterInstance, state: InstigatorState, result: TickStatus, *, ago: float = 1) -> None:
    at = dt.datetime.now(dt.UTC).timestamp() - ago
    instance.create_tick(
        TickData(
            instigator_origin_id=state.instigator_origin_id,
            instigator_name=state.name,
            instigator_type=InstigatorType.SCHEDULE,
            status=result,
            timestamp=at,
            selector_id=state.selector_id,
            error=SerializableErrorInfo("s3cret", [], None) if result is TickStatus.FAILURE else None,
        )
    )
