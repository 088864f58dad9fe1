"""Reads and writes of `astra_task_requests`. Every write is conditional, and its moments are the server's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.planning import Waiting
from astra_pipeline.counters import REQUESTS_ENDED, count
from astra_pipeline.errors import Conflict
from astra_pipeline.requests.ids import is_id, new_id
from astra_pipeline.requests.request import OPEN, Pointer, Problem, Requester, Status, TaskRequest, Trace, Wish
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import TASK_REQUESTS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

_KEPT_DAYS = 30
_ATTEMPTS = 5
# Milliseconds for which a conversation that was asked for is left to the run that was asked for.
_OURS_FOR_MS = 60_000
_IS_OPEN: Mapping[str, Any] = {"status": {"$in": list(OPEN)}}


@dataclass(frozen=True)
class Written:
    """A request that stands for a wish."""

    request: TaskRequest
    is_new: bool
    """False: the same was asked for before, and that request is still open."""


async def ask(db: Database, wish: Wish, requester: Requester, trace: Trace | None = None) -> Written:
    """Write a request, or find the open one for the same item. Of callers at once one writes, all get its id.

    Raises Conflict when requests for the item end as fast as they are looked for, which only a test brings about.
    """
    from pymongo.errors import DuplicateKeyError

    for _ in range(_ATTEMPTS):
        if found := await open_one(db, wish):
            return Written(found, is_new=False)
        try:
            stored = await db[TASK_REQUESTS].find_one_and_update(
                {"_id": new_id()}, [{"$set": _document(wish, requester, trace)}], upsert=True, return_document=True
            )
        except DuplicateKeyError:
            continue
        assert stored is not None  # an upsert that returns the document after it
        return Written(TaskRequest.read(stored), is_new=True)
    raise Conflict("other requests for the same item came and went")


def _document(wish: Wish, requester: Requester, trace: Trace | None) -> Document:
    said: Document = {
        "kind": wish.kind,
        "user_id": wish.user_id,
        "item": wish.item,
        "force": wish.force,
        "requested_by": requester.model_dump(),
        "status": "queued",
        "dedupe": wish.dedupe,
    }
    if wish.conversation_id is not None:
        said["conversation_id"] = wish.conversation_id
    if trace is not None:
        said["trace"] = trace.model_dump(exclude_none=True)
    moments = {
        "requested_at": "$$NOW",
        "expires_at": {"$add": ["$$NOW", _KEPT_DAYS * 24 * 3_600_000]},
    }
    return {name: {"$literal": value} for name, value in said.items()} | moments


async def open_one(db: Database, wish: Wish) -> TaskRequest | None:
    """The open request for the same, if there is one."""
    stored = await db[TASK_REQUESTS].find_one({"dedupe": wish.dedupe, **_IS_OPEN})
    return TaskRequest.read(stored) if stored else None


async def by_id(db: Database, request_id: str) -> TaskRequest | None:
    """The request with this id; None for none, and for a text that is no id."""
    stored = await db[TASK_REQUESTS].find_one({"_id": request_id}) if is_id(request_id) else None
    return TaskRequest.read(stored) if stored else None


async def open_requests(db: Database, *, at_most: int) -> list[TaskRequest]:
    """The open requests, those that runs work on first, then those that wait, the oldest first."""
    found: list[TaskRequest] = []
    for status in reversed(OPEN):
        cursor = db[TASK_REQUESTS].find({"status": status}).sort("requested_at", 1).limit(at_most)
        found += [TaskRequest.read(document) async for document in cursor]
    return found


async def of_run(db: Database, run_key: str) -> list[TaskRequest]:
    """The open requests on whose behalf the run of this key was asked for."""
    cursor = db[TASK_REQUESTS].find({"status": "running", "asked.key": run_key})
    return [TaskRequest.read(document) async for document in cursor]


async def of_conversations(db: Database, conversation_ids: Sequence[str]) -> list[TaskRequest]:
    """The open requests for transcripts of these conversations."""
    return [
        TaskRequest.read(document)
        for chunk in chunks(conversation_ids)
        async for document in db[TASK_REQUESTS].find({"conversation_id": {"$in": list(chunk)}, **_IS_OPEN})
    ]


async def mark_asked(db: Database, requests: Sequence[TaskRequest], run_key: str) -> None:
    """Note that a run of this key is asked for. Requests that ended meanwhile stay as they are."""
    for chunk in chunks([request.id for request in requests]):
        await db[TASK_REQUESTS].update_many(
            {"_id": {"$in": list(chunk)}, "status": "queued"},
            [
                {
                    "$set": {
                        "status": "running",
                        "started_at": {"$ifNull": ["$started_at", "$$NOW"]},
                        "asked": {
                            "key": {"$literal": run_key},
                            "at": "$$NOW",
                            "times": {"$add": [{"$ifNull": ["$asked.times", 0]}, 1]},
                        },
                    }
                },
                {"$unset": "run_id"},
            ],
        )


async def note_run(db: Database, run_key: str, run_id: str) -> None:
    """Note the run that came of a key."""
    await db[TASK_REQUESTS].update_many(
        {"status": "running", "asked.key": run_key, "run_id": None}, {"$set": {"run_id": run_id}}
    )


async def ask_again(db: Database, request: TaskRequest) -> bool:
    """Let a request wait for another run. False when it ended, or one was asked for, meanwhile."""
    written = await db[TASK_REQUESTS].update_one(_unchanged(request), {"$set": {"status": "queued"}})
    return bool(written.modified_count)


async def end(
    db: Database,
    request: TaskRequest,
    status: Status,
    *,
    result: Pointer | None = None,
    error: Problem | None = None,
) -> bool:
    """Write the outcome. False when the request ended, or another run was asked for, meanwhile."""
    outcome: Document = {"status": status, "finished_at": "$$NOW"}
    if result is not None:
        outcome["result"] = {"$literal": result.model_dump()}
    if error is not None:
        outcome["error"] = {"$literal": error.model_dump(by_alias=True)}
    written = await db[TASK_REQUESTS].update_one(_unchanged(request), [{"$set": outcome}])
    if written.modified_count:
        count(REQUESTS_ENDED, kind=request.kind, status=status)
    return bool(written.modified_count)


def _unchanged(request: TaskRequest) -> Document:
    """The filter for the request as it was read: its state, and the run asked for."""
    return {"_id": request.id, "status": request.status, "asked.key": request.asked.key if request.asked else None}


async def left_to_the_sensor(db: Database, waiting: Sequence[Waiting]) -> list[Waiting]:
    """The waiting conversations without those on whose behalf a run of requests was asked for just now.

    They would be in two runs otherwise. Should no run come, they are the sensor's again a minute later.
    """
    fresh = {"$expr": {"$gt": ["$asked.at", {"$subtract": ["$$NOW", _OURS_FOR_MS]}]}}
    asked_for = {
        document["conversation_id"]
        for chunk in chunks([one.conversation_id for one in waiting])
        async for document in db[TASK_REQUESTS].find(
            {"conversation_id": {"$in": list(chunk)}, **_IS_OPEN, **fresh}, {"conversation_id": 1}
        )
    }
    return [one for one in waiting if one.conversation_id not in asked_for]
