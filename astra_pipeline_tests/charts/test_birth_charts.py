"""Birth data that is complete becomes a chart; cohorts; the day's sky."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.charts import due
from astra_pipeline.definitions import defs
from astra_pipeline.defs.astrology.sensors import birth_data_completed
from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.settings import forget_settings
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.pipeline import checks_of, metadata_of, run_pipeline

BORN = {
    "date_of_birth": dt.datetime(2002, 8, 14, tzinfo=dt.UTC),
    "birth_time": "07:15",
    "birth_location": "Jhajjar, Haryana, India",
    "birth_timezone": "Asia/Kolkata",
}


class Clockwork:
    """The two sensors, ticked by hand, with their cursors kept as the daemon keeps them."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self.instance = instance
        self.cursor: str | None = None

    def tick(self) -> list[dg.RunRequest]:
        placed = new_users(dg.build_sensor_context(instance=self.instance), mongo=MongoResource())
        assert isinstance(placed, dg.SensorResult)
        for request in placed.dynamic_partitions_requests or []:
            assert isinstance(request, dg.AddDynamicPartitionsRequest)
            self.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = birth_data_completed(context, mongo=MongoResource())
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor
        return list(result.run_requests or [])

    def run(self, requests: Sequence[dg.RunRequest]) -> dg.ExecuteInProcessResult:
        (request,) = requests
        tags = dict(request.tags)
        return defs.resolve_job_def("birth_charts_job").execute_in_process(
            instance=self.instance,
            tags=tags,
            partition_key=request.partition_key,
            run_config=request.run_config,
        )

    def settle(self) -> dg.ExecuteInProcessResult:
        return self.run(self.tick())


@pytest.fixture
def clockwork(world: World, instance: dg.DagsterInstance) -> Clockwork:
    return Clockwork(instance)


def stored(world: World, user_id: str) -> dict[str, Any]:
    user = world.db["user"].find_one({"id": user_id})
    assert user is not None
    return user


def test_complete_birth_data_becomes_a_chart_and_stays_as_it_is(world: World, clockwork: Clockwork) -> None:
    world.join("user_asha", **BORN)
    world.join("user_new", date_of_birth=BORN["date_of_birth"])
    result = clockwork.settle()
    user = stored(world, "user_asha")
    chart = user["user_overview"]["birth_chart"]
    assert user["astra"]["cohort"] == "asia-kolkata-001"
    assert (chart["vedic"]["sun_sign"], chart["vedic"]["moon_sign"]) == ("Cancer", "Libra")
    assert (chart["vedic"]["ascendant"], chart["western"]["rising_sign"]) == ("Leo", "Virgo")
    assert chart["input"]["utc"] == dt.datetime(2002, 8, 14, 1, 45, tzinfo=dt.UTC)
    assert "birth_chart" not in (stored(world, "user_new").get("user_overview") or {})
    assert checks_of(result)["birth_charts:nothing_parked"]
    told = metadata_of(result, "birth_charts")
    assert told["done"] == 1
    assert told["wheel"].startswith("![wheel](data:image/svg+xml;base64,")
    assert clockwork.tick() == []
    assert stored(world, "user_asha") == user


def test_changed_birth_data_is_noticed_whoever_changes_it(world: World, clockwork: Clockwork) -> None:
    world.join("user_asha", **BORN)
    clockwork.settle()
    assert clockwork.tick() == []
    world.db["user"].update_one({"id": "user_asha"}, {"$set": {"birth_time": "19:15"}})
    clockwork.settle()
    chart = stored(world, "user_asha")["user_overview"]["birth_chart"]
    assert chart["input"]["time"] == "19:15"
    assert chart["vedic"]["ascendant"] == "Aquarius"


def test_a_chart_of_the_old_system_is_replaced_and_one_written_over_ours_too(
    world: World, clockwork: Clockwork
) -> None:
    guessed = {"system": "western", "planets": [{"name": "Moon", "sign": "Aries"}]}
    world.join("user_asha", **BORN, user_overview={"birth_chart": guessed, "profile_summary": "kept"})
    clockwork.settle()
    overview = stored(world, "user_asha")["user_overview"]
    assert overview["birth_chart"]["western"]["moon_sign"] == "Scorpio"
    assert overview["profile_summary"] == "kept"
    world.db["user"].update_one({"id": "user_asha"}, {"$set": {"user_overview.birth_chart": guessed}})
    clockwork.settle()
    assert stored(world, "user_asha")["user_overview"]["birth_chart"]["engine"]["ephemeris"] == "JPL DE421"


