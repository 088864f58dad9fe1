"""A cursor that cannot be read counts as none, and an unknown zone is its own cohort's trouble (F19)."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from astra_pipeline.defs.alerts.sensors import failure_alerts
from astra_pipeline.defs.astrology.sensors import birth_data_completed
from astra_pipeline.defs.horoscopes.assets import DAILY_HOROSCOPES
from astra_pipeline.defs.reports.assets import WEEKLY_REPORTS
from astra_pipeline.defs.users.checks import users_are_in_their_cohorts
from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.monitoring.holdings import read_holdings
from astra_pipeline.orchestration.resources import AlertsResource, MongoResource
from astra_pipeline.people.cohorts import zones
from astra_pipeline.people.place import Place
from astra_pipeline.store.collections import COHORTS, USERS
from astra_pipeline_tests.charted import join
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import user

NO_JSON = ("xyz", "{", "not json")
NO_TOKENS = ("[1]", "1", '"a"', "null", "{}", '{"_data": 5}', '{"_data": "not hex"}', '{"_data": "8267"}')
UNREADABLE = (*NO_JSON, *NO_TOKENS)
SIX = dt.datetime(2026, 11, 23, 6, 30, tzinfo=ZoneInfo("Asia/Kolkata"))


def cut_off(cursor: str) -> list[str]:
    return [cursor[: len(cursor) // 2], cursor[:-1]]


def in_followers_cursor(position: str) -> str:
    return Place("Asia/Kolkata", position).text


def cursor_after(sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None) -> str | None:
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = sensor(context, mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    return result.cursor


def test_new_users_are_seated_whatever_the_cursor(world: World, instance: dg.DagsterInstance) -> None:
    first = cursor_after(new_users, instance, None)
    assert first is not None
    odd = [*UNREADABLE, *cut_off(first), *map(in_followers_cursor, UNREADABLE), in_followers_cursor("")]
    for number, cursor in enumerate(odd):
        world.join(f"user_{number}")
        assert cursor_after(new_users, instance, cursor) is not None
        assert world.db[USERS].count_documents({"astra.cohort": None}) == 0, cursor


def test_birth_data_is_compared_whatever_the_cursor(world: World, instance: dg.DagsterInstance) -> None:
    first = cursor_after(birth_data_completed, instance, None)
    assert first is not None
    # Positions beside the default zone that the charts were read by, as the sensor writes them.
    lost = [json.dumps(json.loads(first) | {"_data": position}) for position in (5, "not hex", "8267")]
    for cursor in [*UNREADABLE, *cut_off(first), *lost]:
        world.db[USERS].replace_one({"id": "user_asha"}, user("user_asha", astra={"chart_key": "old"}), upsert=True)
        assert cursor_after(birth_data_completed, instance, cursor) is not None
        assert world.db[USERS].count_documents({"astra.chart_key": "old"}) == 0, cursor


@pytest.mark.parametrize("cursor", ["{", "xyz", "[1]", '{"runs": "never", "parked": "never"}', "{}"])
def test_alerts_begin_anew_with_a_cursor_that_cannot_be_read(
    world: World, instance: dg.DagsterInstance, cursor: str
) -> None:
    alerts = AlertsResource(webhook_url="http://127.0.0.1:9/hook")
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        result = failure_alerts(context, mongo=MongoResource(), alerts=alerts)
    assert isinstance(result, dg.SensorResult)
    assert result.skip_reason is not None
    assert json.loads(result.cursor or "")


@pytest.fixture
def lacking_a_zone(world: World, instance: dg.DagsterInstance) -> World:
    """A charted person in Kolkata, and a cohort in a zone that this machine does not know."""
    join(world, "user_asha")
    lost = {"_id": "mars-olympus-001", "zone": "Mars/Olympus", "members": 0, "counted": 1, "opened": -1}
    world.db[COHORTS].insert_one(lost)
    instance.add_dynamic_partitions("cohorts", ["asia-kolkata-001"])
    return world


def test_a_cohort_whose_zone_is_unknown_keeps_nobody_from_their_texts(
    lacking_a_zone: World, instance: dg.DagsterInstance
) -> None:
    assert zones(lacking_a_zone.db) == {"asia-kolkata-001": "Asia/Kolkata"}
    for schedule, requests in ((DAILY_HOROSCOPES.schedule, 1), (WEEKLY_REPORTS.schedule, 0)):
        with dg.build_schedule_context(instance, scheduled_execution_time=SIX) as context:
            found = schedule(context, mongo=MongoResource())
        assert (len(found) if isinstance(found, list) else 0) == requests
    assert cursor_after(new_users, instance, None)


def test_a_cohort_whose_zone_is_unknown_is_named(lacking_a_zone: World, instance: dg.DagsterInstance) -> None:
    assert read_holdings(lacking_a_zone.db, now=SIX).unknown_zones == {"mars-olympus-001": "Mars/Olympus"}
    context = dg.build_op_context(instance=instance)
    result = users_are_in_their_cohorts(context, mongo=MongoResource())
    assert isinstance(result, dg.AssetCheckResult)
    assert not result.passed
    assert result.severity is dg.AssetCheckSeverity.WARN
    assert "this machine does not know its zone, Mars/Olympus" in str(result.metadata["table"].value)
