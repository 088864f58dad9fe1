"""Dagster's storage in a folder, and traces of a daemon in it: heartbeats, states of schedules, ticks."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from functools import cache
from pathlib import Path

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


def with_tables(folder: Path) -> Path:
    """The folder, with the tables of Dagster's SQLite storage in it: making them anew takes a second."""
    shutil.copytree(_tables().name, folder, dirs_exist_ok=True)
    return folder


@cache
def _tables() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="astra-tables-")
    with dg.instance_for_test(temp_dir=folder.name) as instance:
        instance.get_runs()
    (Path(folder.name) / "dagster.yaml").unlink()
    return folder


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