def test_another_engine_makes_every_chart_due(
    world: World, clockwork: Clockwork, environment: pytest.MonkeyPatch
) -> None:
    world.join("user_asha", **BORN)
    clockwork.settle()
    before = stored(world, "user_asha")["user_overview"]["birth_chart"]["vedic"]["planets"][7]
    environment.setenv("ASTRA_LUNAR_NODE", "true")
    forget_settings()
    clockwork.settle()
    after = stored(world, "user_asha")["user_overview"]["birth_chart"]["vedic"]["planets"][7]
    assert before["name"] == after["name"] == "Rahu"
    assert before["longitude"] != after["longitude"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"birth_location": "Xyzzyville"}, "place is not known"),
        ({"birth_time": "27:15"}, "time is no time of day"),
        ({"date_of_birth": "2002-02-30"}, "date is no date of the calendar"),
        ({"date_of_birth": dt.datetime(1850, 1, 1, tzinfo=dt.UTC)}, "outside of 1900"),
        ({"date_of_birth": dt.datetime(2052, 1, 1, tzinfo=dt.UTC)}, "lies in the future"),
    ],
)
def test_what_cannot_be_a_birth_fails_its_user_alone_until_it_is_mended(
    fields: dict[str, Any], told: str, world: World, clockwork: Clockwork
) -> None:
    world.join("user_odd", **(BORN | fields))
    world.join("user_asha", **BORN)
    clockwork.settle()
    failure = world.db["astra_failures"].find_one({"_id": "birth_charts:user_odd"})
    assert failure is not None
    assert told in failure["message"]
    assert "birth_chart" in stored(world, "user_asha")["user_overview"]
    assert clockwork.tick() == []
    world.db["user"].update_one({"id": "user_odd"}, {"$set": BORN})
    clockwork.settle()
    assert "birth_chart" in stored(world, "user_odd")["user_overview"]
    assert world.db["astra_failures"].count_documents({}) == 0


@pytest.mark.parametrize(
    "changed", [{"birth_location": "Xyzzyville"}, {"birth_time": "27:15"}, {"birth_time": None}]
)
def test_a_chart_of_data_that_is_no_longer_so_is_taken_back(
    changed: dict[str, Any], world: World, clockwork: Clockwork
) -> None:
    world.join("user_asha", **BORN, user_overview={"profile_summary": "kept"})
    clockwork.settle()
    world.db["user"].update_one({"id": "user_asha"}, {"$set": changed})
    for request in clockwork.tick():
        clockwork.run([request])
    assert stored(world, "user_asha")["user_overview"].keys() & {"birth_chart", "profile_summary"} == {
        "profile_summary"
    }
    world.db["user"].update_one({"id": "user_asha"}, {"$set": BORN})
    clockwork.settle()
    assert stored(world, "user_asha")["user_overview"]["birth_chart"]["vedic"]["moon_sign"] == "Libra"


def test_what_the_old_system_guessed_stays_where_nothing_can_be_computed(
    world: World, clockwork: Clockwork
) -> None:
    guessed = {"vedic": {"sun_sign": "Leo", "moon_sign": "Virgo"}}
    world.join("user_asha", **(BORN | {"birth_location": "Xyzzyville"}), user_overview={"birth_chart": guessed})
    clockwork.settle()
    assert stored(world, "user_asha")["user_overview"]["birth_chart"] == guessed


def test_people_who_never_say_where_they_were_born_hold_up_nobody(
    world: World, clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "_DUE_AT_ONCE", 3)
    for number in range(4):
        world.join(f"user_{number}", **(BORN | {"birth_location": [None, "", "  "][number % 3]}))
    world.join("user_asha", **BORN)
    clockwork.settle()
    assert "birth_chart" in stored(world, "user_asha")["user_overview"]
    assert clockwork.tick() == []


def test_a_null_overview_and_a_null_astra_take_a_chart(world: World, clockwork: Clockwork) -> None:
    world.join("user_asha", **BORN, user_overview=None, astra=None)
    clockwork.settle()
    assert stored(world, "user_asha")["user_overview"]["birth_chart"]["vedic"]["moon_sign"] == "Libra"


def test_one_run_serves_the_cohorts_of_many_zones(world: World, clockwork: Clockwork) -> None:
    for zone in ("Asia/Kolkata", "America/New_York", "Pacific/Apia"):
        world.join(f"user_{zone[-4:].lower()}", **BORN, timezone=zone)
    (request,) = clockwork.tick()
    result = clockwork.run([request])
    assert metadata_of(result, "birth_charts")["done"] == 3
    assert {user["astra"]["cohort"] for user in world.db["user"].find()} == {
        "asia-kolkata-001",
        "america-new-york-001",
        "pacific-apia-001",
    }


