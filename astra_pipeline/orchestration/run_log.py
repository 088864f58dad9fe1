"""A batch's line in the log: what the run did, in words and in counts, with its requests; and its spans."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog

from astra_pipeline import tracing
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.counters import RUNS, count

if TYPE_CHECKING:
    import dagster as dg

    from astra_pipeline.orchestration.batch_asset import AssetBatch

log = structlog.get_logger(__name__)

_WORDS = ("done", "unchanged", "waiting", "skipped", "failed")


@contextmanager
def told(work: AssetBatch, run: dg.DagsterRun, lane: str | None) -> Iterator[None]:
    """For the block, every line of the log names the run; at its end one line says what the batch did.

    The block is a span of the run, with one of the batch in it.
    """
    began = time.monotonic()
    asset = "+".join(sorted(key.to_user_string() for key in work.context.selected_asset_keys))
    attributes = {"astra__job": run.job_name, "astra__run_id": run.run_id, "astra__lane": lane or "by hand"}
    with structlog.contextvars.bound_contextvars(run=run.run_id, asset=asset):
        trouble: BaseException | None = None
        try:
            with (
                tracing.span(f"run {run.job_name}", kind="consumer", **attributes),
                tracing.span(f"batch {asset}") as span,
            ):
                try:
                    yield
                finally:
                    for name, items in _counts(work).items():
                        span.set(**{f"astra__items__{name}": items})
        except BaseException as error:
            trouble = error
            raise
        finally:
            _tell(work, run, time.monotonic() - began, trouble)
            tracing.flush()


def _tell(work: AssetBatch, run: dg.DagsterRun, seconds: float, trouble: BaseException | None) -> None:
    for asset, result in work.totals.items():
        count(RUNS, asset=asset, outcome="nothing_done" if result.nothing_could_be_done() else "done")
    parts = [f"{asset}: {in_words(result)}" for asset, result in work.totals.items()]
    if trouble is not None:
        parts.append(f"ended by {type(trouble).__name__}")
    # The ids of the requests that asked for it, so that a request's line and the run's are found by one word.
    known = {"request_ids": work.request_ids[:20]} if work.request_ids else {}
    log.info(
        f"{run.job_name}: {'; '.join(parts) or 'nothing to do'} in {seconds:.1f} s",
        event_kind="run",
        job=run.job_name,
        seconds=round(seconds, 3),
        items=_counts(work),
        **known,
    )


def in_words(result: BatchResult) -> str:
    """The outcome of the items, such as "12 done, 1 failed (1 parked)"; no id and no message is in it."""
    parts = [f"{len(found)} {name}" for name in _WORDS if (found := getattr(result, name))]
    if parked := sum(failure.parked for failure in result.failed):
        parts.append(f"{parked} of the failed parked")
    if result.rejected:
        parts.append("our credentials were refused")
    if result.spent:
        parts.append("the budget is spent")
    return ", ".join(parts) or "nothing to do"


def _counts(work: AssetBatch) -> dict[str, int]:
    whole = {name: sum(len(getattr(one, name)) for one in work.totals.values()) for name in _WORDS}
    return {name: items for name, items in whole.items() if items}
