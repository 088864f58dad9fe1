"""People of one zone sit together whatever their browsers call it; those of old names' cohorts move once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.people import cohorts
from astra_pipeline.zones import cohort_slug
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import user
from astra_pipeline_tests.horoscopes.runs import DATE, KOLKATA, executions, run, someone
from astra_pipeline_tests.people.seating import SEAT_EVERYBODY, Sensor, change, cohort_of, counters, look, members

TOGETHER = (
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("US/Pacific", "America/Los_Angeles"),
    ("Europe/Kiev", "Europe/Kyiv"),
    ("Asia/Katmandu", "Asia/Kathmandu"),
    ("America/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("Japan", "Asia/Tokyo"),
    ("asia/calcutta ", "Asia/Kolkata"),
)


def seated_by_old_rules(world: World, zone: str, numbers: range, *, batch: str | None = None) -> str:
    """A cohort under an old name of its zone with its members, as an earlier version left it; returns its key."""
    series = cohort_slug(zone) + (f"-migrated-{batch}" if batch else "")
    key = f"{series}-001"
    opened = world.db["astra_cohorts"].count_documents({})
    cohort: dict[str, Any] = {"_id": key, "zone": zone, "members": len(numbers), "counted": 1, "opened": opened}
    world.db["astra_cohorts"].insert_one(cohort | ({"batch": batch} if batch else {}))
    metrics = {"gamification": {"streak_days": 2, "best_streak": 3}}
    people = [
        user(f"user_{number}", timezone=zone, astra={"cohort": key}, user_overview=metrics) for number in numbers
    ]
    world.db["user"].insert_many(people)
    return key


@pytest.mark.parametrize(("old", "present"), TOGETHER)
def test_an_old_name_sits_with_the_present_one_and_stays_as_it_was_reported(
    old: str, present: str, world: World, sensor: Sensor, instance: dg.DagsterInstance
) -> None:
    world.join("user_old", timezone=old)
    world.join("user_present", timezone=present)
    world.join("user_born_there", timezone="Etc/Unknown", birth_timezone=old)
    sensor.tick()
    key = f"{cohort_slug(present)}-001"
    assert members(world) == counters(world) == {key: 3}
    assert cohorts.zones(world.db) == {key: present}
    stored = world.db["user"].find_one({"id": "user_old"})
    assert stored is not None
    assert stored["timezone"] == old
    assert look(instance).passed


def test_a_zone_that_names_no_place_moves_nobody(world: World, sensor: Sensor) -> None:
    world.join("user_asha", timezone="America/New_York", birth_timezone="America/New_York")
    sensor.tick()
    for reported in ("Etc/Unknown", "UTC", "undefined", "EST"):
        change(world, "user_asha", timezone=reported)
        sensor.tick()
        assert cohort_of(world, "user_asha") == "america-new-york-001"


def test_people_of_an_old_names_cohort_move_once_with_the_cursor_of_the_old_rules(
    world: World, sensor: Sensor, instance: dg.DagsterInstance, seats: Callable[[int], None]
) -> None:
    seats(3)
    world.join("user_here", timezone="Asia/Kolkata")
    sensor.tick()
    # As an earlier version left it: its cursor followed everything.
    cursor = json.loads(sensor.cursor or "")
    assert cursor.pop("rules").startswith("2 ")
    old = seated_by_old_rules(world, "Asia/Calcutta", range(4))
    instance.add_dynamic_partitions("cohorts", [old])
    assert cohorts.zones(world.db)[old] == "Asia/Calcutta"  # it is served until it is empty
    sensor.cursor = json.dumps(cursor)
    sensor.tick()
    assert members(world) == {"asia-kolkata-001": 3, "asia-kolkata-002": 2}
    assert counters(world) == {old: 0, **members(world)}
    # Retired: nothing asks after it, and a range of partitions may lie across it.
    assert list(cohorts.zones(world.db)) == ["asia-kolkata-001", "asia-kolkata-002"]
    assert cohorts.zones_of_partitions(world.db)[old] == "Asia/Calcutta"
    assert old in sensor.partitions
    assert look(instance).passed
    before = list(world.db["user"].find())
    for cursor_again in (sensor.cursor, None, json.dumps(cursor)):
        sensor.cursor = cursor_again
        sensor.tick()
        assert sensor.message == "0 users seated, 0 cohorts opened"
    seats_of = [(person["id"], person["astra"]["cohort"]) for person in world.db["user"].find()]
    assert seats_of == [(person["id"], person["astra"]["cohort"]) for person in before]


def test_a_retired_cohort_that_never_had_a_partition_gets_none(
    world: World, sensor: Sensor, instance: dg.DagsterInstance
) -> None:
    seated_by_old_rules(world, "Europe/Kiev", range(2))
    sensor.tick()
    assert sensor.partitions == ["europe-kyiv-001"]
    assert look(instance).passed


def test_people_of_a_migration_stay_one_selection(world: World, sensor: Sensor) -> None:
    seated_by_old_rules(world, "Asia/Calcutta", range(2), batch="20261123")
    seated_by_old_rules(world, "US/Pacific", range(2, 4))
    sensor.tick()
    assert members(world) == {"america-los-angeles-001": 2, "asia-kolkata-migrated-20261123-001": 2}
    change(world, "user_0", timezone="Europe/Paris")
    sensor.tick()
    assert cohort_of(world, "user_0") == "europe-paris-001"  # who really moves leaves the selection, as before


@pytest.mark.usefixtures("orphans_end_soon")
def test_a_move_killed_half_way_is_ended_by_the_next_tick(
    world: World, sensor: Sensor, instance: dg.DagsterInstance
) -> None:
    old = seated_by_old_rules(world, "Asia/Calcutta", range(3_000))
    moved = {"astra.cohort": {"$ne": old}}
    with subprocess.Popen(
        [sys.executable, "-c", SEAT_EVERYBODY], stdout=subprocess.PIPE, env=os.environ
    ) as process:
        deadline = time.monotonic() + 60
        while world.db["user"].find_one(moved) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.5)  # Writes that it sent before it died may still arrive.
    assert 0 < world.db["user"].count_documents(moved) < 3_000
    sensor.tick()
    assert sum(members(world).values()) == 3_000
    assert {key: count for key, count in counters(world).items() if count} == members(world)
    assert {cohort_slug("Asia/Kolkata")} == {key.rpartition("-")[0] for key in members(world)}
    assert look(instance).passed


def test_seats_given_live_while_everybody_moves_are_right(
    world: World, sensor: Sensor, instance: dg.DagsterInstance, seats: Callable[[int], None]
) -> None:
    seats(7)
    seated_by_old_rules(world, "Asia/Calcutta", range(40))
    world.db["user"].insert_many([user(f"user_{number}", timezone="Asia/Kolkata") for number in range(40, 60)])

    def arrive(late: int) -> None:
        if late % 2:
            for number in range(late, 60, 3):
                cohorts.place(world.db, f"user_{number}")
        else:
            cohorts.follow(world.db, None)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(arrive, range(6)))
    sensor.tick()
    assert sum(members(world).values()) == 60
    assert max(members(world).values()) <= 7
    assert {key: count for key, count in counters(world).items() if count} == members(world)
    assert {key.rpartition("-")[0] for key in members(world)} == {"asia-kolkata"}
    assert look(instance).passed


def test_a_text_of_the_day_is_neither_lost_nor_written_twice_by_the_move(
    world: World, sensor: Sensor, instance: dg.DagsterInstance
) -> None:
    served, lacking, old = someone(), someone(), "asia-calcutta-001"
    for user_id in (served, lacking):
        join(world, user_id, zone="Asia/Calcutta")
    run(instance, (DATE, old), config={"user_ids": [served]})
    sensor.tick()
    assert cohort_of(world, served) == cohort_of(world, lacking) == KOLKATA
    for _ in range(2):
        run(instance)
    texts = {text["user_id"]: text["cohort"] for text in world.db["astra_horoscopes"].find()}
    assert texts == {served: old, lacking: KOLKATA}
    # A backfill over a range of partitions may lie across the retired cohort.
    run(instance, (DATE, old), (DATE, KOLKATA))
    assert [executions(world, user_id) for user_id in (served, lacking)] == [1, 1]
    assert world.db["astra_horoscopes"].count_documents({}) == 2
