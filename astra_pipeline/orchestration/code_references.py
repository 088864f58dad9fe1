"""Links from the UI to the code of each definition."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import dagster as dg


def with_code_references(definitions: dg.Definitions) -> dg.Definitions:
    """The definitions, whose assets name the file and the line they are defined in.

    `dg.with_source_code_references` names the outermost decorator of a function, such as `retried`.
    """
    return dg.Definitions.merge(
        dg.Definitions(assets=[_located(asset) for asset in definitions.assets or []]),
        dg.Definitions(
            asset_checks=definitions.asset_checks,
            jobs=definitions.jobs,
            schedules=definitions.schedules,
            sensors=definitions.sensors,
        ),
    )


def _located(asset: Any) -> Any:
    if not isinstance(asset, dg.AssetsDefinition) or not asset.is_executable:
        return asset
    compute_fn: Any = asset.op.compute_fn
    compute = inspect.unwrap(getattr(compute_fn, "decorated_fn", compute_fn))
    where = dg.LocalFileCodeReference(
        file_path=str(Path(inspect.getfile(compute)).absolute()), line_number=inspect.getsourcelines(compute)[1]
    )
    metadata = {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[where])}
    return asset.map_asset_specs(lambda spec: spec.merge_attributes(metadata=metadata))
