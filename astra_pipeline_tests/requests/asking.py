"""Requests as the API writes them, ticks of the sensor, and the runs that it asks for, in this process."""

from __future__ import annotations

import asyncio
from typing import Any

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline.defs.requests.sensors import task_requests
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.requests import store
from astra_pipeline.requests.request import Kind, Requester, Wish
from astra_pipeline.requests.store import Written
from astra_pipeline_tests.conftest import World


def written(kind: Kind, user_id: str, item: str, *, force: bool = False) -> Written:
    """A request of the person for an item of theirs, or the open one for the same."""
    talk = item if kind == "transcript" else None
    wish = Wish(kind, user_id, item, conversation_id=talk, force=force)

    async def write() -> Written:
        async with MongoResource().connect() as db:
            return await store.ask(db, wish, Requester(kind="person", id=user_id))

    return asyncio.run(write())


def ask(kind: Kind, user_id: str, item: str, **options: Any) -> str:
    """The id of such a request."""
    return written(kind, user_id, item, **options).request.id


def tick(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """The runs that a tick of the sensor asks for."""
    result = task_requests(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return list(result.run_requests or [])


def launch(instance: dg.DagsterInstance, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
    """The run that was asked for."""
    assert request.job_name is not None
    return defs.resolve_job_def(request.job_name).execute_in_process(
        instance=instance,
        partition_key=request.partition_key,
        tags=dict(request.tags),
        run_config=dict(request.run_config),
        raise_on_error=False,
    )


def come(instance: dg.DagsterInstance, request: dg.RunRequest, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    """The run that was asked for, come as far as `status` without having done anything."""
    assert request.job_name is not None
    partition = {"dagster/partition": request.partition_key} if request.partition_key else {}
    return instance.create_run_for_job(
        defs.resolve_job_def(request.job_name), tags={**request.tags, **partition}, status=status
    )


def state(world: World, request_id: str) -> dict[str, Any]:
    """The request as it is stored."""
    stored = world.db["astra_task_requests"].find_one({"_id": request_id})
    assert stored is not None
    return stored


def outcome(world: World, request_id: str) -> tuple[str, str | None]:
    """(status, class of the error) of the request."""
    stored = state(world, request_id)
    return stored["status"], (stored.get("error") or {}).get("class")
