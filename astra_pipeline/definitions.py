"""The Dagster definitions: everything under `defs/`, with the resources and the executor that all of it shares."""

from pathlib import Path

import dagster as dg

from astra_pipeline import logs
from astra_pipeline.orchestration.code_references import with_code_references
from astra_pipeline.orchestration.resources import resources

logs.configure()
defs = dg.Definitions.merge(
    with_code_references(dg.load_from_defs_folder(path_within_project=Path(__file__).parent)),
    # Steps are short or spend their time waiting; a process per step would cost 10 s each.
    dg.Definitions(resources=resources(), executor=dg.in_process_executor),
)
