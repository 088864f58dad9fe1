"""The reconciler closes what neither the app nor a webhook told, at a cost that does not grow with history."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.conversations.ending import Closing
from astra_pipeline.conversations.reconcile import Reconciled, reconcile
from astra_pipeline.defs.conversations.checks import webhook_is_alive
from astra_pipeline.defs.conversations.sensors import reconciler
from astra_pipeline.errors import ServiceAway
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, EVENTS, FAILURES
from astra_pipeline_tests.calls import at_elevenlabs, new_id, on_db, opened, stored
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation, recently

ASHA = "user_asha"


@pytest.fixture(autouse=True)
def _quiet(environment: pytest.MonkeyPatch) -> None:
    """An agent of the test's own, because all tests of a session share one ElevenLabs."""
    environment.setenv("ASTRA_WEBHOOK_AGENT_IDS", f"agent_{new_id()}")
    environment.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    forget_settings()


def agent() -> str:
    from astra_pipeline.settings import settings

    (agent,) = settings().astra_webhook_agent_ids
    return agent


def whole(**ago: float) -> dt.datetime:
    return recently(**ago).replace(microsecond=0)


def talked(world: World, key: str, *, user_id: str = ASHA, status: str = "done", **ago: float) -> dt.datetime:
    """A call with our agent that ended so long ago, at ElevenLabs alone; returns its end."""
    end = whole(**(ago or {"minutes": 10}))
    answer = at_elevenlabs(world, user_id, key, "Namaste.", ended_at=end, elevenlabs=status)
    world.sandbox.add_conversations([answer | {"agent_id": agent()}])
    return end


def tick(cursor: str | None = None, now: dt.datetime | None = None) -> Reconciled:
    return on_db(lambda db: reconcile(db, cursor, now=now or dt.datetime.now(dt.UTC)))


def test_a_listed_call_closes_its_document_with_elevenlabs_end_and_is_not_asked_for(world: World) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    end = talked(world, key, minutes=2)
    done = tick()
    assert (done.closings, done.listed, done.looked_up) == ({Closing.CLOSED: 1}, 1, 0)
    assert (stored(world, key)["status"], stored(world, key)["ended_at"]) == ("completed", end)
    again = tick(done.watermark.as_json())
    assert (again.closings, again.listed) == ({}, 1), "the overlap is listed again and changes nothing"


def test_a_call_that_the_app_did_not_record_is_created_for_the_person_it_names(world: World) -> None:
    world.join(ASHA)
    key, running = new_id(), new_id()
    end = talked(world, key)
    talked(world, running, status="processing")
    assert tick().closings == {Closing.CREATED: 1}
    assert (stored(world, key)["user_id"], stored(world, key)["ended_at"]) == (ASHA, end)
    assert world.db[CONVERSATIONS].count_documents({"conversation_id": running}) == 0


def test_a_provisional_end_is_corrected_from_the_list(world: World) -> None:
    world.join(ASHA)
    ours = {"ended_at_source": "client", "closed_end": (told := recently(minutes=1)), "closed_by": "client"}
    key = opened(world, ASHA, status="completed", ended_at=told, astra=ours)
    end = talked(world, key)
    assert tick().closings == {Closing.CORRECTED: 1}
    assert stored(world, key)["ended_at"] == end


def test_a_call_of_nobody_is_asked_for_once_and_tried_again_when_it_is_due(world: World) -> None:
    key = new_id()
    talked(world, key, user_id="user_late")
    first = tick()
    assert (first.closings, first.looked_up) == ({Closing.UNKNOWN_OWNER: 1}, 1)
    second = tick(first.watermark.as_json())
    assert (second.closings, second.looked_up) == ({}, 0)
    world.join("user_late")
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": recently(seconds=1)}})
    assert tick(second.watermark.as_json()).closings == {Closing.CREATED: 1}
    assert world.db[FAILURES].count_documents({}) == 0


