"""POST /api/tasks/horoscope/feedback keeps one opinion for each person and date; it leaves with the person."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from astra_pipeline.orchestration.resources import MongoResource
from astra_pipeline.personal_data import erase as personal_data
from astra_pipeline.personal_data.export import export
from astra_pipeline_tests.api.doors import signed_in

pytestmark = pytest.mark.anyio
PATH, DATE = "/api/tasks/horoscope/feedback", "2026-11-23"
STORED = "astra_horoscope_feedback"


def reader(db: Any, user_id: str = "user_asha") -> dict[str, str]:
    """The headers of somebody with a horoscope of DATE."""
    db["astra_horoscopes"].insert_one({"_id": f"{user_id}@{DATE}", "user_id": user_id, "date": DATE})
    return signed_in(db, user_id)


async def test_the_newest_opinion_counts_and_a_repeat_changes_nothing(db, opened) -> None:
    asha = reader(db)
    async with opened() as door:
        for body in (
            {"date": DATE, "rating": "up", "comment": "It was true."},
            {"date": DATE, "rating": "down"},
            {"date": DATE, "rating": "down"},
        ):
            answer = await door.client.post(PATH, json=body, headers=asha)
            assert (answer.status_code, answer.content) == (204, b"")
    (stored,) = db[STORED].find()
    assert (stored["user_id"], stored["date"], stored["rating"], stored["comment"]) == (
        "user_asha",
        DATE,
        "down",
        None,
    )
    assert stored["expires_at"] > stored["at"]


async def test_many_clicks_at_once_leave_one_opinion(db, opened) -> None:
    asha = reader(db)
    body = {"date": DATE, "rating": "up"}
    async with opened() as door:
        answers = await asyncio.gather(*(door.client.post(PATH, json=body, headers=asha) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {204}
    assert db[STORED].count_documents({}) == 1


async def test_a_horoscope_that_is_not_there_has_no_opinion(db, opened) -> None:
    asha = reader(db)
    async with opened() as door:
        answer = await door.client.post(PATH, json={"date": "2026-11-22", "rating": "up"}, headers=asha)
    assert (answer.status_code, answer.json()) == (404, {"error": "Horoscope not found"})
    assert db[STORED].count_documents({}) == 0


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({}, {"date": "is missing", "rating": "is missing"}),
        ({"date": DATE, "rating": "sideways"}, {"rating": "must be 'up' or 'down'"}),
        ({"date": DATE, "rating": True}, {"rating": "must be 'up' or 'down'"}),
        ({"date": "soon", "rating": "up"}, {"date": "must be a date such as 2026-11-23"}),
        ({"date": DATE, "rating": "up", "comment": "x" * 501}, {"comment": "must have at most 500 characters"}),
        ({"date": DATE, "rating": "up", "comment": 5}, {"comment": "must be text"}),
        ({"date": DATE, "rating": "up", "user_id": ["user_asha"]}, {"user_id": "must be text"}),
    ],
)
async def test_each_field_that_cannot_be_used_is_named(db, opened, body, problems) -> None:
    asha = reader(db)
    async with opened() as door:
        answer = await door.client.post(PATH, json=body, headers=asha)
    assert answer.status_code == 400
    assert {one["field"]: one["problem"] for one in answer.json()["fields"]} == problems
    assert answer.json()["error"] == "Invalid request"


async def test_an_opinion_is_exported_and_erased_with_its_person(db, opened) -> None:
    asha, bela = reader(db), reader(db, "user_bela")
    body = {"date": DATE, "rating": "up", "comment": "It was true."}
    async with opened() as door:
        for headers in (asha, bela):
            assert (await door.client.post(PATH, json=body, headers=headers)).status_code == 204
        assert export(db, "user_asha")[STORED][0]["comment"] == "It was true."
        await personal_data.erase(MongoResource(), None, "user_asha")
        assert [one["user_id"] for one in db[STORED].find()] == ["user_bela"]
        db["astra_horoscopes"].insert_one({"_id": f"user_asha@{DATE}", "user_id": "user_asha", "date": DATE})
        late = await door.client.post(PATH, json=body, headers=asha)
    assert (late.status_code, late.json()) == (409, {"error": "Erased"})
    assert db[STORED].count_documents({"user_id": "user_asha"}) == 0
