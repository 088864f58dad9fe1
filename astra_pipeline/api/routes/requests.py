"""GET requests/{id}, and the old GET transcript?execution_id=: what became of a request."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from astra_pipeline.api import caching, errors
from astra_pipeline.api.asked_answers import RequestState
from astra_pipeline.api.callers import Caller
from astra_pipeline.api.dates import plain
from astra_pipeline.api.door import CallerOf, Db, door
from astra_pipeline.requests import results, store
from astra_pipeline.requests.request import TaskRequest

router = door("read")


@router.get("/api/tasks/requests/{request_id}", response_model=RequestState)
async def get_request(request: Request, caller: CallerOf, db: Db, request_id: str) -> Response:
    """A request: its state, and its result once it is there."""
    return await _told(request, db, caller, request_id)


@router.get("/api/tasks/transcript", response_model=RequestState)
async def get_execution(request: Request, caller: CallerOf, db: Db, execution_id: str | None = None) -> Response:
    """The same by its old name."""
    if not execution_id:
        raise errors.Refused(400, {"error": "Missing execution_id"})
    return await _told(request, db, caller, execution_id)


def _is_theirs(request: TaskRequest, caller: Caller) -> bool:
    """Whether the caller wrote the request, as what they are now: an admin of before sees nobody else's."""
    by = request.requested_by
    return by.id == caller.id and by.kind == caller.kind


async def _told(request: Request, db: Any, caller: Caller, request_id: str) -> Response:
    """The state of the request. Only those see it who asked, whom it is about, services and admins."""
    found = await store.by_id(db, request_id)
    if found is None or not (caller.may_see(found.user_id) or _is_theirs(found, caller)):
        raise errors.not_found("Request")
    output = await results.output_of(db, found)
    state = RequestState(
        execution_id=found.id,
        request_id=found.id,
        kind=found.kind,
        status=found.status,
        output=None if output is None else plain(output),
        error=found.error.message if found.error else None,
        requested_at=found.requested_at,
        finished_at=found.finished_at,
    )
    return caching.personal(request, found.user_id, state)
