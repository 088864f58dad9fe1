"""The check `users_are_in_their_cohorts` finds every user, count and partition that disagrees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import dagster as dg

from astra_pipeline.definitions import defs
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.people.seating import NEW_YORK, Sensor, change, look

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def disagreements(evaluation: dg.AssetCheckEvaluation) -> list[tuple[Any, ...]]:
    """(cohort, number of users, their names, the disagreement), sorted."""
    if "table" not in evaluation.metadata:
        return []
    table = evaluation.metadata["table"]
    assert isinstance(table, dg.TableMetadataValue)
    rows = [record.data for record in table.records]
    return sorted((row["cohort"], row["users"], row["named"], row["disagreement"]) for row in rows)


def test_the_check_passes_when_everybody_is_where_they_belong(
    world: World, sensor: Sensor, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha")
    world.join("user_abroad", timezone=NEW_YORK)
    world.join("user_odd", timezone={"odd": 1}, astra=None)
    sensor.tick()
    world.join("user_this_minute", createdAt=LONG_AGO)
    evaluation = look(instance)
    assert evaluation.passed
    metadata = {name: value.value for name, value in evaluation.metadata.items()}
    assert metadata == {"users": 4, "cohorts": 2, "waiting": 1, "disagreements": 0}


def test_the_check_names_users_who_are_not_where_they_belong(
    world: World, sensor: Sensor, instance: dg.DagsterInstance, seats: Callable[[int], None]
) -> None:
    for name in ("user_asha", "user_b", "user_moved", "user_lost", "user_odd"):
        world.join(name)
    sensor.tick()
    change(world, "user_moved", timezone=NEW_YORK)
    change(world, "user_lost", **{"astra.cohort": "atlantis-001"})
    change(world, "user_odd", **{"astra.cohort": {"no": "key"}})
    world.join("user_waits", _id="an id without a date", createdAt=LONG_AGO)
    world.join("user_waits_too", _id="another", createdAt=dt.datetime.now(dt.UTC))
    sensor.instance.add_dynamic_partitions("cohorts", ["by-hand-001"])
    sensor.instance.delete_dynamic_partition("cohorts", "asia-kolkata-001")
    seats(2)
    evaluation = look(instance)
    assert not evaluation.passed
    assert evaluation.metadata["waiting"].value == 2
    assert disagreements(evaluation) == [
        ("", 1, "user_waits", "without a cohort"),
        ("asia-kolkata-001", 1, "user_moved", "their zone is America/New_York, the cohort's is Asia/Kolkata"),
        ("asia-kolkata-001", 3, "", "has no partition"),
        ("asia-kolkata-001", 3, "", "members says 5"),
        ("asia-kolkata-001", 3, "", "over ASTRA_COHORT_SIZE, 2"),
        ("atlantis-001", 1, "user_lost", "in a cohort astra_cohorts does not know"),
        ("by-hand-001", 0, "", "a partition astra_cohorts does not know"),
        ("{'no': 'key'}", 1, "user_odd", "in a cohort astra_cohorts does not know"),
    ]


def test_the_check_runs_with_the_sky_over_a_range_of_days_too(world: World, instance: dg.DagsterInstance) -> None:
    tags = {
        "dagster/asset_partition_range_start": "2026-11-23",
        "dagster/asset_partition_range_end": "2026-11-24",
    }
    result = defs.resolve_job_def("daily_sky_job").execute_in_process(instance=instance, tags=tags)
    ran = {one.check_name for one in result.get_asset_check_evaluations()}
    assert "users_are_in_their_cohorts" in ran
