"""Documents are counted in MongoDB; every conversation that is not processed has its reason."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from astra_pipeline.conversations.backlog import waiting_conversations
from astra_pipeline.monitoring.holdings import count_completed, read_holdings, read_unprocessed
from astra_pipeline.store.collections import FAILURES
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, failure, recently
from astra_pipeline_tests.working import work


def sensor_looks(world: World) -> None:
    """The sensor meets the failures that were stored without the marks they make."""
    with work() as at_work:
        at_work.run(waiting_conversations(at_work.db, now=dt.datetime.now(dt.UTC), at_most=100))


def test_a_horoscope_is_missed_an_hour_after_it_was_due_by_those_who_can_have_one(world: World) -> None:
    join(world, "user_asha")
    join(world, "user_signless", chart={"vedic": {"sun_sign": "Leo"}})
    world.join("user_chartless", astra={"cohort": "asia-kolkata-001"})
    six = dt.datetime(2026, 11, 23, 6, tzinfo=ZoneInfo("Asia/Kolkata"))
    missed = {
        minutes: read_holdings(world.db, now=six + dt.timedelta(minutes=minutes)).without_horoscope
        for minutes in (-30, 30, 59, 60, 600)
    }
    assert missed == {-30: 0, 30: 0, 59: 0, 60: 1, 600: 1}
    world.db["user"].update_one({"id": "user_asha"}, {"$set": {"astra.horoscope_date": "2026-11-22"}})
    assert read_holdings(world.db, now=six + dt.timedelta(hours=2)).without_horoscope == 1


def test_the_history_is_counted_without_reading_it(world: World) -> None:
    for number in range(40):
        world.talk("user_asha", f"Call {number}.", metadata={"transcript_processed": True})
    world.talk("user_asha", "Before the first partition.", ended_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    world.db.command("profile", 2)
    try:
        assert count_completed(world.db) == 40
    finally:
        world.db.command("profile", 0)
    reads = list(world.db["system.profile"].find({"ns": f"{world.db.name}.elevenlabs_conversations"}))
    assert sum(read["keysExamined"] for read in reads) >= 40
    assert sum(read["docsExamined"] for read in reads) == 1


def test_completed_conversations_are_processed_waiting_or_parked(world: World) -> None:
    """Each is counted once, in whichever way it was parked, and named with the reason."""
    calls = world.db["elevenlabs_conversations"]
    for user_id in ("user_asha", "user_odd"):
        world.join(user_id)
    gone = world.talk("user_asha", "One.", metadata={"transcript_processed": True})
    parked = world.talk("user_asha", "Two.")
    unfolded = world.talk("user_odd", "Three.")
    retried = world.talk("user_asha", "Four.", ended_at=recently(hours=5))
    waiting = world.talk("user_asha", "Five.", ended_at=recently(hours=3))
    world.talk("user_asha", "Before the first partition.", ended_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    world.talk("user_asha", "Still going on.", status="active")
    nameless = calls.insert_one({"status": "completed", "ended_at": recently(hours=9), "user_id": "user_asha"})
    world.db[FAILURES].insert_many(
        [
            failure("transcripts", parked, parked=True, conversation_id=parked, user_id="user_asha"),
            failure("user_overviews", "user_odd", parked=True, user_id="user_odd"),
            # Parked in two ways, and counted once.
            failure("conversation_insights", unfolded, parked=True, conversation_id=unfolded, user_id="user_odd"),
            failure(
                "transcripts", str(nameless.inserted_id), parked=True, conversation_id=str(nameless.inserted_id)
            ),
            failure("transcripts", retried, parked=False, conversation_id=retried, user_id="user_asha"),
            # Processed since, whatever the failure says.
            failure("transcripts", gone, parked=True, conversation_id=gone, user_id="user_asha"),
        ]
    )
    sensor_looks(world)
    found = read_holdings(world.db, now=dt.datetime.now(dt.UTC))
    assert (found.completed, found.processed, found.waiting, found.parked) == (6, 1, 2, 3)
    oldest = calls.find_one({"conversation_id": waiting})
    assert oldest is not None
    # The nameless one and the retried one ended earlier, but they have failed.
    assert found.oldest_waiting == oldest["ended_at"]
    assert found.parked_items == {"conversation_insights": 1, "transcripts": 3, "user_overviews": 1}
    assert (found.retrying_items, found.users, found.cohorts, found.without_cohort) == (1, 2, 0, 2)
    said = {one.conversation_id: (one.parked, one.reason) for one in read_unprocessed(world.db)}
    words = "words nobody should read on a screen"
    assert said == {
        parked: (True, f"NotFound: {words}"),
        unfolded: (True, f"NotFound: {words}"),
        str(nameless.inserted_id): (True, f"NotFound: {words}"),
        retried: (False, f"another attempt: {words}"),
        waiting: (False, "its turn"),
    }


def test_an_overview_that_failed_holds_up_every_conversation_of_its_person(world: World) -> None:
    world.join("user_odd")
    first, second = world.talk("user_odd", "One."), world.talk("user_odd", "Two.")
    world.db[FAILURES].insert_one(failure("user_overviews", "user_odd", parked=False, user_id="user_odd"))
    assert {one.conversation_id for one in read_unprocessed(world.db)} == {first, second}
    assert all(one.reason.startswith("another attempt: ") for one in read_unprocessed(world.db))
    assert read_holdings(world.db, now=dt.datetime.now(dt.UTC)).waiting == 2


def test_what_was_due_an_hour_ago_and_was_not_tried_is_overdue_whatever_is_known_of_it(world: World) -> None:
    """A failure is no excuse once its retry is due (F7)."""
    now = dt.datetime.now(dt.UTC)
    ends = {"overdue": recently(hours=9), "tried later": recently(hours=9), "of today": recently(minutes=9)}
    calls = {name: conversation("user_asha", ended_at=end) for name, end in ends.items()}
    calls["undated"] = conversation("user_asha") | {"ended_at": None, "started_at": recently(hours=3)}
    calls["of the past"] = conversation("user_asha", ended_at=recently(days=30))
    calls["processed"] = conversation("user_asha", metadata={"transcript_processed": True})
    world.db["elevenlabs_conversations"].insert_many(calls.values())
    due = {"overdue": -9, "tried later": 1, "of today": -2, "of the past": -9, "processed": -9}
    world.db[FAILURES].insert_many(
        failure("conversation_insights", key, parked=False, conversation_id=key)
        | {"next_attempt_at": now + dt.timedelta(hours=hours)}
        for name, hours in due.items()
        for key in (calls[name]["conversation_id"],)
    )
    for name, hours in due.items():
        world.db["elevenlabs_conversations"].update_one(
            {"conversation_id": calls[name]["conversation_id"]},
            {"$set": {"astra.retry_at": now + dt.timedelta(hours=hours)}},
        )
    found = read_holdings(world.db, now=now)
    assert found.overdue == 3, "that one, the one of today and the undated one"
    assert found.oldest_waiting == calls["of the past"]["ended_at"]
