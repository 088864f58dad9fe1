"""The application of the API: its layers, its routes, and the one client of MongoDB.

It starts whether or not MongoDB answers: until it does, requests are answered 503 and /readyz says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from astra_pipeline.api import documentation, errors, initiation, webhooks
from astra_pipeline.api.admin.routes import router as admin
from astra_pipeline.api.callers import Callers, Sessions
from astra_pipeline.api.limits import Limits
from astra_pipeline.api.middlewares import Bounds, Compression, Cors, Refusals, Requests, route_of
from astra_pipeline.api.readiness import Readiness, draining
from astra_pipeline.api.routes import ROUTERS
from astra_pipeline.api.routes.metrics import exposition_of
from astra_pipeline.api.sessions import Sessions as AppSessions
from astra_pipeline.errors import AstraError, words_of
from astra_pipeline.settings import Settings, settings
from astra_pipeline.store import clock
from astra_pipeline.store.beside import beside
from astra_pipeline.store.client import make_indexes, open_client, untouched_database
from astra_pipeline.store.counters import counting
from astra_pipeline.store.outages import is_outage

log = structlog.get_logger(__name__)

# The time that a request may take.
REQUEST_SECONDS = 30.0
_TRIED_AGAIN_EVERY = 15.0
_CLOCKS_COMPARED_EVERY = 300.0


def create_app(
    configured: Settings | None = None, *, sessions: Sessions | None = None, seconds: float = REQUEST_SECONDS
) -> FastAPI:
    """The application under these settings (those of the process, by default).

    `sessions` looks up the person of a session (default: as the settings say; without a secret of the web app only
    services are known). `seconds` is the time a request may take. Raises SettingError when neither sessions nor
    tokens are configured, so that nobody could call.
    """
    configured = configured or settings()
    sessions = sessions or _sessions(configured)
    app = FastAPI(
        title="Astra",
        version=documentation.VERSION,
        description=documentation.DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
        middleware=[
            Middleware(Requests),
            Middleware(Cors, origins=configured.trusted_origins),
            Middleware(Refusals),
            Middleware(Compression),
            Middleware(Bounds, seconds=seconds),
        ],
    )
    app.state.configured = configured
    app.state.callers = Callers.of(configured, sessions)
    app.state.limits = Limits(configured)
    app.state.readiness = Readiness()
    for kind in (errors.Refused, RequestValidationError, HTTPException, AstraError):
        app.add_exception_handler(kind, _refuse)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(admin)
    documentation.add(app)
    app.router.routes.extend(webhooks.routes(lambda request: request.app.state.db))
    app.router.routes.extend(initiation.routes(lambda request: request.app.state.db))
    return app


def _sessions(configured: Settings) -> Sessions | None:
    """The look-up of sessions with the web app's secret; None where there are tokens and no secret."""
    secrets = (configured.better_auth_secrets, configured.better_auth_secret, configured.auth_secret)
    if configured.api_tokens and not any(secrets):
        log.warning("nobody can sign in: BETTER_AUTH_SECRET is not set, so services alone are known")
        return None
    return AppSessions.of(configured)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    configured: Settings = app.state.configured
    uri, name = configured.required("MONGODB_URI"), configured.mongodb_db
    readiness: Readiness = app.state.readiness
    async with open_client(uri) as client:
        app.state.db = client[name]
        # For threads: what is read for /metrics and the admin page blocks.
        app.state.sync_db = lambda: untouched_database(uri, name)
        app.state.exposition = exposition_of(app, app.state.sync_db)
        async with beside(_make_indexes(uri, name), _compare_clocks(app.state.db)), counting(app.state.db):
            with draining(readiness, configured.astra_api_drain_seconds):
                yield


async def _make_indexes(uri: str, name: str) -> None:
    """Make the indexes as soon as MongoDB answers."""
    while True:
        try:
            await asyncio.to_thread(make_indexes, uri, name)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next try may be better)
            log.warning("the indexes could not be made yet", error=words_of(error))
            await asyncio.sleep(_TRIED_AGAIN_EVERY)
        else:
            return


async def _compare_clocks(db: Any) -> None:
    """Learn MongoDB's time, and learn it again now and then: this machine's clock may drift or be set."""
    while True:
        try:
            await clock.compare(db)
        except Exception as error:  # noqa: BLE001  (whatever it is, the next try may be better)
            if not is_outage(error):
                log.warning("the clocks could not be compared", error=words_of(error))
            await asyncio.sleep(_TRIED_AGAIN_EVERY)
        else:
            await asyncio.sleep(_CLOCKS_COMPARED_EVERY)


async def _refuse(request: Request, error: Exception) -> Response:
    refused = errors.refusal_of(error)
    if refused.status_code >= 500:
        log.error("a request failed", route=route_of(request.scope), error=words_of(error), exc_info=error)
    return refused.answer()
