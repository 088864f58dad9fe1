"""The items of a run that was killed are taken up at the next tick, not when its leases end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import dagster as dg

from astra_pipeline.batches import leases
from astra_pipeline.defs.conversations.sensors import new_conversations
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline_tests.conftest import World


def held_by(run_id: str, items: Sequence[str]) -> None:
    async def claim() -> None:
        async with MongoResource().connect() as db:
            assert await leases.claim(db, items, run_id=run_id, seconds=3600)

    asyncio.run(claim())


def ticked(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    result = new_conversations(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or [])


def test_what_a_killed_run_held_is_asked_for_at_the_next_tick_and_a_live_runs_is_not(
    world: World, instance: dg.DagsterInstance
) -> None:
    world.join("user_a")
    killed, alive = world.talk("user_a", "I worry."), world.talk("user_a", "I wonder.")
    runs = {
        conversation_id: dg.DagsterRun(job_name="conversation_pipeline", status=dg.DagsterRunStatus.STARTED)
        for conversation_id in (killed, alive)
    }
    for conversation_id, run in runs.items():
        instance.add_run(run)
        held_by(run.run_id, [conversation_id])
    assert ticked(instance) == []
    instance.report_run_failed(runs[killed], "the process was killed")
    (request,) = ticked(instance)
    assert request.tags["astra/conversations"] == "1"


def test_what_the_command_line_holds_is_left_to_it(world: World, instance: dg.DagsterInstance) -> None:
    world.join("user_a")
    held_by("cli-5f0e6a4e-0000-4000-8000-000000000000", [world.talk("user_a", "I worry.")])
    assert ticked(instance) == []
