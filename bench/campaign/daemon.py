"""Asks sensors and schedules and starts the runs they request, as Dagster's daemon would."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster import RunRequest
from dagster._core.definitions.partitions.context import partition_loading_context

from astra_pipeline.definitions import defs
from bench.campaign.history import History
from bench.campaign.runs import Process, Processes

_PARTITION_TAG = "dagster/partition"
_RUNS_AT_ONCE = 3
# Seconds between ticks: the sensor of live conversations often, the others seldom.
_OFTEN, _SELDOM = 1.5, 6.0
_LIVE = "new_conversations"
# They reach people by webhook, or write texts whose cost on one machine would leave the campaign no time.
_LEFT_OUT = frozenset({"failure_alerts", "weekly_reports_schedule"})


@dataclass(frozen=True)
class _Requested:
    job: str
    request: RunRequest


class Daemon:
    """One tick after the other, in one thread; runs are processes of their own."""

    def __init__(self, instance: dg.DagsterInstance, processes: Processes, history: History) -> None:
        self._instance = instance
        self._processes = processes
        self._history = history
        self._repository = defs.get_repository_def()
        self._sensors = [one for one in self._repository.sensor_defs if one.name not in _LEFT_OUT]
        self._schedules = [one for one in self._repository.schedule_defs if one.name not in _LEFT_OUT]
        self._cursors: dict[str, str | None] = {}
        self._keys: set[tuple[str, str]] = set()
        self._queue: deque[_Requested] = deque()
        self._runs: dict[str, Process] = {}
        self._next: dict[str, float] = {}
        self.asked_at = time.monotonic()
        """When a sensor or schedule last asked for a run, or failed."""

    @property
    def is_idle(self) -> bool:
        """Whether no run is queued or alive."""
        return not self._queue and not self._processes.alive()

    def turn(self) -> None:
        """What is due now: ticks, the ends of runs, the starts of others."""
        self._see_to_the_dead()
        for name, tick in self._due():
            try:
                with partition_loading_context(dynamic_partitions_store=self._instance):
                    tick()
            except Exception as error:  # noqa: BLE001 - the daemon notes it and goes on, whatever it is
                self.asked_at = time.monotonic()
                self._history.add("tick_failed", name=name, error=type(error).__name__, message=str(error)[:500])
        while self._queue and len(self._processes.alive(runs_only=True)) < _RUNS_AT_ONCE:
            self._start(self._queue.popleft())

    def _due(self) -> Iterator[tuple[str, Any]]:
        if self._queue:
            return  # what is asked for already would be asked for again
        now = time.monotonic()
        for definition in (*self._sensors, *self._schedules):
            name = definition.name
            if now < self._next.get(name, 0.0):
                continue
            self._next[name] = now + (_OFTEN if name == _LIVE else _SELDOM)
            if isinstance(definition, dg.SensorDefinition):
                yield name, lambda sensor=definition: self._ask_sensor(sensor)
            else:
                yield name, lambda schedule=definition: self._ask_schedule(schedule)

    def _ask_sensor(self, sensor: dg.SensorDefinition) -> None:
        context = dg.build_sensor_context(
            instance=self._instance,
            definitions=defs,
            cursor=self._cursors.get(sensor.name),
            resources=self._repository.get_top_level_resources(),
        )
        result = sensor.evaluate_tick(context)
        for request in result.dynamic_partitions_requests or ():
            if isinstance(request, dg.AddDynamicPartitionsRequest):
                self._instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
        self._cursors[sensor.name] = result.cursor
        for request in result.run_requests or ():
            self._ask(sensor.name, request.job_name or sensor.job_name, request)

    def _ask_schedule(self, schedule: dg.ScheduleDefinition) -> None:
        context = dg.build_schedule_context(
            instance=self._instance,
            repository_def=self._repository,
            scheduled_execution_time=dt.datetime.now(dt.UTC),
            resources=self._repository.get_top_level_resources(),
        )
        for request in schedule.evaluate_tick(context).run_requests or ():
            self._ask(schedule.name, request.job_name or schedule.job_name, request)

    def _ask(self, by: str, job: str | None, request: RunRequest) -> None:
        assert job is not None  # none of ours asks for assets without a job
        self.asked_at = time.monotonic()
        self._history.add("run_requested", by=by, job=job)
        if request.run_key:
            # A schedule's key is its moment, which here is another at every tick.
            if (by, request.run_key) in self._keys:
                return
            self._keys.add((by, request.run_key))
        self._queue.append(_Requested(job, request))

    def _start(self, requested: _Requested) -> None:
        request = requested.request
        tags = dict(request.tags)
        partition = request.partition_key or tags.get(_PARTITION_TAG)
        if partition is not None:
            tags = {name: value for name, value in tags.items() if not name.startswith(_PARTITION_TAG)}
        process = self._processes.run(
            requested.job,
            tags=tags,
            config=_plain(request.run_config),
            partition=partition,
            assets=[key.to_user_string() for key in request.asset_selection or ()] or None,
        )
        self._runs[process.order] = process

    def _see_to_the_dead(self) -> None:
        """Dagster's code server reports a run process that died; nothing else would end its run."""
        for order, process in list(self._runs.items()):
            if process.code is None:
                continue
            del self._runs[order]
            run = self._instance.get_run_by_id(order)
            if run is not None and not run.is_finished:
                self._instance.report_run_failed(run, f"the process ended with {process.code}")


def _plain(config: object) -> Mapping[str, Any]:
    if isinstance(config, dg.RunConfig):
        return config.to_config_dict()
    return config if isinstance(config, Mapping) else {}
