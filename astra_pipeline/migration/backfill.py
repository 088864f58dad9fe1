"""The weekly reports that are missing in the past of migrated people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.retry_marks import item_of as item_of_conversation
from astra_pipeline.batches.work import Work
from astra_pipeline.migration import plan as migration
from astra_pipeline.migration.people import FIELDS, conversations_of
from astra_pipeline.people.person import Person
from astra_pipeline.reports import rules as reports
from astra_pipeline.reports.items import item_of
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, NOT_ERASED, NOT_PROCESSED, REPORTS, USERS
from astra_pipeline.zones import local_date, place_zone, week_of

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

# (cohort, Monday) -> users.
Due = dict[tuple[str, dt.date], list[str]]

# The number of people whose past is read together, and how many times one call does so at most.
_LOOKED_AT, _PAGES = 500, 2


async def reports_due(work: Work, after: str = "") -> tuple[Due, str]:
    """(cohort, Monday) -> migrated people who lack the report on a week of the last four in which they talked.

    They are returned once all their conversations of these weeks are processed or parked. People who lack nothing
    more lose `backfill_due`; people with waiting conversations are looked at again. One call looks at the next of
    them by id, `after` being the last one of the call before, as far as the first page on which somebody lacks a
    report. Returned with them is the last one looked at; it is empty after everybody.
    """
    for _ in range(_PAGES):
        query = {"astra.migration.backfill_due": True, "astra.cohort": {"$type": "string"}, "id": {"$gt": after}}
        users = await work.db[USERS].find(query, FIELDS).sort("id", 1).limit(_LOOKED_AT).to_list()
        due = await _due_of(work, [Person.read(user) for user in users]) if users else {}
        after = users[-1]["id"] if len(users) == _LOOKED_AT else ""
        if due or not after:
            return due, after
    return {}, after


async def _due_of(work: Work, people: Sequence[Person]) -> Due:
    ids = [person.id for person in people]
    parked = await failures.parked_conversations(work.db, ids, of="user_id")
    waiting = await _waiting(work.db, ids, work.now, parked)
    uncounted = {person.id for person in people if person.marks.gamification_due is not None}
    ready = [person for person in people if person.id not in waiting | uncounted]
    lacking = reports_lacking(work.sync, ready, work.now, parked=parked)
    given_up = await failures.parked(work.db, "weekly_reports", list(lacking))
    held = await failures.held(work.db, "weekly_reports", items=list(lacking), now=work.now)
    due: Due = {}
    for item, (person, monday) in lacking.items():
        if item not in held:
            due.setdefault((str(person.marks.cohort), monday), []).append(person.id)
    unfinished = {person.id for item, (person, _) in lacking.items() if item not in given_up}
    complete = [person.id for person in ready if person.id not in unfinished]
    for chunk in chunks(complete):
        await work.db[USERS].update_many(
            {"id": {"$in": list(chunk)}}, {"$unset": {"astra.migration.backfill_due": ""}}
        )
    return due


async def _waiting(
    db: AsyncDatabase[dict[str, Any]], ids: Sequence[str], now: dt.datetime, parked: Collection[str]
) -> set[str]:
    """Users with conversations of the last weeks that are neither processed nor parked."""
    given_up = await failures.parked(db, "user_overviews", ids)
    since = now - dt.timedelta(weeks=migration.REPORTS + 1)
    return {
        document["user_id"]
        for chunk in chunks(ids)
        async for document in db[CONVERSATIONS].find(
            {"user_id": {"$in": list(chunk)}, "status": "completed", "ended_at": {"$gte": since}}
            | NOT_PROCESSED
            | NOT_ERASED,
            {"user_id": 1, "conversation_id": 1},
        )
        if item_of_conversation(document) not in parked and document["user_id"] not in given_up
    }


def _places_of(db: Database[dict[str, Any]], conversation_ids: Sequence[str]) -> dict[str, str]:
    """Conversation -> the IANA zone where it took place, of those with insights that tell it."""
    return {
        fact["_id"]: place
        for chunk in chunks(conversation_ids)
        for fact in db[INSIGHTS].find({"_id": {"$in": list(chunk)}}, {"timezone": 1})
        if (place := place_zone(fact.get("timezone"))) is not None
    }


def reports_lacking(
    db: Database[dict[str, Any]], people: Sequence[Person], now: dt.datetime, *, parked: Collection[str] = ()
) -> dict[str, tuple[Person, dt.date]]:
    """Report item -> (person, Monday) of the weeks that lack a report.

    These are past weeks, among the last four, in which the person had a conversation that is not parked, without a
    report of ours or of the old system.
    """
    by_id = {person.id: person for person in people}
    listed = {person.id: reports.listed_weeks(person) for person in people}
    default = settings().astra_default_timezone
    since = now - dt.timedelta(weeks=migration.REPORTS + 1)
    found: dict[str, tuple[Person, dt.date]] = {}
    talks = list(conversations_of(db, list(by_id), {"ended_at": {"$gte": since, "$lte": now}}))
    places = _places_of(db, [talk.conversation_id for talk in talks])
    for talk in talks:
        person = by_id[talk.user_id]
        zone = person.zone(default)
        monday = reports.week_of_call(talk.ended_at, places.get(talk.conversation_id), zone)
        newest = week_of(local_date(now, zone))
        in_time = newest - dt.timedelta(weeks=migration.REPORTS) <= monday
        if (
            in_time
            and reports.due_at(monday, zone) <= now
            and monday not in listed[talk.user_id]
            and talk.conversation_id not in parked
        ):
            found[item_of(talk.user_id, monday)] = person, monday
    written = {
        report["_id"]
        for chunk in chunks(list(found))
        for report in db[REPORTS].find({"_id": {"$in": list(chunk)}}, {"_id": 1})
    }
    return {item: cell for item, cell in found.items() if item not in written}
