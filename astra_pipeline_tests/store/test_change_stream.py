"""Changes of users as MongoDB tells them: each once, none between two positions lost."""

from __future__ import annotations

from typing import Any

from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.collections import USERS

_FIELDS = ("timezone", "astra", "astra.cohort")


def names(db: Any, found: changes.Changes) -> dict[str, str]:
    """User id -> what happened, for the users that are still there."""
    known = {user["_id"]: user["id"] for user in db[USERS].find()}
    return {known[key]: happened for key, happened in found.users.items() if key in known}


def test_without_a_position_everybody_may_have_changed(db: Any) -> None:
    db[USERS].insert_one({"id": "user_a"})
    found = changes.since(db, None, fields=_FIELDS)
    assert found.everybody
    assert found.cursor


def test_between_two_positions_nothing_is_lost_and_nothing_is_told_twice(db: Any) -> None:
    db[USERS].insert_one({"id": "user_before"})
    position = changes.since(db, None, fields=_FIELDS).cursor
    db[USERS].insert_one({"id": "user_new"})
    db[USERS].update_one({"id": "user_before"}, {"$set": {"timezone": "Asia/Kolkata"}})
    found = changes.since(db, position, fields=_FIELDS)
    assert not found.everybody
    assert names(db, found) == {"user_new": "insert", "user_before": "update"}
    assert names(db, changes.since(db, found.cursor, fields=_FIELDS)) == {}


def test_other_fields_are_nobodys_business(db: Any) -> None:
    db[USERS].insert_one({"id": "user_a", "name": "Asha"})
    position = changes.since(db, None, fields=_FIELDS).cursor
    db[USERS].update_one({"id": "user_a"}, {"$set": {"name": "Asha R.", "user_overview.streak": 1}})
    assert changes.since(db, position, fields=_FIELDS).users == {}


def test_a_field_that_was_taken_away_counts_as_changed(db: Any) -> None:
    db[USERS].insert_one({"id": "user_a", "timezone": "Asia/Kolkata"})
    position = changes.since(db, None, fields=_FIELDS).cursor
    db[USERS].update_one({"id": "user_a"}, {"$unset": {"timezone": ""}})
    assert names(db, changes.since(db, position, fields=_FIELDS)) == {"user_a": "update"}


def test_a_user_who_was_replaced_or_deleted_is_told_as_such(db: Any) -> None:
    db[USERS].insert_many([{"id": "user_a"}, {"id": "user_b"}])
    keys = {user["id"]: user["_id"] for user in db[USERS].find()}
    position = changes.since(db, None, fields=_FIELDS).cursor
    db[USERS].update_one({"id": "user_a"}, {"$set": {"timezone": "Asia/Kolkata"}})
    db[USERS].replace_one({"id": "user_a"}, {"id": "user_a"})
    db[USERS].delete_one({"id": "user_b"})
    found = changes.since(db, position, fields=_FIELDS)
    assert found.users == {keys["user_a"]: "replace", keys["user_b"]: "delete"}
