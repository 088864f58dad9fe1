"""The sensor that seats users, ticked by hand, and the seats that it left in the database."""

from __future__ import annotations

from collections import Counter
from typing import Any

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline_tests.conftest import World

KOLKATA, NEW_YORK, APIA = "Asia/Kolkata", "America/New_York", "Pacific/Apia"

# A program that seats everybody, to be killed while it does.
SEAT_EVERYBODY = """
from astra_pipeline.people.cohorts import follow
from astra_pipeline.orchestration.resources import MongoResource
print("begun", flush=True)
follow(MongoResource().db, None)
"""


class Sensor:
    """`new_users`, ticked by hand, with its cursor kept and its partitions added as the daemon does."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None
        self.message = ""

    def tick(self) -> None:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = new_users(context, mongo=MongoResource())
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        assert isinstance(result.skip_reason, dg.SkipReason)
        self.message = result.skip_reason.skip_message or ""
        for request in result.dynamic_partitions_requests or []:
            assert isinstance(request, dg.AddDynamicPartitionsRequest)
            self.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))

    @property
    def partitions(self) -> list[str]:
        return list(self.instance.get_dynamic_partitions("cohorts"))


def cohort_of(world: World, user_id: str) -> str | None:
    found = world.db["user"].find_one({"id": user_id})
    assert found is not None
    return (found.get("astra") or {}).get("cohort")


def change(world: World, user_id: str, **fields: Any) -> None:
    world.db["user"].update_one({"id": user_id}, {"$set": fields})


def counters(world: World) -> dict[str, int]:
    """Cohort -> the number of members in its document."""
    return {cohort["_id"]: cohort["members"] for cohort in world.db["astra_cohorts"].find().sort("_id", 1)}


def members(world: World) -> dict[str, int]:
    """Cohort -> the number of users in it."""
    return dict(sorted(Counter(user["astra"]["cohort"] for user in world.db["user"].find()).items()))


def look(instance: dg.DagsterInstance) -> dg.AssetCheckEvaluation:
    """The check's result in the run that the daily schedule asks for."""
    result = defs.resolve_job_def("daily_sky_job").execute_in_process(instance=instance, partition_key="2026-11-23")
    (evaluation,) = [
        one
        for one in result.get_asset_check_evaluations()
        if (one.asset_key.to_user_string(), one.check_name) == ("astra_users", "users_are_in_their_cohorts")
    ]
    assert evaluation.severity == dg.AssetCheckSeverity.WARN
    return evaluation
