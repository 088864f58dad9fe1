"""People who ask the API for work, their calls, and the runs that do the work."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import dagster as dg

from astra_pipeline_tests.api.doors import signed_in
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import call, conversation
from astra_pipeline_tests.requests.asking import launch, tick

KOLKATA = "asia-kolkata-001"
TRANSCRIPT, CHART, HOROSCOPE, REPORT = (
    f"/api/tasks/{name}" for name in ("transcript", "chart", "horoscope", "weekly-report")
)


def charted(world: World, user_id: str, **fields: Any) -> dict[str, str]:
    """The headers of somebody with a chart and a cohort."""
    join(world, user_id, **fields)
    return signed_in(world.db, user_id)


def seated(instance: dg.DagsterInstance) -> None:
    instance.add_dynamic_partitions("cohorts", [KOLKATA])


async def run_what_was_asked(instance: dg.DagsterInstance) -> None:
    """A tick of the sensor, and the runs it asks for."""

    def run() -> None:
        for request in tick(instance):
            assert launch(instance, request).success

    await asyncio.to_thread(run)


async def written_down(world: World) -> None:
    """Wait until a request is stored."""

    def look() -> None:
        while not world.db["astra_task_requests"].find_one({}):
            time.sleep(0.05)

    await asyncio.to_thread(look)


def left_open(world: World, user_id: str, *said: str, **fields: Any) -> str:
    """A call as the app writes it, which has ended at ElevenLabs and nobody has closed."""
    document = conversation(user_id, status=None, **fields)
    world.sandbox.add_conversations([call(document, said)])
    open_ones = ("conversation_id", "user_id", "started_at", "updated_at")
    world.db["elevenlabs_conversations"].insert_one(
        {name: document[name] for name in open_ones} | {"metadata": None}
    )
    return document["conversation_id"]
