"""Runs that ended without giving back what they held: killed, or cancelled."""

from __future__ import annotations

import uuid

import dagster as dg

from astra_pipeline.batches import leases
from astra_pipeline.batches.work import Work
from astra_pipeline.orchestration.tags import ENDED


def free_what_dead_runs_hold(work: Work, instance: dg.DagsterInstance) -> int:
    """Free the items leased by runs that Dagster knows have ended; returns how many there were.

    A run that ends in the ordinary way holds nothing. One that was killed holds its items until its leases end,
    unless this frees them. Holders that are no run of this Dagster (the command line) are left alone.
    """
    held_by = [run_id for run_id in work.run(leases.holders(work.db)) if _is_a_run_id(run_id)]
    if not held_by:
        return 0
    ended = instance.get_runs(dg.RunsFilter(run_ids=held_by, statuses=list(ENDED)))
    dead = [run.run_id for run in ended]
    return work.run(leases.abandon(work.db, dead)) if dead else 0


def _is_a_run_id(holder: str) -> bool:
    try:
        uuid.UUID(holder)
    except ValueError:
        return False
    return True
