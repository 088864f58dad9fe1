"""A machine that dies in the middle of a run, and comes back."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import psutil
import pytest

from astra_pipeline.cli import stack
from astra_pipeline.store.collections import INSIGHTS, LEASES
from astra_pipeline_tests.conftest import World


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def with_status(instance: dg.DagsterInstance, status: dg.DagsterRunStatus) -> list[dg.DagsterRun]:
    return list(instance.get_runs(dg.RunsFilter(statuses=[status])))


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_the_run_is_declared_failed_and_its_work_is_done_by_another(
    world: World, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world.join("user_asha")
    conversation_id = world.talk("user_asha", "I lost my job.")
    world.sandbox.configure(llm_seconds=60)
    with stack.short_patience():
        with stack.dagster(tmp_path) as instance:
            until(lambda: bool(world.executions(conversation_id)))
            (run,) = with_status(instance, dg.DagsterRunStatus.STARTED)
            services = [child for child in psutil.Process().children() if "dagster" in " ".join(child.cmdline())]
            processes = [*services, *(run for child in services for run in child.children(recursive=True))]
            for process in processes:
                process.kill()
        world.sandbox.configure(llm_seconds=0.1)
        until(lambda: world.db[LEASES].count_documents({"claimed_until": {"$gt": dt.datetime.now(dt.UTC)}}) == 0)
        with stack.dagster(tmp_path) as instance:
            until(lambda: world.db[INSIGHTS].count_documents({"folded_at": {"$ne": None}}) == 1)
            until(lambda: [run.run_id] == [r.run_id for r in with_status(instance, dg.DagsterRunStatus.FAILURE)])
    assert world.overview("user_asha")["recent_conversations"][0]["conversation_id"] == conversation_id
    assert world.executions(conversation_id) == 1
