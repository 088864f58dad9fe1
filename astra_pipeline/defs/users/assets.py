"""People's Julep users, a cohort at a time."""

import time

import dagster as dg

from astra_pipeline.batches import loop
from astra_pipeline.migration import sync as migration
from astra_pipeline.orchestration.metadata import batch_metadata, parked_check, parked_result
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.run_config import PeopleConfig, step_retries
from astra_pipeline.settings import settings


@dg.asset(
    partitions_def=cohorts,
    group_name="users",
    kinds={"mongodb", "julep"},
    owners=[settings().astra_owner],
    deps=["astra_users"],
    check_specs=[parked_check("julep_users")],
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=step_retries(),
)
def julep_users(
    context: dg.AssetExecutionContext, config: PeopleConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """The Julep user of everybody in the cohort, made once under an id that follows from theirs (`julep_user_id`).
    The job `migrate_users` does the same for all who have no cohort yet."""
    began = time.monotonic()
    users = migration.to_sync(
        mongo.db, only=config.user_ids, limit=config.limit, cohort_keys=list(context.partition_keys)
    )
    result = loop.run(
        migration.sync_by_itself(mongo, users, run_id=context.run.run_id, insists=bool(config.user_ids))
    )
    metadata = batch_metadata(result, seconds=time.monotonic() - began)
    if trouble := result.nothing_could_be_done():
        raise dg.Failure(f"julep_users: {trouble}", metadata=metadata, allow_retries=False)
    metadata["unreadable"] = len(migration.unreadable_of(mongo.db, result.done))
    return dg.MaterializeResult(metadata=metadata, check_results=[parked_result(mongo, "julep_users")])
