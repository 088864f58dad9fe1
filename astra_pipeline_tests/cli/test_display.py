"""Output of the commands, without a database."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from astra_pipeline.cli.display.overview import opening, print_overview
from astra_pipeline.cli.display.status import print_status
from astra_pipeline.monitoring.dagster_state import Daemon, DagsterState, Job, Trigger
from astra_pipeline.monitoring.holdings import Holdings

NOW = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
HOLDINGS = Holdings(
    completed=1_234_567,
    processed=1_234_000,
    waiting=560,
    parked=7,
    before_start=0,
    away={},
    oldest_waiting=NOW - dt.timedelta(days=3),
    overdue=1,
    parked_items={"conversation_insights": 7},
    retrying_items=12,
    users=100_000,
    cohorts=101,
    without_cohort=0,
    without_horoscope=0,
)
SCHEDULES = (
    "daily_rollover_schedule",
    "daily_horoscopes_schedule",
    "weekly_reports_schedule",
    "daily_sky_schedule",
)
SENSORS = (
    "new_conversations",
    "new_users",
    "birth_data_completed",
    "migrated_users",
    "failure_alerts",
    "task_requests",
)
PIPELINE = Job(
    "conversation_pipeline",
    1,
    2,
    "run",
    "success",
    "2026-09-24 .. 2026-11-23",
    NOW - dt.timedelta(seconds=90),
    3600.0,
    {
        "transcripts": {"done": 2000, "waiting": 3},
        "conversation_insights": {"done": 1990, "failed": 10},
        "user_overviews": {"done": 500},
        "gamification_metrics": {"done": 500},
    },
)
DAGSTER = DagsterState(
    daemon=Daemon(True, NOW - dt.timedelta(seconds=20), []),
    schedules=[Trigger(name, True, NOW, NOW - dt.timedelta(minutes=130), "success") for name in SCHEDULES],
    sensors=[Trigger(name, True, None, NOW - dt.timedelta(seconds=7), "skipped") for name in SENSORS],
    jobs=[PIPELINE, Job("erase_user", 0, 0), Job("export_user", 0, 0)],
    failed_runs_of_a_day=0,
)


def test_the_status_of_80_columns_cuts_no_word() -> None:
    screen = io.StringIO()
    print_status(Console(file=screen, width=80), HOLDINGS, DAGSTER, ["1 item is parked"], now=NOW)
    lines = screen.getvalue().splitlines()
    assert {cell_len(line) for line in lines} == {80}
    assert "…" not in screen.getvalue()
    words = set(screen.getvalue().replace(";", " ").replace(",", " ").replace(":", " ").split())
    assert words >= {*SCHEDULES, *SENSORS, *PIPELINE.did, "1990", "conversation_pipeline", "export_user"}
    # What a table would have squeezed into columns of ten characters.
    assert len(lines) <= 36


@pytest.mark.parametrize(
    ("stored", "name", "said"),
    [
        ("Hi {{user_name}}, how is Pune?", "Dr. Asha Rao", "Hi Asha, how is Pune?"),
        ("Hi {{user_name}}, how is Pune?", None, "Hi, how is Pune?"),
        ("Hi {{user_name}}, how is Pune?", "Test User", "Hi, how is Pune?"),
        ("{{user_name}}, how is Pune?", "", "how is Pune?"),
        ("Hello there.", "Asha", "Hello there."),
        (None, "Asha", ""),
    ],
)
def test_the_first_message_is_shown_as_the_app_will_say_it(stored: object, name: object, said: str) -> None:
    assert opening(stored, name) == said


def test_an_overview_shows_a_time_said_as_of_a_dates_night() -> None:
    night = {"date": "1990-08-14", "time": "02:00", "conversation_id": "c", "ended_at": NOW}
    born = {"date_of_birth": dt.datetime(1990, 8, 14, tzinfo=dt.UTC), "birth_time": "02:00"}
    for user, shown in (
        (born | {"astra": {"birth_flags": {"night": night}}}, True),
        (born | {"astra": {"birth_flags": {"night": None}}}, False),
        (born | {"birth_time": "02:30", "astra": {"birth_flags": {"night": night}}}, False),
        ({"astra": {"birth_flags": {"night": night}}}, False),
    ):
        console = Console(file=io.StringIO(), width=120)
        print_overview(console, {"id": "u"} | user)
        output = console.file.getvalue()  # type: ignore[attr-defined]
        assert ("02:00 in the night of 1990-08-14: perhaps 1990-08-15 is meant" in output) is shown
