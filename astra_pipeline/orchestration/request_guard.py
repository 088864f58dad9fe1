"""Which requests Dagster's web server may see, as an ASGI middleware.

Dagster's UI has no sign-in: every request that reaches it may launch a run, also one that erases a person. A
browser sends such a request for any page that is open in it, also to loopback. So a request passes only when it
comes from the UI's own page, or from a program on this machine, which sends no Origin. `deploy/Caddyfile` holds the
same rules where others than the machine's own user reach the UI.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A page in a frame of somebody else's page is clicked on unseen.
_UNFRAMED = "DENY"

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True)
class Refusal:
    """An HTTP status and the one sentence that goes with it."""

    status: int
    reason: str


FOREIGN_HOST = Refusal(421, "This name is not one of the UI's own.")
FOREIGN_ORIGIN = Refusal(403, "The page that asks is not the UI's own.")
NOT_BY_READING = Refusal(405, "GraphQL is asked by POST, or over a websocket.")
NOT_JSON = Refusal(415, "GraphQL is asked in JSON.")


def refusal(scope: Scope) -> Refusal | None:
    """Why the request of an ASGI `scope` (http or websocket) is refused, None when it may pass.

    Only loopback's own names are known: another name in Host is that of a page whose name was pointed at loopback
    (DNS rebinding). The port may be any, since a tunnel may end at another; Origin has to agree with Host, so that
    a page from another port of this machine is foreign as well.
    """
    headers = Headers(scope=scope)
    hosts, origins = headers.getlist("host"), headers.getlist("origin")
    if len(hosts) != 1 or hosts[0].partition(":")[0].casefold() not in _LOOPBACK_NAMES:
        return FOREIGN_HOST
    if origins and origins != [f"http://{hosts[0]}"]:
        return FOREIGN_ORIGIN
    # Substring, not equality: Dagster's router takes /graphql with a line break behind it for /graphql as well.
    if scope["type"] == "websocket" or "graphql" not in scope["path"].casefold():
        return None
    if scope["method"] != "POST":
        return NOT_BY_READING
    # A page may send some types of body anywhere without asking first; JSON is not one of them.
    kind = headers.get("content-type", "").partition(";")[0].strip().casefold()
    return None if kind == "application/json" else NOT_JSON


class RequestGuard:
    """The application `app`, for requests that `refusal` lets pass; others are answered with its status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        refused = refusal(scope)
        if refused is None:
            await self._app(scope, receive, _Unframed(send))
        elif scope["type"] == "websocket":
            # Before it is accepted, a websocket that is closed is answered with 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(refused.reason + "\n", refused.status)(scope, receive, send)


class _Unframed:
    """`send`, with the header that keeps an answer out of other pages' frames."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Frame-Options"] = _UNFRAMED
        await self._send(message)
