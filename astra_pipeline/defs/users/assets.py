"""People's Julep users and personas, a cohort at a time."""

import dagster as dg

from astra_pipeline.migration import julep_users as julep
from astra_pipeline.migration import people
from astra_pipeline.orchestration.batch_asset import batch, cohort_asset
from astra_pipeline.orchestration.resources import LlmResource, MongoResource
from astra_pipeline.orchestration.run_config import ScopeConfig, cohorts_scope
from astra_pipeline.personas import write as persona_service


@cohort_asset("julep", "users")
def julep_users(
    context: dg.AssetExecutionContext, config: ScopeConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """The Julep user of everybody in the cohort, made once under an id that follows from theirs (`julep_user_id`).
    The job `migrate_users` does the same for all who have no cohort yet."""
    scope = cohorts_scope(context, config)
    with batch(context, mongo) as work:
        users = people.to_sync(work.sync, only=scope.user_ids, limit=scope.limit, cohort_keys=scope.cohorts)
        result = work.run(julep.sync(work, users, scope))
        unreadable = people.unreadable_of(work.sync, result.done)
        return work.report(result, metadata={"unreadable": len(unreadable)})


@cohort_asset(
    "llm",
    "users",
    deps=[dg.AssetDep("conversation_insights", partition_mapping=dg.AllPartitionMapping())],
)
def personas(
    context: dg.AssetExecutionContext, config: ScopeConfig, mongo: MongoResource, llm: LlmResource
) -> dg.MaterializeResult:
    """The way in which everybody in the cohort likes to be talked to (`astra_personas`, `user_overview.persona`):
    learnt by the task `persona-enrichment` from people with five conversations more than last time."""
    scope = cohorts_scope(context, config)
    with batch(context, mongo, llm) as work:
        result = work.run(persona_service.enrich(work, scope))
        counts = work.run(persona_service.counts_by_kind(work.db, result.done))
        return work.report(result, preview=persona_service.preview, metadata=counts)
