"""A run over conversations: what its days lack goes through all stages at once, and a shift stays for more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

from astra_pipeline.batches import leases
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.station import at_work
from astra_pipeline.batches.work import Work
from astra_pipeline.conversations import backlog
from astra_pipeline.conversations.arrivals import Arrivals, arrivals
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.requests import settle
from astra_pipeline.settings import settings
from astra_pipeline.shift import turn
from astra_pipeline.shift.flow import TRANSCRIPTS, Flow
from astra_pipeline.store import clock

# A shift looks for retries that have become due so often, and after each conversation that ended.
_LOOK_EVERY_SECONDS = 5.0
_LOOK_AT_LEAST_EVERY = 0.5
# Conversations that end within so long are looked up together.
_LOOK_AT_MOST_EVERY_SECONDS = 0.1
# The pause after a look, in times that the look took.
_PAUSES_OF_A_LOOK = 5
# Metrics are counted at most so often, for everybody folded meanwhile.
_COUNT_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class Shift:
    """The time for which a live run stays, in seconds."""

    seconds: float
    """From its begin until it takes nothing new any more."""
    linger: float
    """It ends earlier, when no conversation came for so long."""
    report_every: float = 15.0
    """The least time between two reports."""


# Hears that there is something to report. It says whether the run goes on.
Report = Callable[[Flow], Awaitable[bool]]


async def run(
    work: Work,
    scope: Scope,
    parts: Collection[str],
    *,
    whole_days: bool,
    report: Report,
    shift: Shift | None = None,
) -> Flow:
    """Take the conversations of the scope's days through the parts that are asked for; returns the flow they went
    through, with what there is still to report.

    With `shift`, conversations that end meanwhile are taken too, when no other run is on shift. Killed and
    repeated, or beside another run, nothing is done twice: leases are this run's.
    """
    async with AsyncExitStack() as opened:
        elevenlabs = None
        if TRANSCRIPTS in parts:
            elevenlabs = await opened.enter_async_context(ElevenLabsClient())
        flow = Flow(work, scope, parts, elevenlabs)
        await opened.enter_async_context(
            leases.renewed(work.db, run_id=work.run_id, seconds=settings().astra_lease_seconds)
        )
        if shift is not None and await turn.take(work.db, work.run_id):
            await at_work(flow.stations, _Stay(work, scope, flow, shift, report).through())
        else:
            await at_work(flow.stations, _once(flow))
    await settle.after_folds(work, flow.take_folded())
    await flow.count_all(whole_days=whole_days)
    await leases.release_all(work.db, run_id=work.run_id)
    return flow


async def _once(flow: Flow) -> None:
    await flow.choose()
    while not flow.is_settled:
        await flow.moved(_LOOK_EVERY_SECONDS)
        await flow.give_back()


class _Stay:
    """A run on shift."""

    def __init__(self, work: Work, scope: Scope, flow: Flow, shift: Shift, report: Report) -> None:
        self._work, self._scope, self._flow, self._shift, self._report = work, scope, flow, shift, report
        self._began = self._last_busy = self._reported = time.monotonic()
        self._look_took = 0.0
        self._came, self._closed, self._over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def through(self) -> None:
        """Take what waits and what comes, until nothing came for a while or the shift is over; then the rest."""
        async with arrivals(self._work.db, self._shift.seconds, slice_seconds=1.0) as ended:
            await self._flow.choose()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear(ended))
                tasks.create_task(self._count())
                while await self._goes_on():
                    await self._next_look()
                    await self._look()
                    await self._flow.give_back()
                self._closed.set()
                await turn.end(self._work.db, self._work.run_id)
                # What ended before that, and that no look has seen, is nobody else's.
                await self._look()
                while not self._flow.is_settled:
                    await self._flow.moved(_LOOK_EVERY_SECONDS)
                    await self._flow.give_back()
                    await self._tell()
                self._over.set()

    async def _goes_on(self) -> bool:
        now = time.monotonic()
        if not self._flow.is_settled:
            self._last_busy = now
        if not await self._tell():
            return False
        is_over = now - self._began >= self._shift.seconds or self._day_is_over
        return not (is_over or self._flow.is_stopped or now - self._last_busy >= self._shift.linger)

    async def _tell(self) -> bool:
        """Report, when it is time; whether the shift goes on."""
        if time.monotonic() - self._reported < self._shift.report_every:
            return True
        self._reported = time.monotonic()
        return await self._report(self._flow)

    @property
    def _day_is_over(self) -> bool:
        """A conversation of the next UTC day is for a run that has its partition."""
        assert self._scope.days is not None, "a scope of conversations has days"
        return clock.now() >= self._scope.days.end

    async def _next_look(self) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(min(_LOOK_EVERY_SECONDS, max(self._shift.linger, _LOOK_AT_LEAST_EVERY))):
                await self._came.wait()
        except TimeoutError:
            return
        self._last_busy = time.monotonic()
        # A look reads what is at work as well: beside a large batch it takes long, and comes seldom.
        pause = max(_LOOK_AT_MOST_EVERY_SECONDS, _PAUSES_OF_A_LOOK * self._look_took)
        await asyncio.sleep(max(0.0, min(pause, _LOOK_EVERY_SECONDS) - (self._last_busy - began)))
        self._came.clear()

    async def _look(self) -> None:
        """Send what waits in the days of the run on its way."""
        work, days, began = self._work, self._scope.days, time.monotonic()
        assert days is not None, "a scope of conversations has days"
        work.now = clock.now()
        waiting = await backlog.waiting_conversations(work.db, now=work.now, at_most=settings().astra_batch_limit)
        among = [one.conversation_id for one in waiting if days.start.date() <= one.day < days.end.date()]
        if among:
            await self._flow.choose(among)
        self._look_took = time.monotonic() - began

    async def _hear(self, ended: Arrivals) -> None:
        while ended.can_be_followed and not self._closed.is_set():
            if await ended.next():
                self._came.set()

    async def _count(self) -> None:
        """See to what need not be done in the moment of a fold: metrics, and requests that wait for a result."""
        counted = time.monotonic()
        while not self._over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_COUNT_EVERY_SECONDS):
                    await self._over.wait()
            await settle.after_folds(self._work, self._flow.take_folded())
            if self._flow.has_folded or time.monotonic() - counted >= _LOOK_EVERY_SECONDS:
                await self._flow.count()
                counted = time.monotonic()
