"""Nobody reads or acts on anybody else: every route of the application by every kind of caller."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from astra_pipeline_tests.api.asked import charted
from astra_pipeline_tests.api.doors import SERVICE, Open, signed_in
from astra_pipeline_tests.api.every_route import (
    DATE,
    OPERATORS,
    PERSONAL,
    PUBLIC,
    REQUEST,
    TALK,
    Case,
    Row,
    cases_of,
    routes_of,
)
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, conversation, recently

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]
    Documents = dict[str, list[dict[str, Any]]]

pytestmark = pytest.mark.anyio
# A word that stands in everything of Asha's.
WORD = "Mogra"


def populated(world: World) -> dict[str, dict[str, str]]:
    """The headers of each kind of caller. Asha and Bela have everything that can be asked for."""
    people = {
        "somebody else": _person(world, "user_bela", "Words."),
        "asha": _person(world, "user_asha", WORD),
        "an admin": _person(world, "user_root", "Words."),
        "an erased person": signed_in(world.db, "user_gone", astra={"erased_at": recently()}),
    }
    talk = conversation("user_asha", conversation_id=TALK, status="active", ended_at=recently(minutes=5))
    world.sandbox.add_conversations([call(talk, [WORD])])
    world.db["elevenlabs_conversations"].insert_one(talk | {"ended_at": None})
    now = recently()
    world.db["astra_task_requests"].insert_one(
        {
            "_id": REQUEST,
            "kind": "horoscope",
            "user_id": "user_asha",
            "item": f"{DATE}:user_asha",
            "force": False,
            "requested_by": {"kind": "person", "id": "user_asha"},
            "requested_at": now,
            "finished_at": now,
            "status": "failed",
            "error": {"class": "BadAnswer", "message": WORD},
            "dedupe": "of a request that is over",
            "expires_at": now + dt.timedelta(days=30),
        }
    )
    return people | {
        "nobody": {},
        "a service": SERVICE,
        "a false token": {"Authorization": "Bearer of-nobody"},
        "a false cookie": {"Cookie": "better-auth.session_token=abc.def"},
    }


def _person(world: World, user_id: str, word: str) -> dict[str, str]:
    latest = {"date": DATE, "content": word, "generated_at": recently()}
    overview = {
        "latest_horoscope": latest,
        "latest_weekly_report": {"week_start": DATE, "content": word},
        "weekly_reports": [{"week_start": DATE, "content": word}],
        "preferences": {"favorite_astro_topics": [word]},
        "gamification": {"streak_days": 2, "topics_explored": [word]},
    }
    born = {"date_of_birth": dt.datetime(1994, 3, 12, tzinfo=dt.UTC), "birth_time": "07:15"}
    return charted(world, user_id, overview=overview, birth_location="Pune", **born)


def everything(db: Db) -> Documents:
    """Every document of the database, but for counters: they count requests, and name nobody."""
    names = [name for name in sorted(db.list_collection_names()) if not name.startswith("astra_metric")]
    return {name: list(db[name].find().sort("_id")) for name in names}


def restore(db: Db, documents: Documents) -> None:
    """The database as it was, so that each case finds the same."""
    for name, found in everything(db).items():
        if found != documents.get(name, []):
            db[name].delete_many({})
            if documents.get(name):
                db[name].insert_many(documents[name])


async def ask(
    client: httpx.AsyncClient, route: tuple[str, str], row: Row, case: Case, headers: Mapping[str, str]
) -> httpx.Response:
    method, path = route
    named = {} if case.names is None else {"user_id": case.names}
    query, body = dict(row.query or {}), None
    if row.body is None:
        query |= named
    else:
        body = {**row.body, **named}
    url = path.replace("{request_id}", REQUEST).replace("{claim_id}", "avoid.of-nobody")
    return await client.request(method, url, params=query, json=body, headers=dict(headers))


async def wrong_with(
    door: Open, db: Db, before: Documents, route: tuple[str, str], case: Case, headers: Mapping[str, str]
) -> str:
    """The fault of an answer; empty when it has none. The database is `before`, and is so again afterwards."""
    row = PERSONAL[route]
    answer = await ask(door.client, route, row, case, headers)
    expected = row.allowed if case.status is None else case.status
    if answer.status_code != expected:
        return f"{answer.status_code} instead of {expected}: {answer.text[:200]}"
    if answer.status_code in (401, 403, 404) and set(answer.json()) - {"error", "message"}:
        return f"the refusal says more than that: {answer.text[:200]}"
    if answer.status_code >= 400 and answer.headers["cache-control"] != "no-store":
        return "the refusal may be kept"
    if case.status is not None and WORD in answer.text:
        return "it tells what is Asha's"
    after = everything(db)
    if answer.status_code >= 400 or route[0] == "GET":
        return "" if after == before else "it wrote something"
    restore(db, before)
    untouched = _of(before, "user_asha") == _of(after, "user_asha")
    return "" if case.status is None or untouched else "it acted on Asha"


def _of(documents: Documents, user_id: str) -> list[dict[str, Any]]:
    return [one for found in documents.values() for one in found if user_id in str(one)]


async def test_every_route_has_its_row(db: Db, opened) -> None:
    async with opened() as door:
        assert sorted(routes_of(door.app.routes)) == sorted(PERSONAL.keys() | PUBLIC.keys() | OPERATORS.keys())


@pytest.mark.parametrize("route", PERSONAL, ids=" ".join)
async def test_a_route_gives_each_caller_what_is_theirs(world: World, opened, route: tuple[str, str]) -> None:
    headers = populated(world)
    async with opened() as door:
        documents = everything(world.db)
        wrong = {}
        for case in cases_of(PERSONAL[route]):
            if fault := await wrong_with(door, world.db, documents, route, case, headers[case.caller]):
                wrong[case.caller, case.names] = fault
    assert wrong == {}


@pytest.mark.parametrize("route", [route for route in PERSONAL if route[0] == "GET"], ids=" ".join)
async def test_the_head_of_an_answer_is_given_to_whom_the_answer_is(
    world: World, opened, route: tuple[str, str]
) -> None:
    headers, row = populated(world), PERSONAL[route]
    async with opened() as door:
        for caller, status in (("nobody", 401), ("somebody else", row.to_another), ("asha", row.allowed)):
            answer = await ask(door.client, ("HEAD", route[1]), row, Case(caller, None, status), headers[caller])
            assert (answer.status_code, answer.content) == (status, b""), caller


async def test_what_operators_have_is_for_them_alone(world: World, opened) -> None:
    headers = populated(world)
    wrong = {}
    async with opened() as door:
        before = everything(world.db)
        for (method, path), (allowed, refused) in OPERATORS.items():
            for caller, sent in headers.items():
                answer = await door.client.request(method, path, headers=sent)
                if answer.status_code != allowed.get(caller, refused):
                    wrong[method, path, caller] = answer.status_code
                assert WORD not in answer.text
        assert everything(world.db) == before
    assert wrong == {}


@pytest.mark.parametrize("route", PUBLIC, ids=" ".join)
async def test_what_is_about_nobody_is_the_same_for_everybody(world: World, opened, route: tuple[str, str]) -> None:
    headers = populated(world)
    async with opened(ELEVENLABS_WEBHOOK_SECRETS="wsec_of_the_tests") as door:
        before = everything(world.db)
        answers = [
            await door.client.request(*route, params={"user_id": "user_asha"}, headers=headers[caller])
            for caller in headers
        ]
        assert {(answer.status_code, answer.text) for answer in answers} == {(PUBLIC[route], answers[0].text)}
        assert WORD not in answers[0].text
        assert everything(world.db) == before