@pytest.mark.parametrize("looked_at", [False, True])
def test_a_document_that_stays_open_is_looked_up_by_its_id(looked_at: bool, world: World) -> None:
    """Of another agent, and of a month ago: the list does not show it."""
    world.join(ASHA)
    end = whole(days=30)
    marks: dict[str, Any] = {"astra": {"look_at": recently(minutes=1)}} if looked_at else {}
    key = opened(world, ASHA, started_at=end - dt.timedelta(minutes=5), **marks)
    at_elevenlabs(world, ASHA, key, "Namaste.", ended_at=end)
    assert tick().closings == {Closing.CLOSED: 1}
    assert stored(world, key)["ended_at"] == end


def test_a_young_or_running_call_is_left_open_and_asked_for_later(world: World) -> None:
    world.join(ASHA)
    young = opened(world, ASHA, started_at=recently(minutes=29))
    running = opened(world, ASHA, started_at=recently(hours=4))
    at_elevenlabs(world, ASHA, running, ended_at=recently(), elevenlabs="in-progress")
    done = tick()
    assert (done.closings, done.looked_up) == ({}, 1)
    assert stored(world, young).get("astra") is None
    pause = stored(world, running)["astra"]["look_at"] - recently()
    assert dt.timedelta(minutes=55) < pause < dt.timedelta(minutes=65)
    assert tick().looked_up == 0
    later = tick(now=dt.datetime.now(dt.UTC) + dt.timedelta(hours=2))
    assert later.looked_up == 2


def test_what_elevenlabs_never_knew_is_abandoned_after_a_day(world: World) -> None:
    world.join(ASHA)
    kept = {"mood": "calm"}
    old = opened(world, ASHA, started_at=recently(hours=25), metadata=kept)
    new = opened(world, ASHA, started_at=recently(hours=10))
    assert tick().closings == {}, "a key of another workspace finds nothing, and nothing is given up for that"
    talked(world, new_id(), user_id="user_gone", status="processing")
    assert tick(now=dt.datetime.now(dt.UTC) + dt.timedelta(hours=7)).closings == {Closing.ABANDONED: 1}
    document = stored(world, old)
    assert (document["status"], document["metadata"], "ended_at" in document) == ("abandoned", kept, False)
    assert "status" not in stored(world, new)


def test_documents_that_say_little_are_dated_as_well_as_they_can_be(world: World) -> None:
    world.join(ASHA)
    world.db[CONVERSATIONS].insert_many(
        [
            {"conversation_id": (just_made := new_id()), "user_id": ASHA},
            {"conversation_id": (old := new_id()), "user_id": ASHA, "updated_at": recently(hours=2)},
            {"user_id": ASHA, "started_at": recently(hours=3)},
            {
                "conversation_id": (erased := new_id()),
                "astra": {"erased_at": recently()},
                "started_at": recently(days=1),
            },
        ]
    )
    at_elevenlabs(world, ASHA, old, ended_at=whole(hours=2))
    done = tick()
    assert (done.closings, done.looked_up) == ({Closing.CLOSED: 1}, 1)
    assert "status" not in stored(world, just_made)
    assert "status" not in stored(world, erased)
    assert tick().looked_up == 0


def test_every_page_is_gone_through_and_a_kill_between_ticks_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("astra_pipeline.conversations.reconcile._PAGES", 1)
    monkeypatch.setattr("astra_pipeline.conversations.elevenlabs._PAGE_SIZE", 10)
    world.join(ASHA)
    keys = [opened(world, ASHA) for _ in range(35)]
    for number, key in enumerate(keys):
        talked(world, key, minutes=10 + number)
    cursor, closed = None, 0
    for _ in range(4):
        done = tick(cursor)
        repeated = tick(cursor)
        assert repeated.closings.total() == 0
        assert repeated.watermark == done.watermark or cursor is None
        cursor, closed = done.watermark.as_json(), closed + done.closings[Closing.CLOSED]
    assert closed == 35
    assert world.db[CONVERSATIONS].count_documents({"status": "completed"}) == 35
    (position,) = json.loads(cursor or "{}")["agents"].values()
    assert position["page"] is None


