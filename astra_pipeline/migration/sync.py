"""Taking in people of the old system: who they are, a seat in a cohort, a Julep user, and what of their past is
still to be computed.

`astra.migration` of a user: `synced_at`, and `backfill_due` until their past is complete.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.charts import birth_data
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.conversations.conversation import Conversation
from astra_pipeline.errors import BadDocument
from astra_pipeline.horoscopes.rules import Reader, reader_of
from astra_pipeline.llm.julep import julep_client, julep_errors
from astra_pipeline.migration import plan as migration
from astra_pipeline.migration.plan import Plan
from astra_pipeline.people import cohorts
from astra_pipeline.reports import rules as reports
from astra_pipeline.reports.write import item_of
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, NOT_ERASED, NOT_PROCESSED, REPORTS, USERS
from astra_pipeline.store.documents import at_path
from astra_pipeline.zones import local_date, person_zone, week_of

if TYPE_CHECKING:
    from julep import AsyncJulep
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

Due = dict[tuple[str, dt.date], list[str]]
"""(cohort, Monday) -> users."""

KIND = "julep_users"
_NO_ID: dict[str, Any] = {"$in": [None, ""]}
_NOT_SYNCED: dict[str, Any] = {"$or": [{"julep_user_id": _NO_ID}, {"astra.cohort": None}]}
_IS_AN_ID = {"$type": "string", "$ne": ""}
_AT_ONCE = 24
_READ = dict.fromkeys(
    (
        "id",
        "name",
        "timezone",
        "birth_timezone",
        "julep_user_id",
        "astra.cohort",
        "astra.gamification_due",
        "user_overview.weekly_reports.week_start",
        "user_overview.latest_weekly_report.week_start",
    ),
    1,
)
_READ_WHOLE = dict.fromkeys(
    ("id", "name", "timezone", "julep_user_id", "astra", "user_overview", *birth_data.FIELDS), 1
)
_LOOKED_AT = 2_000
"""People whose past is looked at together."""


def to_sync(
    db: Database[Document],
    *,
    only: Sequence[str] = (),
    limit: int | None = None,
    cohort_keys: Sequence[str] = (),
) -> list[Document]:
    """People without a Julep user or a cohort, by id; with `cohort_keys`, members of these."""
    query = _query(only) | ({"astra.cohort": {"$in": list(cohort_keys)}} if cohort_keys else {})
    return list(db[USERS].find(query, _READ).sort("id", 1).limit(limit or 0))


def _query(only: Sequence[str]) -> Document:
    # Who was erased is taken in again when they have talked again.
    return {"$and": [_NOT_SYNCED, {"id": {"$in": list(only)} if only else _IS_AN_ID}, NOT_ERASED]}


def synced(db: Database[Document], *, only: Sequence[str] = ()) -> int:
    """How many have a Julep user and a cohort."""
    query: Document = {"julep_user_id": {"$not": _NO_ID}, "astra.cohort": {"$ne": None}}
    return db[USERS].count_documents(query | ({"id": {"$in": list(only)}} if only else {}))


def unknown(db: Database[Document], ids: Sequence[str]) -> list[str]:
    """Those of `ids` nobody has."""
    known = {user["id"] for user in db[USERS].find({"id": {"$in": list(ids)}}, {"id": 1})}
    return [user_id for user_id in ids if user_id not in known]


def plan(db: Database[Document], *, only: Sequence[str] = (), limit: int | None = None, now: dt.datetime) -> Plan:
    """What a sync would do and what backfill would follow. Reads only."""
    users = list(db[USERS].find(_query(only), _READ_WHOLE).sort("id", 1).limit(limit or 0))
    ids = [user["id"] for user in users]
    seats = cohorts.foresee(db, users, batch=_batch(now))
    first_day = settings().astra_start_date
    counted, days, before = 0, [], 0
    for talk in _conversations(db, ids, NOT_PROCESSED):
        if talk.day < first_day:
            before += 1
        else:
            counted += 1
            days.append(talk.day)
    births = [user for user in users if birth_data.is_complete(user)]
    readers = [user for user in users if birth_data.is_complete(user) or isinstance(reader_of(user), Reader)]
    return Plan(
        users=len(users),
        synced_already=synced(db, only=only),
        without_julep_user=sum(not user.get("julep_user_id") for user in users),
        seats=seats.seats,
        opened=seats.opened,
        conversations=counted,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        before_start=before,
        charts=sum(at_path(user, "astra.chart_key") is None for user in births),
        horoscopes=len(readers),
        reports=len(_report_items(db, users, now)),
        unreadable={user["id"]: odd for user in users if (odd := migration.unreadable(user))},
        unusable=db[USERS].count_documents({"id": {"$not": {"$type": "string"}}}) if not only else 0,
    )


def seat(db: Database[Document], users: Sequence[Mapping[str, Any]], *, now: dt.datetime) -> int:
    """Give people to be taken in seats in cohorts of their own; returns how many got one.

    Whom `new_users` was faster to seat among everybody moves; whom an earlier try, killed in between, seated stays.
    """
    return cohorts.seat(db, [user["_id"] for user in users], batch=_batch(now))


def _batch(now: dt.datetime) -> str:
    return f"{now.astimezone(dt.UTC):%Y%m%d}"


async def sync(work: Work, users: Sequence[Mapping[str, Any]], scope: Scope) -> BatchResult:
    """Make the Julep users of people who have none, at most ASTRA_JULEP_USERS_PER_SECOND, and note that their past
    is due. A person with a `julep_user_id` costs no request: they needed a seat only.

    The id of a Julep user follows from the person's, and the write is create-or-update: done twice, or killed in
    between and repeated, there is still one. Raises SettingError without a Julep key.
    """
    subjects = [Subject(user["id"], user_id=user["id"]) for user in users]
    async with julep_client() as client:
        syncing = _Syncing(work, client, users)
        return await work.through(syncing, subjects, scope, concurrency=_AT_ONCE, leased=False)


class _Syncing(Stage):
    kind = KIND

    def __init__(self, work: Work, client: AsyncJulep, users: Sequence[Mapping[str, Any]]) -> None:
        from aiolimiter import AsyncLimiter

        self._work, self._client = work, client
        self._users = {user["id"]: user for user in users}
        self._pace = AsyncLimiter(1, 1 / settings().astra_julep_users_per_second)

    async def do(self, subject: Subject) -> bool:
        user = self._users[subject.item]
        made = user.get("julep_user_id") or migration.julep_user_id(subject.item)
        if not user.get("julep_user_id"):
            async with self._pace:
                pass
            with julep_errors():
                await self._client.users.create_or_update(made, **migration.julep_profile(user))
        written = await self._work.db[USERS].update_one(
            {"id": subject.item, "julep_user_id": {"$in": [None, "", made]}, **NOT_ERASED},
            {
                "$set": {
                    "julep_user_id": made,
                    "julep_project": "astra",
                    "astra.migration": {"synced_at": dt.datetime.now(dt.UTC), "backfill_due": True},
                    # Also of those all of whose conversations were processed by the old system.
                    "astra.gamification_due": self._work.run_id,
                }
            },
        )
        return bool(written.matched_count)


def unreadable_of(db: Database[Document], ids: Sequence[str]) -> dict[str, list[str]]:
    """User -> what of their document is left as it is, of those of whom there is something."""
    return {
        user["id"]: odd
        for chunk in chunks(ids)
        for user in db[USERS].find({"id": {"$in": list(chunk)}}, _READ_WHOLE)
        if (odd := migration.unreadable(user))
    }


def cohorts_of(db: Database[Document], ids: Sequence[str]) -> dict[str, str]:
    """User -> cohort."""
    return {
        user["id"]: str(at_path(user, "astra.cohort"))
        for chunk in chunks(ids)
        for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, "astra.cohort": 1})
    }


def syncs_due(db: Database[Document], *, now: dt.datetime) -> dict[str, list[str]]:
    """Cohort -> people whose Julep user could not be made, and is to be tried again by now."""
    again = list(failures.due_users(db, KIND, now=now))
    due: dict[str, list[str]] = {}
    for user_id, cohort in cohorts_of(db, again).items():
        due.setdefault(cohort, []).append(user_id)
    return due


def reports_due(db: Database[Document], *, now: dt.datetime) -> Due:
    """(cohort, Monday) -> migrated people who talked in that week, one of the last four, and have no report on it,
    when all their conversations of these weeks are processed or parked.

    Who lacks nothing more loses `backfill_due`. Who still has conversations waiting is looked at again; of the
    others the first some are told of, the rest at the next look.
    """
    query = {"astra.migration.backfill_due": True, "astra.cohort": {"$type": "string"}}
    found = db[USERS].find(query, _READ).sort("id", 1)
    while users := list(islice(found, _LOOKED_AT)):
        if due := _reports_due(db, users, now):
            return due
    return {}


def _reports_due(db: Database[Document], users: Sequence[Document], now: dt.datetime) -> Due:
    since = now - dt.timedelta(weeks=migration.REPORTS + 1)
    ids = [user["id"] for user in users]
    parked = failures.parked_conversations(db, ids)
    lost = failures.parked_items(db, "user_overviews", ids)
    waiting = {
        document["user_id"]
        for chunk in chunks(ids)
        for document in db[CONVERSATIONS].find(
            {"user_id": {"$in": list(chunk)}, "status": "completed", "ended_at": {"$gte": since}}
            | NOT_PROCESSED
            | NOT_ERASED,
            {"user_id": 1, "conversation_id": 1},
        )
        if document.get("conversation_id") not in parked and document["user_id"] not in lost
    }
    uncounted = {user["id"] for user in users if at_path(user, "astra.gamification_due") is not None}
    ready = [user for user in users if user["id"] not in waiting | uncounted]
    lacking = _report_items(db, ready, now, parked=parked)
    given_up = failures.parked_items(db, "weekly_reports", list(lacking))
    held = failures.held(db, "weekly_reports", list(lacking), now=now)
    due: Due = {}
    for item, (user, monday) in lacking.items():
        if item not in held:
            due.setdefault((at_path(user, "astra.cohort"), monday), []).append(user["id"])
    open_ones = {user["id"] for item, (user, _) in lacking.items() if item not in given_up}
    complete = [user["id"] for user in ready if user["id"] not in open_ones]
    for chunk in chunks(complete):
        db[USERS].update_many({"id": {"$in": list(chunk)}}, {"$unset": {"astra.migration.backfill_due": ""}})
    return due


def _report_items(
    db: Database[Document], users: Sequence[Mapping[str, Any]], now: dt.datetime, *, parked: Collection[str] = ()
) -> dict[str, tuple[Mapping[str, Any], dt.date]]:
    """Report item -> (user, Monday): weeks that are over, among the last four, in which they had a conversation
    that is not parked, without a report of ours or of the old system."""
    by_id = {user["id"]: user for user in users}
    told = {user["id"]: reports.listed_weeks(user) for user in users}
    default = settings().astra_default_timezone
    since = now - dt.timedelta(weeks=migration.REPORTS + 1)
    found: dict[str, tuple[Mapping[str, Any], dt.date]] = {}
    for talk in _conversations(db, list(by_id), {"ended_at": {"$gte": since, "$lte": now}}):
        user = by_id[talk.user_id]
        zone = person_zone(user, default)
        monday, newest = week_of(local_date(talk.ended_at, zone)), week_of(local_date(now, zone))
        in_time = newest - dt.timedelta(weeks=migration.REPORTS) <= monday
        if (
            in_time
            and reports.due_at(monday, zone) <= now
            and monday not in told[talk.user_id]
            and talk.conversation_id not in parked
        ):
            found[item_of(talk.user_id, monday)] = user, monday
    written = {
        report["_id"]
        for chunk in chunks(list(found))
        for report in db[REPORTS].find({"_id": {"$in": list(chunk)}}, {"_id": 1})
    }
    return {item: cell for item, cell in found.items() if item not in written}


def _conversations(
    db: Database[Document], ids: Sequence[str], condition: Mapping[str, Any]
) -> Iterable[Conversation]:
    """Completed conversations of these users, as the runs over them read them; what nobody can read is left out."""
    fields = dict.fromkeys(("conversation_id", "user_id", "ended_at", "started_at", "duration_ms", "updated_at"), 1)
    now = dt.datetime.now(dt.UTC)
    for chunk in chunks(ids):
        query: Document = {"user_id": {"$in": list(chunk)}, "status": "completed", **NOT_ERASED, **condition}
        for document in db[CONVERSATIONS].find(query, fields):
            try:
                yield conversations.parse(document, now=now)
            except BadDocument:
                continue
