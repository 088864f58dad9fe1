"""Dagster loads the definitions, with nothing set and at little cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from astra_pipeline.definitions import defs
from astra_pipeline.errors import SettingError
from astra_pipeline.orchestration.instance import VARIABLE, AstraInstance

_ROOT = Path(__file__).parents[1]
_EMPTY = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def test_the_definitions_are_valid_with_an_empty_environment() -> None:
    validated = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate"],
        cwd=_ROOT,
        env=_EMPTY,
        capture_output=True,
        text=True,
    )
    assert validated.returncode == 0, validated.stderr
    assert "All code locations passed validation" in validated.stdout + validated.stderr


@pytest.mark.parametrize("runner", ["julep", "model", "offline"])
def test_loading_the_definitions_imports_nothing_heavy(runner: str) -> None:
    """Every run process and every sensor process pays for these imports, whatever does the tasks."""
    code = "import sys, json, astra_pipeline.definitions; print(json.dumps(sorted(sys.modules)))"
    env = {**_EMPTY, "ASTRA_TASK_RUNNER": runner}
    told = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    loaded = set(json.loads(told.stdout.splitlines()[-1]))
    heavy = {"pandas", "numpy", "julep", "stamina", "fastapi", "uvicorn"}
    heavy |= {"pydantic_ai", "openai", "httpx2", "genai_prices", "tiktoken"}
    assert loaded.isdisjoint(heavy | {"astra_pipeline.api", "astra_pipeline.sandbox"})


def test_every_asset_says_what_it_is_and_whose() -> None:
    graph = defs.resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert keys == {
        "elevenlabs_conversations",
        "astra_users",
        "transcripts",
        "conversation_insights",
        "user_overviews",
        "gamification_metrics",
        "birth_charts",
        "daily_sky",
        "daily_horoscopes",
        "weekly_reports",
        "julep_users",
        "engagement",
        "personas",
    }
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners == ["team:astra"], key
        assert "mongodb" in node.kinds, key
        if node.is_materializable and isinstance(node.partitions_def, dg.MultiPartitionsDefinition):
            # A range on a grid is a cross product, so runs over cells are bounded.
            assert node.backfill_policy is not None, key
            assert 1 < (node.backfill_policy.max_partitions_per_run or 0) <= 31, key
            assert node.freshness_policy is not None, key
        elif node.is_materializable:
            assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition | dg.DynamicPartitionsDefinition), (
                key
            )
            assert node.backfill_policy == dg.BackfillPolicy.single_run(), key
        if node.is_materializable:
            assert graph.get_check_keys_for_assets({key}) or key == dg.AssetKey("daily_sky"), key


def test_insights_do_not_wait_for_gamification_nor_the_other_way_round() -> None:
    graph = defs.resolve_asset_graph()
    gamification = graph.get(dg.AssetKey("gamification_metrics"))
    assert dg.AssetKey("user_overviews") not in gamification.parent_keys
    assert not graph.get(dg.AssetKey("user_overviews")).child_keys


def test_the_day_in_progress_is_a_partition() -> None:
    import datetime as dt

    job = defs.resolve_job_def("conversation_pipeline")
    assert job.partitions_def is not None
    assert job.partitions_def.get_last_partition_key() == dt.datetime.now(dt.UTC).date().isoformat()


@pytest.mark.parametrize("url", ["mysql://localhost/dagster", "localhost"])
def test_a_storage_url_that_is_no_postgresql_url_is_named(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, url)
    with pytest.raises(SettingError, match=VARIABLE) as refused:
        AstraInstance.config_defaults("/nowhere")
    assert url not in str(refused.value)


def test_the_instance_keeps_its_storage_in_sqlite_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "dagster.yaml").write_text((_ROOT / "dagster.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert isinstance(instance, AstraInstance)
        assert instance.telemetry_enabled is False
        assert instance.get_runs() == []
    assert list(tmp_path.rglob("*.db"))


def test_the_grids_are_open_where_the_day_begins_first_and_on_the_weeks_own_sunday() -> None:
    import datetime as dt

    from astra_pipeline.orchestration.partitions import horoscope_grid, report_grid, report_weeks

    today = dt.datetime.now(dt.UTC).date()
    dates = horoscope_grid.get_partitions_def_for_dimension("date")
    assert dates.get_last_partition_key() == (today + dt.timedelta(days=1)).isoformat()
    monday = today - dt.timedelta(days=today.weekday())
    assert report_weeks.get_last_partition_key() == monday.isoformat()
    assert report_grid.partition_dimension_names == ["cohort", "week"]
