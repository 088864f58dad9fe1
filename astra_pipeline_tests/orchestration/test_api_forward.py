"""On the UI's port of `astra dev` the API answers as on its own, and the UI answers everything else."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from astra_pipeline.orchestration.api_forward import ApiForward
from astra_pipeline.orchestration.request_guard import RequestGuard

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def echo(request: Request) -> JSONResponse:
    """Everything that the API was told."""
    told = {
        "method": request.method,
        "url": str(request.url),
        "headers": dict(request.headers),
        "body": (await request.body()).decode(),
    }
    return JSONResponse(told, 202, {"ETag": '"x"', "Set-Cookie": "a=b"})


def on_one_port(api: httpx.AsyncBaseTransport | None, *, url: str = "http://127.0.0.1:3010") -> httpx.AsyncClient:
    ui = Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("the UI"))])
    door = RequestGuard(ApiForward(ui, url, api))
    return httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://localhost:3000")


API = httpx.ASGITransport(Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])]))


async def test_a_request_and_its_answer_are_passed_on_whole() -> None:
    async with on_one_port(API) as client:
        answer = await client.post(
            "/api/tasks/horoscope?user_id=a%20b", json={"a": "ü"}, headers={"Cookie": "session=1%2B"}
        )
        ui = await client.get("/runs")
        near = await client.get("/api/other")
    told = answer.json()
    assert (answer.status_code, answer.headers["etag"], answer.headers["set-cookie"]) == (202, '"x"', "a=b")
    assert (told["method"], told["body"]) == ("POST", '{"a":"ü"}')
    assert told["url"] == "http://127.0.0.1:3010/api/tasks/horoscope?user_id=a%20b"
    assert told["headers"]["cookie"] == "session=1%2B"
    assert told["headers"]["content-type"] == "application/json"
    # By these the API knows the origin that the browser knows.
    assert told["headers"]["x-forwarded-host"] == "localhost:3000"
    assert told["headers"]["x-forwarded-proto"] == "http"
    assert (ui.text, near.text) == ("the UI", "the UI")


async def test_the_guard_of_the_ui_stands_before_the_api_too() -> None:
    async with on_one_port(API) as client:
        for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}):
            refused = await client.get("/api/tasks/horoscope", headers=headers)
            assert refused.status_code in (403, 421)


async def test_an_api_that_is_not_there_is_said_to_be_away() -> None:
    async with on_one_port(None, url="http://127.0.0.1:1") as client:
        away = await client.get("/api/tasks/horoscope")
    assert (away.status_code, away.json()) == (503, {"error": "Service unavailable"})
