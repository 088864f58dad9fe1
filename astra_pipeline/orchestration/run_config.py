"""Run configuration shared by every asset that works through a batch, and the window a run covers."""

from collections.abc import Mapping

import dagster as dg
from pydantic import Field

from astra_pipeline.conversations.facts import Window
from astra_pipeline.settings import settings

LANE_TAG = "astra/lane"
"""What a run is for: live, backlog, grid, backfill. Runs launched by hand have none."""
BEHIND: Mapping[str, str] = {"astra/behind": "live"}
"""Runs that leave a place in the queue to live conversations."""
PAST: Mapping[str, str] = {**BEHIND, "astra/past": "live", "dagster/priority": "-2"}
"""Runs over the past: one at a time, so that a morning's grids find a place as well."""


class PeopleConfig(dg.Config):
    """What a run may be restricted to; the defaults mean: everything in the partition that is not done."""

    user_ids: list[str] = Field(default_factory=list, description="Only these users.")
    force: bool = Field(default=False, description="Do again what exists already.")
    limit: int | None = Field(default=None, description="At most so many items.", ge=1)


class BatchConfig(PeopleConfig):
    """The same where the items are conversations."""

    conversation_ids: list[str] = Field(
        default_factory=list, description="Only these conversations, even if parked or not due for a retry."
    )


def window_of(context: dg.AssetExecutionContext, config: BatchConfig) -> Window:
    """The UTC days of the run's partition, or range of partitions, as the window of its batch."""
    days = context.partition_time_window
    return Window(
        start=days.start,
        end=days.end,
        conversation_ids=tuple(config.conversation_ids),
        user_ids=tuple(config.user_ids),
        force=config.force,
        limit=config.limit,
    )


def lane_of(context: dg.AssetExecutionContext, *, past: bool) -> str | None:
    """The run's lane; one launched by hand, over the `past`, is in that of backfills."""
    return context.run.tags.get(LANE_TAG) or ("backfill" if past else None)


def step_retries() -> dg.RetryPolicy:
    """Dagster's retries of a whole step: for what stops every item, such as a database that was away."""
    return dg.RetryPolicy(max_retries=settings().astra_step_retries, delay=5, backoff=dg.Backoff.EXPONENTIAL)
