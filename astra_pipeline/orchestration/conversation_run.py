"""The run over conversations as one step: its assets, its checks, and what it reports while it is on shift."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.conversations import days, insights, transcripts
from astra_pipeline.gamification.write import Refreshed
from astra_pipeline.orchestration.batch_asset import AssetBatch, PreviewOf, are_past, batch
from astra_pipeline.orchestration.checks import answered_check, answered_result, parked_check, parked_result
from astra_pipeline.orchestration.metadata import batch_metadata, llm_metadata, preview_metadata
from astra_pipeline.orchestration.partitions import conversation_days
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.retries import retried
from astra_pipeline.orchestration.run_config import ConversationRunConfig, days_scope
from astra_pipeline.orchestration.tags import LANE_TAG
from astra_pipeline.orchestration.task_requests import write_back
from astra_pipeline.overview import write as overview
from astra_pipeline.personal_data import run_people
from astra_pipeline.settings import settings
from astra_pipeline.shift.flow import INSIGHTS, METRICS, OVERVIEWS, PARTS, TRANSCRIPTS, Flow
from astra_pipeline.shift.run import Shift, run

_PREVIEWS: Mapping[str, PreviewOf] = {
    TRANSCRIPTS: transcripts.preview,
    INSIGHTS: insights.preview,
    OVERVIEWS: overview.preview,
}
# The part that asks a service -> the name of the service in the check that it answered.
_SERVICES = {TRANSCRIPTS: "elevenlabs", INSIGHTS: "task_runner"}
# A run over so few days says how far each of them is, one over more those on which something happened.
_FEW_DAYS = 7

# What a step over conversations yields.
Outcome = dg.MaterializeResult | dg.AssetCheckResult


def conversation_assets(
    specs: Sequence[dg.AssetSpec],
) -> Callable[[Callable[..., Iterator[Outcome]]], dg.AssetsDefinition]:
    """The decorator of the step that materialises the assets of a flow, by UTC day, all of them or some."""
    specs = [spec.replace_attributes(group_name="conversations", owners=[settings().astra_owner]) for spec in specs]
    checks = [parked_check(asset) for asset in (TRANSCRIPTS, INSIGHTS, OVERVIEWS)]
    checks += [answered_check(asset, service) for asset, service in _SERVICES.items()]
    decorator = dg.multi_asset(
        name="conversations",
        specs=specs,
        check_specs=checks,
        can_subset=True,
        partitions_def=conversation_days,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    return lambda compute: decorator(retried(compute))


def conversation_run(
    context: dg.AssetExecutionContext, config: ConversationRunConfig, mongo: MongoResource, llm: LlmResource
) -> Iterator[Outcome]:
    """Take the conversations of the run's days through the assets that are asked for.

    Yields the materializations, in the order of the parts, and the results of their checks. Raises dagster's
    Failure at the end when a service did nothing for us.
    """
    parts = [part for part in PARTS if dg.AssetKey(part) in context.selected_asset_keys]
    scope = days_scope(context, config)
    asked = llm if INSIGHTS in parts else None
    with batch(context, mongo, asked, is_past=are_past(scope, dt.datetime.now(dt.UTC))) as work:
        yield from _ConversationRun(context, work, scope, parts, stays=config.stay).outcomes()


class _ConversationRun:
    def __init__(
        self,
        context: dg.AssetExecutionContext,
        work: AssetBatch,
        scope: Scope,
        parts: Sequence[str],
        *,
        stays: bool,
    ) -> None:
        self._context, self._work, self._scope, self._parts = context, work, scope, parts
        # A run that leaves something out would leave others' conversations waiting while it has the turn.
        takes_all = len(parts) == len(PARTS) and scope == Scope(days=scope.days)
        self._shift = _shift() if stays and takes_all else None
        self._since = time.monotonic()
        # Day -> its state when it was reported last.
        self._reported: Mapping[str, Mapping[str, int]] = {}
        # Part -> all of its outcome so far.
        self._totals = {part: BatchResult() for part in parts}

    def outcomes(self) -> Iterator[Outcome]:
        """The materializations and the results of the checks. Raises dagster's Failure after them."""
        work = self._work
        # A run that nobody but a sensor asked for counts who may have changed, any other run whole days.
        whole_days = LANE_TAG not in self._context.run.tags
        if self._shift:
            self._reported = work.run(days.state(work, self._scope, ()))
        flow = work.run(
            run(work, self._scope, self._parts, whole_days=whole_days, report=self._report, shift=self._shift)
        )
        taken = flow.take()
        for part in self._parts:
            write_back(work, self._context.run, taken[part].result)
        self._add(taken)
        state = work.run(self._state(taken))
        metadata = {part: work.run(self._metadata(part, taken[part])) for part in self._parts}
        # Before Dagster stores it, so that no erasure overlooks it.
        work.run(self._note_names())
        for part in self._parts:
            self._note_days(part, state)
            yield dg.MaterializeResult(asset_key=part, metadata=metadata[part])
        yield from self._checks()
        # After everything else, so that whoever can be served is: the run turns red, and its owner is told.
        if troubles := [f"{part}: {trouble}" for part in self._parts if (trouble := self._trouble(part))]:
            raise dg.Failure("; ".join(troubles), allow_retries=False)

    async def _report(self, flow: Flow) -> bool:
        """Tell Dagster what a shift did since it last told; whether the shift goes on."""
        taken = flow.take()
        self._add(taken)
        if busy := [part for part in self._parts if taken[part].result.attempted or taken[part].result.waiting]:
            state = await self._state(taken)
            moved = {day for day, counts in state.items() if counts != self._reported.get(day)}
            self._reported = state
            metadata = {part: await self._metadata(part, taken[part]) for part in busy}
            await self._note_names()
            # What was done is told once, of the last of the days; the others tell how far they are.
            last = max(moved, default=self._context.partition_keys[-1])
            for part in busy:
                for day in sorted(moved | {last}):
                    how_far = {} if part == METRICS else _of_day(state.get(day, {}))
                    if day == last or how_far:
                        of_day = (metadata[part] if day == last else {}) | how_far
                        self._context.log_event(dg.AssetMaterialization(part, partition=day, metadata=of_day))
        self._since = time.monotonic()
        return not any(one.result.rejected for one in taken.values())

    def _add(self, taken: Mapping[str, Refreshed]) -> None:
        for part, total in self._totals.items():
            total.add(taken[part].result)
            self._work.count(part, taken[part].result)

    def _trouble(self, part: str) -> str | None:
        """The reason for which nothing of a part could be done, in the whole run."""
        return self._totals[part].nothing_could_be_done()

    async def _note_names(self) -> None:
        """Note whom the next report names. Names that were noted need not be noted again."""
        await run_people.note(self._work.db, self._context.run.run_id, self._work.named)
        self._work.named.clear()

    async def _metadata(self, part: str, taken: Refreshed) -> dict[str, Any]:
        result = taken.result
        metadata = batch_metadata(result, seconds=time.monotonic() - self._since)
        if part == INSIGHTS:
            tried = {*result.done, *result.unchanged, *(failure.item for failure in result.failed)}
            metadata |= llm_metadata(self._work.runner, tried, verdicts=self._work.verdicts)
        if part == METRICS:
            metadata["milestones_unlocked"] = taken.milestones_unlocked
        if trouble := self._trouble(part):
            metadata["nothing_could_be_done"] = trouble
        preview_of = taken.preview if part == METRICS else _PREVIEWS[part]
        shown = await preview_of(self._work, result.done)
        self._work.named |= shown.names
        self._work.name(result)
        return metadata | preview_metadata(shown)

    async def _state(self, taken: Mapping[str, Refreshed]) -> dict[str, dict[str, int]]:
        done = [item for part in (TRANSCRIPTS, INSIGHTS) if part in taken for item in taken[part].result.done]
        return await days.state(self._work, self._scope, done)

    def _note_days(self, part: str, state: Mapping[str, Mapping[str, int]]) -> None:
        """Have each day's materialization say how far the day is."""
        if part == METRICS:
            return
        keys = self._context.partition_keys
        for day in keys if len(keys) <= _FEW_DAYS else sorted(state.keys() & set(keys)):
            self._context.add_asset_metadata(_of_day(state.get(day, {})), asset_key=part, partition_key=day)

    def _checks(self) -> Iterator[dg.AssetCheckResult]:
        chosen = self._context.selected_asset_check_keys
        for part in self._parts:
            results = [parked_result(self._work.mongo, part)]
            if service := _SERVICES.get(part):
                results.append(answered_result(part, service, self._trouble(part)))
            yield from (
                one for one in results if dg.AssetCheckKey(dg.AssetKey(part), str(one.check_name)) in chosen
            )


def _shift() -> Shift | None:
    """The shift that the settings allow; None when runs are not to stay."""
    configured = settings()
    linger = configured.astra_shift_linger_seconds
    return Shift(configured.astra_shift_seconds, linger) if linger else None


def _of_day(counts: Mapping[str, int]) -> dict[str, int]:
    return {"day/completed": 0} | {f"day/{name}": count for name, count in counts.items()}
