"""Working through a batch: leases, bounded concurrency, and failures kept to the item they belong to."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.batches import failures, leases
from astra_pipeline.batches.failures import Kind, Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.retries import WAIT_AT_MOST
from astra_pipeline.errors import BudgetSpent, CredentialsRejected, ItemError, NotReady, Unforeseen
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

log = structlog.get_logger(__name__)

Work = Callable[[Subject], Awaitable[bool]]
"""Does one item and stores it; True: something changed, False: it was as it should be already."""


async def work_through(
    db: AsyncDatabase[dict[str, Any]],
    kind: Kind,
    subjects: Sequence[Subject],
    work: Work,
    *,
    run_id: str,
    concurrency: int,
    even_if_held: bool = False,
    leased: bool = True,
    limit: int | None = None,
    patience: dt.timedelta = WAIT_AT_MOST,
    done_meanwhile: Callable[[Sequence[str]], Awaitable[Collection[str]]] | None = None,
    progress: Callable[[BatchResult], None] | None = None,
) -> BatchResult:
    """Do every item this run can lease, the first `limit` of them, `concurrency` at a time, and tell what became of
    each.

    Items whose retry is not due, or that are parked, are skipped unless `even_if_held`. Every item is
    stored as soon as it is done, so a run killed half way loses only what was in flight. Leases of items
    that went well are kept for the next step of the same run (`release` gives them back); those of the
    others are given back here, with what was paid for on their behalf where a service was away before it
    answered. Items that are not ready are looked at again until `patience` has run out. Without `leased`, items
    are not exclusive: for work whose writes are guarded by what they were computed from. `done_meanwhile` tells
    which of the items, now leased, another run has done since the subjects were chosen. Rejected credentials stop
    the batch without blaming its items.
    """
    result = BatchResult()
    failed_before = await failures.known(db, kind, [subject.item for subject in subjects])
    if not even_if_held:
        result.skipped = {item: reason for item, reason in failed_before.items() if reason}
    free = [subject for subject in subjects if subject.item not in result.skipped]
    seconds = settings().astra_lease_seconds
    if leased:
        now = dt.datetime.now(dt.UTC)
        mine = await leases.claim(
            db, [s.item for s in free], run_id=run_id, seconds=seconds, now=now, at_most=limit
        )
        if limit is None or len(mine) < limit:
            result.skipped |= {s.item: "leased by another run" for s in free if s.item not in mine}
        free = [subject for subject in free if subject.item in mine]
    free = free[:limit]
    if done_meanwhile:
        done = await done_meanwhile([subject.item for subject in free])
        result.unchanged += done
        free = [subject for subject in free if subject.item not in done]
    queue = iter(free)

    from pymongo.errors import ConnectionFailure

    async def worker() -> None:
        for subject in queue:
            if result.rejected:
                return
            if result.spent:
                result.skipped[subject.item] = result.spent
                continue
            try:
                changed = await work(subject)
            except CredentialsRejected as error:
                result.rejected = str(error)
                return
            except BudgetSpent as limit:
                result.spent = result.skipped[subject.item] = str(limit)
            except NotReady as reason:
                await failures.postpone(db, kind, subject, reason, run_id=run_id, patience=patience)
                result.waiting[subject.item] = str(reason)
            except ItemError as error:
                result.failed.append(await failures.record(db, kind, subject, error, run_id=run_id))
            except ConnectionFailure:
                raise
            except Exception as error:
                # A fault nobody foresaw (a bug, a write MongoDB refuses) is this item's trouble as well. Its
                # message may quote a document, so only its class goes where operators read.
                log.exception("item failed unexpectedly", kind=kind, item=subject.item)
                unforeseen = Unforeseen(f"{type(error).__name__}, see the run's log")
                result.failed.append(await failures.record(db, kind, subject, unforeseen, run_id=run_id))
            else:
                (result.done if changed else result.unchanged).append(subject.item)
                # Without a lease another run may have recorded a failure of it meanwhile.
                if subject.item in failed_before or not leased:
                    await failures.clear(db, kind, subject.item)
            if progress:
                progress(result)

    async with leases.renewed(db, run_id=run_id, seconds=seconds):
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(concurrency, len(free))):
                    workers.create_task(worker())
        except BaseExceptionGroup as group:
            # Whatever ends all workers (MongoDB away) is one cause; the step's error should name it.
            raise group.exceptions[0] from None
        if leased:
            went_well = {*result.done, *result.unchanged}
            unfinished = [subject.item for subject in free if subject.item not in went_well]
            unanswered = [failure.item for failure in result.failed if failure.outage]
            await leases.leave(db, unanswered, run_id=run_id)
            await leases.release(db, unfinished, run_id=run_id)
    return result
