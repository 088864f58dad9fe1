"""POST below /api/tasks: from the request over a real run to the outcome, with the old bodies."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.reports.rules import last_due
from astra_pipeline.zones import at_local
from astra_pipeline_tests.api.asked import (
    CHART,
    HOROSCOPE,
    REPORT,
    TRANSCRIPT,
    charted,
    left_open,
    run_what_was_asked,
    seated,
    written_down,
)
from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, conversation, recently
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.requests.asking import launch, tick

pytestmark = pytest.mark.anyio
TODAY = recently().astimezone(dt.timezone(dt.timedelta(hours=5, minutes=30))).date()


async def test_a_call_that_the_client_says_is_over_becomes_an_updated_overview(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    asha = signed_in(world.db, "user_asha")
    talk = left_open(world, "user_asha", "I miss my grandmother.")
    async with opened() as door:
        asked = await door.client.post(TRANSCRIPT, headers=asha, json={"conversation_id": talk})
        assert asked.status_code == 202
        body = asked.json()
        request_id = body["request_id"]
        assert body == {
            "success": True,
            "status": "queued",
            "request_id": request_id,
            "task_id": request_id,
            "execution_id": request_id,
            "conversation_id": talk,
            "message": "The transcript will be processed in a moment",
        }
        assert asked.headers["location"] == f"/api/tasks/requests/{request_id}"
        assert (asked.headers["retry-after"], asked.headers["cache-control"]) == ("10", "no-store")
        closed = world.db["elevenlabs_conversations"].find_one({"conversation_id": talk})
        assert closed is not None
        assert closed["status"] == "completed"

        await run_what_was_asked(instance)
        told = (await door.client.get(asked.headers["location"], headers=asha)).json()
        assert (told["status"], told["kind"], told["error"]) == ("succeeded", "transcript", None)
        assert told["output"]["conversation_summary"]["conversation_id"] == talk
        assert told["finished_at"] >= told["requested_at"]
        by_old_name = await door.client.get(TRANSCRIPT, headers=asha, params={"execution_id": request_id})
        assert by_old_name.json() == told

        again = await door.client.post(TRANSCRIPT, headers=asha, json={"conversation_id": talk})
        assert again.status_code == 200
        there = again.json()
        assert (there["success"], there["skipped"], there["request_id"]) == (True, True, None)
        assert there["conversation_summary"] == told["output"]["conversation_summary"]
        assert isinstance(there["memories_count"], int)
    assert len(world.overview("user_asha")["recent_conversations"]) == 1


async def test_a_call_in_which_nothing_was_said_has_the_old_ids(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    asha = signed_in(world.db, "user_asha")
    talk = left_open(world, "user_asha")
    async with opened() as door:
        await door.client.post(TRANSCRIPT, headers=asha, json={"conversation_id": talk})
        await run_what_was_asked(instance)
        there = (await door.client.post(TRANSCRIPT, headers=asha, json={"conversation_id": talk})).json()
    assert there["task_id"] == there["execution_id"] == "transcript-empty"
    assert (there["overview_updates"], there["memories_count"]) == ({}, 0)
    assert there["conversation_summary"]["summary"]


async def test_what_is_not_there_and_what_is_somebody_elses_is_one_answer(world: World, opened) -> None:
    asha = signed_in(world.db, "user_asha")
    joined(world.db, "user_ben")
    bens = left_open(world, "user_ben", "This is mine.")
    unrecorded = conversation("user_ben")
    world.sandbox.add_conversations([call(unrecorded, ["This is mine, too."])])
    async with opened() as door:
        answers = [
            await door.client.post(TRANSCRIPT, headers=headers, json=body)
            for headers, body in (
                (asha, {"conversation_id": bens}),
                (asha, {"conversation_id": "conv_nobodys"}),
                (asha, {"conversation_id": unrecorded["conversation_id"]}),
                (SERVICE, {"conversation_id": bens, "user_id": "user_asha"}),
                (SERVICE, {"conversation_id": unrecorded["conversation_id"], "user_id": "user_ben"}),
            )
        ]
    assert {(one.status_code, one.text) for one in answers} == {
        (404, '{"error":"Conversation not found or unauthorized"}')
    }
    assert world.db["elevenlabs_conversations"].count_documents({"status": "completed"}) == 0
    assert world.db["astra_task_requests"].count_documents({}) == 0


async def test_a_call_that_the_app_failed_to_record_is_written_when_elevenlabs_names_the_person(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    asha = signed_in(world.db, "user_asha")
    unrecorded = conversation("user_asha")
    talk = unrecorded["conversation_id"]
    world.sandbox.add_conversations([call(unrecorded, ["I worry."])])
    async with opened() as door:
        asked = await door.client.post(TRANSCRIPT, headers=asha, json={"conversation_id": talk})
        assert asked.status_code == 202
        await run_what_was_asked(instance)
        told = (await door.client.get(asked.headers["location"], headers=asha)).json()
    assert told["status"] == "succeeded"
    stored = world.db["elevenlabs_conversations"].find_one({"conversation_id": talk})
    assert stored is not None
    assert stored["user_id"] == "user_asha"


async def test_who_prefers_to_wait_is_answered_in_full_when_it_is_done_in_time(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    seated(instance)
    asha = charted(world, "user_waits")
    async with opened() as door:
        waiting = asyncio.create_task(
            door.client.post(HOROSCOPE, headers=asha | {"Prefer": "respond-async, wait=25"}, json={})
        )
        await written_down(world)
        await run_what_was_asked(instance)
        answer = await waiting
        body = answer.json()
        assert answer.status_code == 200
        assert answer.headers["preference-applied"] == "wait=25"
        assert body["success"] is True
        assert body["task_id"] == body["execution_id"] == body["request_id"]
        assert body["horoscope"]["date"] == TODAY.isoformat()
        assert body["horoscope"]["generated_at"].endswith("Z")
        assert "status" not in body

        there = await door.client.post(HOROSCOPE, headers=asha, json={})
        assert there.status_code == 200
        assert there.json() == {
            "success": True,
            "request_id": None,
            "skipped": True,
            "message": "Today's horoscope already generated",
            "horoscope": body["horoscope"],
        }


async def test_who_waits_in_vain_is_told_where_to_ask_later(world: World, opened) -> None:
    asha = charted(world, "user_asha")
    async with opened() as door:
        answer = await door.client.post(HOROSCOPE, headers=asha | {"Prefer": "wait=1"}, json={})
    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers


async def test_a_failure_within_the_wait_is_told_and_is_no_server_error(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    seated(instance)
    headers = charted(world, "user_asha", date_of_birth=recently(), birth_time="07:15", birth_location="Qqqqville")
    async with opened() as door:
        waiting = asyncio.create_task(door.client.post(CHART, headers=headers | {"Prefer": "wait=25"}, json={}))
        await written_down(world)
        await asyncio.to_thread(lambda: [launch(instance, one) for one in tick(instance)])
        answer = await waiting
    body = answer.json()
    assert (answer.status_code, body["success"], body["status"]) == (200, False, "failed")
    assert body["error"]


async def test_a_double_click_and_twenty_at_once_are_one_request(world: World, opened) -> None:
    asha = charted(world, "user_asha")
    async with opened() as door:
        first = (await door.client.post(HOROSCOPE, headers=asha, json={})).json()
        second = (await door.client.post(HOROSCOPE, headers=asha, json={})).json()
        assert "deduplicated" not in first
        assert (second["deduplicated"], second["request_id"]) == (True, first["request_id"])
        forced = {"force_regenerate": True}
        clicks = await asyncio.gather(*(door.client.post(HOROSCOPE, headers=asha, json=forced) for _ in range(20)))
    bodies = [click.json() for click in clicks]
    assert len({body["request_id"] for body in bodies}) == 1
    assert sum("deduplicated" not in body for body in bodies) == 1
    assert world.db["astra_task_requests"].count_documents({}) == 2


async def test_to_do_again_what_exists_is_limited_and_a_double_click_costs_nothing(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    asha = charted(world, "user_asha")
    forced = {"force_regenerate": True}
    async with opened(ASTRA_RATE_LIMITS="on", ASTRA_RATE_FORCE_HOROSCOPE="1/day;burst=1") as door:
        first = await door.client.post(HOROSCOPE, headers=asha, json=forced)
        second = await door.client.post(HOROSCOPE, headers=asha, json=forced)
        assert [first.status_code, second.status_code] == [202, 202]
        world.db["astra_task_requests"].update_many({}, {"$set": {"status": "succeeded"}})
        third = await door.client.post(HOROSCOPE, headers=asha, json=forced)
        assert third.status_code == 429
        assert third.json()["error"] == "Too many requests"
        calm = await door.client.post(HOROSCOPE, headers=asha, json={})
        assert calm.status_code == 202, "what is not forced is in another bucket"
    assert world.db["astra_task_requests"].count_documents({"force": True}) == 1


async def test_a_report_tells_what_is_lacking_and_comes_when_asked_for(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    seated(instance)
    asha = charted(world, "user_report")
    monday = last_due(dt.datetime.now(dt.UTC), "Asia/Kolkata")
    async with opened() as door:
        nothing = await door.client.post(REPORT, headers=asha, json={})
        assert (nothing.status_code, nothing.json()["conversations_found"]) == (400, 0)
        end = at_local(monday + dt.timedelta(days=1), dt.time(12), "Asia/Kolkata")
        world.talk("user_report", "I have an exam.", ended_at=end)
        unprocessed = await door.client.post(REPORT, headers=asha, json={})
        assert (unprocessed.status_code, unprocessed.json()["conversations_found"]) == (400, 1)
        await asyncio.to_thread(run_pipeline, instance, end.date())
        asked = await door.client.post(REPORT, headers=asha, json={})
        assert asked.status_code == 202
        await run_what_was_asked(instance)
        there = (await door.client.post(REPORT, headers=asha, json={})).json()
    assert there["skipped"] is True
    assert there["weekly_report"]["week_start"] == monday.isoformat()
    assert there["weekly_report"].keys() == {"week_start", "week_end", "content", "stats", "generated_at"}


async def test_a_chart_needs_a_birth_and_is_computed_again_only_by_force(
    world: World, opened, instance: dg.DagsterInstance
) -> None:
    seated(instance)
    asha = charted(world, "user_asha", chart={"vedic": {}})
    async with opened() as door:
        lacking = await door.client.post(CHART, headers=asha, json={})
        assert lacking.status_code == 400
        assert lacking.json() == {
            "success": False,
            "error": "Incomplete birth data",
            "message": "Cannot calculate chart. Missing: date_of_birth, birth_time, birth_location",
            "missing_fields": ["date_of_birth", "birth_time", "birth_location"],
        }
        born = {
            "date_of_birth": dt.datetime(1994, 3, 12, tzinfo=dt.UTC),
            "birth_time": "07:15",
            "birth_location": "Pune, India",
        }
        world.db["user"].update_one({"id": "user_asha"}, {"$set": born})
        asked = await door.client.post(CHART, headers=asha, json={"chart_system": "both"})
        assert asked.status_code == 202
        await run_what_was_asked(instance)
        there = (await door.client.post(CHART, headers=asha, json={})).json()
        assert (there["skipped"], there["message"]) == (True, "Birth chart already calculated")
        assert there["chart"]["vedic"]["sun_sign"]
        forced = await door.client.post(CHART, headers=asha, json={"force_recalculate": True})
        assert forced.status_code == 202
        await asyncio.sleep(2.1)  # until then it may be withdrawn
        await run_what_was_asked(instance)
        told = (await door.client.get(forced.headers["location"], headers=asha)).json()
    assert told["status"] == "succeeded"
    assert told["output"]["chart"]["calculated_at"] > there["chart"]["calculated_at"]


@pytest.mark.parametrize(
    ("stored", "error"),
    [(None, "Birth chart required"), ({"vedic": {}, "western": {}}, "Incomplete birth chart")],
)
async def test_a_horoscope_needs_a_chart_with_signs(world: World, opened, stored: Any, error: str) -> None:
    asha = signed_in(world.db, "user_asha", user_overview={"birth_chart": stored} if stored else {})
    async with opened() as door:
        answer = await door.client.post(HOROSCOPE, headers=asha, json={})
    assert (answer.status_code, answer.json()["success"], answer.json()["error"]) == (400, False, error)


async def test_a_persona_says_what_is_lacking_and_never_promises_one(world: World, opened) -> None:
    asha = signed_in(world.db, "user_asha")
    async with opened() as door:
        few = await door.client.post("/api/tasks/persona", headers=asha, json={})
        assert (few.status_code, few.json()["conversations_needed"]) == (400, 5)
        world.db["astra_insights"].insert_many([{"_id": f"c{one}", "user_id": "user_asha"} for one in range(5)])
        enough = await door.client.post("/api/tasks/persona", headers=asha, json={"force_analyze": True})
    assert enough.status_code == 200
    assert (enough.json()["success"], enough.json()["skipped"]) == (False, True)


async def test_gamification_is_counted_while_the_caller_waits(world: World, opened) -> None:
    asha = signed_in(world.db, "user_asha")
    world.talk("user_asha", "Hello.")
    topics = ["Career", "Love", "Family", "Saturn", "Health"]
    ended = recently(minutes=1)
    world.db["astra_insights"].insert_one(
        {"_id": "c1", "user_id": "user_asha", "ended_at": ended, "output": {"topics": topics}}
    )
    async with opened() as door:
        answer = await door.client.post("/api/tasks/gamification", headers=asha)
        again = await door.client.post("/api/tasks/gamification", headers=asha, json={"conversation_id": "c1"})
        read = await door.client.get("/api/tasks/gamification", headers=asha)
    body = answer.json()
    assert answer.status_code == 200
    assert body["new_milestones"] == ["🎯 First Conversation", "🗺️ Topic Explorer (5+ topics)"]
    assert body["milestone_celebration"] == (
        "🎊 Congratulations! You unlocked: 🎯 First Conversation, 🗺️ Topic Explorer (5+ topics)"
    )
    assert body["gamification"]["total_conversations"] == 1
    assert (again.json()["new_milestones"], again.json()["milestone_celebration"]) == ([], None)
    assert read.json()["gamification"] == again.json()["gamification"]
