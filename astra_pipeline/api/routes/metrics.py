"""GET /metrics, for Prometheus: with ASTRA_METRICS_TOKEN, or a token of ASTRA_API_TOKENS. It names nobody."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from astra_pipeline.api import errors
from astra_pipeline.api.limits import Limits
from astra_pipeline.api.middlewares import ACTIVE
from astra_pipeline.monitoring.exposition import Exposition
from astra_pipeline.settings import Settings
from astra_pipeline.store.counters import flush

router = APIRouter(include_in_schema=False)

PATH = "/metrics"
# Counts of this process that MongoDB does not take in this time are shown at the next scrape.
_FLUSH_SECONDS = 2.0
_SCHEME = "bearer "


@router.get(PATH)
async def metrics(request: Request) -> Response:
    """The counters and the state, in the format that the scraper accepts."""
    await _let_in(request)
    with suppress(TimeoutError):
        async with asyncio.timeout(_FLUSH_SECONDS):
            await flush(request.app.state.db)
    exposition: Exposition = request.app.state.exposition
    body, content_type = await asyncio.to_thread(exposition.render, request.headers.get("accept"))
    return Response(body, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def exposition_of(app: FastAPI, database: Callable[[], Any]) -> Exposition:
    """The exposition of a process: every route of ours is shown before anybody asked for it."""
    return Exposition(database, routes=sorted(set(_routes(app.routes))), active=lambda: ACTIVE.requests)


def _routes(routes: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """(method, template) of every route, those of included routers too."""
    for route in routes:
        if (router := getattr(route, "original_router", None)) is not None:
            yield from _routes(router.routes)
        elif path := getattr(route, "path", None):
            yield from ((method, path) for method in (getattr(route, "methods", None) or set()) - {"HEAD"})


async def _let_in(request: Request) -> None:
    """Refuse who has no token for metrics. Raises Refused (401, 429)."""
    given = request.headers.get("authorization", "")
    token = given[len(_SCHEME) :].strip() if given[: len(_SCHEME)].lower() == _SCHEME else ""
    if any(hmac.compare_digest(token.encode(), known.encode()) for known in _tokens(request.app.state.configured)):
        return
    limits: Limits = request.app.state.limits
    limits.refuse_known(request)
    await limits.spend_unproven(request, request.app.state.db, failed=bool(given))
    raise errors.unauthorized()


def _tokens(configured: Settings) -> list[str]:
    own = configured.astra_metrics_token
    return [*([own.get_secret_value()] if own else []), *configured.api_tokens]
