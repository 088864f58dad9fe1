"""A database of the web app with much that is dead, for `bench.ticks`: bulk inserts, no run.

What lives is the same at every size. What grows are conversations that can never be taken, people who cannot have a
chart or have all they need, and people for whom a text is due in the same cohorts.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from bson import ObjectId

from astra_pipeline.charts.birth_data import birth_key
from astra_pipeline.charts.write import engine
from astra_pipeline.people.birth import BirthData
from astra_pipeline.reports.rules import due_at
from astra_pipeline.store.collections import COHORTS, CONVERSATIONS, FAILURES, INSIGHTS, USERS
from astra_pipeline.zones import cohort_slug, local_date
from bench import stack

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

# Cohorts in which texts are due, and all cohorts: their number is the same at every size. `make bench-partitions`
# says what more cohorts cost.
DUE_COHORTS, COHORTS_IN_ALL = 30, 200
# The most people for whom a text is due, beside as many others as there are dead conversations.
DUE_AT_MOST = 30_000
# Of each kind of live work.
_LIVE = 20
_BATCH = 10_000
_WEEK = dt.timedelta(weeks=1)
_BORN: Document = {"date_of_birth": dt.datetime(1994, 3, 12, tzinfo=dt.UTC), "birth_time": "07:15"}
_PLACE: Document = {"birth_location": "Pune, Maharashtra, India"}
_NOWHERE: Document = {"birth_location": "Xyzzyville"}
_CHART = {
    "engine": {"version": "bench"},
    "calculated_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    "vedic": {"sun_sign": "Leo", "moon_sign": "Aries", "ascendant": "Virgo"},
    "western": {"sun_sign": "Virgo", "moon_sign": "Taurus", "rising_sign": "Libra"},
}


class World:
    """The documents of one benchmark. `grow` adds dead ones, `stir` the live work of one tick."""

    def __init__(self, db: Database[Document]) -> None:
        self._db = db
        self._now = dt.datetime.now(dt.UTC)
        self._stirred = itertools.count()
        self.evening = _last_due_evening(self._now)
        """The moment (UTC) for which schedules are asked: reports and horoscopes are due in the zone then."""
        self._monday = (self.evening - dt.timedelta(days=6)).date()
        self.cohorts = [f"{cohort_slug(stack.ZONE)}-{number:03d}" for number in range(1, COHORTS_IN_ALL + 1)]
        self.dead = self.people = self.due = 0

    # -- what lives

    def begin(self) -> None:
        """Insert the cohorts and the live work that stays as long as no run takes it."""
        self._db[COHORTS].insert_many(
            {"_id": key, "zone": stack.ZONE, "members": 0, "counted": 0, "opened": number}
            for number, key in enumerate(self.cohorts)
        )
        fresh = [self._talk(f"live_{number}") for number in range(_LIVE)]
        again = [self._talk(f"live_{number}") for number in range(_LIVE)]
        self._insert(CONVERSATIONS, [*fresh, *again])
        failed = (self._failure("transcripts", talk["conversation_id"], talk["user_id"]) for talk in again)
        self._insert(FAILURES, [one | {"next_attempt_at": self._now, "parked_at": None} for one in failed])
        self._insert(USERS, self._living())
        self._insert_due(range(DUE_COHORTS))
        self.due = DUE_COHORTS

    def _living(self) -> Iterator[Document]:
        for number in range(_LIVE):
            cohort = self.cohorts[DUE_COHORTS + number % 7]
            yield self._person(f"live_{number}", cohort, **_BORN, **_PLACE)
            yield self._person(f"uncounted_{number}", cohort, astra={"gamification_due": "a run"})
            lapsed = {"streak_days": 3} | _last(self.evening - dt.timedelta(days=5))
            yield self._person(f"lapsed_{number}", cohort, user_overview={"gamification": lapsed})

    def stir(self) -> None:
        """Insert the live work that a tick does away with: people who join, move, are erased or fail."""
        number = next(self._stirred)
        self._insert(USERS, [{"id": f"new_{number}_{one}", "timezone": stack.ZONE} for one in range(2)])
        changed = {"birth_time": f"08:{number % 60:02d}", "timezone": ("Asia/Kolkata", "Asia/Dubai")[number % 2]}
        self._db[USERS].update_one({"id": "live_0"}, {"$set": changed})
        erased = {"id": f"erased_{number}", "astra": {"erased_at": dt.datetime.now(dt.UTC)}}
        self._db[USERS].delete_many({"id": f"erased_{number - 1}"})
        self._insert(USERS, [erased])
        self._insert(FAILURES, [self._failure("julep_users", f"stirred_{number}", f"stirred_{number}")])

    # -- what is dead

    def grow(self, size: int) -> None:
        """Insert dead documents until there are `size` dead conversations and as many people, and the due ones."""
        self._dead_conversations(range(self.dead, size))
        self._people(range(self.people, size))
        self._insert_due(range(self.due, max(self.due, min(size, DUE_AT_MOST))))
        self.dead = self.people = size
        self.due = max(self.due, min(size, DUE_AT_MOST))
        self._count_members()

    def _count_members(self) -> None:
        in_cohorts = {"$match": {"astra.cohort": {"$in": self.cohorts}}}
        counted = {"$group": {"_id": "$astra.cohort", "members": {"$sum": 1}}}
        for row in self._db[USERS].aggregate([in_cohorts, counted]):
            self._db[COHORTS].update_one({"_id": row["_id"]}, {"$set": {"members": row["members"]}})

    def _dead_conversations(self, numbers: range) -> None:
        for chunk in _chunks(numbers):
            documents = [self._dead_conversation(number) for number in chunk]
            self._insert(CONVERSATIONS, documents)
            gone = [one for number, one in zip(chunk, documents, strict=True) if number % 4 in (0, 2)]
            names = [one.get("conversation_id") or str(one["_id"]) for one in gone]
            failed = [self._failure("transcripts", name, None) for name in names]
            self._insert(FAILURES, failed)

    def _dead_conversation(self, number: int) -> Document:
        """In turn: parked, before the first day, unreadable (and parked), erased."""
        end = self._now - dt.timedelta(days=1 + number % 300)
        match number % 4:
            case 0:
                return self._talk(f"user_{number % 1000}", end)
            case 1:
                return self._talk(f"user_{number % 1000}", dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
            case 2:
                return {"_id": ObjectId(), "status": "completed", "user_id": 5, "ended_at": "soon"}
            case _:
                erased = {"erased_at": self._now - dt.timedelta(days=3)}
                return self._talk(f"user_{number % 1000}", end, astra=erased)

    def _people(self, numbers: range) -> None:
        for chunk in _chunks(numbers):
            self._insert(USERS, [self._dead_person(number) for number in chunk])
            odd = [f"user_{number}" for number in chunk if number % 4 == 0]
            self._insert(FAILURES, [self._failure("birth_charts", one, one) for one in odd])
            self._migrated([f"user_{number}" for number in chunk if number % 16 == 2])

    def _migrated(self, user_ids: list[str]) -> None:
        """Give people a conversation whose retry comes tomorrow: the reports of their past wait for it."""
        talks = [self._talk(user_id, self._now - dt.timedelta(days=2)) for user_id in user_ids]
        self._insert(CONVERSATIONS, talks)
        failed = [self._failure("transcripts", talk["conversation_id"], talk["user_id"]) for talk in talks]
        tomorrow = self._now + dt.timedelta(days=1)
        self._insert(FAILURES, [one | {"next_attempt_at": tomorrow, "parked_at": None} for one in failed])

    def _dead_person(self, number: int) -> Document:
        """In turn: a place nobody knows (and parked), no place, nothing told, everything done.

        Of those who told nothing every fourth is migrated, and waits for the reports of their past.
        """
        cohort = self.cohorts[DUE_COHORTS + number % (COHORTS_IN_ALL - DUE_COHORTS)]
        match number % 4:
            case 0:
                return self._person(f"user_{number}", cohort, **_BORN, **_NOWHERE)
            case 1:
                return self._person(f"user_{number}", cohort, **_BORN)
            case 2:
                migrated = {"migration": {"backfill_due": True}} if number % 16 == 2 else {}
                return self._person(f"user_{number}", cohort, astra=migrated)
            case _:
                return self._done(f"user_{number}", cohort, horoscope_date="9999-01-01", report_week="9999-01-01")

    def _insert_due(self, numbers: range) -> None:
        """People who talked this week and lack its report, and today's horoscope; some have a running streak."""
        for chunk in _chunks(numbers):
            people, talks = [], []
            for number in chunk:
                user_id = f"due_{number}"
                end = self.evening - dt.timedelta(hours=(12, 31, 60)[number % 3])
                overview = {"streak_days": (2, 2, 0)[number % 3]} | _last(end)
                person = self._done(user_id, self.cohorts[number % DUE_COHORTS])
                person["user_overview"]["gamification"] = overview
                people.append(person)
                talks.append(self._talk(user_id, end, metadata={"transcript_processed": True}))
            self._insert(USERS, people)
            self._insert(CONVERSATIONS, talks)
            self._insert(INSIGHTS, map(_insights_of, talks))

    # -- documents

    def _person(self, user_id: str, cohort: str, *, astra: Document | None = None, **fields: Any) -> Document:
        return {"id": user_id, "timezone": stack.ZONE, "astra": {"cohort": cohort} | (astra or {})} | fields

    def _done(self, user_id: str, cohort: str, **marks: str) -> Document:
        """A person whose chart is of their birth data."""
        born = _BORN | _PLACE
        key = birth_key(BirthData.read(born), engine=engine())
        overview = {"birth_chart": _CHART}
        return self._person(user_id, cohort, **born, user_overview=overview, astra={"chart_key": key} | marks)

    def _talk(self, user_id: str, end: dt.datetime | None = None, **fields: Any) -> Document:
        return stack.conversation(user_id, end or self._now - dt.timedelta(minutes=1)) | fields

    def _failure(self, kind: str, item: str, user_id: str | None) -> Document:
        """A failure that used up its attempts, of which nobody was told."""
        return {
            "_id": f"{kind}:{item}",
            "kind": kind,
            "item": item,
            "conversation_id": item if kind == "transcripts" else None,
            "user_id": user_id,
            "attempt": 6,
            "looks": 0,
            "outages": 0,
            "error": "NotFound",
            "message": "not there",
            "first_failed_at": self._now,
            "last_failed_at": self._now,
            "next_attempt_at": None,
            "parked_at": self._now,
        }

    def _insert(self, collection: str, documents: Iterable[Document]) -> None:
        if found := list(documents):
            self._db[collection].insert_many(found, ordered=False)


def _last(end: dt.datetime) -> Document:
    """The part of somebody's metrics that tells of their last conversation."""
    day = local_date(end, stack.ZONE).isoformat()
    return {"last_conversation_date": end, "last_conversation_day": day}


def _insights_of(talk: Document) -> Document:
    output = {"summary": "-", "topics": ["Career"], "emotional_tone": "calm"}
    return {
        "_id": talk["conversation_id"],
        "user_id": talk["user_id"],
        "ended_at": talk["ended_at"],
        "output": output,
        "folded_at": talk["ended_at"],
    }


def _last_due_evening(now: dt.datetime) -> dt.datetime:
    """The last Sunday evening (UTC), a quarter of an hour after reports are due in the benchmark's zone."""
    monday = now.date() - dt.timedelta(days=now.weekday())
    evening = due_at(monday, stack.ZONE)
    return (evening if evening < now else evening - _WEEK) + dt.timedelta(minutes=15)


def _chunks(numbers: range) -> Iterator[range]:
    return (numbers[start : start + _BATCH] for start in range(0, len(numbers), _BATCH))
