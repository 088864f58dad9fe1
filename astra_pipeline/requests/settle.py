"""Writing the outcomes of requests back: by the run that did their items, and by the sensor for all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.work import Work
from astra_pipeline.requests import store
from astra_pipeline.requests.outcome import RunState, Told, outcome_of
from astra_pipeline.requests.request import TaskRequest
from astra_pipeline.requests.seen import see, where

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]


async def settle(
    work: Work, requests: Sequence[TaskRequest], runs: Mapping[str, RunState], told: Told | None = None
) -> list[TaskRequest]:
    """Write the outcome of each open request that has one. Returns the requests that are still open.

    `runs` says of runs, by key, whether they ended. Twice, at once, or half way killed it comes to the same.
    """
    seen = await see(work.db, requests)
    left = []
    for request in requests:
        run = runs.get(request.asked.key, "unknown") if request.asked else "unknown"
        outcome = outcome_of(request, seen[request.id], run, told or Told(), where=where(request), now=work.now)
        if outcome is None:
            left.append(request)
        elif outcome.status == "queued":
            if await store.ask_again(work.db, request):
                left.append(request.model_copy(update={"status": "queued"}))
        else:
            await store.end(work.db, request, outcome.status, result=outcome.result, error=outcome.error)
    return left


async def begin(work: Work, run_key: str) -> list[TaskRequest]:
    """Note in the requests of a run that it has come; returns the requests. Their items go on in their traces."""
    await store.note_run(work.db, run_key, work.run_id)
    found = await store.of_run(work.db, run_key)
    work.trace_parents |= {one.item: one.trace.traceparent for one in found if one.trace.traceparent}
    return found


async def after_folds(work: Work, conversation_ids: Sequence[str]) -> None:
    """Write the outcomes of requests for conversations that a run processed without having been asked by them."""
    if conversation_ids and (requests := await store.of_conversations(work.db, conversation_ids)):
        await settle(work, requests, {})


async def after_batch(work: Work, run_key: str, result: BatchResult) -> None:
    """Write back what a batch did for the requests of its run.

    A conversation passes several batches. What one of them says of it is not yet what becomes of it: the facts and
    the failures are.
    """
    requests = await store.of_run(work.db, run_key)
    told, in_stages = Told.of(result), Told(rejected=result.rejected)
    for of_kind, said in (
        ([one for one in requests if one.kind == "transcript"], in_stages),
        ([one for one in requests if one.kind != "transcript"], told),
    ):
        if of_kind:
            await settle(work, of_kind, {}, said)
