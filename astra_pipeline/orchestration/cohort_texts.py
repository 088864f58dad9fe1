"""Texts for everybody of a cohort on one date: the asset, its job, its schedule and its checks from one factory."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import dagster as dg

from astra_pipeline.batches import money
from astra_pipeline.batches.cohort_dates import CohortDate, DueDate
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Work, open_work
from astra_pipeline.orchestration.batch_asset import batch
from astra_pipeline.orchestration.checks import parked_check
from astra_pipeline.orchestration.metadata import counted
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.patience import patient
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.retries import retried
from astra_pipeline.orchestration.run_config import ScopeConfig, grid_scope
from astra_pipeline.orchestration.tags import GRID_TAGS, PARTITION_TAG, PAST_TAGS, UNFINISHED
from astra_pipeline.people.cohorts import zones
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_PREVIEWS = 3
_TEXTS_CHECKED = 200
# How long after a text was due its lack is worth an operator's time.
_PATIENCE = dt.timedelta(hours=1)


class TextService(Protocol):
    """A product that writes texts: a module with these functions."""

    async def write(self, work: Work, scope: Scope) -> BatchResult:
        """Write the texts that the scope's people lack on the dates of its cells."""
        ...

    async def due(self, db: "Database", zones: dict[str, str], *, now: dt.datetime) -> list[DueDate]:
        """The cells in which somebody lacks a text now. `zones` gives each cohort's IANA zone."""
        ...

    async def late(self, db: "Database", zones: dict[str, str], *, at: dt.datetime) -> list[tuple[str, CohortDate]]:
        """(user, cell) of everybody who should have had a text at that moment and has none."""
        ...

    async def preview(self, work: Work, items: Sequence[str]) -> Preview:
        """A few of the texts, by person."""
        ...

    async def refused(self, db: "Database", *, at_most: int) -> list[dict[str, str]]:
        """{item, problem} of the texts written last that do not keep their contract."""
        ...

    def is_past(self, cell: CohortDate, now: dt.datetime) -> bool:
        """Whether a cell's text is no longer awaited: writing it is a backfill."""
        ...


@dataclass(frozen=True)
class CohortText:
    """A text that everybody of a cohort gets on a date."""

    asset: str
    description: str
    group: str
    dimension: str
    """The grid's dimension beside the cohort: `date` or `week`."""
    grid: dg.MultiPartitionsDefinition
    deps: Sequence[dg.AssetDep]
    cells_a_run: int
    deadline_cron: str
    """When the freshness of the asset is looked at, in ASTRA_DEFAULT_TIMEZONE."""
    service: TextService
    job_description: str
    schedule_description: str
    noun: str

    @cached_property
    def job(self) -> Any:
        """The job that writes the text for one cell."""
        return dg.define_asset_job(f"{self.asset}_job", selection=[self.asset], description=self.job_description)

    @cached_property
    def definition(self) -> dg.AssetsDefinition:
        """The asset."""
        return _asset(self)

    @cached_property
    def schedule(self) -> dg.ScheduleDefinition:
        """The schedule, which asks for a run of each cell in which somebody lacks the text."""
        return _schedule(self)


def text_definitions(text: CohortText) -> dg.Definitions:
    """The asset of a text on date x cohort, its job, its schedule and its checks."""
    return dg.Definitions(
        assets=[text.definition],
        jobs=[text.job],
        schedules=[text.schedule],
        asset_checks=[_everyone_check(text), _contract_check(text)],
    )


def _asset(text: CohortText) -> dg.AssetsDefinition:
    """The asset: one text a person and cell, written by the service."""

    @dg.asset(
        name=text.asset,
        description=text.description,
        partitions_def=text.grid,
        group_name=text.group,
        kinds={"mongodb", "julep"},
        owners=[settings().astra_owner],
        deps=text.deps,
        check_specs=[parked_check(text.asset)],
        backfill_policy=dg.BackfillPolicy.multi_run(text.cells_a_run),
        # Of the zone most people live in; `everyone_has_one` watches every zone.
        freshness_policy=dg.FreshnessPolicy.cron(
            deadline_cron=text.deadline_cron,
            lower_bound_delta=dt.timedelta(hours=1, minutes=15),
            timezone=settings().astra_default_timezone,
        ),
    )
    @retried
    def written(
        context: dg.AssetExecutionContext, config: ScopeConfig, mongo: MongoResource, llm: LlmResource
    ) -> dg.MaterializeResult:
        scope = grid_scope(context, config, mongo, text.dimension)
        now = dt.datetime.now(dt.UTC)
        is_past = all(text.service.is_past(cell, now) for cell in scope.cohort_dates)
        with batch(context, mongo, llm, is_past=is_past) as work:
            return work.report_cells(text.service.write(work, scope), text.service.preview)

    return written


