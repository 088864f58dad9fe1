"""People whose birth chart is due, and the changes of birth data that make it due."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.work import Work
from astra_pipeline.charts import birth_data
from astra_pipeline.charts.write import KIND, READ, engine
from astra_pipeline.people.birth import FIELDS
from astra_pipeline.people.person import Person
from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import FAILURES, NOT_ERASED, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

# Changes of these fields may make a chart due.
_WATCHED = [*FIELDS, "birth_day", "birth_month", "user_overview", "user_overview.birth_chart"]
# The most people for whom one tick of the sensor requests runs.
_DUE_AT_ONCE = 5_000


async def due_by_cohort(db: AsyncDatabase[dict[str, Any]], *, now: dt.datetime) -> dict[str, list[str]]:
    """Cohort -> users whose chart is due and whose failures allow a try now.

    Reads the index on astra.chart_key: its bounds leave only users without a chart of this engine.
    """
    key = engine()
    held = await failures.held(db, KIND, now=now)
    a_word = {"$regex": r"\S"}
    query = {
        "$or": [
            {"astra.chart_key": None},
            {"astra.chart_key": {"$lt": f"{key}:"}},
            {"astra.chart_key": {"$gte": f"{key};"}},
        ],
        "date_of_birth": {"$ne": None},
        "birth_time": {"$nin": [None, ""]},
        # Without this, people who never say where they were born would fill the limit.
        "$and": [{"$or": [{"birth_location": a_word}, {"birth_city": a_word}]}],
        "astra.cohort": {"$type": "string"},
        "id": {"$nin": list(held)},
    }
    found: dict[str, list[str]] = {}
    async for user in db[USERS].find(query, READ).limit(_DUE_AT_ONCE):
        person = Person.read(user)
        if person.birth.is_complete and person.marks.cohort:
            found.setdefault(person.marks.cohort, []).append(person.id)
    return found


def still_due(db: Database[dict[str, Any]]) -> list[str]:
    """Users with complete birth data, without a chart of it and without a failure. It reads every user."""
    key = engine()
    failed = {failure["user_id"] for failure in db[FAILURES].find({"kind": KIND}, {"user_id": 1})}
    return [
        person.id
        for person in map(Person.read, db[USERS].find({"id": {"$type": "string"}}, READ))
        if person.id not in failed
        and person.birth.is_complete
        and not birth_data.has_current_chart(person, engine=key)
    ]


async def notice_changes(work: Work, cursor: str | None) -> str:
    """Make charts due for people whose birth data changed since `cursor`; returns the next cursor.

    A cursor is a position in the change stream. When the position is unknown, every stored chart is compared with
    its birth data once.
    """
    found = await asyncio.to_thread(changes.since, work.sync, cursor, fields=_WATCHED)
    if found.everybody:
        await _reopen(work.db, {"astra.chart_key": {"$type": "string"}})
    for chunk in chunks(list(found.users)):
        await _reopen(work.db, {"_id": {"$in": list(chunk)}})
    return found.cursor


async def _reopen(db: AsyncDatabase[dict[str, Any]], query: dict[str, Any]) -> None:
    """Make charts due again that are not of their user's present data, and forget the users' failures.

    Our chart is removed when the data is no longer complete.
    """
    key = engine()
    # The app inserts people before it knows their id; nothing of ours is in their documents then.
    async for user in db[USERS].find(query | {"id": {"$type": "string"}} | NOT_ERASED, READ):
        person = Person.read(user)
        if birth_data.has_current_chart(person, engine=key):
            continue
        await failures.clear(db, KIND, person.id)
        outdated = person.chart is not None and person.chart.is_ours and not person.birth.is_complete
        await db[USERS].update_one(
            {"_id": user["_id"]} | NOT_ERASED,
            [
                {"$unset": ["astra.chart_key", *(["user_overview.birth_chart"] if outdated else [])]},
                # The completeness of the birth data is one of the person's metrics. Each mark is another value:
                # metrics that were computed before it do not remove it.
                {"$set": {"astra": {"$mergeObjects": ["$astra", {"gamification_due": "$$NOW"}]}}},
            ],
        )
