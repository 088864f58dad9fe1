"""Links from the UI to the code of each definition."""

from __future__ import annotations

import dagster as dg


def with_code_references(definitions: dg.Definitions) -> dg.Definitions:
    """The definitions, whose assets name the file and the line they are defined in."""
    return dg.Definitions.merge(
        dg.Definitions(assets=dg.with_source_code_references(list(definitions.assets or []))),
        dg.Definitions(
            asset_checks=definitions.asset_checks,
            jobs=definitions.jobs,
            schedules=definitions.schedules,
            sensors=definitions.sensors,
        ),
    )
