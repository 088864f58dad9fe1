"""GET /api/context, and ElevenLabs' initiation webhook: what the agent is told while the phone rings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette

from astra_pipeline.api.initiation import HEADER, PATH, routes
from astra_pipeline.context.table import BY_NAME, DEFAULTS
from astra_pipeline.counters import CONTEXT_BYTES, TALLY
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.counters import read_totals
from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in
from astra_pipeline_tests.api.serving import database
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.context.documents import asha
from astra_pipeline_tests.context.test_laws import problems_of
from astra_pipeline_tests.pipeline import run_pipeline
from astra_pipeline_tests.sandbox.conftest import serving

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

pytestmark = pytest.mark.anyio
_SECRETS = {"ASTRA_INITIATION_SECRETS": "s-newest, s-older"}
_NUMBER = "+919812345678"


def _known(db: Database[dict[str, Any]], user_id: str = "user_asha", **astra: Any) -> None:
    document: dict[str, Any] = asha() | {"id": user_id}
    document["astra"] = document["astra"] | {"phone_numbers": [_NUMBER]} | astra
    joined(db, user_id, **{name: value for name, value in document.items() if name != "id"})


async def _rings(opened: Any, body: Any, *, secret: str = "s-older", **variables: str) -> Any:
    async with opened(**_SECRETS | variables) as app:
        return await app.client.post(PATH, json=body, headers={HEADER: secret})


async def test_a_person_gets_their_own_context(opened: Any, db: Database[dict[str, Any]]) -> None:
    headers = signed_in(db, "user_asha", **{k: v for k, v in asha().items() if k != "id"})
    async with opened() as app:
        answer = await app.client.get("/api/context", headers=headers)
        again = await app.client.get("/api/context", headers=headers | {"If-None-Match": answer.headers["ETag"]})
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert problems_of(body["variables"]) == []
    assert body["variables"]["user_name"] == "Asha"
    assert body["first_message"] == body["variables"]["first_message"]
    assert body["context"].startswith("You talk with Asha.")
    assert body["bytes"] == sum(len(_said(value).encode()) for value in body["variables"].values())
    assert again.status_code in (200, 304)  # 200 when a minute went by in between


def _said(value: object) -> str:
    return str(value)


async def test_a_service_names_the_person(opened: Any, db: Database[dict[str, Any]]) -> None:
    joined(db, "user_new")
    async with opened() as app:
        found = await app.client.get("/api/context?user_id=user_new", headers=SERVICE)
        unknown = await app.client.get("/api/context?user_id=user_who", headers=SERVICE)
    assert found.json()["variables"]["is_first_conversation"] is True
    assert unknown.status_code == 404


async def test_a_known_number_is_told_of_its_person(opened: Any, db: Database[dict[str, Any]]) -> None:
    _known(db)
    asked = {"caller_id": "+91 98123 45678", "agent_id": "agent_astra", "called_number": "+1", "call_sid": "CA1"}
    answer = (await _rings(opened, asked)).json()
    assert answer["type"] == "conversation_initiation_client_data"
    assert answer["user_id"] == "user_asha"
    assert problems_of(answer["dynamic_variables"]) == []
    assert answer["dynamic_variables"]["user_name"] == "Asha"
    assert "conversation_config_override" not in answer


@pytest.mark.parametrize("body", [{}, {"caller_id": "anonymous"}, {"caller_id": "+4470000000"}, {"caller_id": 7}])
async def test_an_unknown_caller_gets_every_variable(opened: Any, db: Database[dict[str, Any]], body: Any) -> None:
    _known(db)
    answer = await _rings(opened, body)
    assert answer.status_code == 200
    assert answer.json()["dynamic_variables"] == dict(DEFAULTS) | {}
    assert "user_id" not in answer.json()


async def test_a_number_of_two_people_is_nobodys(opened: Any, db: Database[dict[str, Any]]) -> None:
    _known(db)
    _known(db, "user_bela")
    answer = (await _rings(opened, {"caller_id": _NUMBER})).json()
    assert answer["dynamic_variables"] == DEFAULTS


async def test_another_teams_agent_is_told_of_nobody(opened: Any, db: Database[dict[str, Any]]) -> None:
    _known(db)
    asked = {"caller_id": _NUMBER, "agent_id": "agent_of_others"}
    answer = (await _rings(opened, asked, ASTRA_WEBHOOK_AGENT_IDS="agent_astra")).json()
    assert "user_id" not in answer
    assert answer["dynamic_variables"].keys() == BY_NAME.keys()


@pytest.mark.parametrize("secret", ["", "s-new", "S-NEWEST", "s-newest, s-older"])
async def test_without_the_secret_nothing_is_told(opened: Any, db: Database[dict[str, Any]], secret: str) -> None:
    _known(db)
    answer = await _rings(opened, {"caller_id": _NUMBER}, secret=secret)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"x" * 20_000])
async def test_what_is_no_call_is_refused(opened: Any, content: bytes) -> None:
    async with opened(**_SECRETS) as app:
        answer = await app.client.post(PATH, content=content, headers={HEADER: "s-newest"})
    assert answer.status_code == 400


async def test_overrides_are_sent_for_the_fields_that_the_agent_allows_only(
    opened: Any, db: Database[dict[str, Any]]
) -> None:
    _known(db)
    answer = (await _rings(opened, {"caller_id": _NUMBER}, ASTRA_AGENT_OVERRIDES="first_message,language")).json()
    said = answer["dynamic_variables"]["first_message"]
    assert answer["conversation_config_override"] == {"agent": {"first_message": said}}
    db["user"].update_one({"id": "user_asha"}, {"$set": {"user_overview.preferences.hinglish_level": 80}})
    answer = (await _rings(opened, {"caller_id": _NUMBER}, ASTRA_AGENT_OVERRIDES="language")).json()
    assert answer["conversation_config_override"] == {"agent": {"language": "hi"}}
    unknown = (await _rings(opened, {}, ASTRA_AGENT_OVERRIDES="first_message,language")).json()
    assert "conversation_config_override" not in unknown


async def test_a_call_goes_ahead_while_mongodb_is_away(opened: Any, api_environment: pytest.MonkeyPatch) -> None:
    away = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"
    answer = await _rings(opened, {"caller_id": _NUMBER}, MONGODB_URI=away)
    assert answer.status_code == 200
    assert answer.json()["dynamic_variables"] == DEFAULTS


async def test_the_caller_is_found_by_an_index_and_one_read(opened: Any, db: Database[dict[str, Any]]) -> None:
    from astra_pipeline.context.read import PHONE_NUMBERS, PROJECTION
    from astra_pipeline.store.indexes import ensure_indexes

    _known(db)
    ensure_indexes(db)
    plan = db["user"].find({PHONE_NUMBERS: _NUMBER}, PROJECTION).limit(2).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    assert plan["executionStats"]["totalDocsExamined"] == 1


def test_a_fresh_conversation_changes_what_the_initiation_webhook_returns(
    world: World, api_environment: pytest.MonkeyPatch
) -> None:
    api_environment.setenv("ASTRA_INITIATION_SECRETS", "s-newest")
    forget_settings()
    world.join("user_dev", name="Dev Kapoor", astra={"phone_numbers": [_NUMBER]})
    with (
        serving(Starlette(routes=routes(database(), seconds=60))) as url,
        httpx.Client(base_url=url, headers={HEADER: "s-newest"}, timeout=30, trust_env=False) as phone,
    ):
        before = phone.post(PATH, json={"caller_id": _NUMBER}).json()["dynamic_variables"]
        world.talk("user_dev", "My sister Neha gets married on Friday. I will call my mother tonight.")
        run_pipeline()
        after = phone.post(PATH, json={"caller_id": _NUMBER}).json()["dynamic_variables"]
    assert (before["is_first_conversation"], before["last_conversation"]) == (True, "never")
    assert after["is_first_conversation"] is False
    assert after["total_conversations"] == 1
    assert "sister" in after["people"]
    assert after["conversation_summary"] != before["conversation_summary"]
    assert after["context"] != before["context"]
    assert problems_of(after) == []


async def test_a_fault_of_ours_ends_no_call(
    opened: Any, db: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise KeyError("hunter2")

    monkeypatch.setattr("astra_pipeline.api.initiation.context_of_caller", broken)
    answer = await _rings(opened, {"caller_id": _NUMBER})
    assert answer.status_code == 200
    assert answer.json()["dynamic_variables"] == DEFAULTS
    told = capfd.readouterr()
    assert "hunter2" not in told.out + told.err


async def test_the_sizes_of_contexts_are_counted(opened: Any, db: Database[dict[str, Any]]) -> None:
    _known(db)
    TALLY.take()
    for body in ({"caller_id": _NUMBER}, {}):
        await _rings(opened, body)
    async with opened() as app:
        await app.client.get("/api/context?user_id=user_asha", headers=SERVICE)
    totals = read_totals(db)
    counted = {who: totals[CONTEXT_BYTES.name, who].value for who in ("app", "phone", "unknown")}
    assert counted == {"app": 1, "phone": 1, "unknown": 1}
