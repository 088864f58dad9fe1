"""People whom the app's hook gave no id get theirs, and nobody else's."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import dagster as dg
from bson import Binary, ObjectId

from astra_pipeline.defs.users.sensors import new_users
from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.people.ids import give_ids
from astra_pipeline.store.collections import USERS
from astra_pipeline_tests.documents import recently

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]


def signed_up(db: Db, minutes: float = 6, **fields: Any) -> Any:
    """Somebody as the app's auth library inserts them, so many minutes ago."""
    at = recently(minutes=minutes)
    person = {"name": "Asha", "email": f"{uuid.uuid4()}@example.com", "createdAt": at, "updatedAt": at}
    return db[USERS].insert_one(person | fields).inserted_id


def give(db: Db) -> int:
    return give_ids(db, now=dt.datetime.now(dt.UTC))


def id_of(db: Db, key: Any) -> Any:
    found = db[USERS].find_one({"_id": key})
    assert found is not None
    return found.get("id")


def test_the_id_is_the_text_of_the_documents_key(db: Db) -> None:
    key, null = signed_up(db), signed_up(db, id=None)
    named, text = uuid.uuid4(), "a-text-of-the-app"
    signed_up(db, _id=Binary.from_uuid(named))
    signed_up(db, _id=text)
    assert give(db) == 4
    assert (id_of(db, key), id_of(db, null)) == (str(key), str(null))
    assert (id_of(db, Binary.from_uuid(named)), id_of(db, text)) == (str(named), text)
    assert give(db) == 0


def test_the_hook_is_given_some_minutes_and_its_id_stays(db: Db) -> None:
    young, named = signed_up(db, minutes=4), signed_up(db, id="user_asha")
    undated = signed_up(db, createdAt=None)
    assert give(db) == 0
    assert (id_of(db, young), id_of(db, undated), id_of(db, named)) == (None, None, "user_asha")
    old = ObjectId.from_datetime(recently(minutes=6))
    signed_up(db, _id=old, createdAt=None)
    assert give(db) == 1
    assert id_of(db, old) == str(old)


def test_an_id_that_somebody_else_has_is_left_to_a_person(db: Db) -> None:
    taken, free = signed_up(db), signed_up(db)
    db[USERS].insert_one({"id": str(taken)})
    assert give(db) == 1
    assert (id_of(db, taken), id_of(db, free)) == (None, str(free))


def test_the_sensor_names_and_seats_them_in_one_tick(db: Db) -> None:
    key = signed_up(db)
    with dg.instance_for_test() as instance:
        result = new_users(dg.build_sensor_context(instance=instance), mongo=MongoResource())
    assert isinstance(result, dg.SensorResult)
    found = db[USERS].find_one({"_id": key})
    assert found is not None
    assert (found["id"], found["astra"]["cohort"]) == (str(key), "asia-kolkata-001")


def test_nothing_but_people_without_an_id_is_read(db: Db) -> None:
    db[USERS].insert_many(
        [{"id": f"user_{number}", "astra": {"cohort": "asia-kolkata-001"}} for number in range(300)]
    )
    db[USERS].insert_many([{"id": f"gone_{number}", "astra": {"erased_at": recently()}} for number in range(300)])
    signed_up(db)
    db.command("profile", 2)
    try:
        assert give(db) == 1
    finally:
        db.command("profile", 0)
    (read,) = db["system.profile"].find({"op": "query", "ns": f"{db.name}.{USERS}"})
    assert (read["docsExamined"], read["keysExamined"] <= 5) == (1, True)
