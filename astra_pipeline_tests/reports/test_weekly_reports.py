"""A report a person and local week: from what was said in it, once all of it is processed; four are shown."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg

from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.reports import write as reports
from astra_pipeline.zones import at_local, cohort_slug
from astra_pipeline_tests.charted import join, run_cells
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation
from astra_pipeline_tests.pipeline import checks_of, metadata_of

WEEK = "2026-10-05"
KOLKATA = "asia-kolkata-001"


def run(instance: dg.DagsterInstance, *weeks: str, **options: Any) -> dg.ExecuteInProcessResult:
    return run_cells(instance, "weekly_reports", *((week, KOLKATA) for week in weeks or (WEEK,)), **options)


def someone(world: World, **fields: Any) -> str:
    return join(world, f"user_{uuid.uuid4().hex[:10]}", name="Asha", **fields)


def talked(
    world: World,
    user_id: str,
    date: str,
    *topics: str,
    at: str = "20:00",
    processed: bool = True,
    zone: str = "Asia/Kolkata",
    tells_place: bool = False,
    **told: Any,
) -> str:
    """A completed conversation at a local time, with its insights unless it is not processed."""
    end = at_local(dt.date.fromisoformat(date), dt.time.fromisoformat(at), zone)
    document = conversation(user_id, ended_at=end)
    world.db["elevenlabs_conversations"].insert_one(document)
    if processed:
        output = {
            "topics": list(topics),
            "emotional_tone": "hopeful",
            "summary": "A talk.",
            "questions_asked": [],
        } | told
        place = {"timezone": zone} if tells_place else {}
        world.db["astra_insights"].insert_one(
            {"_id": document["conversation_id"], "user_id": user_id, "ended_at": end, "output": output} | place
        )
    counted = {"user_overview.gamification.last_conversation_date": end}
    world.db["user"].update_one({"id": user_id}, {"$max": counted})
    return document["conversation_id"]


def stored(world: World, user_id: str) -> list[dict[str, Any]]:
    return list(world.db["astra_weekly_reports"].find({"user_id": user_id}).sort("week_start", 1))


def due(world: World, at: dt.datetime) -> list[str]:
    async def look() -> list[str]:
        async with MongoResource().connect() as db:
            found = await reports.due(db, {KOLKATA: "Asia/Kolkata"}, now=at)
            return [one.cohort_date.date.isoformat() for one in found]

    return asyncio.run(look())


def test_it_tells_of_the_local_weeks_conversations_and_of_no_other(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha = someone(world)
    talked(world, asha, "2026-10-04", "Money", at="23:59")  # Sunday before, in India
    talked(world, asha, "2026-10-05", "Career", at="00:01")
    talked(world, asha, "2026-10-06", "Love", "Career")
    talked(world, asha, "2026-10-07", "Career", at="23:59")
    talked(world, asha, "2026-10-12", "Travel", at="00:00")  # Monday after
    unlocked = at_local(dt.date(2026, 10, 7), dt.time(12), "Asia/Kolkata")
    milestones = [
        {"id": "streak_3", "title": "3-Day Streak", "emoji": "x", "unlocked_at": unlocked},
        {
            "id": "first",
            "title": "First Conversation",
            "emoji": "x",
            "unlocked_at": unlocked - dt.timedelta(days=9),
        },
    ]
    world.db["user"].update_one({"id": asha}, {"$set": {"user_overview.gamification.milestones": milestones}})
    ran = run(instance)
    (report,) = stored(world, asha)
    assert report["stats"] == {
        "conversations": 3,
        "topics": ["Career", "Love"],
        "streak": 0,
        "milestones": ["3-Day Streak"],
    }
    assert (report["week_start"], report["week_end"]) == ("2026-10-05", "2026-10-11")
    shown = world.overview(asha)
    assert shown["latest_weekly_report"] == shown["weekly_reports"][0]
    assert shown["latest_weekly_report"]["content"] == report["content"]
    assert set(shown["latest_weekly_report"]) == {"week_start", "week_end", "content", "stats", "generated_at"}
    paragraphs = report["content"].split("\n\n")
    assert len(paragraphs) == 4
    assert "Asha" in paragraphs[0]
    assert "career" in paragraphs[0].lower()
    assert "3-Day Streak" in paragraphs[2]
    assert paragraphs[3].endswith("?")
    assert all(checks_of(ran).values()), checks_of(ran)
    assert metadata_of(ran, "weekly_reports")["llm_calls"] == 1


def test_a_plan_of_one_week_is_taken_up_in_the_next_letter(world: World, instance: dg.DagsterInstance) -> None:
    asha = someone(world)
    talked(world, asha, "2026-10-06", "Home", intentions=["I'll call my landlord."])
    talked(world, asha, "2026-10-13", "Home", questions_asked=["Was my landlord right about the roof?"])
    run(instance)
    run(instance, "2026-10-12")
    first, second = stored(world, asha)
    assert "call your landlord" in first["content"]
    assert first["asked"]["intention"] == "I'll call my landlord."
    assert first["content"].endswith(first["asked"]["question"])
    letter = second["input"]["last_letter"]
    assert (letter["last_intention"], letter["question"]) == ("I'll call my landlord.", first["asked"]["question"])
    assert [one["day"] for one in letter["follow_ups"]] == ["Tuesday"]
    assert "call your landlord" in second["content"]
    assert set(second["used_phrases"]) == {WEEK, "2026-10-12"}


def test_a_letter_in_a_crisis_names_the_helpline_of_the_country(world: World, instance: dg.DagsterInstance) -> None:
    asha = someone(world)
    talked(world, asha, "2026-10-06", "Home", intentions=["I'll call my landlord."])
    spell = {
        "level": "crisis",
        "kind": "violence",
        "since": "2026-10-06",
        "until": "2026-11-05",
        "conversation_id": "",
    }
    world.db["user"].update_one({"id": asha}, {"$set": {"astra.care": spell}})
    run(instance)
    (report,) = stored(world, asha)
    assert "181" in report["content"]
    assert "112" in report["content"]
    assert "landlord" not in report["content"]
    assert report["input"]["care_since"] == "2026-10-06"


def test_a_call_is_of_the_week_of_its_date_where_it_took_place(world: World, instance: dg.DagsterInstance) -> None:
    asha = someone(world)
    there: dict[str, Any] = {"zone": "America/Los_Angeles", "tells_place": True}
    talked(world, asha, "2026-10-04", "Money", at="20:00", **there)  # Sunday there, Monday morning in India
    talked(world, asha, "2026-10-08", "Career")
    talked(world, asha, "2026-10-09", "Love", at="20:00", **there)
    talked(world, asha, "2026-10-10", "Home", at="22:00", **there)
    talked(world, asha, "2026-10-10", "Home", at="09:00", **there)  # in India the 10th
    talked(world, asha, "2026-10-11", "Travel", at="12:30", **there)  # Sunday there, Monday in India
    run(instance)
    (report,) = stored(world, asha)
    assert report["stats"]["conversations"] == 5
    assert report["stats"]["topics"] == ["Home", "Career", "Love", "Travel"]
    assert report["input"]["days"] == 4
    # Of the week before, and no report on it covers it: told now, as what was said late on a Sunday.
    run(instance, "2026-09-28")
    run(instance, "2026-10-12")
    assert [one["week_start"] for one in stored(world, asha)] == ["2026-09-28", "2026-10-05"]
    assert stored(world, asha)[0]["stats"]["topics"] == ["Money"]


def test_a_call_from_the_east_makes_a_report_due_though_its_moment_was_of_the_week_before(world: World) -> None:
    asha = someone(world)
    talked(world, asha, "2026-10-05", "Career", at="05:00", zone="Pacific/Auckland", tells_place=True)
    sunday_evening = at_local(dt.date(2026, 10, 11), dt.time(18, 5), "Asia/Kolkata")
    assert due(world, sunday_evening) == [WEEK]
    last = {"user_overview.gamification.last_conversation_day": "2026-10-04"}
    world.db["user"].update_one({"id": asha}, {"$set": last})  # as if it had been Sunday there
    assert due(world, sunday_evening) == []


def test_the_streak_is_the_one_that_ran_when_the_week_ended(world: World, instance: dg.DagsterInstance) -> None:
    asha = someone(world)
    for day in (8, 9, 10, 11, 12, 13):
        talked(world, asha, f"2026-10-{day:02d}", "Career")
    run(instance)
    assert stored(world, asha)[0]["stats"]["streak"] == 4


def test_a_second_materialisation_pays_for_nothing_and_writes_nothing(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha = someone(world)
    talked(world, asha, "2026-10-06", "Love")
    run(instance)
    before = world.db["user"].find_one({"id": asha}), stored(world, asha)
    told = metadata_of(run(instance), "weekly_reports")
    assert (told["done"], told["unchanged"], told["llm_calls"]) == (0, 1, 0)
    assert (world.db["user"].find_one({"id": asha}), stored(world, asha)) == before


def test_who_did_not_talk_is_skipped_and_who_is_not_processed_yet_is_waited_for(
    world: World, instance: dg.DagsterInstance
) -> None:
    someone(world)
    half, parked = someone(world), someone(world)
    talked(world, half, "2026-10-06", "Love")
    late = talked(world, half, "2026-10-11", processed=False)
    talked(world, parked, "2026-10-06", "Love")
    lost = talked(world, parked, "2026-10-07", processed=False)
    failure = {"kind": "transcripts", "conversation_id": lost, "user_id": parked, "item": lost, "error": "NotFound"}
    world.db["astra_failures"].insert_one(
        {
            "_id": f"transcripts:{lost}",
            "parked_at": dt.datetime.now(dt.UTC),
            "next_attempt_at": None,
            "message": "404",
        }
        | failure
    )
    ran = run(instance)
    told = metadata_of(ran, "weekly_reports")
    assert (told["done"], told["skipped"], told["waiting"]) == (1, 1, 1)
    assert [report["stats"]["conversations"] for report in stored(world, parked)] == [2]
    assert stored(world, half) == []
    waiting = world.db["astra_failures"].find_one({"kind": "weekly_reports"})
    assert waiting is not None
    assert waiting["parked_at"] is None
    assert "1 of 2" in waiting["message"]

    output = {"topics": ["Home"], "emotional_tone": "calm", "summary": "A talk."}
    world.db["astra_insights"].insert_one({"_id": late, "user_id": half, "ended_at": None, "output": output})
    run(instance, config={"user_ids": [half]})
    assert [report["stats"]["topics"] for report in stored(world, half)] == [["Love", "Home"]]
    assert world.db["astra_failures"].count_documents({"kind": "weekly_reports"}) == 0


def test_the_newest_four_are_shown_whatever_order_they_are_written_in(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha = someone(world)
    weeks = ["2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28", "2026-10-05"]
    for week in weeks:
        talked(world, asha, week, "Career")
    run(instance, "2026-09-28")
    run(instance, "2026-09-07")
    assert world.overview(asha)["latest_weekly_report"]["week_start"] == "2026-09-28"
    ran = run(instance, weeks[0], weeks[-1])
    shown = world.overview(asha)
    assert [report["week_start"] for report in shown["weekly_reports"]] == weeks[:0:-1]
    assert shown["latest_weekly_report"]["week_start"] == weeks[-1]
    assert [report["week_start"] for report in stored(world, asha)] == weeks
    assert checks_of(ran)["weekly_reports:newest_four_first"]


def test_reports_of_the_old_system_stay_where_ours_do_not_replace_them(
    world: World, instance: dg.DagsterInstance
) -> None:
    old = [
        {"week_start": "2026-09-21", "content": "old", "extra": 1},
        {"week_start": "2026-10-05", "content": "old too"},
        {"content": "undated"},
        "not a report",
    ]
    newer = {"week_start": "2026-10-12", "content": "newer", "stats": {}}
    asha = someone(world, overview={"weekly_reports": old, "latest_weekly_report": newer})
    talked(world, asha, "2026-10-06", "Career")
    told = metadata_of(run(instance), "weekly_reports")
    assert (told["done"], told["unchanged"], told["llm_calls"]) == (0, 1, 0)
    assert world.overview(asha)["weekly_reports"] == old
    assert due(world, at_local(dt.date(2026, 10, 11), dt.time(19), "Asia/Kolkata")) == []
    run(instance, config={"force": True})
    shown = world.overview(asha)
    assert shown["latest_weekly_report"] == newer
    assert [report.get("week_start") for report in shown["weekly_reports"]] == [
        "2026-10-12",
        "2026-10-05",
        "2026-09-21",
        None,
    ]
    assert shown["weekly_reports"][1]["content"] == stored(world, asha)[0]["content"]
    assert shown["weekly_reports"][2] == old[0]


def week_that_goes_on(now: dt.datetime) -> tuple[str, str]:
    """(a zone, the Monday of its week) where Sunday evening is still to come. In American Samoa it comes last."""
    for zone in ("Asia/Kolkata", "Pacific/Pago_Pago"):
        today = now.astimezone(ZoneInfo(zone)).date()
        monday = today - dt.timedelta(days=today.weekday())
        if monday <= now.date() and now < at_local(monday + dt.timedelta(days=6), dt.time(18), zone):
            return zone, monday.isoformat()
    raise AssertionError("there is always one of the two")


def test_there_is_always_a_week_that_goes_on() -> None:
    for hour in range(24 * 8):
        at = dt.datetime(2026, 11, 28, 0, 30, tzinfo=dt.UTC) + hour * dt.timedelta(hours=1)
        assert week_that_goes_on(at)[1] <= at.date().isoformat()


def test_the_current_week_is_not_reported_before_its_sunday_evening(
    world: World, instance: dg.DagsterInstance
) -> None:
    zone, week = week_that_goes_on(dt.datetime.now(dt.UTC))
    asha = someone(world, zone=zone)
    talked(world, asha, week, "Career", at="00:00", zone=zone)
    for config in ({}, {"force": True}):
        cell = (week, f"{cohort_slug(zone)}-001")
        told = metadata_of(run_cells(instance, "weekly_reports", cell, config=config), "weekly_reports")
        assert (told["done"], told["skipped"]) == (0, 1)
        assert stored(world, asha) == []


def test_what_was_said_after_the_report_was_written_is_told_in_the_next(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha = someone(world)
    talked(world, asha, "2026-10-06", "Career")
    run(instance)
    talked(world, asha, "2026-10-11", "Love", at="21:00")
    talked(world, asha, "2026-10-14", "Money")
    run(instance, "2026-10-12")
    first, second = stored(world, asha)
    assert first["stats"]["topics"] == ["Career"]
    assert second["stats"]["topics"] == ["Love", "Money"]
    assert second["input"]["total_conversations"] == 3
    # Nothing is told twice when the first is written anew, nor to who has no report on the week before.
    binod = someone(world)
    talked(world, binod, "2026-10-11", "Love", at="21:00")
    talked(world, binod, "2026-10-14", "Money")
    run(instance, "2026-10-12", config={"user_ids": [binod]})
    assert [report["stats"]["topics"] for report in stored(world, binod)] == [["Money"]]
    run(instance, WEEK)
    run(instance, "2026-10-12", config={"user_ids": [binod], "force": True})
    assert [report["stats"]["topics"] for report in stored(world, binod)] == [["Love"], ["Money"]]


def test_one_conversation_late_on_sunday_makes_no_report_on_the_week_after(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha = someone(world)
    talked(world, asha, "2026-10-06", "Career")
    run(instance)
    talked(world, asha, "2026-10-11", "Love", at="21:00")
    assert metadata_of(run(instance, "2026-10-12"), "weekly_reports")["skipped"] == 1


def test_conversations_are_counted_until_the_end_of_the_week(world: World, instance: dg.DagsterInstance) -> None:
    asha = someone(world)
    for date in ("2026-09-30", "2026-10-06", "2026-10-14", "2026-10-15"):
        talked(world, asha, date, "Career")
    run(instance)
    assert stored(world, asha)[0]["input"]["total_conversations"] == 2


def test_a_report_waits_for_its_conversations_as_long_as_the_schedule_asks(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha = someone(world)
    late = talked(world, asha, "2026-10-11", processed=False)
    run(instance)
    waited = {"first_failed_at": dt.datetime.now(dt.UTC) - dt.timedelta(hours=25)}
    world.db["astra_failures"].update_one({}, {"$set": waited | {"next_attempt_at": waited["first_failed_at"]}})
    run(instance)
    (failure,) = world.db["astra_failures"].find()
    assert failure["parked_at"] is None
    world.db["astra_failures"].update_one({}, {"$set": {"next_attempt_at": dt.datetime.now(dt.UTC)}})
    output = {"topics": ["Home"], "emotional_tone": "calm", "summary": "A talk."}
    world.db["astra_insights"].insert_one({"_id": late, "user_id": asha, "ended_at": None, "output": output})
    tuesday = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)
    assert WEEK in due(world, tuesday), "also when the week is over for the schedule"
    run(instance)
    assert len(stored(world, asha)) == 1


def test_the_schedule_asks_from_sunday_evening_and_no_longer_than_two_days(
    world: World, instance: dg.DagsterInstance
) -> None:
    asha = someone(world)
    someone(world)
    talked(world, asha, "2026-10-06", "Career")

    def at(date: str, time: str) -> dt.datetime:
        return at_local(dt.date.fromisoformat(date), dt.time.fromisoformat(time), "Asia/Kolkata")

    assert due(world, at("2026-10-11", "17:59")) == []
    assert due(world, at("2026-10-11", "18:00")) == [WEEK]
    assert due(world, at("2026-10-12", "02:00")) == [WEEK]
    assert due(world, at("2026-10-13", "18:00")) == []
    run(instance)
    assert due(world, at("2026-10-11", "18:15")) == []
    # Who talks late on Sunday for the first time that week is served by the next tick.
    binod = someone(world)
    talked(world, binod, "2026-10-11", "Love", at="21:00")
    assert due(world, at("2026-10-11", "21:15")) == [WEEK]
