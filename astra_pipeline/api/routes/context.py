"""GET /api/context: what the voice agent is told before a person's next call."""

from __future__ import annotations

from fastapi import Request, Response

from astra_pipeline.api import caching, errors
from astra_pipeline.api.answers import ContextAnswer
from astra_pipeline.api.door import CallerOf, Db, UserId, door
from astra_pipeline.context.agent import AgentContext
from astra_pipeline.context.read import context_of
from astra_pipeline.counters import CONTEXT_BYTES, observe
from astra_pipeline.store import clock

router = door("read")


@router.get("/api/context", response_model=ContextAnswer)
async def get_context(request: Request, caller: CallerOf, db: Db, user_id: UserId = None) -> Response:
    """The dynamic variables, the first message and the context of a person's next call."""
    person = caller.person(user_id)
    zone = request.app.state.configured.astra_default_timezone
    found = await context_of(db, person, now=clock.now(), default_zone=zone)
    if found is None:
        raise errors.not_found()
    observe(CONTEXT_BYTES, found.bytes, asked_by="app")
    return caching.personal(request, person, _answer(found))


def _answer(found: AgentContext) -> ContextAnswer:
    return ContextAnswer(
        # To the minute, so that an answer that says nothing new is not sent again (ETag).
        generated_at=found.generated_at.replace(second=0, microsecond=0),
        local_date=found.local_date,
        timezone=found.timezone,
        variables=found.variables,
        first_message=found.first_message,
        context=found.text,
        bytes=found.bytes,
        truncated=list(found.truncated),
    )
