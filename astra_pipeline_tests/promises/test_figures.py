"""The promises, measured from documents and counters of people whose figures are known by hand."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_pipeline.counters import HTTP, HTTP_SECONDS, ITEMS, TO_OVERVIEW, WRITES
from astra_pipeline.definitions import defs
from astra_pipeline.promises import morning, store
from astra_pipeline.promises.figures import measure
from astra_pipeline.promises.table import BY_NAME, PROMISES, quantile
from astra_pipeline.store.collections import CONVERSATIONS, FEEDBACK, METRIC_DAYS, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

DAY = dt.date(2026, 11, 28)
NOW = dt.datetime(2026, 11, 29, 0, 10, tzinfo=dt.UTC)


def ago(days: int, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(DAY - dt.timedelta(days=days), dt.time(hour), tzinfo=dt.UTC)


def joined(db: Db, user_id: str, *ended: dt.datetime, **fields: Any) -> None:
    db[USERS].insert_one({"id": user_id, "timezone": "UTC", **fields})
    for number, end in enumerate(ended):
        call = {
            "conversation_id": f"{user_id}_{number}",
            "user_id": user_id,
            "status": "completed",
            "ended_at": end,
        }
        db[CONVERSATIONS].insert_one(call)


def counted(db: Db, *series: str, days_ago: int = 0, **count: Any) -> None:
    day = (DAY - dt.timedelta(days=days_ago)).isoformat()
    db[METRIC_DAYS].insert_one({"_id": f"{day}|{'|'.join(series)}", "day": day, "series": list(series)} | count)


def test_people_are_counted_by_what_they_did(db: Db) -> None:
    chart = {"vedic": {"sun_sign": "Aries"}, "western": {"sun_sign": "Aries"}}
    reports = {"preferences": {"notification_preferences": {"weekly_report": True}}}
    streak = {"gamification": {"best_streak": 3}}
    joined(db, "user_back", ago(20), ago(13), user_overview={"birth_chart": chart} | streak, **reports)
    joined(db, "user_late", ago(20), ago(12))
    joined(db, "user_once", ago(8))
    joined(db, "user_new", ago(1), ago(0), user_overview=streak)
    joined(db, "user_left", ago(50))
    joined(db, "user_silent")
    joined(db, "user_gone", ago(20), ago(19), astra={"erased_at": ago(1)})
    found = {name: (figure.value, figure.of) for name, figure in measure(db, DAY, now=NOW).figures.items()}
    assert found["return_7d"] == (pytest.approx(1 / 3), 3)
    assert found["streak_3"] == (pytest.approx(2 / 5), 5)
    assert found["chart_complete"] == (pytest.approx(1 / 5), 5)
    assert found["weekly_reports_on"] == (pytest.approx(1 / 4), 4)
    assert found["conversations_a_month"] == (pytest.approx(7 / 4), 4)
    assert found["churn"] == (1.0, 1)


def test_seven_local_days_are_counted_where_the_person_is(db: Db) -> None:
    # 18:30 UTC is midnight in India: the first call is of the 8th there, the second of the 15th.
    first, second = (dt.datetime(2026, 11, day, 18, 31, tzinfo=dt.UTC) for day in (7, 14))
    joined(db, "user_india", first, second - dt.timedelta(minutes=2), timezone="Asia/Kolkata")
    joined(db, "user_india_late", first - dt.timedelta(minutes=2), second, timezone="Asia/Kolkata")
    found = measure(db, DAY, now=NOW).figures["return_7d"]
    assert (found.value, found.of) == (0.5, 2)


def test_counters_give_the_figures_of_seven_days(db: Db) -> None:
    counted(db, ITEMS.name, "transcripts", "done", value=98)
    counted(db, ITEMS.name, "transcripts", "done", value=1, days_ago=6)
    counted(db, ITEMS.name, "transcripts", "parked", value=1)
    counted(db, ITEMS.name, "transcripts", "parked", value=50, days_ago=7)
    counted(db, WRITES.name, "landed", value=199)
    counted(db, WRITES.name, "conflict", value=1)
    counted(db, TO_OVERVIEW.name, value=10, sum=25.0, buckets={"3": 10})
    requests = (
        ("GET", "/api/tasks/chart", 5),
        # It waited for the answer, as it preferred to.
        ("POST", "/api/tasks/chart", 13),
        ("POST", "/webhooks/elevenlabs/post-call", 2),
    )
    for method, route, bucket in requests:
        counted(db, HTTP.name, method, route, "200", value=4, sum=1.0, buckets={str(bucket): 4})
    measured = measure(db, DAY, now=NOW)
    found = {name: figure.value for name, figure in measured.figures.items()}
    assert found["task_success"] == pytest.approx(0.99)
    assert measured.assets["transcripts"].value == pytest.approx(0.99)
    assert found["sync"] == pytest.approx(0.995)
    assert found["overview_p50"] == pytest.approx(2.5)
    assert found["api_p95"] == pytest.approx(0.075 + 0.025 * 0.95)
    assert found["webhook_p95"] == pytest.approx(0.01 + 0.015 * 0.95)


def test_opinions_and_failed_transcripts(db: Db) -> None:
    db[FEEDBACK].insert_many(
        [
            {"rating": rating, "at": ago(days)}
            for rating, days in (("up", 0), ("up", 27), ("up", 1), ("down", 2), ("down", 28))
        ]
    )
    joined(db, "user_asha", ago(1), ago(2), ago(3), ago(8))
    db[CONVERSATIONS].update_one(
        {"conversation_id": "user_asha_0"}, {"$set": {"astra.retry_at": dt.datetime(9999, 1, 1, tzinfo=dt.UTC)}}
    )
    found = measure(db, DAY, now=NOW).figures
    assert (found["feedback_positive"].value, found["feedback_positive"].of) == (0.75, 4)
    assert found["failed_transcripts"].of == 3


def test_nothing_is_measured_of_nothing_and_a_day_is_replaced(db: Db) -> None:
    measured = measure(db, DAY, now=NOW)
    assert {figure.value for figure in measured.figures.values()} == {None}
    assert measured.figures.keys() == BY_NAME.keys()
    assert store.to_measure(db, NOW) == DAY.isoformat()
    assert [store.write(db, measured), store.write(db, measured)] == [True, False]
    assert store.to_measure(db, NOW) == "2026-11-29"
    assert store.latest(db) == measured


def test_every_promise_says_when_it_is_kept() -> None:
    for one in PROMISES:
        assert one.is_kept(one.target)
        step = -0.001 if one.better == "higher" else 0.001
        assert not one.is_kept(one.target + step)


@given(st.dictionaries(st.integers(0, len(HTTP_SECONDS)), st.integers(0, 50)), st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bucket_that_has_its_rank(buckets: dict[int, int], q: float) -> None:
    found = quantile(HTTP_SECONDS, buckets, q)
    total = sum(buckets.values())
    if found.value is None:
        assert total == 0
        return
    below = sum(
        seen
        for bucket, seen in buckets.items()
        if bucket < len(HTTP_SECONDS) and HTTP_SECONDS[bucket] < found.value
    )
    assert below <= q * total
    assert found.value <= HTTP_SECONDS[-1]


def test_a_morning_fits_by_people_time_and_slots() -> None:
    cohorts = {"in-1": ("Asia/Kolkata", 900), "in-2": ("Asia/Kolkata", 900), "us-1": ("America/New_York", 100)}
    early = dt.datetime(2026, 11, 29, 0, 0, tzinfo=dt.UTC)
    found = morning.foresee(cohorts, seconds_each=18.0, slots=10, now=early)
    assert [(one.hour.hour, one.people, one.cohorts, one.seconds, one.fits) for one in found] == [
        (0, 1800, 2, 3600.0, True),
        (11, 100, 1, 200.0, True),
    ]
    fuller = morning.foresee(cohorts | {"in-3": ("Asia/Kolkata", 1)}, seconds_each=18.0, slots=10, now=early)
    assert not morning.worst(fuller).fits
    # At 00:31 UTC India's 06:00 is over: the next one is tomorrow's.
    late = morning.foresee(cohorts, seconds_each=18.0, slots=10, now=early + dt.timedelta(minutes=31))
    assert [one.hour.day for one in late] == [29, 30]


def test_the_asset_measures_a_day_and_plots_it(db: Db, instance: dg.DagsterInstance) -> None:
    joined(db, "user_asha", ago(1), user_overview={"gamification": {"best_streak": 3}})
    run = defs.resolve_job_def("engagement_job").execute_in_process(
        instance=instance, partition_key=DAY.isoformat()
    )
    made = run.asset_materializations_for_node("engagement")[0]
    assert made.metadata["streak_3"].value == 1.0
    assert "task_success" not in made.metadata
    (check,) = run.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("promises_kept", False)
    stored = store.latest(db)
    assert stored is not None
    assert stored.day == DAY.isoformat()
