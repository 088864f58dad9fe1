"""The users whose metrics may be out of date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.scope import Scope
from astra_pipeline.gamification import rules
from astra_pipeline.people.cohorts import zones
from astra_pipeline.people.field_rules import METRICS
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, NOT_ERASED, NOT_PROCESSED, USERS
from astra_pipeline.store.duplicates import shared_now
from astra_pipeline.zones import at_local, day_before, local_date

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

_LAST = f"{METRICS}.last_conversation_date"
_LAST_DAY = f"{METRICS}.last_conversation_day"
_STREAK = f"{METRICS}.streak_days"
_A_DAY = dt.timedelta(hours=24)


def users_to_count(db: Db, scope: Scope, *, now: dt.datetime, whole_days: bool) -> list[str]:
    """The users whose metrics may be out of date, sorted.

    These are users just folded, users with an uncounted conversation in the scope's days, and users whose streak
    has lapsed; with `whole_days` also all users who completed a conversation in these days.
    """
    if scope.user_ids:
        return sorted(usable(db, set(scope.user_ids)))
    completed = {"status": "completed", "ended_at": scope.in_days} | scope.chosen_conversations("conversation_id")
    # A conversation without a user (`transcripts` reports its document) changes nobody's metrics.
    completed = {"user_id": {"$type": "string"}} | completed | NOT_ERASED
    touched = _talked(db, completed) if whole_days or scope.force else _uncounted(db, completed)
    return sorted(usable(db, {*touched, *marked(db), *lapsed(db, now=now)}))


def any_due(db: Db, *, now: dt.datetime) -> int:
    """The number of users whom a rollover would bring up to date at `now`."""
    return len(usable(db, {*marked(db), *lapsed(db, now=now)}))


def lapsed(db: Db, *, now: dt.datetime) -> list[str]:
    """Users whose stored streak still has days, although they talked neither today nor yesterday by their calendar.

    Reads only streaks that run and whose last day was before yesterday where their cohort lives.
    """
    fields = {"id": 1, "timezone": 1, "birth_timezone": 1, _STREAK: 1, _LAST: 1, _LAST_DAY: 1}
    runs = {_STREAK: {"$gt": 0}}
    candidates = db[USERS].find({"$or": [which | runs for which in _before_yesterday(db, now)]}, fields)
    default = settings().astra_default_timezone
    people = (person for person in map(Person.read, candidates) if person.id)
    return [person.id for person in people if _has_lapsed(person, default, now)]


def _before_yesterday(db: Db, now: dt.datetime) -> Iterator[dict[str, Any]]:
    """Queries for people whose last day was before yesterday, by the calendar of their cohort's zone.

    Where earlier rules counted, no last day is stored, and the last conversation's moment counts.
    """
    opened = zones(db)
    cohorts: dict[tuple[dt.date, dt.datetime], list[str]] = {}
    for cohort, zone in opened.items():
        yesterday = day_before(local_date(now, zone), zone)
        cohorts.setdefault((yesterday, at_local(yesterday, dt.time(), zone)), []).append(cohort)
    for (yesterday, began), keys in cohorts.items():
        there = {"astra.cohort": {"$in": keys}}
        yield there | {_LAST_DAY: {"$lt": yesterday.isoformat()}}
        yield there | {_LAST_DAY: None, _LAST: {"$lt": began}}
    # People without a cohort, or in one whose zone this machine does not know.
    elsewhere = {"astra.cohort": {"$nin": list(opened)}}
    latest_today = local_date(now, "Pacific/Kiritimati")
    yield elsewhere | {_LAST_DAY: {"$lt": day_before(latest_today, "UTC").isoformat()}}
    yield elsewhere | {_LAST_DAY: None, _LAST: {"$lt": now - _A_DAY}}


def _has_lapsed(person: Person, default_zone: str, now: dt.datetime) -> bool:
    stored = person.gamification
    last = stored.last_conversation_day or stored.last_conversation_date
    return rules.lapsed(stored.streak_days, last, person.zone(default_zone), now)


def usable(db: Db, user_ids: set[str]) -> set[str]:
    """Without those who cannot be told apart: metrics would go to whichever document comes first."""
    return user_ids - shared_now(db[USERS], "id", list(user_ids))


def _talked(db: Db, completed: dict[str, Any]) -> Iterable[str]:
    """The users with such a conversation."""
    # Not `distinct`, whose answer must fit into one document.
    users = db[CONVERSATIONS].aggregate([{"$match": completed}, {"$group": {"_id": "$user_id"}}])
    return (user["_id"] for user in users)


def _uncounted(db: Db, completed: dict[str, Any]) -> Iterable[str]:
    """Users whose newest such conversation waits to be processed and is not the last one of their metrics."""
    newest: dict[str, dt.datetime] = {}
    for conversation in db[CONVERSATIONS].find(completed | NOT_PROCESSED, {"user_id": 1, "ended_at": 1}):
        user_id, end = conversation["user_id"], conversation["ended_at"]
        newest[user_id] = max(end, newest.get(user_id, end))
    counted = {
        person.id: person.gamification.last_conversation_date
        for chunk in chunks(list(newest))
        for person in map(Person.read, db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, _LAST: 1}))
    }
    return {user_id for user_id, end in newest.items() if counted.get(user_id) != end}


def marked(db: Db) -> Iterable[str]:
    """Users whose metrics are marked as out of date, for example by a fold."""
    due = {"astra.gamification_due": {"$exists": True}} | NOT_ERASED
    return (user["id"] for user in db[USERS].find(due, {"id": 1}) if isinstance(user.get("id"), str))
