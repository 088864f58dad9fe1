"""The layers around every request: its id and line in the log, its size and time, the headers of its answer."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import Collection
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from astra_pipeline import tracing
from astra_pipeline.api import errors
from astra_pipeline.api.caching import COMPRESSED_FROM, accepts_gzip
from astra_pipeline.api.limits import rate_headers
from astra_pipeline.counters import HTTP, observe

log = structlog.get_logger(__name__)

BODY_BYTES = 64 * 1024
_READS = "/api/tasks/"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)
_CORS_METHODS = "GET, HEAD, POST, DELETE, OPTIONS"
_CORS_HEADERS = "Content-Type, Authorization, If-None-Match, Prefer, X-Request-Id"
_CORS_EXPOSED = "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, Preference-Applied, X-Request-Id"


class Requests:
    """The outermost layer: a request's id, and its line in the log.

    The line has the method, the route's template, the status and the time: no path, query, header or body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = Headers(scope=scope).get("traceparent")
        with tracing.span(scope["method"], kind="server", parent=parent) as span, ACTIVE:
            await self._handle(scope, receive, send, span)

    async def _handle(self, scope: Scope, receive: Receive, send: Send, span: tracing.Span) -> None:
        request_id = _request_id(scope)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"] = request_id
        answer = _Answer(send, scope, state)
        began = time.perf_counter()
        # The server handles each request in a context of its own, so nothing need be unbound.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, answer)
        finally:
            seconds, route = time.perf_counter() - began, route_of(scope)
            log.info(
                "request",
                method=answer.method,
                route=route,
                status=answer.status,
                duration_ms=round(seconds * 1000, 1),
            )
            _measure(span, answer, route, seconds)


def _measure(span: tracing.Span, answer: _Answer, route: str | None, seconds: float) -> None:
    """Count and trace a request by OpenTelemetry's stable names. A path that is no route's is not told."""
    method = answer.method if answer.method in _METHODS else "_OTHER"
    labels = {"http_request_method": method, "http_route": route or ""}
    observe(HTTP, seconds, **labels, http_response_status_code=str(answer.status))
    span.set(http__request__method=method, http__response__status_code=answer.status)
    if route:
        span.set(http__route=route)
    if answer.status >= 500:
        span.fail(str(answer.status))


class _Active:
    """The number of requests at work. All of a process are on one event loop."""

    def __init__(self) -> None:
        self.requests = 0

    def __enter__(self) -> None:
        self.requests += 1

    def __exit__(self, *_: object) -> None:
        self.requests -= 1


ACTIVE = _Active()


class _Answer:
    """`send`, with the headers that every answer has; a HEAD is answered without its body."""

    def __init__(self, send: Send, scope: Scope, state: dict[str, Any]) -> None:
        self._send, self._state = send, state
        self.method: str = scope["method"]
        self.status = 0
        if self.method == "HEAD":
            # A route that answers GET answers HEAD.
            scope["method"] = "GET"

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._state["request_id"]
            headers["X-Content-Type-Options"] = "nosniff"
            for name, value in rate_headers(self._state).items():
                headers[name] = value
        elif self.method == "HEAD" and message["type"] == "http.response.body":
            message = {"type": "http.response.body", "body": b"", "more_body": message.get("more_body", False)}
        await self._send(message)


def _request_id(scope: Scope) -> str:
    """The id that the client sent, if it is short and plain; else a new one."""
    sent = Headers(scope=scope).get("x-request-id", "")
    return sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex


def route_of(scope: Scope) -> str | None:
    """The template of the route; None when no route has the path."""
    if found := getattr(scope.get("route"), "path", None):
        return found
    # Starlette's own routes, such as the webhook's, leave their endpoint alone.
    endpoint = scope.get("endpoint")
    routes = scope["app"].routes if endpoint is not None else ()
    return next((route.path for route in routes if getattr(route, "endpoint", None) is endpoint), None)


class _Noting:
    """`send`, which notes whether the answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        self.has_begun = True
        await self._send(message)


class Refusals:
    """Answers whatever is raised further inside, below the layers that every answer passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Noting(send)
        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            if scope["type"] != "http":
                raise
            if not isinstance(error, errors.Refused):
                log.exception("a request failed", route=route_of(scope))
            if not answer.has_begun:
                await errors.refusal_of(error).answer()(scope, receive, send)


class Bounds:
    """Requests to /api have a body of at most 64 KiB and take at most `seconds`."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app, self._seconds = app, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length[:12]) > BODY_BYTES:
            raise errors.too_large()
        await self._within(scope, _counted(receive), send)

    async def _within(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Noting(send)
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, receive, answer)
        except TimeoutError:
            if answer.has_begun:
                raise
            raise errors.unavailable(f"The request took longer than {self._seconds:g} seconds") from None


def _counted(receive: Receive) -> Receive:
    """`receive` that raises Refused (413) once the body, of an unknown length, is above the limit."""
    got = 0

    async def counting() -> Message:
        nonlocal got
        message = await receive()
        if message["type"] == "http.request":
            got += len(message.get("body", b""))
            if got > BODY_BYTES:
                raise errors.too_large()
        return message

    return counting


class Compression:
    """Bodies of 1 KiB and more are compressed for clients that take gzip.

    Answers to reads below /api/tasks are left alone: they are compressed with their ETag (`caching.personal`).
    """

    def __init__(self, app: ASGIApp) -> None:
        # Starlette's own looks for the word alone, and compresses for a client that says "gzip;q=0".
        self._app, self._compressing = app, GZipMiddleware(app, minimum_size=COMPRESSED_FROM)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and not (scope["method"] == "GET" and scope["path"].startswith(_READS))
        compresses = is_ours and accepts_gzip(Headers(scope=scope))
        await (self._compressing if compresses else self._app)(scope, receive, send)


class Cors:
    """Pages of the trusted origins may call with the person's cookies; pages of others get no permission."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin")
        if origin is None:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight(origin)(scope, receive, send)
        else:
            await self._app(scope, receive, _Permitting(send, origin if origin in self._origins else None))

    def _preflight(self, origin: str) -> Response:
        if origin not in self._origins:
            return errors.forbidden("Origin not allowed").answer()
        return Response(
            status_code=204,
            headers={
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Allow-Methods": _CORS_METHODS,
                "Access-Control-Allow-Headers": _CORS_HEADERS,
                "Access-Control-Max-Age": "600",
                "Vary": "Origin",
            },
        )


class _Permitting:
    """`send`, with the permission for a trusted origin."""

    def __init__(self, send: Send, origin: str | None) -> None:
        self._send, self._origin = send, origin

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.add_vary_header("Origin")
            if self._origin is not None:
                headers["Access-Control-Allow-Origin"] = self._origin
                headers["Access-Control-Allow-Credentials"] = "true"
                headers["Access-Control-Expose-Headers"] = _CORS_EXPOSED
        await self._send(message)
