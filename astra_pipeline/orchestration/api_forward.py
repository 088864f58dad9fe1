"""The API on the UI's port, for `astra dev`: there the two have one origin, as the web app and its routes have.

So the old routes' addresses (http://localhost:3000/api/tasks/...) are answered as they were.
"""

from __future__ import annotations

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

_PREFIX = "/api/tasks/"
# Of one connection, not of the message (RFC 9110, 7.6.1); the host, which is told in a header of its own; and the
# server's own, which this server adds too.
_NOT_PASSED_ON = frozenset(
    (
        b"connection",
        b"content-length",
        b"date",
        b"server",
        b"host",
        b"keep-alive",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
# Longer than the API's own.
_SECONDS = 40.0


class ApiForward:
    """The application `app`; requests for the API go to the server at `url`, whose answers come back unchanged."""

    def __init__(self, app: ASGIApp, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._app = app
        # httpx would ask for compressed answers in the name of a client that cannot read them.
        plain = {"Accept-Encoding": "identity"}
        self._client = httpx.AsyncClient(
            base_url=url, transport=transport, timeout=_SECONDS, trust_env=False, headers=plain
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        try:
            answer = await self._forwarded(Request(scope, receive))
        except httpx.TransportError:
            answer = JSONResponse({"error": "Service unavailable"}, 503, {"Retry-After": "5"})
        await answer(scope, receive, send)

    async def _forwarded(self, request: Request) -> Response:
        headers = [(name, value) for name, value in request.headers.raw if name not in _NOT_PASSED_ON]
        told = {"X-Forwarded-Host": request.headers.get("host", ""), "X-Forwarded-Proto": request.url.scheme}
        asked = self._client.build_request(
            request.method,
            httpx.URL(path=request.url.path, query=request.url.query.encode()),
            headers=[*headers, *((name.encode(), value.encode()) for name, value in told.items())],
            content=await request.body(),
        )
        got = await self._client.send(asked, stream=True)
        try:
            # As it is: a compressed body stays compressed.
            body = b"".join([piece async for piece in got.aiter_raw()])
        finally:
            await got.aclose()
        answer = Response(body, got.status_code)
        length = got.headers.get("content-length", str(len(body)))
        passed = [(name.lower(), value) for name, value in got.headers.raw if name.lower() not in _NOT_PASSED_ON]
        # A HEAD has the length of the body that it has not.
        answer.raw_headers = [*passed, (b"content-length", length.encode())]
        return answer
