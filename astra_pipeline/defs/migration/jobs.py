"""The job that takes in people of the old system."""

import datetime as dt
import time

import dagster as dg
from pydantic import Field

from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import logged, open_work
from astra_pipeline.migration.foresee import plan
from astra_pipeline.migration.take_in import TakenIn, take_in
from astra_pipeline.orchestration.migration_metadata import (
    cohort_materializations,
    named_in,
    plan_metadata,
    taken_in_metadata,
)
from astra_pipeline.orchestration.partitions import open_cohorts
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.cohorts import zones
from astra_pipeline.personal_data import run_people


class MigrationConfig(dg.Config):
    """The people whom a migration takes in. The default: everybody who lacks something."""

    user_ids: list[str] = Field(default_factory=list, description="Only these users, even if parked.")
    limit: int | None = Field(default=None, description="At most so many users.", ge=1)
    dry_run: bool = Field(default=False, description="Write nothing, only tell the plan.")


@dg.op
def take_in_users(context: dg.OpExecutionContext, config: MigrationConfig, mongo: MongoResource) -> None:
    """Everybody without a Julep user or a cohort gets both, also people an earlier try set aside; one who fails
    does not stop the rest. The sensor `migrated_users` requests what their past lacks."""
    began = time.monotonic()
    if config.dry_run:
        now = dt.datetime.now(dt.UTC)
        foreseen = plan(mongo.untouched, only=config.user_ids, limit=config.limit, now=now)
        context.add_output_metadata(plan_metadata(foreseen))
        return
    with open_work(mongo, run_id=context.run_id, progress=logged(context.log.info)) as work:
        taken = take_in(work, Scope(user_ids=tuple(config.user_ids), limit=config.limit))
        work.run(run_people.note(work.db, context.run_id, named_in(taken)))
    open_cohorts(context.instance, zones(mongo.db))
    _report(context, taken, seconds=time.monotonic() - began)


def _report(context: dg.OpExecutionContext, taken: TakenIn, *, seconds: float) -> None:
    """Tell what happened. Raises dagster's Failure when somebody could not be taken in."""
    metadata = taken_in_metadata(taken, seconds=seconds)
    for materialization in cohort_materializations(taken):
        context.log_event(materialization)
    context.add_output_metadata(metadata)
    result = taken.result
    if result.failed or result.rejected:
        raise dg.Failure(
            f"{len(result.failed)} of {taken.wanted} users could not be taken in: "
            f"{result.rejected or result.failed[0].message}",
            metadata=metadata,
            allow_retries=False,
        )


@dg.job(description="Take in everybody of the old system: cohort, Julep user, then the backfill of their past.")
def migrate_users() -> None:
    take_in_users()
