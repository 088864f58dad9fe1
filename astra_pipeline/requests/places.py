"""The partitions of requested items: the day of a conversation, the cohort of a person, the cell of a text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import budget, leases, money
from astra_pipeline.batches.cohort_dates import CohortDate
from astra_pipeline.batches.work import Work
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.errors import BadDocument
from astra_pipeline.horoscopes import items as horoscopes
from astra_pipeline.people.cohorts import zones
from astra_pipeline.people.person import Person
from astra_pipeline.reports import items as reports
from astra_pipeline.reports import write as report_service
from astra_pipeline.requests.planning import Place
from astra_pipeline.requests.request import TaskRequest
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

_DAY = dt.timedelta(days=1)
_TALK = dict.fromkeys(
    (
        "conversation_id",
        "user_id",
        "ended_at",
        "started_at",
        "duration_ms",
        "updated_at",
        "astra.ended_at_source",
    ),
    1,
)


async def places_of(work: Work, requests: Sequence[TaskRequest]) -> dict[str, Place]:
    """Request id -> the place of its item. Requests whose item has none yet are left out: the person has no seat in
    a cohort, the day has not begun in UTC, or the hour's budget for the past, or the day's money, is spent."""
    seats = await _seats(work.db, [one.user_id for one in requests if one.kind != "transcript"])
    talks = await _talks(work.db, [one.item for one in requests if one.kind == "transcript"])
    known = zones(work.sync)
    spent = budget.is_spent(work.sync, now=work.now)
    over = money.is_over(work.sync, now=work.now)
    found: dict[str, Place] = {}
    for one in requests:
        if over and one.kind != "chart":
            continue
        if one.kind == "transcript":
            place = _of_talk(talks.get(one.item), work.now)
        else:
            cohort = seats.get(one.user_id)
            place = _of_person(one, cohort, known[cohort], work.now) if cohort in known else None
        if place is not None and not (place.is_past and spent):
            found[one.id] = place
    return found


async def free(work: Work, requests: Sequence[TaskRequest]) -> list[TaskRequest]:
    """The requests whose item no run holds. Another run may do the others in this moment."""
    standing = await leases.standing(work.db, [one.item for one in requests], now=work.now)
    held = {item for item, lease in standing.items() if lease.is_held}
    return [one for one in requests if one.item not in held]


async def _seats(db: Database, user_ids: Sequence[str]) -> dict[str, str]:
    """User -> cohort."""
    people = [
        Person.read(user)
        for chunk in chunks(list(dict.fromkeys(user_ids)))
        async for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, "astra.cohort": 1})
    ]
    return {person.id: cohort for person in people if (cohort := person.marks.cohort)}


async def _talks(db: Database, conversation_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    return {
        document["conversation_id"]: document
        for chunk in chunks(conversation_ids)
        async for document in db[CONVERSATIONS].find({"conversation_id": {"$in": list(chunk)}}, _TALK)
    }


def _of_talk(document: Mapping[str, Any] | None, now: dt.datetime) -> Place | None:
    if document is None:
        return None
    try:
        day = conversations.parse(document, now=now).day
    except BadDocument:
        day = now.date()  # the run makes a failure of it
    if day > now.date():
        return None
    # An end by the app's clock is corrected once the transcript tells, perhaps to the other side of midnight.
    is_certain = at_path(document, "astra.ended_at_source") != "client"
    return Place(first_day=day if is_certain else day - _DAY, last_day=day)


def _of_person(request: TaskRequest, cohort: str, zone: str, now: dt.datetime) -> Place:
    if request.kind == "horoscope":
        return Place(first_day=horoscopes.date_of(request.item), cohort=cohort)
    if request.kind == "weekly-report":
        monday = reports.monday_of(request.item)
        is_past = report_service.is_past(CohortDate(monday, cohort, zone), now)
        return Place(first_day=monday, cohort=cohort, is_past=is_past)
    return Place(cohort=cohort)
