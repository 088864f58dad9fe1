"""Evaluates sensors and schedules in this process and hands out the runs they request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster import RunRequest
from dagster._core.definitions.partitions.context import partition_loading_context

from astra_pipeline.definitions import defs

_PARTITION_TAG = "dagster/partition"


@dataclass(frozen=True)
class Requested:
    """One run that was asked for, in plain values."""

    by: str
    job: str
    run_key: str | None
    tags: Mapping[str, str]
    config: Mapping[str, Any]
    partition: str | None
    assets: tuple[str, ...]


class Ticks:
    """The sensors and schedules of the definitions, with their cursors."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._repository = defs.get_repository_def()
        self._sensors = {sensor.name: sensor for sensor in self._repository.sensor_defs}
        self._schedules = {schedule.name: schedule for schedule in self._repository.schedule_defs}
        self._cursors: dict[str, str | None] = {}

    @property
    def names(self) -> list[str]:
        """Of all sensors and schedules."""
        return [*self._sensors, *self._schedules]

    def forget_cursors(self) -> None:
        """Let every sensor begin without a cursor again."""
        self._cursors.clear()

    def ask(self, name: str, *, at: dt.datetime | None = None) -> list[Requested]:
        """One tick, now; of a schedule the tick of the moment `at`, if one is given. The partitions it asks for are
        opened, its cursor is kept."""
        with partition_loading_context(dynamic_partitions_store=self._instance):
            if name in self._sensors:
                return list(self._ask_sensor(self._sensors[name]))
            return list(self._ask_schedule(self._schedules[name], at or dt.datetime.now(dt.UTC)))

    def _ask_sensor(self, sensor: dg.SensorDefinition) -> Iterator[Requested]:
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
            yield _plain(sensor.name, request.job_name or sensor.job_name, request)

    def _ask_schedule(self, schedule: dg.ScheduleDefinition, at: dt.datetime) -> Iterator[Requested]:
        context = dg.build_schedule_context(
            instance=self._instance,
            repository_def=self._repository,
            scheduled_execution_time=at,
            resources=self._repository.get_top_level_resources(),
        )
        for request in schedule.evaluate_tick(context).run_requests or ():
            yield _plain(schedule.name, request.job_name or schedule.job_name, request)


def _plain(by: str, job: str | None, request: RunRequest) -> Requested:
    assert job is not None  # none of ours asks for assets without a job
    tags = dict(request.tags)
    partition = request.partition_key or tags.get(_PARTITION_TAG)
    if partition is not None:
        tags = {name: value for name, value in tags.items() if not name.startswith(_PARTITION_TAG)}
    config = request.run_config
    return Requested(
        by=by,
        job=job,
        run_key=request.run_key,
        tags=tags,
        config=config.to_config_dict() if isinstance(config, dg.RunConfig) else dict(config or {}),
        partition=partition,
        assets=tuple(key.to_user_string() for key in request.asset_selection or ()),
    )
