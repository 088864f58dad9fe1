"""Runs of the real job in this process, or (`python -m astra_pipeline_tests.pipeline`) in one of their own."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline.orchestration.tags import RANGE_END_TAG, RANGE_START_TAG

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

ASSETS = ("transcripts", "conversation_insights", "user_overviews", "gamification_metrics")


def run_pipeline(
    instance: dg.DagsterInstance | None = None,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    *,
    config: dict[str, Any] | None = None,
    tags: dict[str, str] | None = None,
    assets: Sequence[str] | None = None,
    raise_on_error: bool = True,
) -> dg.ExecuteInProcessResult:
    """One run of `conversation_pipeline` over the UTC days given (default: the last two, so that a test at
    midnight sees what it made a minute ago). `config` is the BatchConfig of every asset."""
    today = dt.datetime.now(dt.UTC).date()
    first = first_day or today - dt.timedelta(days=1)
    last = last_day or (first_day or today)
    return defs.resolve_job_def("conversation_pipeline").execute_in_process(
        instance=instance,
        tags={RANGE_START_TAG: first.isoformat(), RANGE_END_TAG: last.isoformat()} | (tags or {}),
        run_config={"ops": {"conversations": {"config": config}}} if config else None,
        asset_selection=[dg.AssetKey(asset) for asset in assets] if assets else None,
        raise_on_error=raise_on_error,
    )


def metadata_of(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The metadata of the asset's materialization, as plain values."""
    found = materializations_of(result, asset)
    return {name: value.value for name, value in found[-1].metadata.items()}


def materializations_of(result: dg.ExecuteInProcessResult, asset: str) -> list[dg.AssetMaterialization]:
    """The asset's materializations in a run, in order."""
    made = [event.step_materialization_data.materialization for event in result.get_asset_materialization_events()]
    return [one for one in made if one.asset_key == dg.AssetKey(asset)]


def checks_of(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    """ "asset:check" -> whether it passed."""
    return {
        f"{evaluation.asset_key.to_user_string()}:{evaluation.check_name}": evaluation.passed
        for evaluation in result.get_asset_check_evaluations()
    }


def start_pipeline(day: dt.date | None = None) -> subprocess.Popen[bytes]:
    """The same run, over one UTC day or the last two, as a process of its own with this process's environment."""
    command = [sys.executable, "-m", __name__, *([day.isoformat()] if day else [])]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


_OF_A_RUN = frozenset(
    {
        "_id",
        "run_id",
        "fetched_at",
        "created_at",
        "folded_at",
        "generated_at",
        "last_updated",
        "updated_by",
        "updated_at",
    }
)


def contents(db: Database[dict[str, Any]]) -> dict[str, list[Any]]:
    """Everything the pipeline reads or writes, without the traces of when and by which run it was written."""
    return {
        name: sorted((_without_traces(document, name) for document in db[name].find()), key=str)
        for name in ("user", "elevenlabs_conversations", "astra_transcripts", "astra_insights", "astra_failures")
    }


def _without_traces(value: Any, collection: str = "") -> Any:
    if isinstance(value, dict):
        keep_id = collection.startswith("astra_")
        return {k: _without_traces(v) for k, v in value.items() if k not in _OF_A_RUN or (k == "_id" and keep_id)}
    if isinstance(value, list):
        return [_without_traces(entry) for entry in value]
    return value


if __name__ == "__main__":
    run_pipeline(None, *map(dt.date.fromisoformat, sys.argv[1:]))
