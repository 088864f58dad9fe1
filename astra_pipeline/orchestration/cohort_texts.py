"""What assets on a grid of dates (or weeks) and cohorts have in common."""

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.batches import loop
from astra_pipeline.batches.budget import spending
from astra_pipeline.batches.cohort_dates import Cell, Chosen, Due
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.defs.users.partitions import cohorts
from astra_pipeline.errors import BadAnswer, NotFound
from astra_pipeline.llm.runner import TaskRunner, read_answer
from astra_pipeline.llm.task import Answer
from astra_pipeline.orchestration.metadata import batch_metadata, counted, outcome, pace, parked_result, texts
from astra_pipeline.orchestration.resources import LlmResource
from astra_pipeline.orchestration.run_config import BEHIND, LANE_TAG, PAST, PeopleConfig, lane_of
from astra_pipeline.people.cohorts import zones
from astra_pipeline.store.mongo import MongoResource

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

Write = Callable[
    ["Database", list[Cell], TaskRunner, Chosen, Callable[[BatchResult], None]],
    Awaitable[tuple[BatchResult, dict[str, Cell]]],
]

GRID_TAGS: Mapping[str, str] = {**BEHIND, LANE_TAG: "grid", "dagster/priority": "-1"}
"""Behind live conversations in the queue, and never in all of its places."""
PAST_TAGS: Mapping[str, str] = {**PAST, LANE_TAG: "backfill"}
"""Behind these as well, and within the hour's LLM executions for the past."""

_PREVIEWS = 3
_TEXTS_CHECKED = 200
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def grid(dimension: str, days: dg.TimeWindowPartitionsDefinition) -> dg.MultiPartitionsDefinition:
    """Days (or weeks), under the name `dimension`, by cohort."""
    return dg.MultiPartitionsDefinition({dimension: days, "cohort": cohorts})


def cells_of(context: dg.AssetExecutionContext, mongo: MongoResource, dimension: str) -> list[Cell]:
    """The cells of the run's partitions. Raises NotFound for a cohort that was never opened."""
    known = zones(mongo.db)
    cells = []
    for key in context.partition_keys:
        assert isinstance(key, dg.MultiPartitionKey)
        date, cohort = key.keys_by_dimension[dimension], key.keys_by_dimension["cohort"]
        if cohort not in known:
            raise NotFound(
                f"astra_cohorts has no {cohort!r}: the partition does not come from the sensor new_users"
            )
        cells.append(Cell(dt.date.fromisoformat(date), cohort, known[cohort]))
    return cells


def materialize(
    context: dg.AssetExecutionContext,
    config: PeopleConfig,
    mongo: MongoResource,
    task_runner: LlmResource,
    *,
    asset: str,
    collection: str,
    dimension: str,
    is_over: Callable[[Cell, dt.datetime], bool],
    write: Write,
) -> dg.MaterializeResult:
    """Write the texts of the run's cells and tell, cell by cell, what happened, what it cost and how three of
    them read. Fails, and materialises nothing, when nothing could be done, and when the hour's executions were
    spent before somebody's backfill was done: nobody asks for its rest again.

    `is_over` tells whether a cell belongs to the past.
    """
    cells = cells_of(context, mongo, dimension)
    chosen = Chosen(tuple(config.user_ids), config.force, config.limit)

    def progress(result: BatchResult) -> None:
        if result.attempted % 100 == 0:
            context.log.info(f"{result.attempted} handled, {len(result.failed)} failed")

    async def run() -> tuple[BatchResult, dict[str, Cell], Counter[str]]:
        lane = lane_of(context, past=all(is_over(cell, dt.datetime.now(dt.UTC)) for cell in cells))
        async with mongo.connect() as db, task_runner.open(spend=spending(db, lane)) as runner:
            result, cell_of = await write(db, cells, runner, chosen, progress)
            return result, cell_of, runner.calls

    began = time.monotonic()
    result, cell_of, calls = loop.run(run())
    seconds = time.monotonic() - began
    by_hand = LANE_TAG not in context.run.tags
    if trouble := result.nothing_could_be_done() or (by_hand and result.spent):
        # A cell is not done because it was tried; nothing downstream waits for it.
        metadata = batch_metadata(result, seconds=seconds)
        raise dg.Failure(f"{asset}: {trouble}", metadata=metadata, allow_retries=False)
    for key, cell in zip(context.partition_keys, cells, strict=True):
        its = {item for item, of in cell_of.items() if of == cell}
        paid = sum(calls[item] for item in its)
        told = result.of(its)
        per_text = round(paid / len(told.done), 3) if told.done else 0.0
        written = mongo.db[collection].find({"_id": {"$in": told.done[:_PREVIEWS]}}, {"user_id": 1, "content": 1})
        context.add_asset_metadata(
            outcome(told)
            | {"llm_calls": paid, "llm_calls_per_text": per_text}
            | texts({text["user_id"]: text["content"] for text in written}),
            partition_key=key,
        )
    return dg.MaterializeResult(metadata=pace(result, seconds=seconds), check_results=[parked_result(mongo, asset)])


