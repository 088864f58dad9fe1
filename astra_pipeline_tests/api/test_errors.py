"""Every refusal has a body that says what is wrong, and none repeats what was sent."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from fastapi import Request
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import JSONResponse

from astra_pipeline.api.app import create_app
from astra_pipeline.settings import Settings
from astra_pipeline_tests.api.doors import SERVICE, TOKEN, signed_in

FEEDBACK = "/api/tasks/horoscope/feedback"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "body", "status", "answer"),
    [
        ("POST", FEEDBACK, b"{not json", 400, {"error": "Invalid JSON payload"}),
        ("POST", FEEDBACK, b"\xff\xfe", 400, {"error": "Invalid JSON payload"}),
        ("POST", FEEDBACK, b"[1]", 400, {"fields": [{"field": "body", "problem": "must be an object"}]}),
        ("POST", FEEDBACK, b'"text"', 400, {"fields": [{"field": "body", "problem": "must be an object"}]}),
        ("POST", FEEDBACK, b"", 400, {"message": "date is missing; rating is missing"}),
        ("POST", FEEDBACK, b"x" * 70_000, 413, {"error": "Payload too large"}),
        ("PUT", FEEDBACK, b"", 405, {"error": "Method not allowed"}),
        ("DELETE", "/api/tasks/chart", b"", 405, {"error": "Method not allowed"}),
        ("GET", "/api/tasks/nothing", b"", 404, {"error": "Not found"}),
        ("GET", "/nothing", b"", 404, {"error": "Not found"}),
        ("GET", "/api/tasks/chart/", b"", 404, {"error": "Not found"}),
    ],
)
async def test_a_refusal_says_what_is_wrong(db, opened, method, path, body, status, answer) -> None:
    asha = signed_in(db, "user_asha") | {"Content-Type": "application/json"}
    async with opened() as door:
        refused = await door.client.request(method, path, content=body, headers=asha)
    assert refused.status_code == status
    assert refused.json().items() >= answer.items()
    assert refused.headers["content-type"] == "application/json"
    assert refused.headers["cache-control"] == "no-store"


@pytest.mark.anyio
async def test_a_body_of_unknown_length_is_bounded_as_well(db, opened) -> None:
    async def pieces():
        for _ in range(10):
            yield b" " * 10_000

    asha = signed_in(db, "user_asha") | {"Content-Type": "application/json"}
    async with opened() as door:
        refused = await door.client.post(FEEDBACK, content=pieces(), headers=asha)
    assert (refused.status_code, refused.json()["error"]) == (413, "Payload too large")


@pytest.mark.anyio
async def test_a_request_that_takes_too_long_or_fails_is_answered(db, opened) -> None:
    async def slow(request: Request) -> JSONResponse:
        await asyncio.sleep(60)
        return JSONResponse({})

    async def broken(request: Request) -> JSONResponse:
        raise RuntimeError("words of asha@example.com")

    async with opened(seconds=0.2) as door:
        door.app.add_route("/api/slow", slow)
        door.app.add_route("/api/broken", broken)
        late, failed = await door.client.get("/api/slow"), await door.client.get("/api/broken")
    assert late.status_code == 503
    assert late.json() == {"error": "Service unavailable", "message": "The request took longer than 0.2 seconds"}
    assert failed.status_code == 500
    assert failed.json() == {
        "error": "Internal server error",
        "message": "The request could not be answered",
    }


# Values that no message of ours has by itself.
MARKED = st.text(st.characters(codec=None), max_size=40).map(lambda text: f"ünlikely-{text}")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(10**6) | st.floats(allow_nan=False, allow_infinity=False) | MARKED,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MARKED, inner, max_size=3),
    max_leaves=6,
)
BODIES = VALUES | st.fixed_dictionaries(
    {}, optional={"user_id": VALUES, "date": VALUES, "rating": VALUES, "comment": VALUES, "ünlikely": VALUES}
)


@settings(max_examples=150)
@given(body=BODIES, query=MARKED)
def test_no_refusal_repeats_a_value(body, query) -> None:
    app = create_app(Settings(astra_api_tokens=SecretStr(TOKEN), astra_rate_limits="off"))
    # A refusal by its fields comes before MongoDB is asked for anything.
    app.state.db = None
    answers = asyncio.run(_ask(app, body, query))
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert "nlikely" not in answer.text
        assert set(answer.json()) <= {"error", "message", "fields"}


async def _ask(app, body, query) -> list[httpx.Response]:
    bad = {"date": 7} | body if isinstance(body, dict) else body
    if isinstance(bad, dict):
        bad["date"] = 7
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        params = {"user_id": "user_asha", "date": query.encode("utf-8", "replace").decode()}
        return [
            await client.post(FEEDBACK, content=json.dumps(bad).encode(), headers=SERVICE),
            await client.get("/api/tasks/horoscope", params=params, headers=SERVICE),
        ]
