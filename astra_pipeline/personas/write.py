"""The service of personas: learns, for everybody with enough new conversations, how they like to be talked to."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.batches.failures import Kind, Subject
from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.transactions import ERASURES, Write
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.errors import Conflict
from astra_pipeline.llm.runner import run_task, workers
from astra_pipeline.overview.answer import ENOUGH_CONVERSATIONS
from astra_pipeline.people.person import Person
from astra_pipeline.people.room import make_room
from astra_pipeline.personas.correct import remove
from astra_pipeline.personas.document import Basis, Persona
from astra_pipeline.personas.gate import evidence_of
from astra_pipeline.personas.input import Talk, persona_input
from astra_pipeline.personas.kinds import Kind as ClaimKind
from astra_pipeline.personas.marks import BASED_ON, DUE, IS_OFF, PATH, is_off, known_mark
from astra_pipeline.personas.measured import measured, measured_evidence
from astra_pipeline.personas.projection import shown
from astra_pipeline.personas.read import counts_of, known_of, stored_of, talks_of
from astra_pipeline.personas.task import TASK
from astra_pipeline.settings import settings
from astra_pipeline.store import clock
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import NOT_ERASED, PERSONAS, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

KIND: Kind = "personas"
OFF = "personalization is switched off"
_PREVIEW_ROWS = 20
_READ: dict[str, Any] = {
    **dict.fromkeys(("id", "timezone", "birth_timezone", "astra.cohort", DUE), 1),
    **ERASURES,
    "user_overview.preferences": 1,
    f"{PATH}.updated_at": 1,
}


async def enrich(work: Work, scope: Scope) -> BatchResult:
    """Learn and store the personas that are due in the scope's cohorts; all with enough conversations when forced.

    An item is a user. One is due with five conversations more than the persona was learnt from. Of a person who has
    switched personalization off everything goes.
    """
    batch = await _read(work, scope)
    subjects = [Subject(user_id, user_id=user_id) for user_id in batch.wanted]
    result = await work.through(_Learning(work, scope, batch.wanted), subjects, scope, concurrency=workers())
    await leases.release_all(work.db, run_id=work.run_id)
    result.add(batch.result)
    return result


async def preview(work: Work, items: Sequence[str]) -> Preview:
    """A few of the personas: person, conversations, claims by status. No claim's words."""
    rows = []
    async for one in work.db[PERSONAS].find({"_id": {"$in": list(items[-_PREVIEW_ROWS:])}}):
        status = Counter(claim["status"] for claim in one["claims"])
        rows.append((one["_id"], one["basis"]["conversations"], *(status[name] for name in _STATES)))
    return Preview(("user", "conversations", *_STATES), rows)


_STATES = ("active", "candidate", "contested", "retired")


async def counts_by_kind(db: Database, items: Sequence[str]) -> dict[str, int]:
    """`claims/KIND` -> active claims of that kind in these personas, and claims by each other status."""
    counts: Counter[str] = Counter()
    for chunk in chunks(items):
        async for one in db[PERSONAS].find({"_id": {"$in": list(chunk)}}, {"claims.kind": 1, "claims.status": 1}):
            for claim in one["claims"]:
                status = claim["status"]
                counts[f"claims/{claim['kind']}" if status == "active" else f"claims_{status}"] += 1
    return dict(sorted(counts.items()))


@dataclass
class _Batch:
    wanted: dict[str, Person] = field(default_factory=dict)
    result: BatchResult = field(default_factory=BatchResult)


async def _read(work: Work, scope: Scope) -> _Batch:
    """Sort the people of the scope's cohorts: to be learnt from, skipped with a reason, or as they should be."""
    batch = _Batch()
    query: dict[str, Any] = {"astra.cohort": {"$in": list(scope.cohorts)}} | NOT_ERASED
    if scope.user_ids:
        query["id"] = {"$in": list(scope.user_ids)}
    people = [Person.read(user) async for user in work.db[USERS].find(query, _READ).sort("id", 1)]
    by_id = {person.id: person for person in people}
    for ids in chunks(list(by_id)):
        counts, stored = await counts_of(work.db, ids), await _bases(work.db, ids)
        for user_id in ids:
            await _sort_in(work, scope, batch, by_id[user_id], counts.get(user_id, 0), stored.get(user_id, 0))
    return batch


