"""A tick of the schedule looks at people until one of them makes their cohort due (F10)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from astra_pipeline.batches.work import open_work
from astra_pipeline.horoscopes import due as horoscopes
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.cohorts import zones
from astra_pipeline.reports import due as reports
from astra_pipeline.store.collections import COHORTS, CONVERSATIONS, FAILURES, REPORTS, USERS
from astra_pipeline_tests.charted import chart
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, failure, user

KOLKATA = ZoneInfo("Asia/Kolkata")
SUNDAY_EVENING = dt.datetime(2026, 11, 22, 18, 30, tzinfo=KOLKATA).astimezone(dt.UTC)
MONDAY, WEDNESDAY = dt.date(2026, 11, 16), dt.datetime(2026, 11, 18, 12, tzinfo=dt.UTC)


def wait_for_texts(world: World, *, cohorts: int, members: int) -> None:
    """Cohorts full of people with a chart who talked on Wednesday and have no text."""
    charted, documents, talks = chart(), [], []
    for cohort in range(cohorts):
        key = f"asia-kolkata-{cohort + 1:03d}"
        world.db[COHORTS].insert_one({"_id": key, "zone": "Asia/Kolkata", "members": members, "opened": cohort})
        for member in range(members):
            talk = conversation(f"user_{cohort}_{member}", ended_at=WEDNESDAY)
            overview = {"gamification": {"last_conversation_date": WEDNESDAY}, "birth_chart": charted}
            documents.append(user(talk["user_id"], user_overview=overview, astra={"cohort": key}))
            talks.append(talk)
    world.db[USERS].insert_many(documents)
    world.db[CONVERSATIONS].insert_many(talks)


def documents_read(world: World, schedule: object, *, at: dt.datetime) -> tuple[int, int]:
    """(cells that are due, documents that MongoDB looked at to find them)."""
    world.db.command("profile", 2)
    with open_work(MongoResource(), run_id="test") as work:
        due = work.run(schedule.due(work.db, zones(work.sync), now=at))  # type: ignore[attr-defined]
    world.db.command("profile", 0)
    reads = list(world.db["system.profile"].find({"ns": {"$ne": f"{world.db.name}.{COHORTS}"}}))
    world.db["system.profile"].drop()
    return len(due), sum(read.get("docsExamined", 0) for read in reads)


@pytest.mark.parametrize("schedule", [reports, horoscopes])
def test_people_who_wait_in_a_cohort_cost_a_tick_nothing(world: World, schedule: object) -> None:
    wait_for_texts(world, cohorts=3, members=400)
    due, read = documents_read(world, schedule, at=SUNDAY_EVENING)
    assert due == 3
    # MongoDB looks at some two hundred while it chooses among its indexes.
    assert read <= 3 * 250


@pytest.mark.parametrize("schedule", [reports, horoscopes])
def test_texts_that_were_given_up_cost_a_tick_nothing(world: World, schedule: object) -> None:
    wait_for_texts(world, cohorts=1, members=10)
    kind = schedule.KIND  # type: ignore[attr-defined]
    items = [f"user_0_{number}@2026-W01" for number in range(500)]
    world.db[FAILURES].insert_many([failure(kind, item, parked=True, user_id="user_0_1") for item in items])
    due, read = documents_read(world, schedule, at=SUNDAY_EVENING)
    assert due == 1
    assert read <= 60


def test_people_who_wait_for_a_retry_or_have_no_talk_make_no_cell_due(world: World) -> None:
    wait_for_texts(world, cohorts=1, members=30)
    ids = [one["id"] for one in world.db[USERS].find()]
    for number, user_id in enumerate(ids[:-1]):
        if number % 2:
            world.db[FAILURES].insert_one(
                failure("weekly_reports", reports.item_of(user_id, MONDAY), parked=True, user_id=user_id)
            )
        else:
            world.db[CONVERSATIONS].delete_one({"user_id": user_id})
    assert documents_read(world, reports, at=SUNDAY_EVENING)[0] == 1, "the last one waits"
    world.db[USERS].update_one({"id": ids[-1]}, {"$set": {"astra.report_week": MONDAY.isoformat()}})
    assert documents_read(world, reports, at=SUNDAY_EVENING)[0] == 0
    assert world.db[REPORTS].count_documents({}) == 0
