"""httpx2 on aiohttp's connections behaves as httpx2 does on its own."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from astra_pipeline.llm.aiohttp_transport import AiohttpTransport
from astra_pipeline_tests.sandbox.conftest import serving

T = TypeVar("T")


async def _echo(request: Request) -> Response:
    body = await request.body()
    sent = [value for name, value in request.headers.items() if name == "x-mine"]
    return Response(gzip.compress(body), headers={"content-encoding": "gzip", "x-sent": ",".join(sent)})


async def _slow(request: Request) -> Response:
    await asyncio.sleep(5)
    return Response(b"late")


async def _away(request: Request) -> Response:
    return RedirectResponse("/echo", status_code=307)


APP = Starlette(
    routes=[
        Route("/echo", _echo, methods=["POST"]),
        Route("/slow", _slow, methods=["POST"]),
        Route("/away", _away, methods=["POST"]),
    ]
)


def run(talk: Callable[[httpx2.AsyncClient], Awaitable[T]]) -> T:
    async def with_client() -> T:
        transport = AiohttpTransport(connections=2)
        timeout = httpx2.Timeout(2, read=0.5)
        async with httpx2.AsyncClient(transport=transport, timeout=timeout, follow_redirects=True) as client:
            return await talk(client)

    return asyncio.run(with_client())


def test_a_body_arrives_and_its_answer_is_decoded_once() -> None:
    with serving(APP) as url:
        for path in ("/echo", "/away"):
            sent = "शादी".encode() * 5000
            answer = run(lambda client, p=path, b=sent: client.post(url + p, content=b, headers={"x-mine": "yes"}))
            assert answer.status_code == 200
            assert answer.content == sent
            assert answer.headers["x-sent"] == "yes"


def test_what_goes_wrong_is_an_error_of_httpx2() -> None:
    with serving(APP) as url, pytest.raises(httpx2.ReadTimeout):
        run(lambda client: client.post(f"{url}/slow"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(httpx2.ConnectError):
        run(lambda client: client.post(f"http://127.0.0.1:{port}/echo"))


def test_proxies_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "models.example")
    transport = AiohttpTransport(connections=1)
    assert transport._proxy_of("https", "api.example") == "http://proxy.example:3128"
    assert transport._proxy_of("https", "models.example") is None
