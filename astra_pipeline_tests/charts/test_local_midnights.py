"""A date of birth stored as a local midnight becomes the right chart; charts of the old reading are made anew."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import dagster as dg
import pytest

from astra_pipeline.charts import birth_data
from astra_pipeline.charts.births import from_record
from astra_pipeline.charts.write import engine
from astra_pipeline.people.birth import FIELDS, BirthData
from astra_pipeline.people.person import Person
from astra_pipeline_tests.charts.test_birth_charts import BORN, Clockwork, stored
from astra_pipeline_tests.charts.test_due import follow
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.overview.test_birth_pending import call, pending
from astra_pipeline_tests.overview.test_fold import folded

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
INDIAN = dt.datetime(2002, 8, 13, 18, 30, tzinfo=dt.UTC)  # midnight of the 14th in India
THE_14TH = dt.date(2002, 8, 14)
OLD = BORN | {"date_of_birth": INDIAN}


@pytest.fixture
def clockwork(world: World, instance: dg.DagsterInstance) -> Clockwork:
    return Clockwork(instance)


def key_of_old_rules(document: dict[str, Any]) -> str:
    values = [None if document.get(field) is None else str(document[field]) for field in FIELDS]
    return f"{engine()}:{hashlib.sha256(json.dumps(values).encode()).hexdigest()[:24]}"


def charted_by_old_rules(world: World, user_id: str, **fields: Any) -> None:
    """Somebody with a chart of the day before, as the old reading made it."""
    chart = {"engine": {"ephemeris": "JPL DE421"}, "input": {"date": "2002-08-13"}, "calculated_at": NOW}
    document = OLD | fields
    marks = {"chart_key": key_of_old_rules(document), "cohort": "asia-kolkata-001"}
    world.join(user_id, **document, user_overview={"birth_chart": chart}, astra=marks)


@pytest.mark.parametrize(
    "fields",
    [
        {"date_of_birth": INDIAN},
        {"date_of_birth": INDIAN, "birth_day": 14, "birth_month": 8},
        {"date_of_birth": "2002-08-13T18:30:00.000Z"},
        {"date_of_birth": dt.datetime(2002, 8, 14, tzinfo=dt.UTC)},
        {"date_of_birth": dt.datetime(2002, 8, 14, 4, tzinfo=dt.UTC), "timezone": "America/New_York"},
    ],
)
def test_the_birth_is_on_the_local_date(fields: dict[str, Any]) -> None:
    birth = birth_data.birth_of(BirthData.read(BORN | fields), now=NOW)
    assert (birth.date, birth.flags) == (THE_14TH, ())


def test_a_date_that_stays_open_is_flagged() -> None:
    moment = dt.datetime(2002, 8, 13, 22, tzinfo=dt.UTC)
    birth = birth_data.birth_of(BirthData.read(BORN | {"date_of_birth": moment}), now=NOW)
    assert [flag.partition(":")[0] for flag in birth.flags] == ["birth_date_open"]


@pytest.mark.parametrize("place", [{"place": "Jhajjar, Haryana"}, {"lat": 28.6064, "lon": 76.6565}])
def test_a_record_with_a_time_in_its_date_is_read_by_the_same_rule(place: dict[str, Any]) -> None:
    record = {"time": "07:15", "tz": "Asia/Kolkata"} | place
    for date in ("2002-08-13T18:30:00.000Z", "2002-08-14", "2002-08-14T00:00:00Z"):
        born = from_record(record | {"date": date})
        assert (born.date, born.flags) == (THE_14TH, ())
    flagged = from_record(record | {"date": "2002-08-13T22:00:00Z"})
    assert flagged.flags[0].startswith("birth_date_open:")


def test_the_key_follows_what_decides_on_the_date_where_the_stored_one_is_no_midnight_of_utc() -> None:
    def key(document: dict[str, Any]) -> str:
        return birth_data.birth_key(BirthData.read(document), engine=engine())

    assert key(BORN) == key_of_old_rules(BORN)  # nobody else's chart is made anew
    assert key(BORN) == key(BORN | {"timezone": "America/New_York", "birth_day": 14})
    assert key(OLD) != key_of_old_rules(OLD)
    assert key(OLD) != key(OLD | {"birth_day": 13, "birth_month": 8})
    odd = BORN | {"date_of_birth": INDIAN - dt.timedelta(hours=1)}
    assert key(odd) != key(odd | {"timezone": "Asia/Yekaterinburg"})


def test_a_local_midnight_becomes_the_chart_of_its_local_date(world: World, clockwork: Clockwork) -> None:
    world.join("user_asha", **OLD)
    world.join("user_text", **BORN | {"date_of_birth": "2002-08-13T18:30:00.000Z"})
    world.join("user_utc", **BORN)
    clockwork.settle()
    charts = [
        stored(world, name)["user_overview"]["birth_chart"] for name in ("user_asha", "user_text", "user_utc")
    ]
    assert {chart["input"]["date"] for chart in charts} == {"2002-08-14"}
    assert {chart["vedic"]["moon_sign"] for chart in charts} == {"Libra"}
    assert {tuple(chart["input"]["flags"]) for chart in charts} == {()}
    assert clockwork.tick() == []


def test_charts_of_the_old_reading_are_made_anew_once(world: World, clockwork: Clockwork) -> None:
    charted_by_old_rules(world, "user_asha")
    world.join("user_utc", **BORN)
    clockwork.settle()  # the place of user_utc; user_asha was compared as well
    assert stored(world, "user_asha")["user_overview"]["birth_chart"]["input"]["date"] == "2002-08-14"

    charted_by_old_rules(world, "user_ravi")
    # An earlier version's cursor: it followed everything, and knew no rules.
    cursor = json.loads(clockwork.cursor or "")
    assert cursor.pop("read_by") == "Asia/Kolkata"
    before = stored(world, "user_utc"), stored(world, "user_asha")
    follow(json.dumps(cursor))  # killed before its cursor was kept
    clockwork.cursor = json.dumps(cursor)
    requests = clockwork.tick()
    (request,) = requests
    assert request.run_config["ops"]["birth_charts"]["config"]["user_ids"] == ["user_ravi"]
    clockwork.run(requests)
    assert stored(world, "user_ravi")["user_overview"]["birth_chart"]["input"]["date"] == "2002-08-14"
    assert (stored(world, "user_utc"), stored(world, "user_asha")) == before
    clockwork.cursor = json.dumps(cursor)
    assert clockwork.tick() == []
    assert clockwork.tick() == []


def test_a_move_makes_a_chart_due_only_where_it_decides_on_the_date(world: World, clockwork: Clockwork) -> None:
    midnight = dt.datetime(2002, 8, 13, 22, tzinfo=dt.UTC)  # of the 14th in Berlin
    world.join("user_open", **BORN | {"date_of_birth": midnight})
    world.join("user_utc", **BORN)
    clockwork.settle()
    chart = stored(world, "user_open")["user_overview"]["birth_chart"]
    assert chart["input"]["date"] == "2002-08-13"
    assert chart["input"]["flags"]
    world.db["user"].update_many({}, {"$set": {"timezone": "Europe/Berlin"}})
    requests = clockwork.tick()
    (request,) = requests
    assert request.run_config["ops"]["birth_charts"]["config"]["user_ids"] == ["user_open"]
    clockwork.run(requests)
    chart = stored(world, "user_open")["user_overview"]["birth_chart"]
    assert (chart["input"]["date"], chart["input"]["flags"]) == ("2002-08-14", [])


def test_a_statement_that_names_the_local_date_agrees_with_the_stored_one() -> None:
    complete = {"id": "u", **OLD}
    agreeing = folded(complete, call(1, "agent: When were you born?", "I was born on 14 August 2002."))
    assert pending(agreeing) is None
    assert agreeing["date_of_birth"] == dt.datetime(2002, 8, 14, tzinfo=dt.UTC)
    differing = folded(complete, call(1, "agent: When were you born?", "I was born on 13 August 2002."))
    assert pending(differing)["value"] == "2002-08-13"
    assert differing["date_of_birth"] == INDIAN


def test_the_local_date_is_complete_data() -> None:
    assert Person.read({"id": "u", **OLD}).birth.is_complete