def _schedule(text: CohortText) -> dg.ScheduleDefinition:
    """The schedule, every quarter of an hour.

    The hour a text is due comes at :00, :15, :30 and :45 UTC depending on the zone, at :30 in India. The schedule
    asks in which cohorts somebody lacks the text, so a missed tick is made good by the next, a repeated one finds
    nobody, and people whose text failed are seen to the same day.
    """

    @dg.schedule(
        name=f"{text.asset}_schedule",
        job=text.job,
        cron_schedule="*/15 * * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=text.schedule_description,
    )
    @patient
    def schedule(
        context: dg.ScheduleEvaluationContext, mongo: MongoResource
    ) -> list[dg.RunRequest] | dg.SkipReason:
        at = context.scheduled_execution_time.astimezone(dt.UTC)
        if money.is_over(mongo.db, now=dt.datetime.now(dt.UTC)):
            return dg.SkipReason("ASTRA_MAX_COST_PER_DAY is spent; the texts wait for 00:00 UTC")
        with open_work(mongo, run_id="schedule") as work:
            due = work.run(text.service.due(work.db, zones(work.sync), now=at))
        return _requests(context, text, due) or dg.SkipReason(f"nobody lacks a {text.noun}, or a run is under way")

    return schedule


def _everyone_check(text: CohortText) -> dg.AssetChecksDefinition:
    """A check that nobody who should have a text lacks it an hour after it was due."""

    @dg.asset_check(
        asset=text.asset,
        name="everyone_has_one",
        description="Fails when somebody who should have one has none an hour after it was due, in whatever zone; "
        "names them. `astra failures list` says why, if it was tried.",
    )
    def everyone_has_one(mongo: MongoResource) -> dg.AssetCheckResult:
        with open_work(mongo, run_id="check") as work:
            late = work.run(text.service.late(work.db, zones(work.sync), at=work.now - _PATIENCE))
        rows = [{"user": user, "cohort": cell.cohort, "date": cell.date.isoformat()} for user, cell in late]
        return dg.AssetCheckResult(passed=not late, metadata=counted("users_without", rows))

    return everyone_has_one


def _contract_check(text: CohortText) -> dg.AssetChecksDefinition:
    """A check that the texts stored last keep the contract they were accepted under."""

    @dg.asset_check(
        asset=text.asset,
        name="texts_keep_their_contract",
        description=f"The {_TEXTS_CHECKED} texts written last are what was asked for: paragraphs, name, signs, "
        "language, no placeholder, no certainty about health or money.",
    )
    def texts_keep_their_contract(mongo: MongoResource) -> dg.AssetCheckResult:
        with open_work(mongo, run_id="check") as work:
            rows = work.run(text.service.refused(work.db, at_most=_TEXTS_CHECKED))
        return dg.AssetCheckResult(passed=not rows, metadata=counted("texts_refused", rows))

    return texts_keep_their_contract


def _requests(
    context: dg.ScheduleEvaluationContext, text: CohortText, due: Iterable[DueDate]
) -> list[dg.RunRequest]:
    """A run for each cell that is due, that no run works on and whose cohort has its partition.

    Retries of the past are among the runs over it.
    """
    unfinished = dg.RunsFilter(job_name=f"{text.asset}_job", statuses=list(UNFINISHED))
    busy = {run.tags.get(PARTITION_TAG) for run in context.instance.get_runs(unfinished)}
    opened = set(context.instance.get_dynamic_partitions(str(cohorts.name)))
    at = context.scheduled_execution_time.isoformat()
    requested = []
    for one in due:
        cell = one.cohort_date
        key = dg.MultiPartitionKey({text.dimension: cell.date.isoformat(), "cohort": cell.cohort})
        if cell.cohort not in opened or key in busy:
            continue
        config = {"ops": {text.asset: {"config": {"user_ids": list(one.user_ids)}}}} if one.user_ids else None
        tags = PAST_TAGS if one.user_ids else GRID_TAGS
        requested.append(dg.RunRequest(run_key=f"{at} {key}", partition_key=key, tags=tags, run_config=config))
    return requested
