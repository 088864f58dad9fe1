"""Routes of ours on a real server, with the database that the environment names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from starlette.applications import Starlette
from starlette.requests import Request

from astra_pipeline.api import webhooks
from astra_pipeline.sandbox.signing import sign_webhook
from astra_pipeline.settings import settings
from astra_pipeline_tests.calls import SECRET
from astra_pipeline_tests.documents import recently
from astra_pipeline_tests.sandbox.conftest import serving


def database() -> Callable[[Request], AsyncDatabase[dict[str, Any]]]:
    """The database, connected on the server's own event loop at the first request."""
    clients: list[AsyncMongoClient[dict[str, Any]]] = []

    def connected(_: Request) -> AsyncDatabase[dict[str, Any]]:
        if not clients:
            uri = settings().required("MONGODB_URI")
            clients.append(AsyncMongoClient(uri, tz_aware=True, serverSelectionTimeoutMS=1000))
        return clients[0][settings().mongodb_db]

    return connected


def application() -> Starlette:
    """The webhook alone, patient: how long a machine takes says nothing about the code."""
    return Starlette(routes=webhooks.routes(database(), seconds=60))


@contextmanager
def webhook() -> Iterator[httpx.Client]:
    """A client of the webhook, for the length of the block."""
    with serving(application()) as url, httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        yield client


def deliver(client: httpx.Client, body: bytes, **options: Any) -> httpx.Response:
    """Send a body as ElevenLabs does: signed a moment ago, unless the options say otherwise."""
    at = options.pop("at", recently())
    header = sign_webhook(options.pop("secret", SECRET), body, int(at.timestamp()))
    return client.post(webhooks.PATH, content=options.pop("sent", body), headers={"ElevenLabs-Signature": header})


if __name__ == "__main__":
    import sys

    import uvicorn

    uvicorn.run(application(), port=int(sys.argv[1]), log_level="warning", access_log=False, lifespan="off")
