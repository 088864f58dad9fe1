"""The census of cohorts: users, `astra_cohorts` and Dagster's partitions, compared with each other."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.people.cohorts import WAITING, Group, groups, is_retired, misplacement
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import COHORTS, USERS
from astra_pipeline.zones import is_zone

if TYPE_CHECKING:
    from pymongo.synchronous.client_session import ClientSession
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

Row = dict[str, str | int]

# The time for which a user may wait for a cohort before that is worth a warning.
_PATIENCE = dt.timedelta(minutes=10)
_NAMED = 10


@dataclass(frozen=True)
class Census:
    """The number of users and cohorts, and the disagreements between them."""

    users: int
    cohorts: int
    waiting: int
    """Users without a cohort."""
    disagreements: list[Row]
    """{cohort, users (their number), named (the first of them), disagreement}."""


def census(db: Database[Document], partitions: Collection[str], *, now: dt.datetime) -> Census:
    """Compare users, `astra_cohorts` and the cohort partitions with each other as of `now` (aware).

    Users and cohorts are seen as they were at one moment. A user who joined a few minutes ago may wait for the
    sensor.
    """
    with db.client.start_session(snapshot=True) as session:
        found = groups(db, session)
        cohorts = {cohort["_id"]: cohort for cohort in db[COHORTS].find({}, session=session).sort("_id", 1)}
        rows = [*_misplaced(db, found, cohorts, session), *_late(db, now, session)]
        waiting = db[USERS].count_documents(WAITING, session=session)
    return Census(
        users=sum(group.users for group in found) + waiting,
        cohorts=len(cohorts),
        waiting=waiting,
        disagreements=[*rows, *_counts(found, cohorts, partitions)],
    )


def _misplaced(
    db: Database[Document],
    found: Sequence[Group],
    cohorts: Mapping[str, Mapping[str, Any]],
    session: ClientSession,
) -> Iterable[Row]:
    """Users who are in the wrong cohort."""
    opened = {key: str(cohort.get("zone")) for key, cohort in cohorts.items()}
    for group in found:
        if trouble := misplacement(group, opened):
            stored = group.query["astra.cohort"]["$eq"]
            yield _row(stored, trouble, group.users, _named(db, group.query, session))


def _late(db: Database[Document], now: dt.datetime, session: ClientSession) -> Iterable[Row]:
    """Users who have waited too long for a cohort."""
    late = WAITING | _joined_before(now - _PATIENCE)
    if lacking := db[USERS].count_documents(late, session=session):
        yield _row("", "without a cohort", lacking, _named(db, late, session))


def _counts(
    found: Sequence[Group], cohorts: Mapping[str, Mapping[str, Any]], partitions: Collection[str]
) -> Iterable[Row]:
    """Cohorts whose number of members is wrong or too large, and cohorts and partitions without the other."""
    members: Counter[str] = Counter()
    for group in found:
        if (key := group.person.marks.cohort) is not None:
            members[key] += group.users
    for key, cohort in cohorts.items():
        if members[key] != cohort["members"]:
            yield _row(key, f"members says {cohort['members']}", members[key])
        if members[key] > settings().astra_cohort_size:
            yield _row(key, f"over ASTRA_COHORT_SIZE, {settings().astra_cohort_size}", members[key])
        if not is_zone(cohort.get("zone")):
            yield _row(key, f"this machine does not know its zone, {cohort.get('zone')}", members[key])
        elif key not in partitions and not is_retired(cohort):
            yield _row(key, "has no partition", members[key])
    for key in partitions:
        if key not in cohorts:
            yield _row(key, "a partition astra_cohorts does not know", 0)


def _row(cohort: object, disagreement: str, users: int, named: str = "") -> Row:
    return {"cohort": str(cohort), "users": users, "named": named, "disagreement": disagreement}


def _named(db: Database[Document], query: Mapping[str, Any], session: ClientSession) -> str:
    found = db[USERS].find(query, {"id": 1}, session=session).limit(_NAMED)
    return ", ".join(sorted(str(user.get("id")) for user in found))


def _joined_before(moment: dt.datetime) -> Document:
    """The query for users of whom neither `_id` nor `createdAt` says that they joined after `moment` (UTC)."""
    from bson import ObjectId

    return {"_id": {"$not": {"$gt": ObjectId.from_datetime(moment)}}, "createdAt": {"$not": {"$gt": moment}}}
