"""`python -m bench.one_cell DATE COHORT [USER]`: daily horoscopes of one cell once; prints its times as JSON."""

from __future__ import annotations

import sys

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline.orchestration.launchers import preload
from astra_pipeline.orchestration.partitions import cohorts
from astra_pipeline.orchestration.tags import GRID_TAGS
from bench.runs import Begun


def main(date: str, cohort: str, only: str | None = None) -> None:
    chosen = {"config": {"user_ids": [only]}} if only else {}
    # A run is a child of a process that has loaded all this.
    preload.load("astra_pipeline.definitions")
    begun = Begun()
    with dg.DagsterInstance.get() as instance:
        instance.add_dynamic_partitions(str(cohorts.name), [cohort])
        result = defs.resolve_job_def("daily_horoscopes_job").execute_in_process(
            instance=instance,
            partition_key=dg.MultiPartitionKey({"date": date, "cohort": cohort}),
            tags=dict(GRID_TAGS),
            run_config={"ops": {"daily_horoscopes": chosen}},
        )
    (horoscopes, *_) = result.asset_materializations_for_node("daily_horoscopes")
    begun.tell(asset_seconds=horoscopes.metadata["seconds"].value)


if __name__ == "__main__":
    main(*sys.argv[1:])