async def _sort_in(work: Work, scope: Scope, batch: _Batch, person: Person, known: int, based_on: int) -> None:
    """Sort in one person, who has `known` conversations and a persona learnt from `based_on` (0: none)."""
    result = batch.result
    if is_off(person.document):
        await remove(work.db, person.id)
        result.skipped[person.id] = OFF
    elif known < ENOUGH_CONVERSATIONS:
        # A mark of more conversations than there are would ask for a run at every tick.
        await work.db[USERS].update_one({"id": person.id, DUE: {"$exists": True}}, {"$unset": {DUE: ""}})
        result.skipped[person.id] = f"fewer than {ENOUGH_CONVERSATIONS} processed conversations"
    elif not scope.force and based_on > 0 and known - based_on < ENOUGH_CONVERSATIONS:
        await work.db[USERS].update_one({"id": person.id, DUE: {"$exists": True}}, known_mark(based_on))
        result.unchanged.append(person.id)
    else:
        batch.wanted[person.id] = person


async def _bases(db: Database, user_ids: Sequence[str]) -> dict[str, int]:
    found = db[PERSONAS].find({"_id": {"$in": list(user_ids)}}, {"basis.conversations": 1})
    return {one["_id"]: one["basis"]["conversations"] async for one in found}


class _Learning(Stage):
    kind = KIND

    def __init__(self, work: Work, scope: Scope, people: Mapping[str, Person]) -> None:
        self._work, self._scope, self._people = work, scope, people
        self._executions = work.executions(scope)

    async def do(self, subject: Subject) -> bool:
        work, person = self._work, self._people[subject.item]
        talks, before, known = await asyncio.gather(
            talks_of(work.db, person, settings().astra_default_timezone),
            stored_of(work.db, [person.id]),
            known_of(work.db, person),
        )
        persona = Persona.read(person.id, before.get(person.id))
        present: dict[str, tuple[ClaimKind, str]] = {
            claim.id: (claim.kind, claim.value) for claim in persona.claims if claim.status != "retired"
        }
        task_input, numbered = persona_input(person.id, talks, sorted(present))
        answer = await run_task(work.llm, TASK, task_input, item=subject.item, ledger=self._executions)
        found = [*evidence_of(answer, numbered, present), *measured_evidence(talks)]
        learnt = _learnt(persona, talks, known, found)
        await _store(work, subject, person, learnt)
        return True

    async def done_meanwhile(self, items: Sequence[str]) -> Collection[str]:
        if self._scope.force:
            return ()
        counts, bases = await counts_of(self._work.db, items), await _bases(self._work.db, items)
        return {
            item for item in items if bases.get(item) and counts.get(item, 0) - bases[item] < ENOUGH_CONVERSATIONS
        }


def _learnt(persona: Persona, talks: Sequence[Talk], known: Collection[str], found: Sequence[Any]) -> Persona:
    """The persona with new evidence, without that of conversations that are gone, as of now."""
    now = clock.now()
    basis = Basis(len(known), talks[-1].ended_at, talks[-1].conversation_id) if talks else Basis(len(known))
    whole = persona.with_evidence(found).of_conversations(known)
    return replace(whole, computed_at=now, basis=basis, measured=measured(talks, now)).folded(now)


async def _store(work: Work, subject: Subject, person: Person, persona: Persona) -> None:
    """Store the persona and its projection, all or none. Raises Conflict when the person corrected it meanwhile."""
    from pymongo.errors import BulkWriteError, DuplicateKeyError

    assert persona.computed_at is not None, "a persona that is stored was computed"
    await make_room(work.db, person.id)
    document = persona.as_stored(task_id=str(TASK.task_id), run_id=work.run_id, cohort=person.marks.cohort)
    projected = shown(persona.claims, at=persona.computed_at, conversations=persona.basis.conversations)
    stamps = {"user_overview.last_updated": persona.computed_at, "user_overview.updated_by": work.run_id}
    update: dict[str, Any] = known_mark(persona.basis.conversations)
    update["$set"] |= stamps
    if projected:
        update["$set"][PATH] = projected
    else:
        update["$unset"] = update.get("$unset", {}) | {PATH: ""}
    of_person = {"id": person.id} | NOT_ERASED
    # Of somebody who switched personalization off meanwhile nothing is shown, and the sensor finds what is to go.
    unseen = Write(USERS, of_person, {"$set": {BASED_ON: persona.basis.conversations}})
    writes = [
        Write(PERSONAS, {"_id": person.id, "version": persona.version}, document, upsert=True, replaces=True),
        Write(USERS, of_person | {IS_OFF: {"$ne": False}}, update, otherwise=unseen),
    ]
    try:
        await work.write(subject, writes, settled=True)
    except (BulkWriteError, DuplicateKeyError) as error:
        raise Conflict("the persona was corrected while it was learnt") from error
