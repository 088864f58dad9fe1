"""The one way to run a batch in an asset, and to tell Dagster what happened."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Work, logged, open_work
from astra_pipeline.counters import ITEMS, count
from astra_pipeline.orchestration.checks import parked_check, parked_result
from astra_pipeline.orchestration.metadata import batch_metadata, llm_metadata, outcome, pace, preview_metadata
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.retries import retried
from astra_pipeline.orchestration.run_log import told
from astra_pipeline.orchestration.tags import LANE_TAG
from astra_pipeline.orchestration.task_requests import begin, write_back
from astra_pipeline.personal_data import run_people
from astra_pipeline.settings import settings

# Yesterday is what the sensor takes for live, too.
_STILL_LIVE = dt.timedelta(days=1)

# A service at work.
Batch = Coroutine[Any, Any, BatchResult]
PreviewOf = Callable[[Work, Sequence[str]], Coroutine[Any, Any, Preview]]


@dataclass(kw_only=True)
class AssetBatch(Work):
    """A batch at work in an asset, and its report to Dagster."""

    context: dg.AssetExecutionContext
    mongo: MongoResource
    began: float
    named: set[str] = field(default_factory=set)
    """The people and conversations that the report, or the run's output, names."""
    request_ids: list[str] = field(default_factory=list)
    """The ids of the API's requests (X-Request-Id) that the run was asked for by."""
    totals: dict[str, BatchResult] = field(default_factory=dict)
    """Asset -> the outcome of its items so far."""

    def report(
        self,
        batch: Batch | BatchResult,
        *,
        preview: PreviewOf | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> dg.MaterializeResult:
        """The materialization that says what became of the batch.

        Raises dagster's Failure when nothing could be done.
        """
        result = self._result(batch)
        if trouble := result.nothing_could_be_done():
            self.fail(trouble, result)
        return self._materialized(result, preview, metadata or {})

    def report_cells(self, batch: Batch, preview: PreviewOf) -> dg.MaterializeResult:
        """The materialization of a batch of texts, with the outcome, the cost and a few texts of each of its cells.

        Raises dagster's Failure, and materialises nothing, when nothing could be done: a cell is not done because
        it was tried. The same holds when the hour's executions were spent before a run launched by hand was done,
        because no sensor asks for its rest again.
        """
        result = self._result(batch)
        by_hand = LANE_TAG not in self.context.run.tags
        if trouble := result.nothing_could_be_done() or (by_hand and result.spent):
            self.fail(trouble, result)
        for key, items in self._items_by_cell(result).items():
            cell = result.of(items)
            figures = llm_metadata(self.llm, items, verdicts=self.verdicts)
            per_text = round(figures["llm_calls"] / len(cell.done), 3) if cell.done else 0.0
            self.context.add_asset_metadata(
                outcome(cell)
                | figures
                | {"llm_calls_per_text": per_text}
                | preview_metadata(self._preview(preview, cell)),
                partition_key=key,
            )
        self.name(result)
        metadata = pace(result, seconds=time.monotonic() - self.began)
        return dg.MaterializeResult(metadata=metadata, check_results=[parked_result(self.mongo, self.asset)])

    def _items_by_cell(self, result: BatchResult) -> dict[str, set[str]]:
        """Partition key -> the items of its cell."""
        items: dict[str, set[str]] = {key: set() for key in self.context.partition_keys}
        keys = {_cell_of(key): key for key in self.context.partition_keys}
        for item, cell in result.cohort_dates.items():
            items[keys[cell.date.isoformat(), cell.cohort]].add(item)
        return items

    def fail(self, trouble: str, result: BatchResult) -> None:
        """Fail the step. Raises dagster's Failure with the batch's metadata."""
        self.name(result)
        raise dg.Failure(f"{self.asset}: {trouble}", metadata=self.metadata_of(result), allow_retries=False)

    def metadata_of(self, result: BatchResult) -> dict[str, Any]:
        """The outcome, the pace and the cost of the batch so far."""
        cost = llm_metadata(self.runner, verdicts=self.verdicts)
        return batch_metadata(result, seconds=time.monotonic() - self.began) | cost

    @property
    def asset(self) -> str:
        """The key of the asset at work."""
        return self.context.asset_key.to_user_string()

    def name(self, result: BatchResult) -> None:
        """Note whom the tables of the result, and the log, name."""
        self.named |= {failure.item for failure in result.failed} | set(result.waiting)

    def count(self, asset: str, result: BatchResult) -> None:
        """Count what became of the items of an asset, and note it for the run's line in the log."""
        self.totals.setdefault(asset, BatchResult()).add(result)
        parked = sum(failure.parked for failure in result.failed)
        for name in ("done", "unchanged", "waiting", "skipped", "failed"):
            count(ITEMS, len(getattr(result, name)), asset=asset, outcome=name)
        count(ITEMS, parked, asset=asset, outcome="parked")

    def _preview(self, preview: PreviewOf, result: BatchResult) -> Preview:
        shown = self.run(preview(self, result.done))
        self.named |= shown.names
        return shown

    def _result(self, batch: Batch | BatchResult) -> BatchResult:
        result = batch if isinstance(batch, BatchResult) else self.run(batch)
        self.count(self.asset, result)
        write_back(self, self.context.run, result)
        return result

    def _materialized(
        self,
        result: BatchResult,
        preview: PreviewOf | None,
        metadata: Mapping[str, Any],
    ) -> dg.MaterializeResult:
        whole = {**self.metadata_of(result), **metadata}
        if preview:
            whole |= preview_metadata(self._preview(preview, result))
        self.name(result)
        self.named |= {str(value) for key, value in whole.items() if key == "wheel_of"}
        checked = self.context.assets_def.check_keys
        checks = (
            [parked_result(self.mongo, self.asset)] if any(key.name == "nothing_parked" for key in checked) else []
        )
        return dg.MaterializeResult(metadata=whole, check_results=checks)


def cohort_asset(
    service: str, group: str, *, checked: bool = True, deps: Sequence[dg.AssetDep] = (), **options: Any
) -> Callable[[Callable[..., dg.MaterializeResult]], dg.AssetsDefinition]:
    """The decorator of an asset over cohorts of people. The function's name is the asset's key."""

    def decorate(compute: Callable[..., dg.MaterializeResult]) -> dg.AssetsDefinition:
        return dg.asset(
            partitions_def=cohorts,
            group_name=group,
            kinds={"mongodb", service},
            owners=[settings().astra_owner],
            deps=["astra_users", *deps],
            check_specs=[parked_check(compute.__name__)] if checked else None,
            backfill_policy=dg.BackfillPolicy.single_run(),
            **options,
        )(retried(compute))

    return decorate


@contextmanager
def batch(
    context: dg.AssetExecutionContext,
    mongo: MongoResource,
    llm: LlmResource | None = None,
    *,
    is_past: bool = False,
) -> Iterator[AssetBatch]:
    """An AssetBatch with its connections open. Runs over the past (`is_past`) pay from the hour's budget."""
    began = time.monotonic()
    lane = context.run.tags.get(LANE_TAG) or ("backfill" if is_past else None)
    with open_work(mongo, llm, run_id=context.run.run_id, lane=lane, progress=logged(context.log.info)) as work:
        asset_batch = AssetBatch(**vars(work), context=context, mongo=mongo, began=began)
        asset_batch.request_ids += begin(asset_batch, context.run)
        try:
            with told(asset_batch, context.run, lane):
                yield asset_batch
        finally:
            # Before Dagster stores the report, so that no erasure overlooks it.
            asset_batch.run(run_people.note(work.db, context.run.run_id, asset_batch.named))


def are_past(scope: Scope, now: dt.datetime) -> bool:
    """Whether the scope's days were over a day ago: what the sensor would call a backlog."""
    return scope.days is not None and scope.days.end <= now - _STILL_LIVE


def _cell_of(key: str) -> tuple[str, str]:
    """(date, cohort) of a key of the grid, whose other dimension is a date or a week."""
    assert isinstance(key, dg.MultiPartitionKey)
    dimensions = dict(key.keys_by_dimension)
    cohort = dimensions.pop("cohort")
    (date,) = dimensions.values()
    return date, cohort