def requests(
    context: dg.ScheduleEvaluationContext, asset: str, dimension: str, due: Iterable[Due]
) -> list[dg.RunRequest]:
    """A run for each cell that is due, that no run of the asset's job works on and whose cohort has its partition.
    Retries of the past are among the runs over it."""
    job = f"{asset}_job"
    busy = {
        run.tags.get("dagster/partition")
        for run in context.instance.get_runs(dg.RunsFilter(job_name=job, statuses=_UNFINISHED))
    }
    opened = set(context.instance.get_dynamic_partitions(str(cohorts.name)))
    at = context.scheduled_execution_time.isoformat()
    requested = []
    for one in due:
        key = dg.MultiPartitionKey({dimension: one.cell.date.isoformat(), "cohort": one.cell.cohort})
        if one.cell.cohort not in opened or key in busy:
            continue
        config = {"ops": {asset: {"config": {"user_ids": list(one.user_ids)}}}} if one.user_ids else None
        tags = PAST_TAGS if one.user_ids else GRID_TAGS
        requested.append(dg.RunRequest(run_key=f"{at} {key}", partition_key=key, tags=tags, run_config=config))
    return requested


def is_under_way(instance: dg.DagsterInstance, job: str, tags: Mapping[str, str]) -> bool:
    """Whether a run of the job with these tags is queued or works."""
    return bool(instance.get_runs(dg.RunsFilter(job_name=job, tags=dict(tags), statuses=_UNFINISHED), limit=1))


def everyone_check(
    asset: str, lacking: Callable[["Database", dict[str, str], dt.datetime], Awaitable[list[tuple[str, Cell]]]]
) -> dg.AssetChecksDefinition:
    """A check that nobody who should have a text lacks it an hour after it was due."""

    @dg.asset_check(
        asset=asset,
        name="everyone_has_one",
        description="Fails when somebody who should have one has none an hour after it was due, in whatever zone; "
        "names them. `astra failures list` says why, if it was tried.",
    )
    def everyone_has_one(mongo: MongoResource) -> dg.AssetCheckResult:
        async def look() -> list[tuple[str, Cell]]:
            async with mongo.connect() as db:
                return await lacking(db, zones(mongo.db), dt.datetime.now(dt.UTC) - dt.timedelta(hours=1))

        late = asyncio.run(look())
        rows = [{"user": user, "cohort": cell.cohort, "date": cell.date.isoformat()} for user, cell in late]
        return dg.AssetCheckResult(passed=not late, metadata=counted("users_without", rows))

    return everyone_has_one


def contract_check(asset: str, collection: str, model: type[Answer]) -> dg.AssetChecksDefinition:
    """A check that the texts stored last keep the contract they were accepted under."""

    @dg.asset_check(
        asset=asset,
        name="texts_keep_their_contract",
        description=f"The {_TEXTS_CHECKED} texts written last are what was asked for: paragraphs, name, signs, "
        "language, no placeholder, no certainty about health or money.",
    )
    def texts_keep_their_contract(mongo: MongoResource) -> dg.AssetCheckResult:
        latest = (
            mongo.db[collection].find({}, {"content": 1, "input": 1}).sort("generated_at", -1).limit(_TEXTS_CHECKED)
        )
        rows = []
        for text in latest:
            try:
                read_answer(model, {"content": text["content"]}, text["input"])
            except BadAnswer as problem:
                rows.append({"item": text["_id"], "problem": str(problem)})
        return dg.AssetCheckResult(passed=not rows, metadata=counted("texts_refused", rows))

    return texts_keep_their_contract
