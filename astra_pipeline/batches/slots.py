"""One bound for the LLM executions of all runs on all machines.

One document of `astra_llm_slots` lists the runs that use the LLM: lane, demand, the slots each holds, until when. A
run tells of itself once a second, and takes in the same update only what no other living run holds. So the sum is
never above the limit, however late a run learns of the others: one that is to give slots back starts no calls in
them, tells when calls have ended, and then they are free. Times are the server's. The slots of a run that was
killed are free after `_SECONDS`; a run that cannot reach MongoDB for as long starts no more calls.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.batches.shares import Holder, shares
from astra_pipeline.llm.runner import TakesSlots
from astra_pipeline.settings import settings
from astra_pipeline.store.away import is_away
from astra_pipeline.store.collections import LLM_SLOTS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    from astra_pipeline.llm.runner import Ledger, TaskRunner
    from astra_pipeline.llm.task import I, Task
    from astra_pipeline.llm.usage import Usage

    Document = dict[str, Any]

log = structlog.get_logger(__name__)

_ID = "llm"
# A run's slots are free again when it has not told of itself for so long.
_SECONDS = 8.0
# The run itself stops somewhat earlier: the two clocks do not run equally fast.
_SURELY_SECONDS = 0.9 * _SECONDS
# Between two tellings: usually; while slots are to change hands; at least.
_BEAT_SECONDS, _HAND_OVER_SECONDS, _SHORTEST_SECONDS = 1.0, 0.2, 0.05
# One telling may take so long before it is tried again.
_PATIENCE_SECONDS = 2.0

# The time-out of the item at work, which does not run while the item waits for a slot.
_deadline: ContextVar[asyncio.Timeout | None] = ContextVar("_deadline", default=None)


@dataclass(frozen=True)
class Use:
    """The LLM's slots: how many there are, and which runs hold them."""

    limit: int
    holders: tuple[Holder, ...]


def limit() -> int:
    """The LLM executions that all runs together may have under way."""
    return settings().astra_llm_limit or settings().astra_llm_concurrency


def read_use(db: Database[Document]) -> Use:
    """The runs that use the LLM now, by the server's clock."""
    found = list(db[LLM_SLOTS].aggregate([{"$match": {"_id": _ID}}, {"$set": {"at": "$$NOW"}}]))
    holders = _holders(found[0]) if found else ()
    return Use(limit(), tuple(one for one in holders if one.until > found[0]["at"]))


@asynccontextmanager
async def bounded(
    db: AsyncDatabase[Document], runner: TaskRunner, *, run_id: str, lane: str | None
) -> AsyncIterator[TaskRunner]:
    """The runner, with each of its executions in a slot; the offline rules as they are: they call nobody."""
    if settings().astra_task_runner == "offline":
        yield runner
        return
    slots = Slots(db, run_id=run_id, lane=lane, at_most=settings().astra_llm_concurrency)
    try:
        yield _Bounded(runner, slots)
    finally:
        await slots.leave()


@contextmanager
def timed(deadline: asyncio.Timeout) -> Iterator[None]:
    """Let the time-out of the item at work stand still while the item waits for a slot."""
    before = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(before)


