"""Changes of users as MongoDB tells them: each once, none between two positions lost."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.collections import USERS

_FIELDS = ("timezone", "astra", "astra.cohort")


def names(db: Any, found: changes.Changes) -> dict[str, str]:
    """User id -> what happened, for the users that are still there."""
    known = {user["_id"]: user["id"] for user in db[USERS].find()}
    return {known[key]: happened for key, happened in found.users.items() if key in known}


def test_without_a_position_everybody_is_handed_out_once_a_page_at_a_time(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ids of whatever type, and changes are followed meanwhile."""
    monkeypatch.setattr(changes, "_UNSEEN_AT_ONCE", 3)
    db[USERS].insert_many([{"_id": key, "id": f"user_{key}"} for key in ("b", 7, 2.5, "a", ObjectId(), "c", "d")])
    cursor, pages = None, []
    for _ in range(4):
        found = changes.since(db, cursor, fields=_FIELDS)
        cursor = found.cursor
        pages.append(found.unseen)
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [key for page in pages for key in page] == [user["_id"] for user in db[USERS].find().sort("_id", 1)]
    db[USERS].update_one({"_id": "b"}, {"$set": {"timezone": "Asia/Kolkata"}})
    assert names(db, changes.since(db, cursor, fields=_FIELDS)) == {"user_b": "update"}


def test_a_change_while_everybody_is_handed_out_is_told_beside_the_next_page(
    db: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_UNSEEN_AT_ONCE", 1)
    db[USERS].insert_many([{"_id": key, "id": f"user_{key}"} for key in ("a", "b")])
    first = changes.since(db, None, fields=_FIELDS)
    db[USERS].update_one({"_id": "a"}, {"$set": {"timezone": "Asia/Kolkata"}})
    found = changes.since(db, first.cursor, fields=_FIELDS)
    assert (first.unseen, found.unseen, names(db, found)) == (["a"], ["b"], {"user_a": "update"})


def test_between_two_positions_nothing_is_lost_and_nothing_is_told_twice(db: Any) -> None:
    db[USERS].insert_one({"id": "user_before"})
    position = changes.since(db, None, fields=_FIELDS).cursor
    db[USERS].insert_one({"id": "user_new"})
    db[USERS].update_one({"id": "user_before"}, {"$set": {"timezone": "Asia/Kolkata"}})
    found = changes.since(db, position, fields=_FIELDS)
    assert not found.unseen
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
