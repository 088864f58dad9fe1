"""A run that is killed in the middle of its batch loses nothing, and nothing is paid for twice."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from astra_pipeline.cli import stack
from astra_pipeline.settings import forget_settings
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, LEASES
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.orchestration.test_power_cut import until

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_PEOPLE, _TALKS_EACH = 12, 5


def process_of(instance: dg.DagsterInstance, run_id: str) -> int:
    """The process of a run, as it said itself when it began."""
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
        assert entry.dagster_event is not None
        if "pid" in (metadata := entry.dagster_event.engine_event_data.metadata):
            return int(str(metadata["pid"].value))
    raise AssertionError("the run does not say which process it is")


def processed(db: Database[dict[str, Any]]) -> int:
    return db[CONVERSATIONS].count_documents({"metadata.transcript_processed": True})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_lost_and_nothing_paid_twice_when_a_run_is_killed_in_the_middle(
    world: World, runner: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Leases do not end while the test waits: another run works on because Dagster knows that this one is dead.
    environment.setenv("ASTRA_LEASE_SECONDS", "3600")
    environment.setenv("ASTRA_HTTP_TIMEOUT_SECONDS", "30")
    environment.setenv("ASTRA_LLM_CONCURRENCY", "10")
    forget_settings()
    people = [world.join(f"user_{number:02d}") for number in range(_PEOPLE)]
    talks = [world.talk(person, f"I worry about exam {n}.") for person in people for n in range(_TALKS_EACH)]
    world.sandbox.configure(llm_seconds=1.0)
    with stack.short_patience(), stack.dagster(tmp_path) as instance:
        until(lambda: world.db[INSIGHTS].count_documents({}) >= len(talks) // 3, 240)
        (run,) = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        os.kill(process_of(instance, run.run_id), signal.SIGKILL)
        until(lambda: processed(world.db) == len(talks), 240)
    paid = Counter(map(world.executions, talks))
    # No provider of models knows an execution by its id: what was under way is asked for again.
    assert paid[2] <= (10 if runner == "model" else 0)
    assert paid[1] + paid[2] == len(talks)
    assert world.db[LEASES].count_documents({"run_id": run.run_id}) == 0
    for person in people:
        recent = world.overview(person)["recent_conversations"]
        assert len({one["conversation_id"] for one in recent}) == len(recent) == _TALKS_EACH
