"""Everybody is in one cohort of their own zone, whoever writes, races or is killed meanwhile."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.definitions import defs
from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.errors import NotFound
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people import cohorts
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import user

KOLKATA, NEW_YORK, APIA = "Asia/Kolkata", "America/New_York", "Pacific/Apia"
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class Sensor:
    """`new_users`, ticked by hand, with its cursor kept and its partitions added as the daemon does."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None
        self.said = ""

    def tick(self) -> None:
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = new_users(context, mongo=MongoResource())
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        assert isinstance(result.skip_reason, dg.SkipReason)
        self.said = result.skip_reason.skip_message or ""
        for request in result.dynamic_partitions_requests or []:
            assert isinstance(request, dg.AddDynamicPartitionsRequest)
            self.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))

    @property
    def partitions(self) -> list[str]:
        return list(self.instance.get_dynamic_partitions("cohorts"))


@pytest.fixture
def sensor(world: World, instance: dg.DagsterInstance) -> Sensor:
    return Sensor(instance)


@pytest.fixture
def seats(environment: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets ASTRA_COHORT_SIZE."""

    def of(size: int) -> None:
        environment.setenv("ASTRA_COHORT_SIZE", str(size))
        forget_settings()

    return of


@pytest.fixture
def orphans_end_soon(world: World) -> Iterator[None]:
    """The server gives up a dead client's transaction after a second, not a minute."""
    admin = world.db.client.admin
    usual = admin.command({"getParameter": 1, "transactionLifetimeLimitSeconds": 1})
    admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": 1})
    yield
    limit = usual["transactionLifetimeLimitSeconds"]
    admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": limit})


def cohort_of(world: World, user_id: str) -> str | None:
    found = world.db["user"].find_one({"id": user_id})
    assert found is not None
    return (found.get("astra") or {}).get("cohort")


def change(world: World, user_id: str, **fields: Any) -> None:
    world.db["user"].update_one({"id": user_id}, {"$set": fields})


def counters(world: World) -> dict[str, int]:
    """Cohort -> what its document says of its members."""
    return {cohort["_id"]: cohort["members"] for cohort in world.db["astra_cohorts"].find().sort("_id", 1)}


def members(world: World) -> dict[str, int]:
    """Cohort -> how many users are in it."""
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


def disagreements(evaluation: dg.AssetCheckEvaluation) -> list[tuple[Any, ...]]:
    """(cohort, how many users, their names, what is wrong), sorted."""
    if "table" not in evaluation.metadata:
        return []
    told = evaluation.metadata["table"]
    assert isinstance(told, dg.TableMetadataValue)
    rows = [record.data for record in told.records]
    return sorted((row["cohort"], row["users"], row["named"], row["disagreement"]) for row in rows)


def test_users_are_seated_in_order_of_joining_in_cohorts_of_their_zone(
    world: World, sensor: Sensor, seats: Callable[[int], None]
) -> None:
    seats(2)
    for number in range(3):
        world.join(f"user_{number}")
    world.join("user_abroad", timezone=NEW_YORK)
    world.join("user_born_abroad", timezone=None, birth_timezone=APIA)
    world.join("user_last")
    sensor.tick()
    assert [cohort_of(world, f"user_{number}") for number in range(3)] == [
        "asia-kolkata-001",
        "asia-kolkata-001",
        "asia-kolkata-002",
    ]
    assert cohort_of(world, "user_last") == "asia-kolkata-002"
    assert cohorts.zones(world.db) == {
        "asia-kolkata-001": KOLKATA,
        "asia-kolkata-002": KOLKATA,
        "america-new-york-001": NEW_YORK,
        "pacific-apia-001": APIA,
    }
    assert sensor.partitions == list(cohorts.zones(world.db))
    assert sensor.said == "6 users seated, 4 cohorts opened"


@pytest.mark.parametrize(
    "fields",
    [
        {"timezone": None},
        {"timezone": "Mars/Olympus", "birth_timezone": ""},
        {"timezone": 5.5, "birth_timezone": ["America/New_York"]},
        {"timezone": {"$gt": ""}, "birth_timezone": {"name": NEW_YORK}},
        {"astra": None},
        {"astra": {"cohort": None, "chart_key": "kept"}},
        {"astra": "nothing of ours"},
        {"astra": {"cohort": 7}},
        {"astra": {"cohort": {"no": "key"}}},
    ],
    ids=str,
)
def test_a_value_that_is_no_zone_counts_as_absent_and_null_documents_take_a_seat(
    fields: dict[str, Any], world: World, sensor: Sensor
) -> None:
    world.join("user_odd", **fields)
    world.join("user_plain")
    sensor.tick()
    assert members(world) == counters(world) == {"asia-kolkata-001": 2}
    stored = world.db["user"].find_one({"id": "user_odd"}) or {}
    if isinstance(fields.get("astra"), dict) and "chart_key" in fields["astra"]:
        assert stored["astra"]["chart_key"] == "kept"
    sensor.tick()
    assert sensor.said == "0 users seated, 0 cohorts opened"


def test_many_who_seat_the_same_users_at_once_overfill_nothing_and_count_right(
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
    assert sensor.said == "0 users seated, 44 cohorts opened"


@pytest.mark.parametrize("field", ["timezone", "birth_timezone"])
def test_who_changes_zone_moves_at_the_next_tick_and_leaves_the_old_seat(
    field: str, world: World, sensor: Sensor, seats: Callable[[int], None]
) -> None:
    seats(2)
    for name in ("user_asha", "user_stays", "user_later"):
        world.join(name, **({"timezone": None} | {field: KOLKATA}), astra={"chart_key": "kept"})
    sensor.tick()
    change(world, "user_asha", **{field: NEW_YORK})
    sensor.tick()
    moved = world.db["user"].find_one({"id": "user_asha"}) or {}
    assert moved["astra"] == {"cohort": "america-new-york-001", "chart_key": "kept"}
    assert counters(world) == {"america-new-york-001": 1, "asia-kolkata-001": 1, "asia-kolkata-002": 1}
    assert "america-new-york-001" in sensor.partitions
    # The seat is free for the next, and who comes back finds another.
    world.join("user_new")
    sensor.tick()
    assert cohort_of(world, "user_new") == "asia-kolkata-001"
    change(world, "user_asha", **{field: KOLKATA})
    sensor.tick()
    assert cohort_of(world, "user_asha") == "asia-kolkata-002"
    assert counters(world) == {"america-new-york-001": 0, "asia-kolkata-001": 2, "asia-kolkata-002": 2}


def test_a_place_of_birth_moves_nobody_whose_own_zone_is_known(world: World, sensor: Sensor) -> None:
    world.join("user_asha")
    sensor.tick()
    change(world, "user_asha", birth_timezone=NEW_YORK)
    sensor.tick()
    assert cohort_of(world, "user_asha") == "asia-kolkata-001"
    world.db["user"].update_one({"id": "user_asha"}, {"$unset": {"timezone": ""}})
    sensor.tick()
    assert cohort_of(world, "user_asha") == "america-new-york-001"


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


@pytest.mark.parametrize("cursor", [None, "null", "forgotten"])
def test_without_a_position_in_the_stream_everybody_is_compared_once_and_counts_are_mended(
    cursor: str | None, world: World, sensor: Sensor
) -> None:
    for number in range(4):
        world.join(f"user_{number}")
    sensor.tick()
    change(world, "user_1", timezone=NEW_YORK)
    change(world, "user_2", **{"astra.cohort": "asia-kolkata-999"})
    world.db["astra_cohorts"].update_one({"_id": "asia-kolkata-001"}, {"$set": {"members": 900}})
    if cursor == "forgotten":
        last = json.loads(sensor.cursor or "")
        # The token's first figures after its kind are the second it stands for; this one is long gone.
        token = json.loads(last["position"])["_data"]
        cursor = json.dumps(last | {"position": json.dumps({"_data": f"{token[:2]}00000001{token[10:]}"})})
    sensor.cursor = cursor
    sensor.tick()
    assert counters(world) == members(world) == {"america-new-york-001": 1, "asia-kolkata-001": 3}
    assert sensor.said == "2 users seated, 1 cohorts opened"


def test_comparing_everybody_writes_nothing_when_all_agree(world: World, sensor: Sensor) -> None:
    for zone in (KOLKATA, NEW_YORK, None):
        world.join(f"user_{zone}", timezone=zone)
    sensor.tick()
    before = [list(world.db[name].find()) for name in ("user", "astra_cohorts")]
    sensor.cursor = None
    sensor.tick()
    assert [list(world.db[name].find()) for name in ("user", "astra_cohorts")] == before


def test_a_quiet_tick_looks_at_nobody(world: World, sensor: Sensor) -> None:
    world.db["user"].insert_many([user(f"user_{number}") for number in range(500)])
    sensor.tick()
    sensor.tick()
    world.db.command({"profile": 2})
    sensor.tick()
    world.db.command({"profile": 0})
    reads = list(world.db["system.profile"].find({"ns": f"{world.db.name}.user"}))
    assert reads
    assert sum(read.get("docsExamined", 0) for read in reads) == 0
    assert sum(read.get("keysExamined", 0) for read in reads) < 10


def test_another_default_zone_moves_those_who_told_none(
    world: World, sensor: Sensor, environment: pytest.MonkeyPatch
) -> None:
    world.join("user_nowhere", timezone=None)
    world.join("user_asha")
    sensor.tick()
    environment.setenv("ASTRA_DEFAULT_TIMEZONE", APIA)
    forget_settings()
    sensor.tick()
    assert cohort_of(world, "user_nowhere") == "pacific-apia-001"
    assert cohort_of(world, "user_asha") == "asia-kolkata-001"


def test_the_seat_of_a_user_who_is_gone_or_was_written_over_is_free_again(
    world: World, sensor: Sensor, seats: Callable[[int], None]
) -> None:
    seats(3)
    for name in ("user_gone", "user_replaced", "user_emptied"):
        world.join(name)
    sensor.tick()
    world.db["user"].delete_one({"id": "user_gone"})
    sensor.tick()
    assert counters(world) == {"asia-kolkata-001": 2}
    world.db["user"].replace_one({"id": "user_replaced"}, user("user_replaced", timezone=NEW_YORK))
    sensor.tick()
    assert counters(world) == members(world) == {"america-new-york-001": 1, "asia-kolkata-001": 1}
    change(world, "user_emptied", astra=None, timezone=NEW_YORK)
    sensor.tick()
    assert counters(world) == {"america-new-york-001": 2, "asia-kolkata-001": 0}


def test_a_cohort_that_holds_more_than_it_says_takes_nobody_beyond_its_size(
    world: World, sensor: Sensor, seats: Callable[[int], None]
) -> None:
    seats(2)
    for name in ("user_a", "user_b"):
        world.join(name)
    sensor.tick()
    world.db["astra_cohorts"].update_one({}, {"$set": {"members": -5}})
    world.join("user_c")
    sensor.tick()
    assert counters(world) == members(world) == {"asia-kolkata-001": 2, "asia-kolkata-002": 1}


_SEAT_EVERYBODY = """
from astra_pipeline.people.cohorts import follow
from astra_pipeline.orchestration.resources import MongoResource
print("begun", flush=True)
follow(MongoResource().db, None)
"""


@pytest.mark.usefixtures("orphans_end_soon")
def test_a_process_killed_while_it_seats_people_leaves_no_seat_taken_by_nobody(
    world: World, sensor: Sensor, instance: dg.DagsterInstance, seats: Callable[[int], None]
) -> None:
    seats(40)
    world.db["user"].insert_many([user(f"user_{number}") for number in range(4_000)])
    command = [sys.executable, "-c", _SEAT_EVERYBODY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as process:
        deadline = time.monotonic() + 60
        while world.db["user"].find_one({"astra.cohort": {"$type": "string"}}) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    time.sleep(0.5)  # What it sent before it died may still arrive.
    left = world.db["user"].count_documents({"astra.cohort": None})
    assert 0 < left < 4_000
    seated = Counter(person["astra"]["cohort"] for person in world.db["user"].find({"astra.cohort": {"$ne": None}}))
    assert counters(world) == dict(sorted(seated.items()))
    sensor.tick()
    assert sensor.said.startswith(f"{left} users seated")
    assert look(instance).passed


def test_a_user_is_placed_on_request(world: World, sensor: Sensor) -> None:
    world.join("user_asha")
    assert cohorts.place(world.db, "user_asha") == "asia-kolkata-001"
    assert cohorts.place(world.db, "user_asha") == "asia-kolkata-001"
    assert counters(world) == {"asia-kolkata-001": 1}
    with pytest.raises(NotFound, match="user_nobody"):
        cohorts.place(world.db, "user_nobody")
    sensor.tick()
    assert sensor.partitions == ["asia-kolkata-001"]


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
    told = {name: value.value for name, value in evaluation.metadata.items()}
    assert told == {"users": 4, "cohorts": 2, "waiting": 1, "disagreements": 0}


def test_the_check_names_who_is_not_where_they_belong(
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