def test_the_watermark_waits_for_a_call_that_is_not_over(world: World) -> None:
    world.join(ASHA)
    key = new_id()
    began = talked(world, key, status="in-progress", hours=1) - dt.timedelta(minutes=5)
    cursor = tick().watermark.as_json()
    (position,) = json.loads(cursor)["agents"].values()
    assert dt.datetime.fromisoformat(position["watermark"]) == began
    # Hours later the call is still within what is listed.
    talked(world, key, hours=1)
    assert tick(cursor, dt.datetime.now(dt.UTC) + dt.timedelta(hours=20)).closings == {Closing.CREATED: 1}


@pytest.mark.parametrize("cursor", ["{", "[]", "7", '{"agents": {"a": {"watermark": "soon"}}}', '{"agents": 1}'])
def test_a_cursor_that_cannot_be_read_is_as_good_as_none(cursor: str, world: World) -> None:
    world.join(ASHA)
    talked(world, opened(world, ASHA))
    assert tick(cursor).closings == {Closing.CLOSED: 1}


def test_a_service_that_is_away_ends_the_tick_and_not_the_sensor(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    talked(world, key)
    world.sandbox.configure(faults=[{"service": "elevenlabs", "rate": 1.0, "kinds": ["500"]}])
    result = reconciler(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    assert result.skip_reason is not None
    assert "ServiceAway" in str(result.skip_reason) or "ElevenLabs: 500" in str(result.skip_reason)
    world.sandbox.configure(faults=[])
    context = dg.build_sensor_context(instance=instance, cursor=result.cursor)
    result = reconciler(context, mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    assert "1 closed" in str(result.skip_reason)


def _ill(monkeypatch: pytest.MonkeyPatch, *ids: str) -> None:
    """Calls for which ElevenLabs answers 500, whatever it answers for others."""
    answers = ElevenLabsClient.conversation

    async def conversation(self: ElevenLabsClient, conversation_id: str) -> Any:
        if conversation_id in ids:
            raise ServiceAway("ElevenLabs: 500")
        return await answers(self, conversation_id)

    monkeypatch.setattr(ElevenLabsClient, "conversation", conversation)


def test_a_call_that_elevenlabs_never_answers_for_holds_up_no_other_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join(ASHA)
    ill = opened(world, ASHA, started_at=whole(days=40))
    listed = new_id()
    _ill(monkeypatch, ill, listed)
    talked(world, listed, minutes=20)
    well = opened(world, ASHA, started_at=whole(days=30))
    at_elevenlabs(world, ASHA, well, "Namaste.", ended_at=whole(days=30))
    talked(world, opened(world, ASHA))
    done = tick()
    assert done.closings == {Closing.CLOSED: 2}
    assert done.trouble == "ElevenLabs: 500"
    assert stored(world, well)["status"] == "completed"
    assert stored(world, ill)["astra"]["look_at"] > recently()
    assert [failure["item"] for failure in world.db[FAILURES].find()] == [listed]


def test_an_elevenlabs_that_is_away_is_asked_for_few_calls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.join(ASHA)
    keys = [opened(world, ASHA, started_at=whole(days=2 + number)) for number in range(60)]
    _ill(monkeypatch, *keys)
    assert tick().looked_up < 60


def test_a_call_of_nobody_outside_of_the_lists_window_is_asked_for_again(world: World) -> None:
    key = new_id()
    talked(world, key, user_id="user_late")
    first = tick()
    assert first.closings == {Closing.UNKNOWN_OWNER: 1}
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": recently(seconds=1)}})
    days_later = dt.datetime.now(dt.UTC) + dt.timedelta(days=5)
    tick(now=days_later)
    (failure,) = world.db[FAILURES].find()
    assert failure["attempt"] == 2, "it waits longer each time, and is parked in the end"
    world.join("user_late")
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": recently(seconds=1)}})
    assert tick(now=days_later).closings == {Closing.CREATED: 1}
    assert world.db[FAILURES].count_documents({}) == 0


def test_a_call_that_is_not_over_when_it_is_asked_for_again_is_not_forgotten(world: World) -> None:
    key = new_id()
    talked(world, key, user_id="user_late")
    assert tick().closings == {Closing.UNKNOWN_OWNER: 1}
    world.join("user_late")
    talked(world, key, user_id="user_late", status="processing")
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": recently(seconds=1)}})
    days_later = dt.datetime.now(dt.UTC) + dt.timedelta(days=5)
    tick(now=days_later)
    (failure,) = world.db[FAILURES].find()
    assert failure["error"] == "ItemError"
    talked(world, key, user_id="user_late")
    world.db[FAILURES].update_many({}, {"$set": {"next_attempt_at": recently(seconds=1)}})
    assert tick(now=days_later).closings == {Closing.CREATED: 1}
    assert world.db[FAILURES].count_documents({}) == 0


def test_without_our_agents_ids_nothing_is_listed(world: World, environment: pytest.MonkeyPatch) -> None:
    world.join(ASHA)
    key = opened(world, ASHA)
    talked(world, key)
    environment.delenv("ASTRA_WEBHOOK_AGENT_IDS")
    forget_settings()
    done = tick()
    assert (done.listed, done.closings) == (0, {})
    assert "ASTRA_WEBHOOK_AGENT_IDS is not set" in done.in_words


def test_a_tick_reads_neither_history_nor_what_was_looked_at_lately(world: World) -> None:
    world.join(ASHA)
    world.db[CONVERSATIONS].insert_many([conversation(ASHA) for _ in range(300)])
    later: dict[str, Any] = {"astra": {"look_at": recently(hours=-1)}}
    for _ in range(100):
        opened(world, ASHA, started_at=recently(hours=2), **later)
    talked(world, opened(world, ASHA, started_at=recently(hours=2)))
    world.db.command("profile", 2)
    try:
        assert tick().closings == {Closing.CLOSED: 1}
    finally:
        world.db.command("profile", 0)
    reads = list(world.db["system.profile"].find({"op": "query", "ns": f"{world.db.name}.{CONVERSATIONS}"}))
    assert reads
    assert sum(read["docsExamined"] for read in reads) <= 6
    assert sum(read["keysExamined"] for read in reads) <= 20


def test_two_ticks_at_once_close_each_call_once(world: World) -> None:
    world.join(ASHA)
    for _ in range(10):
        talked(world, new_id())

    async def twice(db: Any) -> list[Reconciled]:
        now = dt.datetime.now(dt.UTC)
        return list(await asyncio.gather(reconcile(db, None, now=now), reconcile(db, None, now=now)))

    done = on_db(twice)
    assert sum(one.closings[Closing.CREATED] for one in done) == 10
    assert world.db[CONVERSATIONS].count_documents({"status": "completed", "user_id": ASHA}) == 10


def test_the_check_warns_of_calls_the_webhook_did_not_tell_and_of_one_switched_off(
    world: World, environment: pytest.MonkeyPatch
) -> None:
    def check() -> dg.AssetCheckResult:
        found = webhook_is_alive(mongo=MongoResource())
        assert isinstance(found, dg.AssetCheckResult)
        return found

    world.join(ASHA)
    key = opened(world, ASHA)
    talked(world, key)
    tick()
    world.db[CONVERSATIONS].update_one({"conversation_id": key}, {"$set": {"astra.closed_at": recently(hours=2)}})
    assert check().passed, "a webhook that is not set up misses nothing"
    environment.setenv("ELEVENLABS_WEBHOOK_SECRETS", "wsec_test")
    forget_settings()
    found = check()
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.metadata["calls_untold"].value == 1
    world.db[EVENTS].insert_one(
        {"_id": f"post_call_transcription:{key}", "conversation_id": key, "last_received_at": recently()}
    )
    assert check().passed
    assert str(check().metadata["switched_off_by_elevenlabs"].value).startswith("not known")
    world.sandbox.set_webhook("http://127.0.0.1:9/webhooks/elevenlabs/post-call", "wsec_test")
    try:
        assert check().passed
        assert check().metadata["switched_off_by_elevenlabs"].value == "no"
        assert world.sandbox.deliver(key, repeats=10) == [0] * 10
        assert not check().passed
    finally:
        world.sandbox.delete_webhook()
