"""The server of the API: uvicorn, with one process or several."""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from astra_pipeline import logs
from astra_pipeline.settings import settings

# Longer than a request may take, so that those in flight finish.
_GRACE_SECONDS = 35


def application() -> FastAPI:
    """The application of a server's process. Raises SettingError."""
    from astra_pipeline.api.app import create_app

    logs.configure()
    return create_app()


def serve(host: str, port: int, *, workers: int) -> None:
    """Serve the API until SIGTERM or SIGINT. Raises SettingError before it listens."""
    app = application()
    settings().required("MONGODB_URI")
    run(app if workers == 1 else f"{__name__}:{application.__name__}", host, port, workers=workers)


def run(app: ASGIApp | str, host: str, port: int, *, workers: int = 1) -> None:
    """Run an application (or, for several processes, the name of the function that makes it) under uvicorn.

    X-Forwarded-For and -Proto are believed from ASTRA_TRUSTED_PROXIES alone. uvicorn's own log of requests is off:
    it has their query.
    """
    uvicorn.run(
        app,
        factory=isinstance(app, str),
        host=host,
        port=port,
        workers=workers,
        proxy_headers=True,
        forwarded_allow_ips=settings().astra_trusted_proxies,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
    )
