"""Asking for work: what every POST below /api/tasks shares. A request is written down, a run does the work.

The answer tells the result when it is there already (200), or as soon as it is there when the caller prefers to
wait for it (RFC 7240, `Prefer: wait=N`), or where to ask for it later (202).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from astra_pipeline import tracing
from astra_pipeline.api import errors
from astra_pipeline.api.callers import Caller
from astra_pipeline.api.dates import plain
from astra_pipeline.api.limits import Limits
from astra_pipeline.counters import Bucket
from astra_pipeline.requests import results, standing, store
from astra_pipeline.requests.request import Kind, Requester, TaskRequest, Trace
from astra_pipeline.requests.standing import Asker, MayBeAsked, Refused, Standing, There

WAIT_AT_MOST = 25
_ASK_AGAIN_SECONDS = 10
# The pauses between two looks at a request that somebody waits for; the last one repeats.
_PAUSES = (0.1, 0.2, 0.3, 0.5)
_WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,9})\"?", re.ASCII | re.IGNORECASE)
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Words:
    """The sentences of one kind of request."""

    done: str
    there: str
    queued: str


WORDS: Mapping[Kind, Words] = {
    "transcript": Words(
        "Transcript processed", "Transcript already processed", "The transcript will be processed in a moment"
    ),
    "chart": Words(
        "Birth chart calculated", "Birth chart already calculated", "The birth chart will be calculated in a moment"
    ),
    "horoscope": Words(
        "Today's horoscope generated",
        "Today's horoscope already generated",
        "Today's horoscope will be generated in a moment",
    ),
    "weekly-report": Words(
        "Weekly report generated",
        "Weekly report already generated",
        "The weekly report will be generated in a moment",
    ),
    "persona": Words("Persona learnt", "Persona already learnt", "The persona will be learnt in a moment"),
}


async def asker(db: Any, user_id: str) -> Asker:
    """The person whom a request is about. Raises Refused: 404 for an unknown one, 409 for an erased one."""
    found = await standing.asker_of(db, user_id)
    if found is None:
        raise errors.not_found()
    if found.is_erased:
        raise errors.Refused(409, {"error": "Erased"})
    return found


async def answer(
    request: Request, db: Any, caller: Caller, kind: Kind, how: Standing, *, forced: Bucket | None = None
) -> JSONResponse:
    """The answer to a wish. `forced` is the bucket that a wish to do again what exists is counted in.

    Raises Refused: 400 for what cannot be had, 429 above the rate of `forced`.
    """
    if isinstance(how, Refused):
        raise errors.Refused(400, how.body)
    if isinstance(how, There):
        return _there(kind, how.result)
    written = await _written(request, db, caller, how, forced)
    seconds = preferred_wait(request)
    ended = await _ended(db, written.request, seconds) if seconds else None
    if ended is not None:
        headers = {"Preference-Applied": f"wait={seconds}"}
        return json_answer(200, await _waited(db, ended), headers)
    return _accepted(written)


def preferred_wait(request: Request) -> int:
    """The seconds for which the caller prefers to wait, at most 25; 0 without such a preference."""
    for value in request.headers.getlist("prefer"):
        for preference in re.split(r"[,;]", value):
            if found := _WAIT.fullmatch(preference.strip()):
                return min(int(found[1]), WAIT_AT_MOST)
    return 0


async def _written(
    request: Request, db: Any, caller: Caller, how: MayBeAsked, forced: Bucket | None
) -> store.Written:
    """The request that stands for the wish. A second click finds the first one's, and costs nothing."""
    if found := await store.open_one(db, how.wish):
        return store.Written(found, is_new=False)
    if how.wish.force and forced is not None:
        limits: Limits = request.app.state.limits
        await limits.spend(request, db, caller, forced)
    requester = Requester(kind=caller.kind, id=caller.id)
    return await store.ask(db, how.wish, requester, trace_of(request))


def trace_of(request: Request) -> Trace:
    """The way back from a request for work to this HTTP request."""
    return Trace(request_id=request.scope["state"].get("request_id"), traceparent=tracing.traceparent())


async def _ended(db: Any, request: TaskRequest, seconds: int) -> TaskRequest | None:
    """The request as soon as it is no longer open; None when it still is after so many seconds."""
    until = time.monotonic() + seconds
    looks = 0
    while True:
        found = await store.by_id(db, request.id)
        if found is None or not found.is_open:
            return found
        pause = _PAUSES[min(looks, len(_PAUSES) - 1)]
        if time.monotonic() + pause > until:
            return None
        looks += 1
        await asyncio.sleep(pause)


def _there(kind: Kind, result: Mapping[str, Any]) -> JSONResponse:
    body = {"success": True, "request_id": None, "skipped": True, "message": WORDS[kind].there}
    return json_answer(200, body | dict(result))


async def _waited(db: Any, request: TaskRequest) -> dict[str, Any]:
    """The body of a request that came to its end: the old one in full, or why there is none.

    Raises Refused (409) when the person was erased meanwhile.
    """
    ids = {"task_id": request.id, "execution_id": request.id}
    output = await results.output_of(db, request)
    if output is not None:
        ids |= dict.fromkeys(ids, results.EMPTY) if output.get("task_id") == results.EMPTY else {}
        done = {"success": True, "request_id": request.id, "message": WORDS[request.kind].done}
        return done | output | ids
    problem = request.error
    if problem is not None and problem.error_class == "Erased":
        raise errors.Refused(409, {"error": "Erased"})
    message = problem.message if problem else "The result is not there any more"
    skipped = {"skipped": True} if request.status == "skipped" else {}
    return {"success": False, "request_id": request.id, "status": request.status, "error": message} | skipped | ids


def _accepted(written: store.Written) -> JSONResponse:
    request = written.request
    body: dict[str, Any] = {
        "success": True,
        "status": request.status if request.is_open else "queued",
        "request_id": request.id,
        "task_id": request.id,
        "execution_id": request.id,
        "message": WORDS[request.kind].queued,
    }
    if request.conversation_id is not None:
        body["conversation_id"] = request.conversation_id
    if not written.is_new:
        body["deduplicated"] = True
    headers = {"Location": f"/api/tasks/requests/{request.id}", "Retry-After": str(_ASK_AGAIN_SECONDS)}
    return json_answer(202, body, headers)


def json_answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The answer with this body, which nobody may keep."""
    return JSONResponse(plain(body), status, _NO_STORE | dict(headers or {}))