@pytest.mark.parametrize("cursor", [None, "null", "forgotten"])
def test_the_stream_forgotten_or_never_read_every_chart_is_compared_once(
    cursor: str | None, world: World, clockwork: Clockwork
) -> None:
    world.join("user_asha", **BORN)
    clockwork.settle()
    world.db["user"].update_one({"id": "user_asha"}, {"$set": {"birth_time": "19:15"}})
    if cursor == "forgotten":
        # The token's first figures after its kind are the second it stands for; this one is long gone.
        token = json.loads(clockwork.cursor or "")["_data"]
        cursor = json.dumps({"_data": f"{token[:2]}00000001{token[10:]}"})
    clockwork.cursor = cursor
    clockwork.settle()
    assert stored(world, "user_asha")["user_overview"]["birth_chart"]["input"]["time"] == "19:15"


def test_an_ambiguous_place_is_flagged_and_the_stored_zone_decides(world: World, clockwork: Clockwork) -> None:
    world.join("user_asha", **(BORN | {"birth_location": "Hyderabad", "birth_timezone": "Asia/Karachi"}))
    clockwork.settle()
    born = stored(world, "user_asha")["user_overview"]["birth_chart"]["input"]
    assert born["place"] == "Hyderabad, Sindh, Pakistan"
    assert any(flag.startswith("place_ambiguous") for flag in born["flags"])


def test_birth_details_told_in_a_conversation_become_fields_and_then_a_chart(
    world: World, clockwork: Clockwork, instance: dg.DagsterInstance
) -> None:
    world.join("user_asha", birth_timezone=None)
    world.talk("user_asha", "I was born on 14th August 2002 at 7:15 in the morning in Los Angeles, United States.")
    assert run_pipeline(instance).success
    user = stored(world, "user_asha")
    assert user["birth_time"] == "07:15"
    assert user["date_of_birth"] == dt.datetime(2002, 8, 14, tzinfo=dt.UTC)
    assert user["birth_timezone"] == "America/Los_Angeles"
    assert user["birth_location"] == "Los Angeles, California, United States"
    clockwork.settle()
    assert stored(world, "user_asha")["user_overview"]["birth_chart"]["input"]["timezone"] == "America/Los_Angeles"


def test_what_a_person_said_and_nobody_could_use_is_shown_to_the_operator(
    world: World, clockwork: Clockwork
) -> None:
    said = {"birth_time": {"conversation_id": "c", "reason": "birth_time is no time of day", "words": "noonish"}}
    world.join("user_asha", **BORN, astra={"birth_rejected": said})
    world.join("user_mended", astra={"birth_rejected": {"birth_time": None}})
    (evaluation,) = [
        one
        for one in clockwork.settle().get_asset_check_evaluations()
        if one.check_name == "charts_are_of_their_birth_data"
    ]
    assert evaluation.metadata["refused"].value == 1
    assert "birth_time is no time of day" in str(evaluation.metadata["refused_statements"].value)
    assert "noonish" not in str(evaluation.metadata)


def test_a_cohort_is_closed_when_it_is_full(
    world: World, clockwork: Clockwork, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("ASTRA_COHORT_SIZE", "2")
    forget_settings()
    for number in range(5):
        world.join(f"user_{number}")
    clockwork.tick()
    clockwork.tick()
    members = [user["astra"]["cohort"] for user in world.db["user"].find().sort("id", 1)]
    assert members == [f"asia-kolkata-{number:03d}" for number in (1, 1, 2, 2, 3)]
    assert [c["members"] for c in world.db["astra_cohorts"].find().sort("opened", 1)] == [2, 2, 1]
    assert clockwork.instance.get_dynamic_partitions("cohorts") == [
        "asia-kolkata-001",
        "asia-kolkata-002",
        "asia-kolkata-003",
    ]


def test_the_sky_of_a_range_of_days_is_computed_once(world: World, instance: dg.DagsterInstance) -> None:
    tags = {
        "dagster/asset_partition_range_start": "2026-11-23",
        "dagster/asset_partition_range_end": "2026-11-24",
    }
    job = defs.resolve_job_def("daily_sky_job")
    first = job.execute_in_process(instance=instance, tags=tags)
    assert metadata_of(first, "daily_sky")["done"] == 2
    sky = world.db["astra_daily_sky"].find_one({"_id": "2026-11-23"})
    assert sky is not None
    assert {"Purnima begins"} == {event["detail"] for event in sky["events"]}
    again = job.execute_in_process(instance=instance, tags=tags)
    assert metadata_of(again, "daily_sky")["unchanged"] == 2
    assert world.db["astra_daily_sky"].find_one({"_id": "2026-11-23"}) == sky
