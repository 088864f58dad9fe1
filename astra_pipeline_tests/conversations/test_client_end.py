"""A client closes its own call, and creates its document only when ElevenLabs names the person."""

from __future__ import annotations

import pytest

from astra_pipeline.conversations import events
from astra_pipeline.conversations.client_end import close_for
from astra_pipeline.conversations.ending import Closing
from astra_pipeline.conversations.webhook import read_event
from astra_pipeline.errors import ServiceAway
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS
from astra_pipeline_tests.calls import at_elevenlabs, new_id, on_db, opened, post_call, stored
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, recently

ASHA = "user_asha"


def tell(key: str, user_id: str = ASHA, *, is_person: bool = True) -> Closing:
    return on_db(lambda db: close_for(db, key, user_id, is_person=is_person))


def asked(world: World) -> int:
    counts = world.sandbox.stats()["requests"].get("elevenlabs", {})
    return sum(sum(statuses.values()) for statuses in counts.values())


def test_a_call_that_the_app_recorded_is_closed_without_asking_anybody(world: World) -> None:
    world.join(ASHA)
    key, before = opened(world, ASHA), asked(world)
    assert tell(key, "user_ravi") is Closing.NOT_FOUND
    assert tell(key) is Closing.CLOSED
    assert asked(world) == before


def test_a_call_that_the_app_did_not_record_is_created_for_whom_elevenlabs_names(world: World) -> None:
    world.join(ASHA)
    world.join("user_ravi")
    key, end = new_id(), recently(minutes=3).replace(microsecond=0)
    at_elevenlabs(world, ASHA, key, "Namaste.", ended_at=end)
    assert tell(key, "user_ravi") is Closing.NOT_FOUND
    assert tell(key, is_person=False) is Closing.NOT_FOUND
    assert tell(new_id()) is Closing.NOT_FOUND
    assert world.db[CONVERSATIONS].count_documents({}) == 0
    assert tell(key) is Closing.CREATED
    assert (stored(world, key)["user_id"], stored(world, key)["ended_at"]) == (ASHA, end)


def test_an_id_that_is_a_path_leads_nowhere(world: World) -> None:
    world.join(ASHA)
    for key in ("..", ".", "../../v1/user", "", "a/b?c=d"):
        assert tell(key) is Closing.NOT_FOUND


def test_an_event_is_asked_before_elevenlabs(world: World, environment: pytest.MonkeyPatch) -> None:
    world.join(ASHA)
    key = new_id()
    told = call({"conversation_id": key, "user_id": ASHA, "ended_at": recently(minutes=3)}, ("Namaste.",))
    event = read_event(post_call(told), digest="", signed_at=recently())
    on_db(lambda db: events.receive(db, event))
    world.db[CONVERSATIONS].delete_many({})
    environment.delenv("ELEVENLABS_API_KEY")
    forget_settings()
    assert tell(key) is Closing.CREATED


def test_while_elevenlabs_is_away_the_client_is_told_so(world: World, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_HTTP_ATTEMPTS", "1")
    forget_settings()
    world.join(ASHA)
    world.sandbox.configure(faults=[{"service": "elevenlabs", "rate": 1.0, "kinds": ["500"]}])
    with pytest.raises(ServiceAway):
        tell(new_id())
