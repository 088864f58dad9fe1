"""People who can have no chart cost a tick of the sensor nothing, and come back when that changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from astra_pipeline.batches import failures
from astra_pipeline.charts import birth_data, due
from astra_pipeline.people.birth import BirthData
from astra_pipeline.store.collections import FAILURES, USERS
from astra_pipeline_tests.conftest import World
from astra_pipeline_tests.documents import failure, recently, user
from astra_pipeline_tests.working import work

COHORT = "asia-kolkata-001"
BORN = {"date_of_birth": dt.datetime(2002, 8, 14, tzinfo=dt.UTC), "birth_time": "07:15", "birth_location": "Pune"}
DEAD = 300


def join(world: World, *names: str, **fields: Any) -> None:
    world.db[USERS].insert_many([user(name, **BORN | fields, astra={"cohort": COHORT}) for name in names])


def asked(world: World) -> set[str]:
    """The people for whom a tick of the sensor asks for a run."""
    with work() as at_work:
        found = at_work.run(due.due_by_cohort(at_work.db, now=dt.datetime.now(dt.UTC)))
    return {user_id for users in found.values() for user_id in users}


def follow(cursor: str | None) -> str:
    with work() as at_work:
        return at_work.run(due.notice_changes(at_work, cursor))


def fail(world: World, *names: str, parked: bool = True) -> None:
    world.db[FAILURES].insert_many([failure("birth_charts", name, parked=parked, user_id=name) for name in names])


def test_a_first_note_about_a_birth_makes_the_chart_due(world: World) -> None:
    """MongoDB names the parent that the first note makes, and not the note."""
    join(world, "asha")
    cursor = follow(None)
    key = birth_data.birth_key(BirthData.read(world.db[USERS].find_one({"id": "asha"}) or {}), engine=due.engine())
    world.db[USERS].update_one({"id": "asha"}, {"$set": {"astra.chart_key": key}})
    cursor = follow(cursor)
    night = {"date": "2002-08-14", "time": "07:15"}
    world.db[USERS].update_one({"id": "asha"}, {"$set": {"astra.birth_flags.night": night}})
    follow(cursor)
    assert "chart_key" not in (world.db[USERS].find_one({"id": "asha"}) or {})["astra"]


def documents_read(world: World) -> int:
    world.db.command("profile", 2)
    asked(world)
    world.db.command("profile", 0)
    reads = list(world.db["system.profile"].find({"op": {"$in": ["query", "getmore", "update"]}}))
    world.db["system.profile"].drop()
    return sum(read.get("docsExamined", 0) for read in reads)


def a_place_nobody_knows(world: World, names: list[str]) -> None:
    join(world, *names, birth_location="Xyzzyville")
    fail(world, *names)


def no_place(world: World, names: list[str]) -> None:
    join(world, *names, birth_location=None)


def a_retry_to_come(world: World, names: list[str]) -> None:
    join(world, *names)
    fail(world, *names, parked=False)


@pytest.mark.parametrize("dead", [a_place_nobody_knows, no_place, a_retry_to_come])
def test_people_who_can_have_no_chart_are_not_read(world: World, dead: Any) -> None:
    dead(world, [f"user_{number}" for number in range(DEAD)])
    join(world, "user_asha", "user_ravi")
    assert asked(world) == {"user_asha", "user_ravi"}
    assert asked(world) == {"user_asha", "user_ravi"}
    assert documents_read(world) <= 12


def test_a_retry_brings_a_person_back_when_it_is_due(world: World) -> None:
    join(world, "user_asha")
    fail(world, "user_asha")
    assert asked(world) == set()
    assert failures.retry_now(world.db, ["user_asha"]) == 1
    assert asked(world) == {"user_asha"}


def test_changed_data_bring_a_person_back_and_the_same_data_do_not(world: World) -> None:
    join(world, "user_asha", "user_ravi", birth_location="")
    cursor = follow(None)
    assert asked(world) == set()
    world.db[USERS].update_one({"id": "user_asha"}, {"$set": {"birth_location": "Pune"}})
    world.db[USERS].update_one({"id": "user_ravi"}, {"$set": {"user_overview": {}}})
    follow(cursor)
    assert asked(world) == {"user_asha"}
    assert (world.db[USERS].find_one({"id": "user_ravi"}) or {})["astra"].keys() == {"cohort", "chartless_key"}


def test_data_that_changed_while_nobody_followed_bring_a_person_back(world: World) -> None:
    join(world, "user_asha", "user_odd", "user_ravi", birth_location="Xyzzyville")
    fail(world, "user_asha", "user_odd", "user_ravi")
    assert asked(world) == set()
    world.db[USERS].update_one({"id": "user_asha"}, {"$set": {"birth_location": "Pune"}})
    follow(None)
    assert asked(world) == {"user_asha"}
    assert world.db[FAILURES].count_documents({"parked_at": {"$ne": None}}) == 2, "nobody is told of them again"


def test_a_mark_is_not_set_over_data_that_changed_since_they_were_read(world: World) -> None:
    join(world, "user_asha", birth_location="")
    with work() as at_work:
        stored = world.db[USERS].find_one({"id": "user_asha"}) or {}
        world.db[USERS].update_one({"id": "user_asha"}, {"$set": {"birth_location": "Pune"}})
        at_work.run(due._mark(at_work.db, [due.Person.read(stored)]))
    assert asked(world) == {"user_asha"}


def test_the_failure_of_somebody_who_is_gone_is_forgotten(world: World) -> None:
    join(world, "user_asha", birth_location="")
    fail(world, "user_asha", "user_gone", "user_parked")
    world.db[FAILURES].update_many({"item": {"$ne": "user_parked"}}, {"$set": {"next_attempt_at": recently()}})
    assert asked(world) == set()
    assert world.db[FAILURES].distinct("item") == ["user_parked"]
