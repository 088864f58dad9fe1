"""GET /healthz and /readyz, for the watcher of the process: it lives, and it serves."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

router = APIRouter(include_in_schema=False)

_NO_STORE = {"Cache-Control": "no-store"}


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """The process lives."""
    return JSONResponse({"status": "alive"}, headers=_NO_STORE)


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """The process serves; 503 while it stops or MongoDB is away."""
    problem = await request.app.state.readiness.problem(request.app.state.db)
    if problem is None:
        return JSONResponse({"status": "ready"}, headers=_NO_STORE)
    body = {"error": "Service unavailable", "message": problem}
    return JSONResponse(body, 503, _NO_STORE | {"Retry-After": "5"})
