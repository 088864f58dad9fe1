"""The plan of a migration: the users it would take in and the backfill that would follow. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.horoscopes.rules import Reader, reader_of
from astra_pipeline.migration import plan as migration
from astra_pipeline.migration.backfill import reports_lacking
from astra_pipeline.migration.people import WHOLE, batch_of, conversations_of, not_synced, synced
from astra_pipeline.migration.plan import Plan
from astra_pipeline.people import cohorts
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import NOT_PROCESSED, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]


def plan(db: Database[Document], *, only: Sequence[str] = (), limit: int | None = None, now: dt.datetime) -> Plan:
    """Plan a sync of the users and the backfill that would follow. Reads only."""
    found = db[USERS].find(not_synced(only), WHOLE).sort("id", 1).limit(limit or 0)
    people = [Person.read(user) for user in found]
    ids = [person.id for person in people]
    seats = cohorts.foresee(db, people, batch=batch_of(now))
    first_day = settings().astra_start_date
    counted, days, before = 0, [], 0
    for talk in conversations_of(db, ids, NOT_PROCESSED):
        if talk.day < first_day:
            before += 1
        else:
            counted += 1
            days.append(talk.day)
    births = [person for person in people if person.birth.is_complete]
    readers = [person for person in people if person.birth.is_complete or isinstance(reader_of(person), Reader)]
    return Plan(
        users=len(people),
        synced_already=synced(db, only=only),
        without_julep_user=sum(not person.julep_user_id for person in people),
        seats=seats.seats,
        opened=seats.opened,
        conversations=counted,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        before_start=before,
        charts=sum(person.marks.chart_key is None for person in births),
        horoscopes=len(readers),
        reports=len(reports_lacking(db, people, now)),
        unreadable={person.id: odd for person in people if (odd := migration.unreadable(person.document))},
        unusable=db[USERS].count_documents({"id": {"$not": {"$type": "string"}}}) if not only else 0,
    )
