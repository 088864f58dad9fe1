"""Every user is in one cohort of their own zone, also after a change of zone or a deletion."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from astra_pipeline.errors import NotFound
from astra_pipeline.people import cohorts, place
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import user
from astra_pipeline_tests.people.seating import (
    APIA,
    KOLKATA,
    NEW_YORK,
    Sensor,
    change,
    cohort_of,
    counters,
    members,
)


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
    assert sensor.message == "6 users seated, 4 cohorts opened"


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
    assert sensor.message == "0 users seated, 0 cohorts opened"


@pytest.mark.parametrize("field", ["timezone", "birth_timezone"])
def test_a_user_who_changes_zone_moves_at_the_next_tick_and_leaves_the_old_seat(
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
    # The seat is free for the next user, and one who comes back finds another.
    world.join("user_new")
    sensor.tick()
    assert cohort_of(world, "user_new") == "asia-kolkata-001"
    change(world, "user_asha", **{field: KOLKATA})
    sensor.tick()
    assert cohort_of(world, "user_asha") == "asia-kolkata-002"
    assert counters(world) == {"america-new-york-001": 0, "asia-kolkata-001": 2, "asia-kolkata-002": 2}


def test_metrics_of_who_changes_zone_are_due(world: World, sensor: Sensor) -> None:
    """Days are days of the person's zone: two calls of one evening may be two days elsewhere."""
    world.join("user_counted", timezone=KOLKATA, user_overview={"gamification": {"streak_days": 1}})
    world.join("user_new", timezone=KOLKATA)
    sensor.tick()
    due = {"astra.gamification_due": {"$exists": True}}
    world.db["user"].update_many({}, {"$unset": {"astra.gamification_due": ""}})
    for name in ("user_counted", "user_new"):
        change(world, name, timezone=NEW_YORK)
    sensor.tick()
    assert [user["id"] for user in world.db["user"].find(due)] == ["user_counted"]


def test_a_place_of_birth_moves_nobody_whose_own_zone_is_known(world: World, sensor: Sensor) -> None:
    world.join("user_asha")
    sensor.tick()
    change(world, "user_asha", birth_timezone=NEW_YORK)
    sensor.tick()
    assert cohort_of(world, "user_asha") == "asia-kolkata-001"
    world.db["user"].update_one({"id": "user_asha"}, {"$unset": {"timezone": ""}})
    sensor.tick()
    assert cohort_of(world, "user_asha") == "america-new-york-001"


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
    assert sensor.message == "2 users seated, 1 cohorts opened"


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


def test_another_default_zone_moves_users_without_a_zone(
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


def test_counts_of_many_cohorts_are_mended_a_few_at_a_time_while_people_go(
    world: World, sensor: Sensor, seats: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "_COUNTED_AT_ONCE", 1)
    seats(1)
    for number in range(3):
        world.join(f"user_{number}")
        world.join(f"user_gone_{number}", timezone=APIA)
    sensor.tick()
    world.db["astra_cohorts"].update_many({"zone": KOLKATA}, {"$set": {"members": 7}})
    for number in range(3):
        # Whoever goes meanwhile makes the count begin anew; it goes on from where it is all the same.
        world.db["user"].delete_one({"id": f"user_gone_{number}"})
        sensor.tick()
    for _ in range(6):
        sensor.tick()
    assert {key: count for key, count in counters(world).items() if count} == members(world)


def test_a_user_is_placed_on_request(world: World, sensor: Sensor) -> None:
    world.join("user_asha")
    assert cohorts.place(world.db, "user_asha") == "asia-kolkata-001"
    assert cohorts.place(world.db, "user_asha") == "asia-kolkata-001"
    assert counters(world) == {"asia-kolkata-001": 1}
    with pytest.raises(NotFound, match="user_nobody"):
        cohorts.place(world.db, "user_nobody")
    sensor.tick()
    assert sensor.partitions == ["asia-kolkata-001"]
