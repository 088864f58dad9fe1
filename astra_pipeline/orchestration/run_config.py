"""Run configuration shared by every asset, and the scope that a run's partitions and configuration make."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import dagster as dg
from pydantic import Field

from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.scope import Days, Scope
from astra_pipeline.errors import NotFound
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.cohorts import zones_of_partitions


class ScopeConfig(dg.Config):
    """The restrictions of a run. The defaults mean: everything in the partition that is not done."""

    user_ids: list[str] = Field(default_factory=list, description="Only these users.")
    force: bool = Field(default=False, description="Do again what exists already.")
    limit: int | None = Field(default=None, description="At most so many items.", ge=1)

    def as_scope(self) -> Scope:
        """The configuration as a scope, without the run's partitions."""
        return Scope(user_ids=tuple(self.user_ids), force=self.force, limit=self.limit)


class ConversationScopeConfig(ScopeConfig):
    """The same where the items are conversations."""

    conversation_ids: list[str] = Field(
        default_factory=list, description="Only these conversations, even if parked or not due for a retry."
    )


class ConversationRunConfig(ConversationScopeConfig):
    """The same for the run over conversations."""

    stay: bool = Field(
        default=False,
        description="Take conversations that end while the run works too, until none comes for "
        "ASTRA_SHIFT_LINGER_SECONDS (a shift). One run at a time is on shift.",
    )


def days_scope(context: dg.AssetExecutionContext, config: ConversationScopeConfig) -> Scope:
    """The scope of a run over conversations: the UTC days of its partition, or of its range of partitions."""
    window = context.partition_time_window
    days = Days(window.start, window.end)
    return replace(config.as_scope(), days=days, conversation_ids=tuple(config.conversation_ids))


def dates_of(context: dg.AssetExecutionContext) -> list[dt.date]:
    """The dates of a run over days."""
    return [dt.date.fromisoformat(key) for key in context.partition_keys]


def cohorts_scope(context: dg.AssetExecutionContext, config: ScopeConfig) -> Scope:
    """The scope of a run over cohorts."""
    return replace(config.as_scope(), cohorts=tuple(context.partition_keys))


def grid_scope(
    context: dg.AssetExecutionContext, config: ScopeConfig, mongo: MongoResource, dimension: str
) -> Scope:
    """The scope of a run over a grid of dates (or weeks), named `dimension`, and cohorts.

    Raises NotFound for a cohort that was never opened.
    """
    cells = _cohort_dates(context.partition_keys, zones_of_partitions(mongo.db), dimension)
    return replace(config.as_scope(), cohort_dates=tuple(cells))


def _cohort_dates(keys: Sequence[str], known: dict[str, str], dimension: str) -> list[CohortDate]:
    found = []
    for key in keys:
        assert isinstance(key, dg.MultiPartitionKey)
        date, cohort = key.keys_by_dimension[dimension], key.keys_by_dimension["cohort"]
        if cohort not in known:
            raise NotFound(
                f"astra_cohorts has no {cohort!r}: the partition does not come from the sensor new_users"
            )
        found.append(CohortDate(dt.date.fromisoformat(date), cohort, known[cohort]))
    return found
