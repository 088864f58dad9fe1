"""Cohorts: bounded sets of users who share a time zone, in order of joining.

A document of `astra_cohorts`: `_id` (the key), `zone`, `opened` (its number in the order of opening), `members`
(how many users are in it, so that an index finds one with a free seat), `counted` (how often that was counted) and,
in cohorts a migration opened for the people it takes in, `batch` (its UTC date). Nobody else is seated in those, so
that "who was migrated on the 23rd" stays one selection: asia-kolkata-migrated-20261123-001.

A user and the counts on both sides change in one transaction, so a process killed half-way leaves nothing behind.
Whoever seats somebody counts first, and so writes to the cohort: of two at once the later begins again with what
the other left. `members` is counted anew each time, never added up: an error in it does not outlive the next count.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from astra_pipeline.errors import NotFound
from astra_pipeline.settings import settings
from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.mongo import COHORTS, USERS
from astra_pipeline.store.queries import NOT_ERASED, chunks
from astra_pipeline.zones import cohort_slug, person_zone

if TYPE_CHECKING:
    from pymongo.synchronous.client_session import ClientSession
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

T = TypeVar("T")

_WATCHED = ("timezone", "birth_timezone", "astra", "astra.cohort")
_READ = dict.fromkeys(("id", "timezone", "birth_timezone", "astra.cohort"), 1)
_WAITING = {
    "astra.cohort": None,
    # As an expression, which no index on `id` can serve: it would lead through all users.
    "$expr": {"$eq": [{"$type": "$id"}, "string"]},
} | NOT_ERASED
"""The query for users without a cohort: None matches a missing field too, and the index astra_cohort serves it. Who
was erased gets no seat before they talk again."""
_FIRST_OPENED = [("opened", 1), ("_id", 1)]
_NEW_AT_ONCE = 5_000
"""Of the users without a cohort: a tick must end, the next one goes on."""
_SEATED_AT_ONCE = 200
"""In one transaction: a few dozen milliseconds, in which writes of others to these users wait."""
_PATIENCE = dt.timedelta(minutes=10)
"""How long a user may wait for a cohort before that is worth a warning."""
_NAMED = 10


def zones(db: Database[Document]) -> dict[str, str]:
    """Cohort key -> its IANA zone, in the order the cohorts were opened."""
    found = db[COHORTS].find({}, {"zone": 1}).sort(_FIRST_OPENED)
    return {cohort["_id"]: cohort["zone"] for cohort in found}


def place(db: Database[Document], user_id: str) -> str:
    """The key of the user's cohort, where they get a seat now if they have none, or one of another zone.

    Raises NotFound for an unknown user, and for one who was erased and has not talked since.
    """
    user = db[USERS].find_one({"id": user_id}, {"_id": 1})
    if user is not None:
        _seat(db, [user["_id"]])
        user = db[USERS].find_one({"_id": user["_id"]}, _READ)
    if user is None:
        raise NotFound(f"user has no {user_id!r}")
    if (key := _cohort(user)) is None:
        raise NotFound(f"{user_id!r} was erased; there is nothing to tell before they talk again")
    return key


def seat(db: Database[Document], users: Sequence[Any], *, batch: str) -> int:
    """Give those of the users (`_id`) whom no migration seated yet a seat in a cohort of this one (`batch`, its UTC
    date as YYYYMMDD), also those who are in an ordinary cohort already; returns how many."""
    return _seat(db, users, batch)


@dataclass(frozen=True)
class Seats:
    """Who would sit where."""

    seats: dict[str, str]
    """User -> cohort."""
    opened: tuple[str, ...]
    """Of these cohorts, those that do not exist yet."""


def foresee(db: Database[Document], users: Sequence[Mapping[str, Any]], *, batch: str) -> Seats:
    """The cohorts in which users would sit if `seat` were called with them now, in this order. Reads only."""
    size = settings().astra_cohort_size
    seats: dict[str, str] = {}
    opened: list[str] = []
    standing: dict[str, list[str]] = {}
    own = _own_cohorts(db[COHORTS].find(), batch)
    for user in users:
        if (key := _cohort(user)) is not None and _belongs(user, own):
            seats[user["id"]] = key
        else:
            standing.setdefault(_zone(user), []).append(user["id"])
    for zone, waiting in standing.items():
        with_room = db[COHORTS].find(_with_room(zone, batch), {"members": 1}).sort(_FIRST_OPENED)
        free = [(cohort["_id"], size - cohort["members"]) for cohort in with_room]
        taken = {cohort["_id"] for cohort in db[COHORTS].find(_alike(zone, batch), {"_id": 1})}
        while waiting:
            if not free:
                key = _next_key(zone, batch, taken)
                taken.add(key)
                opened.append(key)
                free.append((key, size))
            key, room = free.pop(0)
            seats.update((user_id, key) for user_id in waiting[:room])
            waiting = waiting[room:]
    return Seats(seats, tuple(opened))


def follow(db: Database[Document], cursor: str | None) -> tuple[int, str]:
    """Seat whoever changed zone since `cursor`, and users without a cohort; (how many, the next cursor).

    What it costs follows what changed. Without a cursor, when the change stream's position is lost, or with
    another default zone, everybody is compared once. Safe to repeat and to race.
    """
    default = settings().astra_default_timezone
    last = (json.loads(cursor) if cursor else None) or {}
    known = last.get("position") if last.get("default") == default else None
    found = changes.since(db, known, fields=_WATCHED)
    if found.everybody:
        movers, seats_left = _movers_of_all(db), True
    else:
        movers, seats_left = _movers_among(db, found.users)
    if seats_left:
        _mend_counts(db)
    seated = _seat(db, movers) + _seat(db, _without_cohort(db))
    return seated, json.dumps({"default": default, "position": found.cursor})


@dataclass(frozen=True)
class Census:
    """Who is where."""

    users: int
    cohorts: int
    waiting: int
    """Users without a cohort."""
    disagreements: list[dict[str, str | int]]
    """{cohort, users (how many), named (the first of them), disagreement}."""


def census(db: Database[Document], partitions: Collection[str], *, now: dt.datetime) -> Census:
    """Users, `astra_cohorts` and the partitions held against each other.

    Users and cohorts are seen as they were at one moment. Who joined a few minutes ago may wait for the sensor.
    """
    with db.client.start_session(snapshot=True) as session:
        groups = _groups(db, session)
        cohorts = {cohort["_id"]: cohort for cohort in db[COHORTS].find({}, session=session).sort("_id", 1)}
        opened = {key: cohort["zone"] for key, cohort in cohorts.items()}
        rows = [
            _row(at_path(group, "astra.cohort"), trouble, group["users"], _named(db, _like(group), session))
            for group in groups
            if (trouble := _misplaced(group, opened))
        ]
        waiting = db[USERS].count_documents(_WAITING, session=session)
        late = _WAITING | _joined_before(now - _PATIENCE)
        if lacking := db[USERS].count_documents(late, session=session):
            rows.append(_row("", "without a cohort", lacking, _named(db, late, session)))
    members: Counter[str] = Counter()
    for group in groups:
        if (key := _cohort(group)) is not None:
            members[key] += group["users"]
    for key, cohort in cohorts.items():
        rows += [_row(key, trouble, members[key]) for trouble in _miscounted(cohort, members[key])]
        if key not in partitions:
            rows.append(_row(key, "has no partition", members[key]))
    rows += [_row(key, "a partition astra_cohorts does not know", 0) for key in partitions if key not in cohorts]
    return Census(
        users=sum(group["users"] for group in groups) + waiting,
        cohorts=len(cohorts),
        waiting=waiting,
        disagreements=rows,
    )


def _cohort(user: Mapping[str, Any]) -> str | None:
    """The key of the user's cohort; None also for what cannot be one."""
    cohort = at_path(user, "astra.cohort")
    return cohort if isinstance(cohort, str) else None


