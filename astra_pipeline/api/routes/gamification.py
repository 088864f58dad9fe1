"""GET /api/tasks/gamification: a person's streaks and milestones."""

from __future__ import annotations

from fastapi import Request, Response

from astra_pipeline.api import caching, errors
from astra_pipeline.api.answers import GamificationAnswer, GamificationMetrics
from astra_pipeline.api.door import CallerOf, Db, UserId, door
from astra_pipeline.gamification.answer import FIELDS, metrics_answered
from astra_pipeline.people.reading import read_fields

router = door("read")


@router.get("/api/tasks/gamification", response_model=GamificationAnswer)
async def get_gamification(request: Request, caller: CallerOf, db: Db, user_id: UserId = None) -> Response:
    """A person's streaks, topics and milestones."""
    person = caller.person(user_id)
    stored = await read_fields(db, person, FIELDS)
    if stored is None:
        raise errors.not_found()
    metrics = metrics_answered(stored)
    answer = GamificationAnswer(
        gamification=None if metrics is None else GamificationMetrics.model_validate(metrics),
        has_gamification=metrics is not None,
    )
    return caching.personal(request, person, answer)
