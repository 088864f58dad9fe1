"""Migrations run by the tests, and the Julep users that they made."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline.defs.migration.jobs import migrate_users
from astra_pipeline.defs.migration.sensors import migrated_users
from astra_pipeline.llm.julep import julep_client
from astra_pipeline.orchestration.resources import MongoResource

NOW = dt.datetime.now(dt.UTC)


def take_in(instance: dg.DagsterInstance, **config: Any) -> dg.ExecuteInProcessResult:
    return migrate_users.execute_in_process(
        instance=instance,
        resources={"mongo": MongoResource()},
        run_config={"ops": {"take_in_users": {"config": config}}},
        raise_on_error=False,
    )


def julep_users_of(ids: list[str]) -> list[str]:
    """The app's ids of the Julep users that exist for these people; a second user of one person repeats the id."""
    import asyncio

    async def look() -> list[str]:
        async with julep_client() as client:
            return [
                user_id
                for user_id in ids
                async for _ in await client.users.list(metadata_filter={"user_id": user_id})
            ]

    return asyncio.run(look())


def ticked(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    context = dg.build_sensor_context(instance=instance, definitions=defs)
    found = migrated_users(context, mongo=MongoResource())
    assert isinstance(found, dg.SensorResult)
    return list(found.run_requests or [])
