"""Erasing a person reaches nobody else, whatever ids are stored of them (F13, F21 of the fault list)."""

from __future__ import annotations

import os
import uuid
from typing import Any

import httpx
import pytest

from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.personal_data.person_ids import is_plain, is_uuid
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, HOROSCOPES, INSIGHTS, LEASES, TRANSCRIPTS, USERS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import conversation
from astra_pipeline_tests.personal_data.lives import ANN, erase_as_cli, person

_BOB = "user_bob"


@pytest.fixture(autouse=True)
def erasing_at_elevenlabs(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("ASTRA_ERASE_ELEVENLABS", "true")
    forget_settings()


def answered(world: World) -> dict[str, Any]:
    """Route -> answers of the requests that the services received."""
    return {
        f"{service} {route}": answers
        for service, routes in world.sandbox.stats()["requests"].items()
        for route, answers in routes.items()
    }


def is_at_elevenlabs(conversation_id: str) -> bool:
    url = f"{os.environ['ELEVENLABS_BASE_URL']}/v1/convai/conversations/{conversation_id}"
    return httpx.get(url, headers={"xi-api-key": os.environ["ELEVENLABS_API_KEY"]}).status_code == 200


def test_anothers_conversation_and_lease_stay_where_the_app_lists_it_as_theirs(world: World) -> None:
    for user_id in (ANN, _BOB):
        world.join(user_id)
    hers, his = world.talk(ANN, "Hers."), world.talk(_BOB, "His.")
    world.db[USERS].update_one({"id": ANN}, {"$set": {"elevenlabs_conversations": [hers, his]}})
    for conversation_id in (hers, his):
        lease = {"_id": conversation_id, "run_id": "run_a", "fence": 1, "executions": {"t": {"id": "paid"}}}
        world.db[LEASES].insert_one(lease)
    # Facts of ours under his id, one of which names her: the app's record says whose it is.
    world.db[INSIGHTS].insert_one({"_id": his, "user_id": ANN})
    world.db[TRANSCRIPTS].insert_one({"_id": his, "user_id": _BOB, "turns": []})
    assert erase_as_cli(None).conversations_at_elevenlabs == 1
    assert (is_at_elevenlabs(hers), is_at_elevenlabs(his)) == (False, True)
    assert world.db[LEASES].distinct("_id") == [his]
    assert world.db[LEASES].find_one()["fence"] == 1  # type: ignore[index]
    assert world.db[TRANSCRIPTS].distinct("_id") == [his]


def test_an_id_that_is_a_path_is_sent_nowhere(world: World) -> None:
    world.join(ANN, julep_user_id="../agents/1234")
    for odd in ("..", ".", "a/b", "conv 1", "conv%2e", "conv?x=1", "ünï", "a\x00b"):
        world.db[CONVERSATIONS].insert_one(conversation(ANN) | {"conversation_id": odd})
    before = answered(world)
    erased = erase_as_cli(None)
    assert erased.julep_user == "not there; julep_user_id was no UUID"
    assert erased.conversations_at_elevenlabs == 0
    after = answered(world)
    # Of its own Julep user, under the id that follows from hers.
    assert [route for route in after if after[route] != before.get(route)] == [
        "julep DELETE /julep/users/{user_id}"
    ]
    assert "julep_user_id" not in person(world)


def test_a_person_whose_id_begins_another_s_keeps_the_other_s_texts(world: World) -> None:
    for user_id in ("bob", "bob@example.com", "bob@2026-01-01x"):
        world.join(user_id)
        for item in (user_id, f"{user_id}@2026-11-28", f"{user_id}@2026-W48"):
            world.db[LEASES].insert_one({"_id": item, "run_id": "run_a", "fence": 1})
        world.db[HOROSCOPES].insert_one({"_id": f"{user_id}@2026-11-28", "user_id": user_id})
    erase_as_cli(None, "bob")
    assert [one for one in world.db[LEASES].distinct("_id") if one.startswith("bob@2026-1")] == []
    assert world.db[LEASES].count_documents({}) == 6
    assert set(world.db[HOROSCOPES].distinct("user_id")) == {"bob@example.com", "bob@2026-01-01x"}


@pytest.mark.parametrize("user_id", ["a\x00b", ".*", "user_(", "u$", "[a-z]+", "^", "\\"])
def test_an_id_of_odd_letters_is_erased_and_matches_nobody_else(user_id: str, world: World) -> None:
    world.join(ANN)
    world.join(user_id)
    said = world.talk(user_id, "Odd.")
    for item in (ANN, f"{ANN}@2026-11-28", f"{user_id}@2026-11-28", said):
        world.db[LEASES].insert_one({"_id": item, "run_id": "run_a", "fence": 1})
    erase_as_cli(None, user_id)
    assert set(world.db[LEASES].distinct("_id")) == {ANN, f"{ANN}@2026-11-28"}
    assert person(world, user_id)["astra"].keys() == {"erased_at"}
    assert "astra" not in person(world)


def test_ids_are_told_apart() -> None:
    assert is_plain("conv_01-Ab")
    assert not any(map(is_plain, ["", "..", "a/b", "a\n", "ü", None, 5]))
    assert is_uuid(julep_user_id(ANN))
    assert is_uuid(str(uuid.uuid4()).upper())
    assert not any(map(is_uuid, ["../agents/1234", "", None, uuid.uuid4().hex, f"{{{uuid.uuid4()}}}"]))
