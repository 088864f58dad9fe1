"""No index of ours refuses what the web app writes, and none that cannot be built stops anything (F4)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.store.client import forget_clients
from astra_pipeline.store.collections import CONVERSATIONS, INDEX_PROBLEMS, USERS
from astra_pipeline.store.indexes import INDEXES, ensure_indexes, problems

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
# As the app's auth library inserts somebody at sign-up: a hook adds `id` after a call that can fail.
SIGN_UP = {"name": "Asha", "email": "asha@example.com", "emailVerified": True, "createdAt": NOW, "updatedAt": NOW}
# As the app's routes open a conversation, before it is known at ElevenLabs.
OPENED = {"user_id": "user_asha", "agent_id": "agent_astra", "started_at": NOW, "updated_at": NOW, "metadata": None}


@pytest.fixture
def bare(environment: pytest.MonkeyPatch) -> Db:
    """The database before any process of ours has seen it."""
    return MongoResource().untouched


def plan(db: Db, collection: str, query: dict[str, Any]) -> set[str]:
    """The stages of the query's plan."""

    def stages(plan: dict[str, Any]) -> set[str]:
        inner = [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", [])
        return {plan["stage"]}.union(*map(stages, inner))

    return stages(db[collection].find(query).explain()["queryPlanner"]["winningPlan"])


def test_people_without_an_id_sign_up_one_after_the_other(db: Db) -> None:
    db[USERS].insert_many([dict(SIGN_UP), dict(SIGN_UP)])


def test_conversations_without_a_conversation_id_are_opened_one_after_the_other(db: Db) -> None:
    db[CONVERSATIONS].insert_many([dict(OPENED), dict(OPENED)])


@pytest.mark.parametrize("collection", [USERS, CONVERSATIONS])
def test_a_document_with_lists_for_values_is_taken(db: Db, collection: str) -> None:
    """MongoDB refuses a document with lists in two fields of one index."""
    lists: dict[str, Any] = {"status": ["completed", "active"], "timezone": ["Asia/Kolkata", "Asia/Dubai"]}
    lists |= {"birth_timezone": ["Asia/Kolkata", "Asia/Dubai"], "metadata": [{"transcript_processed": [False]}]}
    for _, keys, _ in INDEXES[collection]:
        for path, _ in keys:
            if not path.startswith(("astra.", "user_overview.")):
                lists.setdefault(path, ["one", "two"])
    db[collection].insert_one(lists)


def test_no_index_has_two_fields_in_which_the_app_may_write_lists() -> None:
    for collection in (USERS, CONVERSATIONS):
        for name, keys, options in INDEXES[collection]:
            typed = options.get("partialFilterExpression", {})
            loose = [path for path, _ in keys if not path.startswith("astra.") and path not in typed]
            assert len(loose) <= 1, name


@pytest.mark.parametrize(
    ("collection", "field"), [(USERS, "id"), (CONVERSATIONS, "conversation_id")], ids=["users", "conversations"]
)
def test_the_indexes_of_before_are_replaced(bare: Db, collection: str, field: str) -> None:
    bare[collection].create_index([(field, 1)], name=field, unique=True)
    bare[USERS].create_index([("astra.cohort", 1), ("timezone", 1), ("birth_timezone", 1)], name="astra_cohort")
    ensure_indexes(bare)
    standing = {index["name"]: index for index in bare[collection].list_indexes()}
    assert field not in standing
    assert "astra_cohort" not in {index["name"] for index in bare[USERS].list_indexes()}
    assert standing[f"astra_{field}"]["unique"]
    assert standing[f"astra_{field}"]["sparse"]
    assert plan(bare, collection, {field: "one"}) == {"FETCH", "IXSCAN"}
    assert (ensure_indexes(bare), problems(bare)) == ([], [])


@pytest.mark.parametrize(
    ("collection", "field"), [(USERS, "id"), (CONVERSATIONS, "conversation_id")], ids=["users", "conversations"]
)
def test_an_index_that_duplicates_prevent_is_named_and_stops_nothing(bare: Db, collection: str, field: str) -> None:
    secret = "one id of two people"
    bare[collection].insert_many([{field: secret}, {field: secret}, {field: "another"}])
    db = MongoResource().db
    assert problems(db) == [f"{collection}.astra_{field} (two documents have the same {field})"]
    assert secret not in str(list(db[INDEX_PROBLEMS].find()))
    # Reads have an index all the same.
    assert plan(db, collection, {field: "another"}) == {"FETCH", "IXSCAN"}

    db[collection].delete_one({field: secret})
    assert ensure_indexes(db) == [], "it is not built anew by every process that starts"
    db[INDEX_PROBLEMS].update_many({}, {"$set": {"at": NOW - dt.timedelta(hours=2)}})
    assert ensure_indexes(db) == [f"{collection}.astra_{field}"]
    assert (problems(db), list(db[INDEX_PROBLEMS].find())) == ([], [])
    assert f"astra_{field}_lookup" not in {index["name"] for index in db[collection].list_indexes()}


def test_lists_that_prevent_an_index_are_named_and_stop_nothing(bare: Db) -> None:
    bare["astra_insights"].insert_one({"user_id": ["a", "b"], "ended_at": [NOW, NOW]})
    db = MongoResource().db
    assert problems(db) == ["astra_insights.topics (a document has lists in two of user_id and ended_at)"]
    assert plan(db, USERS, {"id": "user_asha"}) == {"FETCH", "IXSCAN"}


def test_an_index_of_the_app_on_the_same_keys_serves(bare: Db) -> None:
    bare[USERS].create_index([("id", 1)], name="id_1")
    forget_clients()
    db = MongoResource().db
    assert "astra_id" not in {index["name"] for index in db[USERS].list_indexes()}
    assert problems(db) == []


def test_a_partial_index_of_the_app_on_the_same_keys_does_not_serve(bare: Db) -> None:
    """MongoDB takes it for no equality: a filter by type says nothing about a value."""
    only = {"token": {"$type": "string"}}
    bare["session"].create_index([("token", 1)], name="of_the_app", unique=True, partialFilterExpression=only)
    db = MongoResource().db
    assert {index["name"] for index in db["session"].list_indexes()} == {"_id_", "of_the_app", "astra_token"}
    assert plan(db, "session", {"token": "one"}) == {"FETCH", "IXSCAN"}
    assert (ensure_indexes(db), problems(db)) == ([], [])