def _belongs(user: Mapping[str, Any], opened: Mapping[str, str]) -> bool:
    """True when the user's cohort is one of their zone. `opened`: cohort key -> zone."""
    cohort = _cohort(user)
    return cohort is not None and opened.get(cohort) == _zone(user)


def _zone(user: Mapping[str, Any]) -> str:
    return person_zone(user, settings().astra_default_timezone)


def _misplaced(group: Mapping[str, Any], opened: Mapping[str, str]) -> str | None:
    """What is wrong with users being in their cohort; None when nothing is."""
    if _belongs(group, opened):
        return None
    cohort = _cohort(group)
    if cohort is None or cohort not in opened:
        return "in a cohort astra_cohorts does not know"
    return f"their zone is {_zone(group)}, the cohort's is {opened[cohort]}"


def _miscounted(cohort: Mapping[str, Any], members: int) -> Iterable[str]:
    if members != cohort["members"]:
        yield f"members says {cohort['members']}"
    if members > settings().astra_cohort_size:
        yield f"over ASTRA_COHORT_SIZE, {settings().astra_cohort_size}"


def _row(cohort: object, disagreement: str, users: int, named: str = "") -> dict[str, str | int]:
    return {"cohort": str(cohort), "users": users, "named": named, "disagreement": disagreement}


