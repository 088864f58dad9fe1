"""Working through a batch: leases, bounded concurrency, and failures kept to the item they belong to."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import structlog

from astra_pipeline import tracing
from astra_pipeline.batches import failures, leases
from astra_pipeline.batches.ambiguous import ambiguous
from astra_pipeline.batches.connections import connect
from astra_pipeline.batches.executions import Executions
from astra_pipeline.batches.failures import Kind, Subject
from astra_pipeline.batches.interrupts import run_interruptibly
from astra_pipeline.batches.leases import Lease
from astra_pipeline.batches.process import tune_once
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.retries import WAIT_AT_MOST
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.slots import timed
from astra_pipeline.batches.transactions import Owner, Write, Writer, erased
from astra_pipeline.batches.verdicts import Verdicts
from astra_pipeline.batches.worded import worded
from astra_pipeline.errors import (
    BadDocument,
    BudgetSpent,
    CredentialsRejected,
    Erased,
    ItemError,
    LeaseLost,
    NotReady,
    SettingError,
    TookTooLong,
    Unforeseen,
    words_of,
)
from astra_pipeline.logs import unheard
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.away import is_away

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    from astra_pipeline.llm.runner import Spend, TaskRunner
    from astra_pipeline.llm.usage import Purse

    Document = dict[str, Any]

T = TypeVar("T")
# Hears (kind, the result so far, how many items there are) after each item.
Progress = Callable[[str, BatchResult, int], None]

log = structlog.get_logger(__name__)

_PROGRESS_SECONDS = 5.0


class Mongo(Protocol):
    """Access to the shared database, for one event loop and for threads."""

    @property
    def db(self) -> Database[Document]: ...

    def connect(self, *, run_id: str | None = None) -> AbstractAsyncContextManager[AsyncDatabase[Document]]: ...


class Llm(Protocol):
    """Access to the task runner that the settings name."""

    def open(
        self, *, spend: Spend | None = None, purse: Purse | None = None
    ) -> AbstractAsyncContextManager[TaskRunner]: ...


class Stage(Protocol):
    """One kind of item, and how one item of it is done. A product's service is made of stages."""

    kind: Kind

    async def do(self, subject: Subject) -> bool:
        """Do one item and store it. True: something changed. False: it was as it should be already."""
        ...

    async def done_meanwhile(self, items: Sequence[str]) -> Collection[str]:
        """The items, leased just now, that another run has done since the batch chose them."""
        return ()


@dataclass
class Work:
    """The things that a batch has at hand: the database, the task runner, the id and the clock of its run."""

    db: AsyncDatabase[Document]
    sync: Database[Document]
    """The same database for threads, which pandas and numpy work in."""
    run_id: str
    runner: TaskRunner | None = None
    progress: Progress = field(default=lambda kind, result, total: None)
    """It hears of every item that was handled."""
    now: dt.datetime = field(default_factory=clock.now)
    """When the batch began, in UTC."""
    loop: asyncio.Runner | None = None
    leases: dict[str, Lease] = field(default_factory=dict)
    """Item -> the lease this run holds."""
    verdicts: Verdicts = field(default_factory=Verdicts)
    """The verdicts of judges on what an LLM wrote for this batch."""
    trace_parents: dict[str, str] = field(default_factory=dict)
    """Item -> the `traceparent` of the request that asked for it."""

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self.db)

    @property
    def llm(self) -> TaskRunner:
        """The task runner. Raises SettingError when the batch was opened without one."""
        if self.runner is None:
            raise SettingError("this batch was opened without a task runner: open it with one")
        return self.runner

    def run(self, batch: Coroutine[Any, Any, T]) -> T:
        """The result of `batch`, on the event loop that the connections belong to. Raises what an interrupt raises,
        once the batch has put its things in order."""
        assert self.loop is not None, "a batch that was opened has an event loop"
        return run_interruptibly(self.loop, batch)

    @contextmanager
    def opened(self, resource: AbstractAsyncContextManager[T]) -> Iterator[T]:
        """Something of the event loop's, open for the block."""
        value = self.run(_entered(resource))
        try:
            yield value
        finally:
            self.run(_left(resource))

    def executions(self, scope: Scope) -> Executions:
        """The book of what this batch asks the LLM for."""
        return Executions(self.db, self.leases, anew=scope.force)

    async def write(
        self,
        subject: Subject,
        writes: Sequence[Write],
        *,
        since: dt.datetime | None = None,
        settled: bool = False,
    ) -> None:
        """Write an item's documents, all or none, while the run holds its lease and the person is not erased.

        `since` is the end (UTC) of the conversation the data is of. `settled`: an answer that was paid for is
        stored, and its execution needs to be noted no longer. Raises LeaseLost, Erased.
        """
        owner = Owner(subject.user_id, since)
        lease = self.leases.get(subject.item)
        await self._writer.write(writes, owner=owner, lease=lease, settled=settled)

    async def through(
        self,
        stage: Stage,
        subjects: Sequence[Subject],
        scope: Scope,
        *,
        concurrency: int,
        leased: bool = True,
        patience: dt.timedelta = WAIT_AT_MOST,
    ) -> BatchResult:
        """Do every item that this run can lease, at most `scope.limit` of them, `concurrency` at a time.

        An item whose retry is not due, or that is parked, is skipped unless the scope overrides backoff. An item is
        stored as soon as it is done, so a run that is killed loses only what was in flight. Leases of items that
        went well are kept for the next stage of the same run; the leases of the others are given back here, and
        note the executions whose answers are not stored. An item that is not ready is looked at again until
        `patience` has run out. Without `leased`, items are not exclusive: their writes are guarded by what they
        were computed from. Rejected credentials stop the batch without blaming its items.
        """
        batch = StageBatch(self, stage, leased=leased, patience=patience)
        free, _ = await batch.free(subjects, scope)
        async with leases.renewed(self.db, run_id=self.run_id, seconds=settings().astra_lease_seconds):
            await batch.do(free, concurrency)
            if leased:
                await batch.give_back(free)
        return batch.result