class _Bounded:
    """A task runner that begins an execution when there is a slot, and a judge's in half of them at the most.

    Everything else is the runner's own.
    """

    def __init__(self, runner: TaskRunner, slots: Slots) -> None:
        self._runner, self._slots = runner, slots
        # A judge that hangs keeps at most half of the writers waiting.
        self._judges = asyncio.Semaphore(max(1, min(settings().astra_llm_concurrency, limit()) // 2))
        self.calls = runner.calls
        self._takes_slots = isinstance(runner, TakesSlots)
        if isinstance(runner, TakesSlots):
            runner.slot = slots.one

    @property
    def usage(self) -> Mapping[str, Usage]:
        return self._runner.usage

    async def answer(self, task: Task[I, Any], task_input: I, *, feedback: str, item: str, ledger: Ledger) -> Any:
        async with self._place(task), nullcontext() if self._takes_slots else self._slots.one():
            return await self._runner.answer(task, task_input, feedback=feedback, item=item, ledger=ledger)

    @asynccontextmanager
    async def _place(self, task: Task[Any, Any]) -> AsyncIterator[None]:
        """A judge's place, for the block; nothing to wait for where the task writes."""
        if not task.is_judge:
            yield
            return
        with _standing_still():
            await self._judges.acquire()
        try:
            yield
        finally:
            self._judges.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)


class Slots:
    """The slots of one run, on one event loop. It holds none, and tells nobody of itself, while it needs none."""

    def __init__(self, db: AsyncDatabase[Document], *, run_id: str, lane: str | None, at_most: int) -> None:
        self._db, self._run_id, self._lane, self._at_most = db, run_id, lane, at_most
        # A run may have two processes, or a step that is tried again.
        self._name = f"{run_id}/{uuid.uuid4().hex[:8]}"
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._granted = self._share = 0
        self._told_demand = self._peak = self._telling_number = 0
        self._until = 0.0
        self._others: tuple[Holder, ...] = ()
        self._at: dt.datetime | None = None
        self._nudged = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A slot, for the block. Raises what MongoDB answers when it refuses the telling."""
        await self._take()
        try:
            yield
        finally:
            self._under_way -= 1
            if self._granted > self._share:
                self._nudged.set()
            self._admit()

    async def leave(self) -> None:
        """Give everything back. What cannot be told in time is free when the server's clock says so."""
        if self._telling is None:
            return
        self._telling.cancel()
        with suppress(asyncio.CancelledError):
            await self._telling
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._db[LLM_SLOTS].update_one({"_id": _ID}, {"$pull": {"holders": {"name": self._name}}})
        except Exception as error:  # noqa: BLE001 - a run that ends does not fail by this
            if not (isinstance(error, TimeoutError) or is_away(error)):
                log.warning("the LLM's slots are given back by the clock", error=type(error).__name__)

    async def _take(self) -> None:
        if not self._waiting and self._may_start():
            self._count(1)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._count(0)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_on())
        elif self._need() > self._told_demand:
            self._nudged.set()
        try:
            with _standing_still():
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._under_way -= 1
                self._admit()
            else:
                with suppress(ValueError):
                    self._waiting.remove(turn)
            raise

    def _may_start(self) -> bool:
        return self._under_way < min(self._granted, self._share) and time.monotonic() < self._until

    def _admit(self) -> None:
        """Let those who have waited longest begin."""
        while self._waiting and self._may_start():
            turn = self._waiting.popleft()
            if not turn.done():
                self._count(1)
                turn.set_result(None)

    def _count(self, begun: int) -> None:
        self._under_way += begun
        self._peak = max(self._peak, self._need())

    def _need(self) -> int:
        return min(self._under_way + len(self._waiting), self._at_most)

    async def _tell_on(self) -> None:
        """Tell of this run for as long as it needs slots or holds some."""
        # All who ask in the same moment are told of at once.
        await asyncio.sleep(0)
        while self._need() or self._granted:
            self._nudged.clear()
            try:
                await self._tell()
            except Exception as error:  # noqa: BLE001 - whoever waits for a slot is told
                if not (isinstance(error, TimeoutError) or is_away(error)):
                    self._refuse(error)
                    return
            self._admit()
            await asyncio.sleep(_SHORTEST_SECONDS)
            hand_over = self._waiting and self._granted < self._share
            with suppress(TimeoutError):
                async with asyncio.timeout(_HAND_OVER_SECONDS if hand_over else _BEAT_SECONDS):
                    await self._nudged.wait()

    def _refuse(self, error: Exception) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(error)

    async def _tell(self) -> None:
        """Tell of this run, take what is free and due to it, and learn of the others."""
        from pymongo import ReturnDocument
        from pymongo.errors import DuplicateKeyError

        demand, self._peak = max(self._peak, self._need()), self._need()
        wanted = self._due(demand)
        # Before the others may take it, nothing begins in what is given back.
        self._granted = min(self._granted, max(self._under_way, wanted))
        began, self._told_demand = time.monotonic(), demand
        self._telling_number += 1
        telling = self._update(demand, wanted)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            try:
                document = await self._db[LLM_SLOTS].find_one_and_update(
                    {"_id": _ID}, telling, upsert=True, return_document=ReturnDocument.AFTER
                )
            except DuplicateKeyError:  # another run was the first of all just now
                document = await self._db[LLM_SLOTS].find_one_and_update(
                    {"_id": _ID}, telling, return_document=ReturnDocument.AFTER
                )
        assert document is not None, "the update inserts what is missing"
        holders = _holders(document)
        self._others = tuple(one for one in holders if one.name != self._name)
        self._at = document["at"]
        self._granted = next(one.granted for one in holders if one.name == self._name)
        self._until = began + _SURELY_SECONDS
        self._share = self._due(demand)

    def _due(self, demand: int) -> int:
        """The slots that are due to this run, as far as it knows of the others."""
        if self._at is None:
            return demand
        me = Holder(self._name, self._lane, demand, self._granted, dt.datetime.max.replace(tzinfo=dt.UTC))
        return shares((*self._others, me), limit=limit(), at=self._at)[self._name]

    def _update(self, demand: int, wanted: int) -> list[dict[str, Any]]:
        """The update by which a run tells of itself; `shares.granted` is the same in Python."""
        living = {"$gt": ["$$this.until", "$$NOW"]}
        mine = {"$eq": ["$$this.name", self._name]}
        # A telling that was given up may arrive after the next one: it says what is no longer so.
        later = {"$gt": ["$$this.telling", self._telling_number]}
        stored = {"$ifNull": ["$holders", []]}
        free = {"$max": [{"$subtract": [limit(), {"$sum": "$others.granted"}]}, 0]}
        me = {
            "name": {"$literal": self._name},
            "run_id": {"$literal": self._run_id},
            "lane": {"$literal": self._lane},
            "demand": demand,
            "granted": {"$min": [max(self._under_way, wanted), free]},
            "telling": self._telling_number,
            "until": {"$add": ["$$NOW", round(_SECONDS * 1000)]},
        }
        return [
            {
                "$set": {
                    "others": {"$filter": {"input": stored, "cond": {"$and": [living, {"$not": [mine]}]}}},
                    "newer": {"$filter": {"input": stored, "cond": {"$and": [living, mine, later]}}},
                }
            },
            {
                "$set": {
                    "holders": {"$concatArrays": ["$others", {"$cond": [{"$eq": ["$newer", []]}, [me], "$newer"]}]},
                    "at": "$$NOW",
                }
            },
            {"$unset": ["others", "newer"]},
        ]


def _holders(document: Document) -> tuple[Holder, ...]:
    return tuple(
        Holder(one["name"], one["lane"], one["demand"], one["granted"], one["until"])
        for one in document.get("holders", ())
    )


@contextmanager
def _standing_still() -> Iterator[None]:
    """The item's time-out stands still for the block."""
    deadline = _deadline.get()
    if deadline is None or (when := deadline.when()) is None:
        yield
        return
    loop = asyncio.get_running_loop()
    began = loop.time()
    deadline.reschedule(None)
    try:
        yield
    finally:
        deadline.reschedule(when + loop.time() - began)