def _named(db: Database[Document], query: Document, session: ClientSession) -> str:
    found = db[USERS].find(query, {"id": 1}, session=session).limit(_NAMED)
    return ", ".join(sorted(str(user.get("id")) for user in found))


def _groups(db: Database[Document], session: ClientSession | None = None) -> list[Document]:
    """Who is in a cohort, by cohort and zones: the three fields as in a user's document, and `users`, how many."""
    stages = [
        {"$match": {"astra.cohort": {"$ne": None}}},
        {
            "$group": {
                "_id": {"cohort": "$astra.cohort", "timezone": "$timezone", "birth_timezone": "$birth_timezone"},
                "users": {"$sum": 1},
            }
        },
    ]
    return [
        {
            "astra": {"cohort": group["_id"].get("cohort")},
            "timezone": group["_id"].get("timezone"),
            "birth_timezone": group["_id"].get("birth_timezone"),
            "users": group["users"],
        }
        for group in db[USERS].aggregate(stages, session=session)
    ]


def _like(group: Mapping[str, Any]) -> Document:
    """The query for a group's users."""
    paths = ("astra.cohort", "timezone", "birth_timezone")
    return {path: {"$eq": at_path(group, path)} for path in paths}


def _joined_before(moment: dt.datetime) -> Document:
    """The query for users of whom neither `_id` nor `createdAt` says that they joined after `moment`."""
    from bson import ObjectId

    return {"_id": {"$not": {"$gt": ObjectId.from_datetime(moment)}}, "createdAt": {"$not": {"$gt": moment}}}


def _movers_of_all(db: Database[Document]) -> list[Any]:
    opened = zones(db)
    moved = [group for group in _groups(db) if _misplaced(group, opened)]
    return [user["_id"] for group in moved for user in db[USERS].find(_like(group), {"_id": 1})]


def _movers_among(db: Database[Document], touched: Mapping[Any, str]) -> tuple[list[Any], bool]:
    """Of users to whom something happened: (those to move, whether a seat may have been left nobody knows of)."""
    opened = zones(db)
    movers: list[Any] = []
    left = not {"delete", "replace"}.isdisjoint(touched.values())
    for chunk in chunks(list(touched)):
        for user in db[USERS].find({"_id": {"$in": list(chunk)}}, _READ):
            if at_path(user, "astra.cohort") is None:
                left = left or touched[user["_id"]] != "insert"
            elif not _belongs(user, opened):
                movers.append(user["_id"])
    return movers, left


def _without_cohort(db: Database[Document]) -> list[Any]:
    """Users to seat, the first to come first."""
    found = db[USERS].find(_WAITING, {"_id": 1}).limit(_NEW_AT_ONCE)
    return [user["_id"] for user in found]


def _seat(db: Database[Document], users: Sequence[Any], batch: str | None = None) -> int:
    """Give those of the users (`_id`) who have no seat that is theirs one; returns how many."""
    return sum(
        _at_once(db, lambda session, chunk=chunk: _seat_chunk(db, chunk, batch, session))
        for chunk in chunks(users, _SEATED_AT_ONCE)
    )


def _seat_chunk(db: Database[Document], chunk: Sequence[Any], batch: str | None, session: ClientSession) -> int:
    found = list(db[USERS].find({"_id": {"$in": chunk}} | NOT_ERASED, _READ, session=session))
    keys = {key for user in found if (key := _cohort(user)) is not None}
    theirs = list(db[COHORTS].find({"_id": {"$in": list(keys)}}, session=session))
    own = _own_cohorts(theirs, batch)
    order = {_id: position for position, _id in enumerate(chunk)}
    standing = sorted((user for user in found if not _belongs(user, own)), key=lambda user: order[user["_id"]])
    by_zone: dict[str, list[Any]] = {}
    for user in standing:
        by_zone.setdefault(_zone(user), []).append(user["_id"])
    for zone, waiting in by_zone.items():
        while waiting:
            key, free = _cohort_with_room(db, zone, batch, session)
            _put(db, waiting[:free], key, session)
            _count(db, key, session)
            waiting = waiting[free:]
    for key in {cohort["_id"] for cohort in theirs} & {_cohort(user) for user in standing}:
        _count(db, key, session)
    return len(standing)