class StageBatch:
    """One stage's items on their way."""

    def __init__(self, work: Work, stage: Stage, *, leased: bool, patience: dt.timedelta) -> None:
        self._work, self._stage, self._leased, self._patience = work, stage, leased, patience
        self._failed_before: dict[str, str | None] = {}
        self._ambiguous: dict[str, BadDocument] = {}
        self.result = BatchResult()

    async def free(self, subjects: Sequence[Subject], scope: Scope) -> tuple[list[Subject], Collection[str]]:
        """(the items this run may do now, leased where that is asked for; those that are done already).

        The others are noted as skipped. `result` may be taken away, and be another one, after each wait.
        """
        work = self._work
        known = await failures.known(work.db, self._stage.kind, [subject.item for subject in subjects])
        self._failed_before |= known
        held: dict[str, str] = {}
        if not scope.overrides_backoff:
            held = {item: reason for item, reason in known.items() if reason}
        self.result.skipped |= held
        free = [subject for subject in subjects if subject.item not in held]
        for subject in free:
            self._ambiguous.pop(subject.item, None)
        self._ambiguous |= await ambiguous(work.db, free)
        if not self._leased:
            return free[: scope.limit], ()
        mine = await leases.claim(
            work.db,
            [subject.item for subject in free],
            run_id=work.run_id,
            seconds=settings().astra_lease_seconds,
            at_most=scope.limit,
        )
        work.leases |= mine
        if scope.limit is None or len(mine) < scope.limit:
            self.result.skipped |= {s.item: "leased by another run" for s in free if s.item not in mine}
        free = [subject for subject in free if subject.item in mine][: scope.limit]
        free = await self._without_erased(free)
        done = await self._stage.done_meanwhile([subject.item for subject in free])
        self.result.unchanged += done
        return [subject for subject in free if subject.item not in done], done

    async def _without_erased(self, subjects: Sequence[Subject]) -> list[Subject]:
        """The subjects without people who were erased after the batch read them: nothing of them goes to a service.

        Items that are conversations stay. The conversation's end decides, where it is written.
        """
        people = [subject.user_id for subject in subjects if subject.user_id and not subject.conversation_id]
        gone = await erased(self._work.db, people)
        of_erased = {s.item for s in subjects if s.user_id in gone and not s.conversation_id}
        self.result.skipped |= dict.fromkeys(of_erased, "the person was erased")
        return [subject for subject in subjects if subject.item not in of_erased]

    async def do(self, subjects: Sequence[Subject], concurrency: int) -> None:
        """Do the items, `concurrency` at a time. Raises what stops every item, such as a database that is away."""
        queue = iter(subjects)
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(min(concurrency, len(subjects))):
                    workers.create_task(self._worker(queue, len(subjects)))
        except BaseExceptionGroup as group:
            # One cause ends all workers (MongoDB away). The step's error should name it.
            raise group.exceptions[0] from None

    async def give_back(self, subjects: Sequence[Subject]) -> None:
        """Give back the leases of the items that did not go well."""
        went_well = {*self.result.done, *self.result.unchanged}
        unfinished = [subject.item for subject in subjects if subject.item not in went_well]
        await leases.release(self._work.db, unfinished, run_id=self._work.run_id)

    async def _worker(self, queue: Iterator[Subject], total: int) -> None:
        for subject in queue:
            if self.result.rejected:
                return
            await self.one(subject, total)

    async def one(self, subject: Subject, total: int) -> bool:
        """Do one item, unless the hour's executions are spent; whether it went well. What becomes of it is in the
        result. `total`: how many items there are, for who follows the progress. Raises as `do` does."""
        if self.result.spent:
            self.result.skipped[subject.item] = self.result.spent
            return False
        parent = self._work.trace_parents.get(subject.item)
        with tracing.span(f"item {self._stage.kind}", parent=parent) as span:
            went_well = await self._try(subject)
            span.set(astra__went_well=went_well)
        self._work.progress(self._stage.kind, self.result, total)
        return went_well

    async def _try(self, subject: Subject) -> bool:
        work, kind = self._work, self._stage.kind
        try:
            if problem := self._ambiguous.get(subject.item):
                raise problem
            changed = await self._in_time(subject)
        except CredentialsRejected as error:
            self.result.rejected = str(error)
        except LeaseLost:
            self.result.skipped[subject.item] = "leased by another run"
        except Erased as erased:
            self.result.skipped[subject.item] = str(erased)
        except BudgetSpent as limit:
            self.result.spent = self.result.skipped[subject.item] = str(limit)
        except NotReady as reason:
            await failures.postpone(work.db, kind, subject, reason, run_id=work.run_id, patience=self._patience)
            self.result.waiting[subject.item] = str(reason)
        except ItemError as error:
            failed = await failures.record(work.db, kind, subject, error, run_id=work.run_id)
            self.result.failed.append(failed)
        except Exception as error:
            if is_away(error):
                raise  # the step is tried again, when the database is back
            # A fault nobody foresaw (a bug, a write MongoDB refuses) is this item's trouble as well. Its message
            # may quote a document, so only its class goes where operators read.
            log.exception("an item failed unexpectedly", kind=kind, item=subject.item)
            unforeseen = Unforeseen(f"{words_of(error)}; the run's log has the way there")
            failed = await failures.record(work.db, kind, subject, unforeseen, run_id=work.run_id)
            self.result.failed.append(failed)
        else:
            (self.result.done if changed else self.result.unchanged).append(subject.item)
            # Without a lease another run may have recorded a failure of it meanwhile.
            if subject.item in self._failed_before or not self._leased:
                await failures.clear(work.db, kind, subject.item)
            return True
        return False

    async def _in_time(self, subject: Subject) -> bool:
        """Do one item. Raises TookTooLong when it takes longer than any item may."""
        seconds = settings().astra_item_timeout_seconds
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                with timed(deadline):
                    return await self._stage.do(subject)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise TookTooLong(f"not done after {seconds:g} s (ASTRA_ITEM_TIMEOUT_SECONDS)") from None


