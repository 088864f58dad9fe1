"""GET /api/tasks/persona: a person's preferences, and whether there is enough to learn more from."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response

from astra_pipeline.api import caching, errors
from astra_pipeline.api.answers import PersonaAnswer
from astra_pipeline.api.dates import plain
from astra_pipeline.api.door import CallerOf, Db, UserId, door
from astra_pipeline.overview import answer as overview
from astra_pipeline.people.reading import read_fields
from astra_pipeline.store.documents import at_path

router = door("read")


@router.get("/api/tasks/persona", response_model=PersonaAnswer)
async def get_persona(request: Request, caller: CallerOf, db: Db, user_id: UserId = None) -> Response:
    """A person's preferences, and the number of conversations that were processed."""
    person = caller.person(user_id)
    stored = await read_fields(db, person, overview.FIELDS)
    if stored is None:
        raise errors.not_found()
    preferences = at_path(stored, overview.PREFERENCES)
    has_preferences = isinstance(preferences, Mapping)
    count = await overview.conversations_known(db, person, stored)
    answer = PersonaAnswer(
        preferences=plain(preferences) if has_preferences else None,
        has_preferences=has_preferences,
        conversation_count=count,
        can_analyze=count >= overview.ENOUGH_CONVERSATIONS,
    )
    return caching.personal(request, person, answer)