def _put(db: Database[Document], users: Sequence[Any], key: str, session: ClientSession) -> None:
    # In the pipeline form, because `astra` may be null, below which a dotted path cannot be set.
    ours = {"$cond": [{"$eq": [{"$type": "$astra"}, "object"]}, "$astra", {}]}
    change = [{"$set": {"astra": {"$mergeObjects": [ours, {"cohort": key}]}}}]
    db[USERS].update_many({"_id": {"$in": users}}, change, session=session)


def _own_cohorts(cohorts: Iterable[Mapping[str, Any]], batch: str | None) -> dict[str, str]:
    """Cohort key -> zone, of those whose members stay: where a migration (`batch`) seats people, of those that
    migrations opened, otherwise of all."""
    return {cohort["_id"]: cohort["zone"] for cohort in cohorts if batch is None or cohort.get("batch")}


def _with_room(zone: str, batch: str | None) -> Document:
    """The query for the zone's cohorts with a free seat; None matches those that no migration opened."""
    return {"zone": zone, "batch": batch, "members": {"$lt": settings().astra_cohort_size}}


def _cohort_with_room(
    db: Database[Document], zone: str, batch: str | None, session: ClientSession
) -> tuple[str, int]:
    """(The first such cohort, how many seats are free), opened when there is none."""
    while True:
        free = db[COHORTS].find_one(_with_room(zone, batch), sort=_FIRST_OPENED, session=session)
        key = free["_id"] if free else _open(db, zone, batch, session)
        if (room := settings().astra_cohort_size - _count(db, key, session)) > 0:
            return key, room


def _open(db: Database[Document], zone: str, batch: str | None, session: ClientSession) -> str:
    alike = db[COHORTS].find(_alike(zone, batch), {"_id": 1}, session=session)
    key = _next_key(zone, batch, {cohort["_id"] for cohort in alike})
    last = db[COHORTS].find_one({}, {"opened": 1}, sort=[("opened", -1)], session=session)
    cohort: Document = {"_id": key, "zone": zone, "members": 0, "counted": 0}
    cohort |= {"opened": last["opened"] + 1 if last else 0} | ({"batch": batch} if batch else {})
    db[COHORTS].insert_one(cohort, session=session)
    return key


def _alike(zone: str, batch: str | None) -> Document:
    return {"_id": {"$regex": f"^{_series(zone, batch)}-[0-9]+$"}}


def _next_key(zone: str, batch: str | None, taken: Collection[str]) -> str:
    series = _series(zone, batch)
    return next(key for number in itertools.count(1) if (key := f"{series}-{number:03d}") not in taken)


def _series(zone: str, batch: str | None) -> str:
    return cohort_slug(zone) if batch is None else f"{cohort_slug(zone)}-migrated-{batch}"


def _count(db: Database[Document], key: str, session: ClientSession) -> int:
    """Members of the cohort, counted and noted down. The note always changes the document: who counts the same
    cohort at the same time has to begin again."""
    members = db[USERS].count_documents({"astra.cohort": key}, session=session)
    db[COHORTS].update_one({"_id": key}, {"$set": {"members": members}, "$inc": {"counted": 1}}, session=session)
    return members


def _mend_counts(db: Database[Document]) -> None:
    """Count again where `members` is wrong: a deleted user's seat is free again."""
    # Read out of the index alone.
    in_a_cohort = {"$match": {"astra.cohort": {"$type": "string"}}}
    rows = db[USERS].aggregate([in_a_cohort, {"$group": {"_id": "$astra.cohort", "members": {"$sum": 1}}}])
    members = {row["_id"]: row["members"] for row in rows}
    for cohort in list(db[COHORTS].find({}, {"members": 1})):
        if cohort["members"] != members.get(cohort["_id"], 0):
            _at_once(db, lambda session, key=cohort["_id"]: _count(db, key, session))


def _at_once(db: Database[Document], work: Callable[[ClientSession], T]) -> T:
    """`work` as one transaction, done again from its beginning when another's got in between."""
    from pymongo.read_concern import ReadConcern
    from pymongo.write_concern import WriteConcern

    with db.client.start_session() as session:
        return session.with_transaction(
            work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
        )
