"""Streaks, milestones and topics, computed for everybody touched in one go."""

import datetime as dt
import time
from typing import Any

import dagster as dg

from astra_pipeline.gamification import write as metrics
from astra_pipeline.orchestration.metadata import batch_metadata, preview
from astra_pipeline.orchestration.partitions import conversation_days
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.orchestration.run_config import BatchConfig, step_retries, window_of
from astra_pipeline.orchestration.tags import LANE_TAG
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import USERS

_PREVIEW_ROWS = 15


@dg.asset(
    partitions_def=conversation_days,
    group_name="conversations",
    kinds={"mongodb", "pandas"},
    owners=[settings().astra_owner],
    deps=["conversation_insights", "elevenlabs_conversations", "astra_users"],
    backfill_policy=dg.BackfillPolicy.single_run(),
    retry_policy=step_retries(),
    op_tags={"dagster/priority": "-1"},
)
def gamification_metrics(
    context: dg.AssetExecutionContext, config: BatchConfig, mongo: MongoResource
) -> dg.MaterializeResult:
    """`user_overview.gamification` of the users with conversations on these days, of those just folded, and of
    those whose streak has lapsed: streaks in each person's own zone, topics, milestones."""
    began = time.monotonic()
    now = dt.datetime.now(dt.UTC)
    live = LANE_TAG in context.run.tags
    user_ids = metrics.users_to_count(mongo.db, window_of(context, config), now=now, whole_window=not live)
    result, celebrations = metrics.refresh(mongo.db, user_ids[: config.limit], now=now)
    metadata = batch_metadata(result, seconds=time.monotonic() - began)
    metadata["milestones_unlocked"] = sum(map(len, celebrations.values()))
    return dg.MaterializeResult(metadata=metadata | _preview(mongo, result.done, celebrations))


def _preview(
    mongo: MongoResource, done: list[str], celebrations: dict[str, list[dict[str, Any]]]
) -> dict[str, dg.MarkdownMetadataValue]:
    fields = {"id": 1, "user_overview.gamification": 1}
    rows = []
    # Those who have something to celebrate first.
    shown = sorted(done, key=lambda user_id: user_id not in celebrations)[:_PREVIEW_ROWS]
    for user in mongo.db[USERS].find({"id": {"$in": shown}}, fields):
        stored = user["user_overview"]["gamification"]
        unlocked = ", ".join(f"{m['emoji']} {m['title']}" for m in celebrations.get(user["id"], []))
        rows.append(
            (user["id"], stored["streak_days"], stored["best_streak"], stored["total_conversations"], unlocked)
        )
    return preview(("user", "streak", "best", "conversations", "newly unlocked"), rows)
