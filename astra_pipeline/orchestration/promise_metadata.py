"""The metadata of a day's promises: a number for each, which the UI plots over the days, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dagster as dg

from astra_pipeline.orchestration.metadata import table
from astra_pipeline.promises.table import PROMISES, Figure, Measured

_OF_NOTHING = Figure(None, 0)


def promise_metadata(measured: Measured) -> dict[str, Any]:
    """The figures of a day. What could not be measured has no number, so that no plot shows a 0 for it."""
    known = {one: measured.figures.get(one.name, _OF_NOTHING) for one in PROMISES}
    values = {one.name: round(figure.value, 4) for one, figure in known.items() if figure.value is not None}
    kept = [one for one, figure in known.items() if figure.value is not None and one.is_kept(figure.value)]
    rows = [
        {
            "promise": one.title,
            "measured": one.words(figure.value),
            "target": one.target_words,
            "kept": "-" if figure.value is None else "yes" if one in kept else "no",
            "of": f"{figure.of} {one.of}",
        }
        for one, figure in known.items()
    ]
    return values | {"kept": len(kept), "measured": len(values), "promises": table(rows)}


KEPT = dg.AssetCheckSpec(
    "promises_kept", asset="engagement", description="Each promise that can be measured reaches its target."
)


def kept_result(measured: Measured) -> dg.AssetCheckResult:
    """A warning that names the promises a day did not keep."""
    missed = [
        one.title
        for one in PROMISES
        if (value := measured.figures.get(one.name, _OF_NOTHING).value) is not None and not one.is_kept(value)
    ]
    return dg.AssetCheckResult(
        passed=not missed,
        check_name=KEPT.name,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"missed": ", ".join(missed) or "none", "day": measured.day},
    )


def note_days(context: dg.AssetExecutionContext, days: Sequence[Measured]) -> None:
    """Have each day's materialization tell its own figures."""
    for measured in days:
        context.add_asset_metadata(promise_metadata(measured), partition_key=measured.day)
