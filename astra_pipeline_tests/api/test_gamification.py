"""GET /api/tasks/gamification answers the old body, and the milestones with their moments."""

from __future__ import annotations

import datetime as dt

import pytest

from astra_pipeline_tests.api.doors import SERVICE, joined, signed_in

pytestmark = pytest.mark.anyio
PATH = "/api/tasks/gamification"
STORED = {
    "streak_days": 1,
    "best_streak": 3,
    "total_conversations": 4,
    "milestones_unlocked": ["first_conversation", "streak_3"],
    "topics_explored": ["career", "घर"],
    "chart_completion_percent": 75,
    "last_conversation_date": dt.datetime(2026, 11, 28, 5, 0, tzinfo=dt.UTC),
    "last_updated": dt.datetime(2026, 11, 28, 5, 0, 1, 250_000, tzinfo=dt.UTC),
    "milestones": [
        {
            "id": "first_conversation",
            "title": "First Conversation",
            "emoji": "🎯",
            "unlocked_at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
        }
    ],
}


async def test_a_person_reads_their_metrics_as_the_old_route_gave_them(db, opened) -> None:
    asha = signed_in(db, "user_asha", user_overview={"gamification": STORED})
    async with opened() as door:
        answer = await door.client.get(PATH, headers=asha)
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "has_gamification": True,
        "gamification": {
            **STORED,
            "last_conversation_date": "2026-11-28T05:00:00.000Z",
            "last_updated": "2026-11-28T05:00:01.250Z",
            "milestones": [
                {
                    "id": "first_conversation",
                    "title": "First Conversation",
                    "emoji": "🎯",
                    "unlocked_at": "2026-11-20T00:00:00.000Z",
                    "celebrated": False,
                },
                # Of the old system, which noted no moments.
                {
                    "id": "streak_3",
                    "title": "3-Day Streak",
                    "emoji": "🔥",
                    "unlocked_at": None,
                    "celebrated": False,
                },
            ],
        },
    }


async def test_somebody_without_metrics_has_none(db, opened) -> None:
    asha = signed_in(db, "user_asha")
    async with opened() as door:
        answer = await door.client.get(PATH, headers=asha)
    assert answer.json() == {"success": True, "gamification": None, "has_gamification": False}


@pytest.mark.parametrize("odd", ["a text", ["a list"], 5, {"streak_days": "many", "topics_explored": 7}])
async def test_odd_values_of_the_old_system_are_answered(db, opened, odd) -> None:
    asha = signed_in(db, "user_asha", user_overview={"gamification": odd})
    async with opened() as door:
        answer = await door.client.get(PATH, headers=asha)
    assert answer.status_code == 200


async def test_a_service_names_the_person(db, opened) -> None:
    joined(db, "user_asha", user_overview={"gamification": STORED})
    async with opened() as door:
        answer = await door.client.get(PATH, params={"user_id": "user_asha"}, headers=SERVICE)
        nobody = await door.client.get(PATH, headers=SERVICE)
        unknown = await door.client.get(PATH, params={"user_id": "user_of_nobody"}, headers=SERVICE)
    assert answer.json()["gamification"]["best_streak"] == 3
    assert (nobody.status_code, nobody.json()["fields"]) == (400, [{"field": "user_id", "problem": "is missing"}])
    assert (unknown.status_code, unknown.json()) == (404, {"error": "User not found"})
