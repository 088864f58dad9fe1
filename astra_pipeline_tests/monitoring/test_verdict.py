"""From a state to the verdict and its reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from astra_pipeline.monitoring.dagster_state import Daemon, DagsterState, Job, Trigger
from astra_pipeline.monitoring.holdings import Holdings
from astra_pipeline.monitoring.verdict import Verdict, reasons_for_a_person, verdict_of, warnings_for_an_operator
from astra_pipeline.people.helplines import helplines

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
SENSOR = Trigger("new_conversations", True, None, NOW - dt.timedelta(seconds=5), "skipped")
SCHEDULE = Trigger("daily_sky_schedule", True, NOW, NOW - dt.timedelta(days=1), "success")
DAGSTER = DagsterState(
    daemon=Daemon(True, NOW, []),
    schedules=[SCHEDULE],
    sensors=[SENSOR],
    jobs=[Job("daily_sky_job", 0, 0), Job("user_refresh", 1, 1, "run", "success", None, NOW, 3.0)],
    failed_runs_of_a_day=0,
)
HOLDINGS = Holdings(
    completed=10,
    processed=8,
    waiting=2,
    parked=0,
    before_start=0,
    away={},
    oldest_waiting=NOW,
    overdue=0,
    parked_items={},
    retrying_items=3,
    users=5,
    cohorts=2,
    without_cohort=1,
    without_horoscope=0,
)


def reasons(holdings: dict[str, Any] | None = None, dagster: dict[str, Any] | None = None) -> list[str]:
    return reasons_for_a_person(replace(HOLDINGS, **holdings or {}), replace(DAGSTER, **dagster or {}), now=NOW)


def test_work_that_waits_and_items_that_will_be_tried_again_need_nobody() -> None:
    assert reasons() == []
    assert verdict_of(reasons()) is Verdict.WELL


@pytest.mark.parametrize(
    ("holdings", "dagster", "words"),
    [
        ({"parked_items": {"birth_charts": 1, "transcripts": 2}}, {}, "3 items are parked"),
        ({"overdue": 4}, {}, "waited for over an hour: 4"),
        ({"without_horoscope": 6}, {}, "an hour after it was due: 6"),
        ({}, {"daemon": Daemon(False, None, ["SENSOR"])}, "never gave a heartbeat): SENSOR"),
        ({}, {"schedules": [replace(SCHEDULE, on=False)]}, "switched off: daily_sky_schedule"),
        ({}, {"sensors": [replace(SENSOR, last_result="failure")]}, "last tick of new_conversations failed"),
        ({}, {"sensors": [replace(SENSOR, last_tick=NOW - dt.timedelta(minutes=11))]}, "no tick for over ten"),
        ({}, {"jobs": [Job("erase_user", 0, 0, "run_1", "failure")]}, "last run of erase_user failed: run_1"),
        ({}, {"jobs": [Job("__ASSET_JOB", 0, 0, "run_2", "failure")]}, "materialised by hand failed: run_2"),
    ],
)
def test_every_trouble_is_one_reason(holdings: dict[str, Any], dagster: dict[str, Any], words: str) -> None:
    (reason,) = reasons(holdings, dagster)
    assert words in reason
    assert verdict_of([reason]) is Verdict.NEEDS_A_PERSON


def test_sensors_are_not_blamed_for_a_daemon_that_is_dead() -> None:
    stuck = replace(SENSOR, last_tick=NOW - dt.timedelta(days=1))
    (reason,) = reasons({}, {"sensors": [stuck], "daemon": Daemon(False, NOW, ["SENSOR"])})
    assert reason.startswith("the daemon is not alive (its last heartbeat was at 2026-11-23 12:00 UTC)")


def test_helplines_that_no_person_confirmed_are_warned_of_and_need_a_person_in_a_crisis() -> None:
    (warning,) = warnings_for_an_operator()
    assert "IN Tele MANAS" in warning
    assert "Find a Helpline" in warning
    assert reasons({"in_care": {"crisis": 0, "tender": 3}}, {}) == []
    (reason,) = reasons({"in_care": {"crisis": 1}}, {})
    assert "never confirmed" in reason


def test_helplines_that_nobody_reviewed_for_a_year_need_a_person() -> None:
    reviewed = helplines().oldest_review
    due = dt.datetime.combine(reviewed, dt.time(12), tzinfo=dt.UTC) + dt.timedelta(days=366)
    sensor = replace(SENSOR, last_tick=due)
    (reason,) = reasons_for_a_person(HOLDINGS, replace(DAGSTER, sensors=[sensor]), now=due)
    assert f"last reviewed on {reviewed}" in reason
    assert reasons_for_a_person(HOLDINGS, replace(DAGSTER, sensors=[sensor]), now=due - dt.timedelta(days=1)) == []
