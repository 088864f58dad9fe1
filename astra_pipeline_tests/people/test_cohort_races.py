"""Every user is in one cohort of their own zone, while several runs seat users or one of them is killed."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import dagster as dg
import pytest

from astra_pipeline.people import cohorts
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import user
from astra_pipeline_tests.people.seating import (
    APIA,
    KOLKATA,
    NEW_YORK,
    SEAT_EVERYBODY,
    Sensor,
    change,
    cohort_of,
    counters,
    look,
    members,
)


def test_runs_that_seat_the_same_users_at_once_overfill_no_cohort_and_count_right(
    world: World, sensor: Sensor, seats: Callable[[int], None]
) -> None:
    seats(7)
    zones = (KOLKATA, KOLKATA, NEW_YORK)
    people = [user(f"user_{number}", timezone=zones[number % 3]) for number in range(300)]
    world.db["user"].insert_many(people)
    ids = [person["id"] for person in people]

    def arrive(late: int) -> list[str]:
        if late % 2:
            return [cohorts.place(world.db, user_id) for user_id in random.Random(late).sample(ids, 40)]
        cohorts.follow(world.db, None)
        return []

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(arrive, range(8)))
    assert members(world) == counters(world)
    assert max(members(world).values()) == 7
    # No seat was left empty on the way: the fewest cohorts that hold 200 and 100 people.
    assert Counter(cohorts.zones(world.db).values()) == {KOLKATA: 29, NEW_YORK: 15}
    sensor.tick()
    assert sensor.message == "0 users seated, 44 cohorts opened"


def test_people_who_keep_changing_zone_while_several_move_them_end_where_they_are(
    world: World, sensor: Sensor, instance: dg.DagsterInstance, seats: Callable[[int], None]
) -> None:
    seats(3)
    ids = [world.join(f"user_{number}") for number in range(12)]
    sensor.tick()
    over = threading.Event()

    def travel() -> None:
        chance = random.Random(0)
        while not over.wait(0.02):
            change(world, chance.choice(ids), timezone=chance.choice((KOLKATA, NEW_YORK, APIA)))

    def follow(_: int) -> None:
        cursor = None
        for _ in range(6):
            _, cursor = cohorts.follow(world.db, cursor)

    traveller = threading.Thread(target=travel)
    traveller.start()
    try:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(follow, range(3)))
    finally:
        over.set()
        traveller.join()
    sensor.tick()
    people = list(world.db["user"].find())
    zones = cohorts.zones(world.db)
    assert [person["timezone"] for person in people] == [zones[person["astra"]["cohort"]] for person in people]
    assert {key: count for key, count in counters(world).items() if count} == members(world)
    assert max(members(world).values()) <= 3
    assert look(instance).passed


def test_a_tick_ends_though_somebody_never_stops_writing(world: World, sensor: Sensor) -> None:
    world.join("user_restless")
    sensor.tick()
    over = threading.Event()

    def fidget() -> None:
        for number in itertools.takewhile(lambda _: not over.is_set(), itertools.count()):
            change(world, "user_restless", birth_timezone=str(number))

    writer = threading.Thread(target=fidget)
    writer.start()
    world.join("user_new")
    began = time.monotonic()
    try:
        sensor.tick()
        took = time.monotonic() - began
    finally:
        over.set()
        writer.join()
    assert took < 30
    assert cohort_of(world, "user_new") == "asia-kolkata-001"


@pytest.mark.usefixtures("orphans_end_soon")
def test_a_process_killed_while_it_seats_people_leaves_no_seat_taken_by_nobody(
    world: World, sensor: Sensor, instance: dg.DagsterInstance, seats: Callable[[int], None]
) -> None:
    seats(40)
    world.db["user"].insert_many([user(f"user_{number}") for number in range(4_000)])
    command = [sys.executable, "-c", SEAT_EVERYBODY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as process:
        deadline = time.monotonic() + 60
        while world.db["user"].find_one({"astra.cohort": {"$type": "string"}}) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.5)  # Writes that it sent before it died may still arrive.
    left = world.db["user"].count_documents({"astra.cohort": None})
    assert 0 < left < 4_000
    seated = Counter(person["astra"]["cohort"] for person in world.db["user"].find({"astra.cohort": {"$ne": None}}))
    assert counters(world) == dict(sorted(seated.items()))
    sensor.tick()
    assert sensor.message.startswith(f"{left} users seated")
    assert look(instance).passed
