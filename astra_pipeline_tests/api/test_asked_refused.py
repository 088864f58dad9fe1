"""POST below /api/tasks: what is refused, to whom, and who sees what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from astra_pipeline_tests.api.asked import (
    CHART,
    HOROSCOPE,
    REPORT,
    TRANSCRIPT,
    charted,
    left_open,
)
from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import recently

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"force_regenerate": "false"}, ["force_regenerate"]),
        ({"force_regenerate": 1}, ["force_regenerate"]),
        ({"user_id": 7, "force_regenerate": None}, ["user_id", "force_regenerate"]),
    ],
)
async def test_a_value_of_another_type_is_named_and_not_repeated(
    world: World, opened, body: dict[str, Any], fields: list[str]
) -> None:
    asha = charted(world, "user_asha")
    async with opened() as door:
        answer = await door.client.post(HOROSCOPE, headers=asha, json=body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["fields"]] == fields
    assert world.db["astra_task_requests"].count_documents({}) == 0


async def test_an_empty_body_is_an_empty_object_and_broken_json_is_said(world: World, opened) -> None:
    asha = charted(world, "user_asha")
    async with opened() as door:
        empty = await door.client.post(HOROSCOPE, headers=asha)
        broken = await door.client.post(
            HOROSCOPE, headers=asha | {"Content-Type": "application/json"}, content=b'{"force'
        )
        missing = await door.client.post(TRANSCRIPT, headers=asha, json={})
    assert empty.status_code == 202
    assert (broken.status_code, broken.json()) == (400, {"error": "Invalid JSON payload"})
    assert (missing.status_code, missing.json()) == (400, {"error": "Missing conversation_id"})


@pytest.mark.parametrize("path", [CHART, HOROSCOPE, REPORT, "/api/tasks/persona", "/api/tasks/gamification"])
async def test_nobody_is_asked_for_who_is_unknown_erased_or_somebody_else(world: World, opened, path: str) -> None:
    asha = signed_in(world.db, "user_asha")
    joined(world.db, "user_gone", astra={"erased_at": recently()})
    async with opened() as door:
        unknown = await door.client.post(path, headers=SERVICE, json={"user_id": "user_nobody"})
        erased = await door.client.post(path, headers=SERVICE, json={"user_id": "user_gone"})
        other = await door.client.post(path, headers=asha, json={"user_id": "user_gone"})
        nobody = await door.client.post(path, json={"user_id": "user_asha"})
    assert (unknown.status_code, unknown.json()) == (404, {"error": "User not found"})
    assert (erased.status_code, erased.json()) == (409, {"error": "Erased"})
    assert (other.status_code, other.json()) == (403, {"error": "Forbidden"})
    assert nobody.status_code == 401


async def test_a_conversation_of_before_an_erasure_is_not_taken_up(world: World, opened) -> None:
    asha = signed_in(world.db, "user_asha", astra={"erased_at": recently()})
    talk = left_open(world, "user_asha", "Long ago.", ended_at=recently(hours=1))
    world.db["elevenlabs_conversations"].update_one(
        {"conversation_id": talk}, {"$set": {"astra": {"erased_at": recently()}}}
    )
    async with opened() as door:
        answer = await door.client.post(TRANSCRIPT, headers=asha, json={"conversation_id": talk})
    assert (answer.status_code, answer.json()) == (409, {"error": "Erased"})


async def test_a_request_is_seen_by_who_asked_by_whom_it_is_about_by_services_and_admins(
    world: World, opened
) -> None:
    """The table of callers of the routes that name a request."""
    asha = charted(world, "user_asha")
    callers = {
        "whom it is about": (asha, 200),
        "the service that asked": (SERVICE, 200),
        "an admin": (signed_in(world.db, "user_root"), 200),
        "somebody else": (signed_in(world.db, "user_ben"), 404),
        "nobody": ({}, 401),
        "a false token": ({"Authorization": "Bearer of-nobody"}, 401),
        "a false cookie": ({"Cookie": "better-auth.session_token=abc.def"}, 401),
    }
    async with opened() as door:
        asked = await door.client.post(HOROSCOPE, headers=SERVICE, json={"user_id": "user_asha"})
        request_id = asked.json()["request_id"]
        for kind, (headers, status) in callers.items():
            new = await door.client.get(asked.headers["location"], headers=headers)
            old = await door.client.get(TRANSCRIPT, headers=headers, params={"execution_id": request_id})
            assert (new.status_code, old.status_code) == (status, status), kind
        ben, _ = callers["somebody else"]
        others = [
            await door.client.get(asked.headers["location"], headers=ben),
            await door.client.get("/api/tasks/requests/req_nothing", headers=ben),
            await door.client.get(TRANSCRIPT, headers=ben, params={"execution_id": "../../etc"}),
        ]
        unnamed = await door.client.get(TRANSCRIPT, headers=asha)
    assert {(one.status_code, one.text) for one in others} == {(404, '{"error":"Request not found"}')}
    assert (unnamed.status_code, unnamed.json()) == (400, {"error": "Missing execution_id"})
