"""Updates take documents whose fields are not what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from astra_pipeline.store.updates import literal, merged

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


@pytest.mark.parametrize("odd", [None, "text", ["a", {"b": 1}], 7, True])
def test_what_is_no_document_counts_as_an_empty_one(db: Database[dict[str, Any]], odd: object) -> None:
    db["things"].insert_one({"_id": 1, "astra": odd})
    db["things"].update_one({"_id": 1}, [{"$set": {"astra": merged("astra", {"a": 1}, {"b": "$$NOW"})}}])
    stored = (db["things"].find_one({"_id": 1}) or {})["astra"]
    assert (set(stored), stored["a"]) == ({"a", "b"}, 1)


def test_other_fields_stay_and_the_last_change_wins(db: Database[dict[str, Any]]) -> None:
    db["things"].insert_many([{"_id": 1, "astra": {"kept": 1, "a": 0}}, {"_id": 2}])
    db["things"].update_many({}, [{"$set": {"astra": merged("astra", {"a": 1}, {"a": 2})}}])
    assert list(db["things"].find()) == [{"_id": 1, "astra": {"kept": 1, "a": 2}}, {"_id": 2, "astra": {"a": 2}}]


def test_a_text_that_begins_with_a_dollar_is_no_field(db: Database[dict[str, Any]]) -> None:
    db["things"].insert_one({"_id": 1, "secret": "hidden"})
    db["things"].update_one({"_id": 1}, [{"$set": {"said": literal("$secret")}}])
    assert (db["things"].find_one({"_id": 1}) or {})["said"] == "$secret"
