"""`python -m bench.one_run FIRST_DAY LAST_DAY [CONVERSATION]`: the job once; prints its times as JSON."""

from __future__ import annotations

import sys

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline.orchestration.launchers import preload
from astra_pipeline.orchestration.tags import LANE_TAG, RANGE_END_TAG, RANGE_START_TAG
from bench.runs import Begun


def main(first_day: str, last_day: str, only: str | None = None) -> None:
    # A run is a child of a process that has loaded all this.
    preload.load("astra_pipeline.definitions")
    chosen = {"config": {"conversation_ids": [only]}} if only else {}
    begun = Begun()
    with dg.DagsterInstance.get() as instance:
        result = defs.resolve_job_def("conversation_pipeline").execute_in_process(
            instance=instance,
            tags={RANGE_START_TAG: first_day, RANGE_END_TAG: last_day, LANE_TAG: "backlog"},
            run_config={"ops": {"conversations": chosen}},
        )
        begun.started = instance.get_run_stats(result.run_id).start_time or begun.started
    (insights, *_) = [
        event.step_materialization_data.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey("conversation_insights")
    ]
    begun.tell(asset_seconds=insights.metadata["seconds"].value)


if __name__ == "__main__":
    main(*sys.argv[1:])
