"""Corrections of a persona: the person's own word on a claim, and conversations that were erased.

Each is one transaction: the whole document, conditional on its version, and the projection. So a run that learns at
the same moment loses none of them, and no agent is told what the person has called wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from astra_pipeline.errors import Conflict, NotFound
from astra_pipeline.personas.claims import VerdictOfPerson
from astra_pipeline.personas.document import Persona
from astra_pipeline.personas.marks import BASED_ON, DUE, IS_OFF, PATH
from astra_pipeline.personas.projection import shown
from astra_pipeline.store import clock
from astra_pipeline.store.collections import NOT_ERASED, PERSONAS, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

_ATTEMPTS = 8


async def judge(db: Database, user_id: str, claim: str, verdict: VerdictOfPerson) -> None:
    """Note that a person calls a claim right or wrong. A wrong one is told to nobody again.

    Raises NotFound for a claim that is not theirs, Conflict after several tries.
    """

    def judged(persona: Persona) -> Persona:
        _require(persona, claim)
        return replace(persona, verdicts={**persona.verdicts, claim: verdict})

    await _change(db, user_id, judged)


async def delete(db: Database, user_id: str, claim: str) -> None:
    """Delete a claim of a person with its evidence, which never counts again. Raises NotFound, Conflict."""

    def deleted(persona: Persona) -> Persona:
        _require(persona, claim)
        verdicts = {name: one for name, one in persona.verdicts.items() if name != claim}
        return replace(persona, verdicts=verdicts, deleted={**persona.deleted, claim: clock.now()})

    await _change(db, user_id, deleted)


async def forget(db: Database, user_id: str, conversation_ids: Collection[str]) -> int:
    """Drop the evidence of erased conversations. Returns 1 when the persona had any, else 0."""
    had = await db[PERSONAS].find_one(
        {"_id": user_id, "claims.evidence.conversation_id": {"$in": list(conversation_ids)}}, {"_id": 1}
    )
    if had is None:
        return 0

    def without(persona: Persona) -> Persona:
        return replace(persona.without(conversation_ids), measured={})

    await _change(db, user_id, without)
    return 1


async def remove(db: Database, user_id: str) -> None:
    """Remove the persona of somebody who has switched personalization off, and what is shown of it."""
    await db[PERSONAS].delete_one({"_id": user_id})
    noted = [{path: {"$exists": True}} for path in (PATH, DUE, BASED_ON)]
    await db[USERS].update_one({"id": user_id, "$or": noted}, {"$unset": {PATH: "", DUE: "", BASED_ON: ""}})


async def _change(db: Database, user_id: str, change: Callable[[Persona], Persona]) -> None:
    for _ in range(_ATTEMPTS):
        stored = await db[PERSONAS].find_one({"_id": user_id})
        if stored is None:
            raise NotFound("there is no persona of this person")
        before = Persona.read(user_id, stored)
        after = change(before).folded(clock.now())
        document = after.as_stored(
            task_id=stored["engine"]["task"], run_id=stored["run_id"], cohort=stored.get("cohort")
        )
        if await _replace(db, before, after, document):
            return
    raise Conflict(f"the persona changed under {_ATTEMPTS} attempts to correct it")


async def _replace(db: Database, before: Persona, after: Persona, document: Document) -> bool:
    """Store the persona in place of the one before and show it, both or none. False when another one is there."""
    user_id = before.user_id
    at = after.computed_at or dt.datetime.now(dt.UTC)
    projected = shown(after.claims, at=at, conversations=after.basis.conversations)
    update: Document = {"$set": {PATH: projected}} if projected else {"$unset": {PATH: ""}}
    of_person = {"id": user_id, "user_overview": {"$type": "object"}, IS_OFF: {"$ne": False}}

    async def transaction(session: AsyncClientSession) -> bool:
        query = {"_id": user_id, "version": before.version}
        written = await db[PERSONAS].replace_one(query, document, session=session)
        if not written.matched_count:
            return False
        await db[USERS].update_one(of_person | NOT_ERASED, update, session=session)
        return True

    async with db.client.start_session() as session:
        return await session.with_transaction(transaction)


def _require(persona: Persona, claim: str) -> None:
    if all(one.id != claim for one in persona.claims):
        raise NotFound("the persona has no such claim")
