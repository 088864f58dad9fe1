"""One person on the admin page: what they have and what they lack. No name, no word of theirs, no text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from astra_pipeline.store.collections import CONVERSATIONS, FAILURES, TASK_REQUESTS, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_SHOWN = 20
_FACTS = {
    "Cohort": "astra.cohort",
    "Time zone": "timezone",
    "Newest horoscope": "astra.horoscope_date",
    "Newest weekly report": "astra.report_week",
    "Overview written": "user_overview.last_updated",
    "Chart computed": "user_overview.birth_chart.calculated_at",
    "Streak, days": "user_overview.gamification.streak_days",
    "Best streak, days": "user_overview.gamification.best_streak",
    "Last conversation": "user_overview.gamification.last_conversation_date",
    "Erased": "astra.erased_at",
}


async def read_person(db: Database, user_id: str) -> dict[str, Any] | None:
    """The part of a person that an admin sees; None for an unknown one."""
    fields = {"id": 1, **dict.fromkeys(_FACTS.values(), 1)}
    user = await db[USERS].find_one({"id": user_id}, fields)
    if user is None:
        return None
    talks = await (
        await db[CONVERSATIONS].aggregate(
            [
                {"$match": {"user_id": user_id}},
                {
                    "$group": {
                        "_id": None,
                        "completed": {"$sum": {"$cond": [{"$eq": ["$status", "completed"]}, 1, 0]}},
                        "processed": {"$sum": {"$cond": [{"$eq": ["$metadata.transcript_processed", True]}, 1, 0]}},
                    }
                },
            ]
        )
    ).to_list()
    shown = {"kind": 1, "error": 1, "message": 1, "parked_at": 1, "next_attempt_at": 1, "attempts": 1}
    failures = await db[FAILURES].find({"user_id": user_id}, shown).limit(_SHOWN).to_list()
    asked = {"kind": 1, "status": 1, "requested_at": 1, "finished_at": 1, "error.class": 1}
    requests = (
        await db[TASK_REQUESTS].find({"user_id": user_id}, asked).sort("requested_at", -1).limit(_SHOWN).to_list()
    )
    return {
        "id": user["id"],
        "facts": {label: at_path(user, path) for label, path in _FACTS.items()},
        "talks": talks[0] if talks else {"completed": 0, "processed": 0},
        "failures": failures,
        "requests": requests,
        "erased": at_path(user, "astra.erased_at") is not None,
    }
