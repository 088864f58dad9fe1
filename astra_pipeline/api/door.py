"""The door of every route below /api/tasks: who calls, whether they may, and how often; then the route itself.

All this comes before the body is read. A module of routes makes its router here, names the bucket that its requests
are counted in, and takes `CallerOf` and `Db` as parameters:

    router = door("read")

    @router.get("/api/tasks/gamification")
    async def gamification(request: Request, caller: CallerOf, db: Db, user_id: UserId = None) -> Response: ...
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from astra_pipeline.api.answers import PROBLEMS
from astra_pipeline.api.callers import Caller, Callers
from astra_pipeline.api.errors import Refused
from astra_pipeline.api.limits import Limits
from astra_pipeline.counters import Bucket

_JSON = b"application/json"
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


def door(bucket: Bucket) -> APIRouter:
    """A router whose requests are known by their caller and counted in `bucket`."""

    class Door(APIRoute):
        def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
            given = _given(endpoint)
            if parameters := [one.parameter for one in given.values() if one.parameter]:
                options["openapi_extra"] = (options.get("openapi_extra") or {}) | {"parameters": parameters}
            self._direct = _direct(endpoint, given)
            super().__init__(path, _with_given(endpoint, given), **options)

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = self._direct or super().get_route_handler()

            async def enter(request: Request) -> Response:
                caller = await _caller(request)
                request.scope["state"]["caller"] = caller
                limits: Limits = request.app.state.limits
                if request.method not in _WITHOUT_BODY:
                    await limits.spend(request, request.app.state.db, caller, bucket)
                    return await handle(_Json(_read_as_json(request.scope), request.receive))
                if limits.spend_counted(request, caller, bucket):
                    return await handle(request)
                if limits.is_above(caller):
                    await limits.spend(request, request.app.state.db, caller, bucket)
                    return await handle(request)
                # A read changes nothing, so it goes on while it is counted: the first of those that are refused
                # costs MongoDB a read, the others none.
                counting = asyncio.create_task(limits.spend(request, request.app.state.db, caller, bucket))
                try:
                    return await handle(request)
                finally:
                    await counting

            return enter

    return APIRouter(route_class=Door, responses=PROBLEMS)


def _given(endpoint: Callable[..., Any]) -> dict[str, _Given]:
    """The parameters of a route that the door gives."""
    return {
        name: one
        for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items()
        for one in getattr(parameter.annotation, "__metadata__", ())
        if isinstance(one, _Given)
    }


def _direct(
    endpoint: Callable[..., Coroutine[Any, Any, Response]], given: dict[str, _Given]
) -> Callable[[Request], Coroutine[Any, Any, Response]] | None:
    """The handler of a route that takes nothing but the request and what the door gives; None for another one.

    FastAPI, which would have nothing to read, takes an eighth of the request's time.
    """
    asked = dict(inspect.signature(endpoint, eval_str=True).parameters)
    rest = [name for name in asked if name not in given]
    if any(asked[name].annotation is not Request for name in rest):
        return None

    async def handle(request: Request) -> Response:
        return await endpoint(
            **dict.fromkeys(rest, request), **{name: one.of(request) for name, one in given.items()}
        )

    return handle


def _with_given(
    endpoint: Callable[..., Coroutine[Any, Any, Response]], given: dict[str, _Given]
) -> Callable[..., Any]:
    """The route without the parameters that the door gives: FastAPI would take a fifth of the request's time to."""
    signature = inspect.signature(endpoint, eval_str=True)
    asked = {
        name: parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
        if name not in given
    }
    own = next((name for name, parameter in asked.items() if parameter.annotation is Request), None)
    request_name = own or "request_of_the_door"
    request = inspect.Parameter(request_name, inspect.Parameter.KEYWORD_ONLY, annotation=Request)

    @functools.wraps(endpoint)
    async def with_given(**values: Any) -> Response:
        request = values[request_name] if own else values.pop(request_name)
        return await endpoint(**values, **{name: one.of(request) for name, one in given.items()})

    vars(with_given)["__signature__"] = signature.replace(
        parameters=list((asked | {request_name: request}).values())
    )
    return with_given


async def _caller(request: Request) -> Caller:
    """The caller of a request. Raises Refused, and counts a request that proves nobody."""
    callers: Callers = request.app.state.callers
    limits: Limits = request.app.state.limits
    db = request.app.state.db
    if callers.may_guess(request):
        limits.refuse_known(request)
    try:
        return await callers.identify(request, db)
    except Refused as refused:
        if refused.status_code == 401:
            limits.refuse_known(request)
            has_some = "authorization" in request.headers or "cookie" in request.headers
            await limits.spend_unproven(request, db, failed=has_some)
        raise


def _read_as_json(scope: Any) -> Any:
    """The scope of a request whose body is read as JSON, whatever its type says, as the old routes did."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", _JSON)]}


class _Json(Request):
    """A request in which an empty body is an empty object."""

    async def body(self) -> bytes:
        return (await super().body()) or b"{}"


@dataclass(frozen=True)
class _Given:
    """A value that the door gives to a route which has a parameter of this kind."""

    of: Callable[[Request], Any]
    parameter: dict[str, Any] = field(default_factory=dict)
    """The parameter of the OpenAPI document that a client gives the value by; empty for what no client gives."""


# The caller of a request, whom the door has found.
CallerOf = Annotated[Caller, _Given(lambda request: request.scope["state"]["caller"])]
# The shared database (pymongo's AsyncDatabase).
Db = Annotated[Any, _Given(lambda request: request.app.state.db)]
# The person whom a request is about; see `Caller.person`.
UserId = Annotated[
    str | None,
    _Given(
        lambda request: request.query_params.get("user_id"),
        {
            "name": "user_id",
            "in": "query",
            "required": False,
            "schema": {"type": "string"},
            "description": "The person. Absent or empty: the caller. A service must say it.",
        },
    ),
]
