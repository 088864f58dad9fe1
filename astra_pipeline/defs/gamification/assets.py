"""Streaks, milestones and topics, computed for everybody touched in one go."""

import dagster as dg

from astra_pipeline.gamification import write as gamification
from astra_pipeline.orchestration.batch_asset import batch, conversation_asset
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.run_config import ConversationScopeConfig, days_scope
from astra_pipeline.orchestration.tags import LANE_TAG


@conversation_asset(
    "pandas",
    deps=["conversation_insights", "elevenlabs_conversations", "astra_users"],
    checked=False,
    op_tags={"dagster/priority": "-1"},
)
def gamification_metrics(
    context: dg.AssetExecutionContext, config: ConversationScopeConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """`user_overview.gamification` of the users with conversations on these days, of those just folded, and of
    those whose streak has lapsed: streaks in each person's own zone, topics, milestones."""
    scope = days_scope(context, config)
    with batch(context, mongo) as work:
        counted = gamification.refresh(work, scope, whole_days=LANE_TAG not in context.run.tags)
        return work.report(
            counted.result,
            preview=counted.preview,
            metadata={"milestones_unlocked": counted.milestones_unlocked},
        )
