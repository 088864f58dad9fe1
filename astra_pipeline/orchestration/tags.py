"""Tags of runs, and the states of runs that matter to sensors: each named once."""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

# The purpose of a run: live, backlog, grid or backfill. Runs launched by hand have none.
LANE_TAG = "astra/lane"
# The sensor that asked for a run.
REQUESTED_BY_TAG = "astra/requested_by"

# The key of the request that a run came from.
REQUEST_TAG = "astra/request"

# A run over a range of partitions: the first and the last key.
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
PARTITION_TAG = "dagster/partition"

# Runs that leave a place in the queue to live conversations.
BEHIND: Mapping[str, str] = {"astra/behind": "live"}
# Runs over the past. They go one at a time, so that a morning's grids find a place as well.
PAST: Mapping[str, str] = {**BEHIND, "astra/past": "live", "dagster/priority": "-2"}
# Runs over a grid: behind live conversations in the queue, and never in all of its places.
GRID_TAGS: Mapping[str, str] = {**BEHIND, LANE_TAG: "grid", "dagster/priority": "-1"}
# Backfills: behind the grids as well, and within the hour's LLM executions for the past.
PAST_TAGS: Mapping[str, str] = {**PAST, LANE_TAG: "backfill"}

UNFINISHED = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
)

ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


def range_tags(first: str, last: str) -> dict[str, str]:
    """The tags of a run over the partitions from `first` to `last`."""
    return {RANGE_START_TAG: first, RANGE_END_TAG: last}


def is_under_way(instance: dg.DagsterInstance, tags: Mapping[str, str], *, job: str | None = None) -> bool:
    """Whether a run with these tags (of this job) is queued or works."""
    unfinished = dg.RunsFilter(job_name=job, tags=dict(tags), statuses=list(UNFINISHED))
    return bool(instance.get_runs(unfinished, limit=1))
