"""GET /api/tasks/persona: how a person likes to be talked to, as learnt; and their own word on each claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import Path, Request, Response

from astra_pipeline.api import caching, errors
from astra_pipeline.api.answers import WRITE_PROBLEMS, LearntPersona, PersonaAnswer
from astra_pipeline.api.asking import asker
from astra_pipeline.api.dates import plain
from astra_pipeline.api.door import CallerOf, Db, UserId, door
from astra_pipeline.api.parameters import Body
from astra_pipeline.errors import NotFound
from astra_pipeline.overview import answer as overview
from astra_pipeline.people.reading import read_fields
from astra_pipeline.personas import answer as personas
from astra_pipeline.personas import correct
from astra_pipeline.store.documents import at_path

router, corrections = door("read"), door("feedback")

_CLAIM = "/api/tasks/persona/claims/{claim_id}"
ClaimId = Annotated[str, Path(max_length=160)]


@router.get("/api/tasks/persona", response_model=PersonaAnswer)
async def get_persona(request: Request, caller: CallerOf, db: Db, user_id: UserId = None) -> Response:
    """A person's preferences, the number of conversations that were processed, and the persona learnt from them."""
    person = caller.person(user_id)
    stored = await read_fields(db, person, overview.FIELDS)
    if stored is None:
        raise errors.not_found()
    preferences = at_path(stored, overview.PREFERENCES)
    has_preferences = isinstance(preferences, Mapping)
    count = await overview.conversations_known(db, person, stored)
    learnt = await personas.learnt(db, person, stored)
    answer = PersonaAnswer(
        preferences=plain(preferences) if has_preferences else None,
        has_preferences=has_preferences,
        conversation_count=count,
        can_analyze=count >= overview.ENOUGH_CONVERSATIONS,
        persona=None if learnt is None else LearntPersona.model_validate(learnt),
    )
    return caching.personal(request, person, answer)


class ClaimBody(Body):
    """A person's word on a claim."""

    verdict: Literal["right", "wrong"]


@corrections.post(_CLAIM, status_code=204, responses=WRITE_PROBLEMS)
async def post_claim(caller: CallerOf, db: Db, claim_id: ClaimId, body: ClaimBody) -> Response:
    """Call a claim right or wrong. A wrong one is told to nobody again."""
    who = await asker(db, caller.person(body.user_id))
    try:
        await correct.judge(db, who.person.id, claim_id, body.verdict)
    except NotFound:
        raise errors.not_found("Claim") from None
    return _done()


@corrections.delete(_CLAIM, status_code=204, responses=WRITE_PROBLEMS)
async def delete_claim(caller: CallerOf, db: Db, claim_id: ClaimId, user_id: UserId = None) -> Response:
    """Delete a claim with its evidence, which never counts again."""
    who = await asker(db, caller.person(user_id))
    try:
        await correct.delete(db, who.person.id, claim_id)
    except NotFound:
        raise errors.not_found("Claim") from None
    return _done()


def _done() -> Response:
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
