"""The way of a conversation through all stages: fetched, extracted, folded, counted, as soon as can be."""

from __future__ import annotations

import asyncio
import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from astra_pipeline.batches import leases
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.station import Station
from astra_pipeline.batches.work import Work
from astra_pipeline.conversations import insights, transcripts
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.gamification import write as gamification
from astra_pipeline.gamification.write import Refreshed
from astra_pipeline.llm.runner import workers
from astra_pipeline.overview import write as overview
from astra_pipeline.store import clock

TRANSCRIPTS, INSIGHTS = "transcripts", "conversation_insights"
OVERVIEWS, METRICS = "user_overviews", "gamification_metrics"
PARTS = (TRANSCRIPTS, INSIGHTS, OVERVIEWS, METRICS)
"""The parts of a flow, by the names of their assets, in the order in which a conversation comes to them."""

# A person's conversations that are extracted at the same time are folded together, when they end within so long.
_TOGETHER_SECONDS = 0.5


class Flow:
    """The stations of a run, and what goes from one to the next. It belongs to one event loop."""

    def __init__(
        self, work: Work, scope: Scope, parts: Collection[str], elevenlabs: ElevenLabsClient | None
    ) -> None:
        """`parts` are those of PARTS to do. Without `elevenlabs` nothing can be fetched."""
        self._work, self._scope = work, scope
        self._parts = [part for part in PARTS if part in parts]
        self._stations: dict[str, Station] = {}
        extracting = None
        if INSIGHTS in parts:
            extraction = insights.Extraction(work, scope)
            extracting = Station(work, extraction, scope, concurrency=workers(), left=self._left_extraction)
        if elevenlabs is not None:
            self._fetching = transcripts.Fetching(work, elevenlabs)
            self._stations[TRANSCRIPTS] = Station(
                work,
                self._fetching,
                scope,
                concurrency=transcripts.at_once(),
                left=self._left_fetching,
                feeds=extracting,
            )
        if extracting is not None:
            self._stations[INSIGHTS] = extracting
        if OVERVIEWS in parts:
            self._stations[OVERVIEWS] = Station(
                work,
                overview.Folding(work),
                overview.of_folds(scope),
                concurrency=overview.FOLDS_AT_ONCE,
                leased=False,
                left=self._left_folding,
            )
        # Person -> their conversations that went through here and whose leases were not given back.
        self._of_person: defaultdict[str, set[str]] = defaultdict(set)
        self._to_fold: set[str] = set()
        self._to_count: set[str] = set()
        self._to_release: set[str] = set()
        self._folded: set[str] = set()
        self._counted = Refreshed()
        self._moved = asyncio.Event()

    @property
    def stations(self) -> Sequence[Station]:
        """The stations of the flow, in order."""
        return list(self._stations.values())

    @property
    def is_settled(self) -> bool:
        """Whether everything that was chosen has gone through."""
        return not self._to_fold and all(station.is_empty for station in self._stations.values())

    @property
    def is_stopped(self) -> bool:
        """Whether a service does nothing for us any more, or nothing more may be paid for."""
        return any(station.rejected or station.spent for station in self._stations.values())

    async def choose(self, among: Sequence[str] | None = None) -> None:
        """Send what the scope's conversations lack on its way: all of them, or those of `among`."""
        scope, db = self._scope, self._work.db
        fetch = await self._fetching.choose(scope, among) if TRANSCRIPTS in self._stations else []
        coming = {subject.item for subject in fetch}
        extract = await insights.without_insights(db, scope, among) if INSIGHTS in self._stations else []
        extract = [subject for subject in extract if subject.item not in coming]
        fold = await overview.users_to_fold(db, scope, among) if OVERVIEWS in self._stations else []
        left = None if scope.limit is None else max(scope.limit - len(fetch), 0)
        self._send(TRANSCRIPTS, _by_person(fetch), scope.limit)
        self._send(INSIGHTS, _by_person(extract) if left != 0 else [], left)
        underway = self._underway()
        self._to_fold |= {subject.item for subject in fold if subject.item in underway}
        of_folds = scope.limit if self._parts[0] == OVERVIEWS else None
        self._send(OVERVIEWS, [subject for subject in fold if subject.item not in underway], of_folds)

    async def moved(self, seconds: float) -> None:
        """Wait until the last item has gone through, for so many seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.is_settled:
                    self._moved.clear()
                    await self._moved.wait()

    async def count(self) -> None:
        """Bring the metrics of the people just folded up to date, and of those whom another run marked."""
        also, self._to_count = self._to_count, set()
        if METRICS in self._parts:
            count = functools.partial(gamification.refresh_marked, self._work.sync, also=also, now=clock.now())
            self._add(await asyncio.to_thread(count))

    @property
    def has_folded(self) -> bool:
        """Whether somebody was folded who is not counted yet."""
        return bool(self._to_count)

    async def count_all(self, *, whole_days: bool) -> None:
        """Bring the metrics up to date of everybody in whom the scope's days, or a lapse, may have changed them."""
        if METRICS in self._parts:
            # The limit is one of items. Who was done is counted, however many they are.
            scope = self._scope if self._parts == [METRICS] else replace(self._scope, limit=None)
            also, self._to_count = self._to_count, set()
            count = functools.partial(gamification.refresh, self._work, scope, whole_days=whole_days, also=also)
            self._add(await asyncio.to_thread(count, now=clock.now()))

    async def give_back(self) -> None:
        """Give back the leases of what has gone through."""
        done = [item for item in self._to_release if not self._has(item)]
        self._to_release.clear()
        if done:
            await leases.release(self._work.db, done, run_id=self._work.run_id)
            for item in done:
                self._work.leases.pop(item, None)

    def take_folded(self) -> list[str]:
        """The conversations whose people were folded since the last call."""
        folded, self._folded = sorted(self._folded), set()
        return folded

    def take(self) -> dict[str, Refreshed]:
        """The outcome of the items since the last call, by part. Milestones are in that of the metrics."""
        taken = {part: Refreshed(station.take()) for part, station in self._stations.items()}
        if METRICS in self._parts:
            taken[METRICS], self._counted = _once(self._counted), Refreshed()
        return taken

    def _send(self, part: str, subjects: Sequence[Subject], limit: int | None) -> None:
        if part != OVERVIEWS:
            # A look may find what is here already, when it has no lease yet.
            subjects = [subject for subject in subjects if not self._has(subject.item)]
            for subject in subjects:
                if subject.user_id:
                    self._of_person[subject.user_id].add(subject.item)
        if subjects:
            self._stations[part].send(subjects, limit=limit)

    def _left_fetching(self, subject: Subject, went_well: bool) -> None:
        if went_well and INSIGHTS in self._stations:
            self._stations[INSIGHTS].send([subject])
        else:
            self._ended(subject)

    def _left_extraction(self, subject: Subject, went_well: bool) -> None:
        if went_well and subject.user_id and OVERVIEWS in self._stations:
            self._to_fold.add(subject.user_id)
            asyncio.get_running_loop().call_later(_TOGETHER_SECONDS, self._fold, subject.user_id)
        elif subject.user_id:
            # Fetching may have moved its end to a day that is not this run's.
            self._to_count.add(subject.user_id)
        self._ended(subject, is_folded_yet=not went_well)

    def _ended(self, subject: Subject, *, is_folded_yet: bool = True) -> None:
        """A conversation goes no further than this, but for its person's fold."""
        if is_folded_yet:
            self._to_release.add(subject.item)
        if subject.user_id and not any(map(self._has, self._of_person[subject.user_id])):
            self._fold(subject.user_id)
        self._moved.set()

    def _fold(self, user_id: str) -> None:
        if user_id in self._to_fold:
            self._to_fold.discard(user_id)
            self._stations[OVERVIEWS].send([Subject(user_id, user_id=user_id)])
        self._moved.set()

    def _left_folding(self, subject: Subject, went_well: bool) -> None:
        if went_well:
            self._to_count.add(subject.item)
        through = {item for item in self._of_person[subject.item] if not self._has(item)}
        self._to_release |= through
        self._folded |= through
        self._of_person[subject.item] -= through
        if not self._of_person[subject.item]:
            del self._of_person[subject.item]
        self._moved.set()

    def _has(self, item: str) -> bool:
        """Whether a conversation is fetched or extracted now, or waits for it."""
        return any(part != OVERVIEWS and station.has(item) for part, station in self._stations.items())

    def _underway(self) -> set[str]:
        """People of whom something is fetched or extracted now: they are folded after it."""
        return {user_id for user_id, items in self._of_person.items() if any(map(self._has, items))}

    def _add(self, counted: Refreshed) -> None:
        self._counted.result.add(counted.result)
        self._counted.celebrations.update(counted.celebrations)


def _by_person(subjects: Iterable[Subject]) -> list[Subject]:
    """The conversations in an order that leaves those of a person together, whoever waits longest first."""
    people: dict[str, list[Subject]] = {}
    for subject in subjects:
        people.setdefault(subject.user_id or subject.item, []).append(subject)
    return [subject for group in people.values() for subject in group]


def _once(counted: Refreshed) -> Refreshed:
    """The same, with people who were counted more than once named once."""
    result = counted.result
    done = dict.fromkeys(result.done)
    unchanged = [user_id for user_id in dict.fromkeys(result.unchanged) if user_id not in done]
    named = BatchResult(done=list(done), unchanged=unchanged, skipped=result.skipped)
    return Refreshed(named, counted.celebrations)
