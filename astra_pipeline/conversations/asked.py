"""Runs that were asked for on behalf of a conversation and had no effect on it.

`astra.asked` of a conversation holds the `request` of the last run asked for it, the moment `at`, and `idle`, the
number of such runs in a row that ended well and left the conversation as it was: neither processed, nor with a new
fact or failure. `counted` is the request that was counted last; Dagster drops a repeat of it. After three such runs
that is a failure of its own, which waits longer each time and is parked in the end. So whatever makes runs pass a
conversation over, the sensor does not ask for it every minute. Times are the server's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Kind, Subject
from astra_pipeline.batches.retry_marks import of_items
from astra_pipeline.conversations.planning import Asked, RunPlan, Waiting
from astra_pipeline.errors import NoEffect
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import (
    CONVERSATIONS,
    FAILURES,
    INSIGHTS,
    NOT_ERASED,
    NOT_PROCESSED,
    TRANSCRIPTS,
)
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.updates import merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]

KIND: Kind = "transcripts"
ASKED = "astra.asked"
# Runs without effect after which that is a failure.
_IDLE = 3
_UNPROCESSED = {"status": "completed"} | NOT_PROCESSED | NOT_ERASED


def read(document: Mapping[str, Any]) -> Asked | None:
    """The run that was asked for last on behalf of the conversation; None when it is known what it did."""
    request, at = at_path(document, f"{ASKED}.request"), at_path(document, f"{ASKED}.at")
    return Asked(request, at) if isinstance(request, str) and isinstance(at, dt.datetime) else None


async def note(db: AsyncDatabase[Document], plans: Sequence[RunPlan]) -> None:
    """Note in the conversations that runs are asked for on their behalf.

    A run with a limit may take others first, so nothing is expected of it.
    """
    for plan in plans:
        if plan.limit is not None:
            continue
        update = _noted(plan.run_key)
        for chunk in chunks([item.conversation_id for item in plan.items]):
            await db[CONVERSATIONS].update_many(_UNPROCESSED | of_items(chunk), update)


async def without_idle(
    db: AsyncDatabase[Document], waiting: Sequence[Waiting], ended: Mapping[str, str]
) -> list[Waiting]:
    """The conversations that a run may be asked for now. `ended` gives the run of each request that ended well.

    A run that ended well and left a conversation as it was is counted, once; the third one makes it a failure.
    """
    kept = []
    for item in waiting:
        run_id = ended.get(item.asked.request) if item.asked else None
        if run_id is None or not await _is_failure(db, item, run_id):
            kept.append(item)
    return kept


async def _is_failure(db: AsyncDatabase[Document], item: Waiting, run_id: str) -> bool:
    """Count the run among those without effect, unless it had one. Whether there were too many."""
    assert item.asked is not None
    counted = _UNPROCESSED | of_items([item.conversation_id]) | {f"{ASKED}.request": item.asked.request}
    document = await db[CONVERSATIONS].find_one(counted, {"user_id": 1})
    if document is None:
        return False  # it was processed meanwhile, or somebody else has counted
    user_id = document["user_id"] if isinstance(document.get("user_id"), str) else None
    settled = _settled(idle=not await _had_an_effect(db, item.conversation_id, user_id, item.asked.at))
    after = await db[CONVERSATIONS].find_one_and_update(counted, settled, return_document=True)
    times = at_path(after or {}, f"{ASKED}.idle") or 0
    if times < _IDLE:
        return False
    subject = Subject(item.conversation_id, conversation_id=item.conversation_id, user_id=user_id)
    problem = NoEffect(f"{times} runs were asked for it and ended well, and it is not processed")
    await failures.record(db, KIND, subject, problem, run_id=run_id)
    return True


async def _had_an_effect(
    db: AsyncDatabase[Document], conversation_id: str, user_id: str | None, since: dt.datetime
) -> bool:
    """Whether something failed, or a fact was stored for the first time, after a moment (UTC)."""
    for facts, stored_at in ((TRANSCRIPTS, "fetched_at"), (INSIGHTS, "created_at")):
        if await db[facts].find_one({"_id": conversation_id, stored_at: {"$gte": since}}, {"_id": 1}):
            return True
    return await failures.noted_since(db, conversation_id, user_id, since)


def _noted(request: str) -> list[Document]:
    """The update that notes a request, unless a run that came from it was counted already."""
    is_new = {"$ne": [f"${ASKED}.counted", {"$literal": request}]}
    return _update({"request": {"$cond": [is_new, {"$literal": request}, None]}, "at": "$$NOW"})


def _settled(*, idle: bool) -> list[Document]:
    """The update that counts the run of the noted request: as one without effect, or as one that had some."""
    times = {"$add": [{"$ifNull": [f"${ASKED}.idle", 0]}, 1]} if idle else {"$literal": 0}
    return _update({"request": None, "counted": f"${ASKED}.request", "idle": times})


def _update(changes: Document) -> list[Document]:
    return [{"$set": {"astra": merged("astra", {"asked": merged(ASKED, changes)})}}]


async def forget(db: AsyncDatabase[Document], conversation_ids: Sequence[str]) -> None:
    """Clear the failures of conversations that were processed although runs had passed them over."""
    for chunk in chunks(conversation_ids):
        keys = [f"{KIND}:{one}" for one in chunk]
        passed_over = {"_id": {"$in": keys}, "error": NoEffect.__name__}
        async for failure in db[FAILURES].find(passed_over, {"item": 1}):
            await failures.clear(db, KIND, failure["item"])
