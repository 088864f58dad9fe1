"""Events that ElevenLabs told are a person's: exported with them, and erased with them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from astra_pipeline.conversations import events
from astra_pipeline.conversations.webhook import read_event
from astra_pipeline.personal_data.export import as_json, export
from astra_pipeline.store.collections import EVENTS, FAILURES
from astra_pipeline_tests.calls import new_id, on_db, opened, post_call
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, recently
from astra_pipeline_tests.personal_data.lives import ANN, ANNETTE, WORD, erase_as_cli, sweep


def told(key: str, user_id: str | None, ended_at: dt.datetime) -> bytes:
    document: dict[str, Any] = {"conversation_id": key, "user_id": user_id, "ended_at": ended_at}
    return post_call(call(document, (f"My {WORD} exam worries me.",)))


def receive(body: bytes) -> None:
    event = read_event(body, digest="", signed_at=recently())
    on_db(lambda db: events.receive(db, event))


def test_an_export_holds_what_elevenlabs_told(world: World) -> None:
    world.join(ANN)
    world.join(ANNETTE)
    receive(told(opened(world, ANN), ANN, recently(minutes=5)))
    receive(told(opened(world, ANNETTE), ANNETTE, recently(minutes=5)))
    exported = export(world.db, ANN)
    assert len(exported[EVENTS]) == 1
    assert WORD in as_json(exported).decode()


def test_an_erasure_takes_the_events_of_before_and_no_other(world: World) -> None:
    world.join(ANN)
    world.join(ANNETTE)
    unowned, unknown = new_id(), new_id()
    for key, user_id in ((opened(world, ANN), ANN), (opened(world, ANNETTE), ANNETTE), (unowned, None)):
        receive(told(key, user_id, recently(minutes=5)))
    receive(told(unknown, None, recently(minutes=5)))
    # The app records later whose the third call was.
    opened(world, ANN, unowned)
    erase_as_cli(None, ANN)
    assert {event["user_id"] for event in world.db[EVENTS].find()} == {ANNETTE, None}
    assert {event["conversation_id"] for event in world.db[EVENTS].find({"user_id": None})} == {unknown}
    assert {failure["item"] for failure in world.db[FAILURES].find()} == {unknown}
    # They talk again, and that is theirs.
    receive(told(since := new_id(), ANN, recently(seconds=-2)))
    sweep(None)
    erase_as_cli(None, ANNETTE)
    assert {event["conversation_id"] for event in world.db[EVENTS].find()} == {unknown, since}
