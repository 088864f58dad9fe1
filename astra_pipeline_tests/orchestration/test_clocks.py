"""A week of schedule ticks in four zones: everybody is served once a local date and once a local week, on time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from astra_pipeline.defs.horoscopes.assets import DAILY_HOROSCOPES
from astra_pipeline.defs.reports.assets import WEEKLY_REPORTS
from astra_pipeline.horoscopes import rules as horoscopes
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.reports import rules as reports
from astra_pipeline.settings import forget_settings
from astra_pipeline.zones import at_local, cohort_slug, week_of
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.reports.test_weekly_reports import talked

# Clocks in Los Angeles go back on Sunday, 1 November 2026.
FIRST, LAST = dt.datetime(2026, 10, 25, 12, tzinfo=dt.UTC), dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
ZONES = ("Asia/Kolkata", "America/Los_Angeles", "Pacific/Kiritimati", "Australia/Lord_Howe")
TICK = dt.timedelta(hours=1)
OFF = (
    (dt.datetime(2026, 10, 28, 10, tzinfo=dt.UTC), dt.datetime(2026, 10, 28, 15, tzinfo=dt.UTC)),
    (dt.datetime(2026, 11, 1, 10, tzinfo=dt.UTC), dt.datetime(2026, 11, 1, 15, tzinfo=dt.UTC)),
)
"""Five hours each without a scheduler: over the morning in Los Angeles, and Sunday evening in India."""


def ticks() -> Iterator[dt.datetime]:
    at = FIRST
    while at < LAST:
        if not any(start <= at < end for start, end in OFF):
            yield at
        at += TICK


def next_tick(due: dt.datetime) -> dt.datetime:
    """The first tick at or after a moment."""
    return next(at for at in ticks() if at >= due)


@pytest.mark.timeout(240)
def test_each_user_gets_one_horoscope_a_local_date_and_one_report_a_local_week_on_time(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    instance = dg.DagsterInstance.ephemeral()  # opened hundreds of times, which on disk takes a while
    environment.setattr(dg.ScheduleEvaluationContext, "instance", property(lambda _: instance))
    environment.setenv("ASTRA_TASK_RUNNER", "offline")
    forget_settings()
    cohorts = {f"{cohort_slug(zone)}-001": zone for zone in ZONES}
    users = {join(world, f"user_{number}", zone=zone): zone for number, zone in enumerate(ZONES)}
    for user, zone in users.items():
        for date in ("2026-10-24", "2026-10-27", "2026-11-01"):
            talked(world, user, date, "Career", at="09:00", zone=zone)
    instance.add_dynamic_partitions("cohorts", list(cohorts))
    texts = (DAILY_HOROSCOPES, WEEKLY_REPORTS)
    # The jobs without their checks, which would be most of the time.
    quick = dg.Definitions(
        assets=[text.definition for text in texts],
        jobs=[text.job for text in texts],
        resources={"mongo": MongoResource(), "llm": LlmResource()},
        executor=dg.in_process_executor,
    )
    ran: list[tuple[str, str, str, dt.datetime]] = []
    for at in ticks():
        for text in texts:
            context = dg.build_schedule_context(scheduled_execution_time=at, resources={"mongo": MongoResource()})
            asked: Any = text.schedule(context)
            for request in asked if isinstance(asked, list) else []:
                job = quick.resolve_job_def(f"{text.asset}_job")
                assert job.execute_in_process(instance=instance, partition_key=request.partition_key).success
                keys = request.partition_key.keys_by_dimension
                ran.append((text.asset, keys["cohort"], keys.get("date") or keys["week"], at))

    assert len(ran) == len({(asset, cohort, day) for asset, cohort, day, _ in ran}), "a cell was asked for twice"
    for asset, cohort, day, at in ran:
        zone, date = cohorts[cohort], dt.date.fromisoformat(day)
        due = (
            at_local(date, horoscopes.MORNING, zone) if asset == "daily_horoscopes" else reports.due_at(date, zone)
        )
        started_late = due < FIRST
        assert due <= at, f"{asset} {cohort} {day} early"
        assert at == next_tick(due) or started_late, f"{asset} {cohort} {day} late, at {at}"
    for user, zone in users.items():
        there = ZoneInfo(zone)
        dates = {at.astimezone(there).date() for at in ticks() if at.astimezone(there).time() >= horoscopes.MORNING}
        written = [h["date"] for h in world.db["astra_horoscopes"].find({"user_id": user})]
        assert sorted(written) == sorted(date.isoformat() for date in dates)
        assert len(dates) in (8, 9)
        weeks = [report["week_start"] for report in world.db["astra_weekly_reports"].find({"user_id": user})]
        last = week_of(LAST.astimezone(there).date() - dt.timedelta(days=1))
        assert last.isoformat() in weeks or reports.due_at(last, zone) > max(ticks())
        assert len(weeks) == len(set(weeks))
    assert {day for asset, _, day, _ in ran if asset == "weekly_reports"} == {"2026-10-19", "2026-10-26"}


@pytest.mark.parametrize(
    ("zone", "date"),
    [
        ("America/Los_Angeles", dt.date(2026, 11, 1)),
        ("America/Los_Angeles", dt.date(2027, 3, 14)),
        ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
        ("Australia/Lord_Howe", dt.date(2027, 4, 4)),
        ("Pacific/Kiritimati", dt.date(2026, 11, 1)),
        ("Asia/Kolkata", dt.date(2026, 11, 1)),
        ("Asia/Kathmandu", dt.date(2026, 11, 1)),
    ],
)
def test_a_date_is_due_from_six_in_the_morning_to_midnight_whatever_the_clocks_do(zone: str, date: dt.date) -> None:
    minute = dt.timedelta(minutes=1)
    begin, end = at_local(date, dt.time(), zone), at_local(date + dt.timedelta(days=1), dt.time(), zone)
    morning = at_local(date, horoscopes.MORNING, zone)
    assert morning.astimezone(ZoneInfo(zone)).time() == dt.time(6)
    assert horoscopes.due_date(begin, zone) is None
    assert horoscopes.due_date(morning - minute, zone) is None
    assert horoscopes.due_date(morning, zone) == horoscopes.due_date(end - minute, zone) == date
    assert horoscopes.due_date(end, zone) is None
    sunday = week_of(date) + dt.timedelta(days=6)
    evening = reports.due_at(week_of(date), zone)
    assert evening.astimezone(ZoneInfo(zone)).strftime("%A %H:%M") == "Sunday 18:00"
    assert reports.due_week(evening - minute, zone) is None
    assert reports.due_week(evening, zone) == week_of(sunday)
    start, stop = reports.window(week_of(date), zone)
    assert start.astimezone(ZoneInfo(zone)).strftime("%A %H:%M") == "Monday 00:00"
    assert stop.astimezone(ZoneInfo(zone)).strftime("%A %H:%M") == "Monday 00:00"
