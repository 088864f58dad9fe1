"""A stage that items come to one after another, while others of them are done."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.retries import WAIT_AT_MOST
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Stage, StageBatch, Work

# Hears an item that left a station, and whether it went well.
Left = Callable[[Subject, bool], None]


class Station:
    """One stage of a flow. An item that is sent here while it is at work is done once more afterwards.

    It keeps the laws of `Work.through`: leases, backoff, failures of their own, bounded concurrency. The items that
    come while others are looked up are looked up together. All of it belongs to one event loop.
    """

    def __init__(
        self,
        work: Work,
        stage: Stage,
        scope: Scope,
        *,
        concurrency: int,
        leased: bool = True,
        left: Left,
        feeds: Station | None = None,
    ) -> None:
        """`feeds` is the station that items go to from here. While a full load of ours waits there, none begins
        here: what has come furthest gets the machine first."""
        self._batch = StageBatch(work, stage, leased=leased, patience=WAIT_AT_MOST)
        self._feeds, self._fed_by = feeds, None
        if feeds is not None:
            feeds._fed_by = self
        self._scope, self._concurrency, self._left = scope, concurrency, left
        # Groups of items, each with the most of them that may be done.
        self._coming: list[tuple[list[Subject], int | None]] = []
        self._free: deque[Subject] = deque()
        self._here: dict[str, Subject] = {}
        self._again: dict[str, Subject] = {}
        self._at_work = self._handled = 0
        self._something_came = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self.rejected: str | None = None
        """The reason for which the service does nothing for us any more."""

    @property
    def is_empty(self) -> bool:
        """Whether no item is here: none waits, none is at work."""
        return not self._here

    @property
    def spent(self) -> str | None:
        """The reason for which no more may be paid for, if there is one."""
        return self._batch.result.spent

    def has(self, item: str) -> bool:
        """Whether the item is here."""
        return item in self._here

    def send(self, subjects: Sequence[Subject], *, limit: int | None = None) -> None:
        """Have these items done, at most `limit` of those that this run can lease."""
        coming = []
        for subject in subjects:
            if subject.item in self._here:
                self._again[subject.item] = subject
            else:
                self._here[subject.item] = subject
                coming.append(subject)
        if coming and limit is None and self._coming and self._coming[-1][1] is None:
            self._coming[-1][0].extend(coming)
        elif coming:
            self._coming.append((coming, limit))
            self._something_came.set()

    def take(self) -> BatchResult:
        """The outcome of the items that were handled since the last call."""
        result = self._batch.result
        self._batch.result = BatchResult(rejected=result.rejected, spent=result.spent)
        return result

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Do what comes, until the task is cancelled. Raises what stops every item, such as a database that is
        away, also through `tasks`, which the items are tasks of."""
        self._tasks = tasks
        while True:
            await self._something_came.wait()
            self._something_came.clear()
            groups, self._coming = self._coming, []
            for coming, limit in groups:
                free, done = await self._batch.free(coming, replace(self._scope, limit=limit))
                self._free.extend(free)
                chosen = {subject.item for subject in free}
                for subject in coming:
                    if subject.item not in chosen:
                        self._leave(subject, subject.item in done)
                self._fill()

    def _fill(self) -> None:
        assert self._tasks is not None, "a station at work has tasks"
        while self._free and self.rejected:
            self._leave(self._free.popleft(), False)
        while self._free and self._at_work < self._concurrency and not self._is_ahead:
            self._at_work += 1
            self._tasks.create_task(self._one(self._free.popleft()))
        self._ask_for_more()

    def _ask_for_more(self) -> None:
        if self._fed_by is not None and self._fed_by._tasks is not None:
            self._fed_by._fill()

    @property
    def _is_ahead(self) -> bool:
        """Whether so much waits at the next station that nothing need begin here."""
        return self._feeds is not None and len(self._feeds._here) - self._feeds._at_work >= self._concurrency

    async def _one(self, subject: Subject) -> None:
        went_well = await self._batch.one(subject, self._handled + len(self._here))
        self._at_work -= 1
        self._handled += 1
        self.rejected = self._batch.result.rejected
        self._fill()
        self._leave(subject, went_well)

    def _leave(self, subject: Subject, went_well: bool) -> None:
        del self._here[subject.item]
        self._ask_for_more()
        again = self._again.pop(subject.item, None)
        if again is not None:
            self.send([again])
        self._left(subject, went_well)


async def at_work(stations: Sequence[Station], work: Coroutine[Any, Any, None]) -> None:
    """Do `work` while the stations do what is sent to them. Then they stop. Raises the first error of either."""
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(station.run(tasks)) for station in stations]
            await work
            for task in running:
                task.cancel()
    except BaseExceptionGroup as group:
        # One cause ends all of them (MongoDB away). The step's error should name it.
        raise _first(group) from None


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
