"""The application over a database of the test's own, and its callers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from astra_pipeline.api.app import create_app
from astra_pipeline.settings import forget_settings, settings
from astra_pipeline_tests.api.doors import SECRET, TOKEN, Open

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def api_environment(db: Database[dict[str, Any]], environment: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of an API over the database `db`, without rates."""
    for name, value in {
        "BETTER_AUTH_SECRET": SECRET,
        "ASTRA_API_TOKENS": f"an-older-token-of-a-service,{TOKEN}",
        "ASTRA_ADMINS": "user_root, boss@example.com",
        "ASTRA_RATE_LIMITS": "off",
    }.items():
        environment.setenv(name, value)
    forget_settings()
    return environment


@pytest.fixture
def opened(api_environment: pytest.MonkeyPatch):
    """The application under the environment and `variables`, and a client of it without credentials."""

    @asynccontextmanager
    async def open_app(*, seconds: float = 30.0, **variables: str) -> AsyncIterator[Open]:
        for name, value in variables.items():
            api_environment.setenv(name, value)
        forget_settings()
        app = create_app(settings(), seconds=seconds)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://api.test") as client,
        ):
            yield Open(app, client)

    return open_app
