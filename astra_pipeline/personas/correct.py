"""Corrections of a persona: the person's own word on a claim, and conversations that were erased.

Each is one conditional write of the whole document by its version, with the projection after it, so that a run that
learns at the same moment loses none of them. A projection that a killed process left behind is mended by the next
correction, or when the persona is learnt the next time.
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
        written = await db[PERSONAS].replace_one({"_id": user_id, "version": before.version}, document)
        if written.matched_count:
            await _project(db, user_id, after, document["version"])
            return
    raise Conflict(f"the persona changed under {_ATTEMPTS} attempts to correct it")


async def _project(db: Database, user_id: str, persona: Persona, version: int) -> None:
    """Show the persona, unless a later version of it is there, whose writer shows it."""
    at = persona.computed_at or dt.datetime.now(dt.UTC)
    projected = shown(persona.claims, at=at, conversations=persona.basis.conversations)
    newest = await db[PERSONAS].find_one({"_id": user_id}, {"version": 1})
    if newest is None or newest["version"] != version:
        return
    update: Document = {"$set": {PATH: projected}} if projected else {"$unset": {PATH: ""}}
    of_person = {"id": user_id, "user_overview": {"$type": "object"}, IS_OFF: {"$ne": False}}
    await db[USERS].update_one(of_person | NOT_ERASED, update)


def _require(persona: Persona, claim: str) -> None:
    if all(one.id != claim for one in persona.claims):
        raise NotFound("the persona has no such claim")
