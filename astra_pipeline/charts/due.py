"""People whose birth chart is due, and the changes of birth data that make it due.

`astra.chartless_key` of a user is the key of the birth data, and of the engine, from which they can have no chart
for now: the data are incomplete, or a failure waits for its retry. With it an index leads past them. The failure
brings them back when its retry is due, a change of the data when it is noticed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.work import Work
from astra_pipeline.charts import birth_data
from astra_pipeline.charts.write import CHARTLESS, KIND, READ, engine
from astra_pipeline.people.birth import DECIDING, FIELDS, NIGHT
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import FAILURES, NOT_ERASED, USERS
from astra_pipeline.store.updates import merged

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

# Changes of these fields may make a chart due.
# A change that makes a document names the document.
_WATCHED = [*FIELDS, *DECIDING, "astra", "astra.birth_flags", NIGHT, "user_overview", "user_overview.birth_chart"]
# The most people for whom one tick of the sensor requests runs.
_DUE_AT_ONCE = 5_000
# A tick looks through so many pages of people at most. Those who can have no chart are marked, and not read again.
_PAGE, _PAGES = 1_000, 10
_KEY = "astra.chart_key"
# Dates of birth are read with the default zone.
_READ_BY = "read_by"


async def due_by_cohort(db: AsyncDatabase[Document], *, now: dt.datetime) -> dict[str, list[str]]:
    """Cohort -> users whose chart is due and whose failures allow a try now.

    Reads an index whose bounds leave people without a chart of this engine. Those of them who can have none for now
    are marked, so that the next tick does not read them.
    """
    due = await _retried(db, now)
    async with db[USERS].find(_lacking(engine()), READ).batch_size(_PAGE) as users:
        for _ in range(_PAGES):
            page = [Person.read(user) for user in await users.to_list(_PAGE)]
            due |= await _ready(db, page, now)
            if len(page) < _PAGE or len(due) >= _DUE_AT_ONCE:
                break
    found: dict[str, list[str]] = {}
    for person in itertools.islice(due.values(), _DUE_AT_ONCE):
        found.setdefault(str(person.marks.cohort), []).append(person.id)
    return found


def _lacking(key: str) -> Document:
    """The query for people who told a time of birth, without a chart of the engine and without a mark of it."""
    # In branches, each with bounds on both fields: MongoDB reads none of the keys in between.
    outside: list[Any] = [None, {"$lt": f"{key}:"}, {"$gte": f"{key};"}]
    branches = [{CHARTLESS: mark, _KEY: stored} for mark, stored in itertools.product(outside, outside)]
    told = {"birth_time": {"$nin": [None, ""]}}
    return {"$or": [branch | told for branch in branches], "astra.cohort": {"$type": "string"}}


async def _ready(db: AsyncDatabase[Document], page: Sequence[Person], now: dt.datetime) -> dict[str, Person]:
    """User -> those of the people whose chart can be computed now. The others are marked."""
    # Somebody without an id, or with notes that are no document, is not marked, and can have no chart either.
    seated = [person for person in page if person.id and person.marks.cohort]
    complete = {person.id: person for person in seated if person.birth.is_complete}
    held = await failures.held(db, KIND, items=list(complete), now=now)
    ready = {user_id: person for user_id, person in complete.items() if user_id not in held}
    await _mark(db, [person for person in seated if person.id not in ready])
    return ready


async def _mark(db: AsyncDatabase[Document], people: Sequence[Person]) -> None:
    """Note the data from which people can have no chart for now, unless they have changed since they were read."""
    from pymongo import UpdateOne

    marks = [
        UpdateOne(
            {"id": person.id, "astra.cohort": person.marks.cohort} | _of_these_data(person) | NOT_ERASED,
            {"$set": {CHARTLESS: birth_data.birth_key(person.birth, engine=engine())}},
        )
        for person in people
    ]
    if marks:
        await db[USERS].bulk_write(marks, ordered=False)


def _of_these_data(person: Person) -> Document:
    return {field: {"$eq": value} for field, value in person.birth.unchanged().items()}


async def _retried(db: AsyncDatabase[Document], now: dt.datetime) -> dict[str, Person]:
    """User -> people whose retry is due. A failure of somebody who can have no chart, or has one, is forgotten."""
    again = list(await failures.due(db, KIND, now=now))
    found: dict[str, Person] = {}
    for chunk in chunks(again):
        people = [Person.read(user) async for user in db[USERS].find({"id": {"$in": list(chunk)}}, READ)]
        found |= {person.id: person for person in people if _lacks_a_chart(person)}
    await failures.forget(db, KIND, [user_id for user_id in again if user_id not in found])
    return {user_id: person for user_id, person in found.items() if person.marks.cohort}


def _lacks_a_chart(person: Person) -> bool:
    return person.birth.is_complete and not birth_data.has_current_chart(person, engine=engine())


def still_due(db: Database[Document]) -> list[str]:
    """Users with complete birth data, without a chart of it and without a failure. It reads every user."""
    failed = {failure["user_id"] for failure in db[FAILURES].find({"kind": KIND}, {"user_id": 1})}
    return [
        person.id
        for person in map(Person.read, db[USERS].find({"id": {"$type": "string"}}, READ))
        if person.id not in failed and _lacks_a_chart(person)
    ]


async def notice_changes(work: Work, cursor: str | None) -> str:
    """Make charts due for people whose birth data changed since `cursor`; returns the next cursor.

    A cursor is a position in the change stream, with the default zone by which dates of birth were read. When the
    position is unknown, or the zone was another, every chart, and every mark of somebody who can have none, is
    compared with its birth data once, some thousands of people at each call.
    """
    found = await asyncio.to_thread(changes.since, work.sync, _position(cursor), fields=_WATCHED)
    for chunk in chunks(found.unseen):
        noted = {"$or": [{_KEY: {"$type": "string"}}, {CHARTLESS: {"$type": "string"}}]}
        await _reopen(work.db, {"_id": {"$in": list(chunk)}} | noted)
    for chunk in chunks(list(found.users)):
        await _reopen(work.db, {"_id": {"$in": list(chunk)}})
    return json.dumps(json.loads(found.cursor) | {_READ_BY: settings().astra_default_timezone})


def _position(cursor: str | None) -> str | None:
    """The position in a cursor; None when charts were compared with another default zone."""
    try:
        position = json.loads(cursor or "null")
    except ValueError:
        return None
    if not isinstance(position, dict) or position.pop(_READ_BY, None) != settings().astra_default_timezone:
        return None
    return json.dumps(position)


async def _reopen(db: AsyncDatabase[Document], query: Mapping[str, Any]) -> None:
    """Make charts due again that are not of their user's present data, and forget the users' failures.

    Our chart is removed when the data is no longer complete. Somebody who can have no chart, of the very data they
    have now, is left alone.
    """
    key = engine()
    # The app inserts people before it knows their id; nothing of ours is in their documents then.
    async for user in db[USERS].find({**query, "id": {"$type": "string"}, **NOT_ERASED}, READ):
        person = Person.read(user)
        outdated = person.chart is not None and person.chart.is_ours and not person.birth.is_complete
        if birth_data.has_current_chart(person, engine=key):
            continue
        if not outdated and person.marks.chartless_key == birth_data.birth_key(person.birth, engine=key):
            continue
        await failures.clear(db, KIND, person.id)
        await db[USERS].update_one(
            {"_id": user["_id"]} | NOT_ERASED,
            [
                {"$unset": [_KEY, CHARTLESS, *(["user_overview.birth_chart"] if outdated else [])]},
                # The completeness of the birth data is one of the person's metrics. Each mark is another value:
                # metrics that were computed before it do not remove it.
                {"$set": {"astra": merged("astra", {"gamification_due": "$$NOW"})}},
            ],
        )