def logged(log: Callable[[str], None]) -> Progress:
    """Progress as a line of the log every few seconds."""
    last = time.monotonic()

    def tell(kind: str, result: BatchResult, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _PROGRESS_SECONDS:
            last = time.monotonic()
            handled = result.attempted + len(result.waiting)
            log(f"{handled} of {total} {kind}, {len(result.failed)} failed")

    return tell


@contextmanager
def open_work(
    mongo: Mongo,
    llm: Llm | None = None,
    *,
    run_id: str,
    lane: str | None = None,
    progress: Progress = lambda kind, result, total: None,
) -> Iterator[Work]:
    """A Work with its connections open, on an event loop of its own.

    `lane` says what the run is for; runs over the past pay from the hour's budget. Raises SettingError when a
    setting is missing.
    """
    import uvloop

    tune_once()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        connections = AsyncExitStack()
        db, runner = loop.run(connect(connections, mongo, llm, run_id, lane))
        loop.get_loop().set_exception_handler(unheard)
        try:
            with worded():
                yield Work(db=db, sync=mongo.db, run_id=run_id, runner=runner, progress=progress, loop=loop)
        finally:
            loop.run(connections.aclose())


async def _entered(resource: AbstractAsyncContextManager[T]) -> T:
    return await resource.__aenter__()


async def _left(resource: AbstractAsyncContextManager[Any]) -> None:
    await resource.__aexit__(None, None, None)
