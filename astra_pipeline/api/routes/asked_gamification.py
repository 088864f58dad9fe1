"""POST gamification: a person's streaks and milestones, counted while they wait. It needs no LLM and no run."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.responses import JSONResponse

from astra_pipeline.api import asking, errors
from astra_pipeline.api.answers import WRITE_PROBLEMS
from astra_pipeline.api.asked_answers import GamificationDone
from astra_pipeline.api.door import CallerOf, Db, door
from astra_pipeline.api.parameters import Body, Id
from astra_pipeline.gamification.answer import FIELDS, metrics_answered
from astra_pipeline.gamification.milestones import labels_of
from astra_pipeline.gamification.write import refresh_users
from astra_pipeline.people.reading import read_fields
from astra_pipeline.settings import Settings
from astra_pipeline.store import clock
from astra_pipeline.store.client import untouched_database

router = door("gamification")


class GamificationBody(Body):
    """The body of POST gamification. The conversation and the event change nothing: everything is counted anew."""

    conversation_id: Id | None = None
    event_type: Id = "conversation_completed"


@router.post("/api/tasks/gamification", response_model=GamificationDone, responses=WRITE_PROBLEMS)
async def post_gamification(request: Request, caller: CallerOf, db: Db, body: GamificationBody) -> JSONResponse:
    """Count the person's streaks, topics and milestones, by the function that the asset counts with."""
    user_id = caller.person(body.user_id)
    await asking.asker(db, user_id)
    configured: Settings = request.app.state.configured
    # In a thread: pandas blocks, and the service writes by the driver's synchronous half.
    sync = untouched_database(configured.required("MONGODB_URI"), configured.mongodb_db)
    result, celebrations = await asyncio.to_thread(refresh_users, sync, [user_id], now=clock.now())
    if user_id in result.skipped:
        raise errors.unavailable("The metrics could not be written now")
    stored = await read_fields(db, user_id, FIELDS)
    if stored is None:
        raise errors.not_found()
    metrics = metrics_answered(stored)
    if metrics is None:
        # Everybody with an id has metrics now. The sign-up of this person has given them none yet.
        raise errors.unavailable("The account is not set up yet")
    unlocked = labels_of(milestone["id"] for milestone in celebrations.get(user_id, []))
    celebration = f"🎊 Congratulations! You unlocked: {', '.join(unlocked)}" if unlocked else None
    return asking.json_answer(
        200,
        {
            "success": True,
            "message": "Gamification metrics updated",
            "gamification": metrics,
            "new_milestones": unlocked,
            "milestone_celebration": celebration,
        },
    )
