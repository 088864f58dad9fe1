"""The state of runs, sensors and schedules is read from Dagster's storage."""

from __future__ import annotations

import datetime as dt

import dagster as dg
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.test_utils import create_run_for_test

from astra_pipeline.monitoring.dagster_state import has_ticked, has_unfinished_runs, read_dagster_state
from astra_pipeline_tests.dagster_storage import state_of, ticked


def test_schedules_tick_next_when_their_cron_says_unless_they_are_off(instance: dg.DagsterInstance) -> None:
    off, on = state_of("daily_sky_schedule", on=False), state_of("weekly_reports_schedule", on=True)
    instance.add_instigator_state(off)
    instance.add_instigator_state(on)
    ticked(instance, on, TickStatus.SKIPPED, ago=90)
    now = dt.datetime(2026, 11, 23, 12, 7, tzinfo=dt.UTC)
    found = {schedule.name: schedule for schedule in read_dagster_state(instance, now=now).schedules}
    assert found["daily_rollover_schedule"].next_tick == dt.datetime(2026, 11, 23, 12, 15, tzinfo=dt.UTC)
    assert (found["daily_sky_schedule"].on, found["daily_sky_schedule"].next_tick) == (False, None)
    assert found["weekly_reports_schedule"].last_result == "skipped"


def test_a_run_is_unfinished_until_it_has_ended(instance: dg.DagsterInstance) -> None:
    for ended in (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        create_run_for_test(instance, job_name="daily_sky_job", status=ended)
    assert not has_unfinished_runs(instance)
    create_run_for_test(instance, job_name="daily_sky_job", status=dg.DagsterRunStatus.CANCELING)
    assert has_unfinished_runs(instance)


def test_a_sensor_has_ticked_when_a_tick_without_an_error_came_after_the_moment(
    instance: dg.DagsterInstance,
) -> None:
    now = dt.datetime.now(dt.UTC)
    sensor = state_of("new_conversations", on=True)
    instance.add_instigator_state(sensor)
    ticked(instance, sensor, TickStatus.SKIPPED, ago=60)
    ticked(instance, sensor, TickStatus.FAILURE, ago=10)
    assert has_ticked(instance, "new_conversations", since=now - dt.timedelta(seconds=90))
    assert not has_ticked(instance, "new_conversations", since=now - dt.timedelta(seconds=30))
    assert not has_ticked(instance, "new_users", since=now - dt.timedelta(seconds=90))
