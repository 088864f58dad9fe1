"""The people whose persona is due, and those whose persona is to go, read through indexes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.personas.marks import BASED_ON, DUE, IS_OFF
from astra_pipeline.personas.write import KIND
from astra_pipeline.store.collections import NOT_ERASED, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database as SyncDatabase

    Document = dict[str, Any]
    Database = AsyncDatabase[Document]

DUE_AT_ONCE = 5_000
"""The most people for whom one tick asks for runs. The next one goes on."""
_READ = {"id": 1, "astra.cohort": 1}
# Somebody who has switched personalization off and of whom a persona was learnt, whether or not any of it is shown.
_TO_GO = {IS_OFF: False, BASED_ON: {"$gt": 0}}
_IN_A_COHORT = {"astra.cohort": {"$gt": ""}}


async def due_by_cohort(db: Database, *, now: dt.datetime) -> dict[str, list[str]]:
    """Cohort -> users whose persona is due, or is to go, and whose failures allow a try now.

    The cost follows the people who are due, not everybody and not their conversations.
    """
    marked = db[USERS].find({DUE: True} | _IN_A_COHORT | NOT_ERASED, _READ).limit(DUE_AT_ONCE)
    people = {user["id"]: user["astra"]["cohort"] async for user in marked}
    gone = db[USERS].find(_TO_GO | _IN_A_COHORT | NOT_ERASED, _READ).limit(DUE_AT_ONCE)
    people |= {user["id"]: user["astra"]["cohort"] async for user in gone}
    held = await failures.held(db, KIND, items=list(people), now=now) if people else {}
    found: dict[str, list[str]] = {}
    for user_id in sorted(people.keys() - held.keys()):
        found.setdefault(people[user_id], []).append(user_id)
    return found


def still_due(db: SyncDatabase[Document]) -> list[str]:
    """The people whose persona is due, by the mark."""
    return [user["id"] for user in db[USERS].find({DUE: True} | _IN_A_COHORT | NOT_ERASED, {"id": 1})]
