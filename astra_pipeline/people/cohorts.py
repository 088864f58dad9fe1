"""Cohorts: bounded sets of users who share a time zone, in order of joining.

The zone of a cohort is the canonical one: people whose browsers say Asia/Calcutta and Asia/Kolkata sit together. An
earlier version opened cohorts under old names. Their people move once, and a cohort that is left behind empty is
retired: its document and its partition stay, with the texts of its past, and nothing asks after it any more.

A document of `astra_cohorts`: `_id` (the key), `zone`, `opened` (its number in the order of opening), `members`
(the number of its users, so that an index finds one with a free seat), `counted` (the number of times that was
counted) and, in cohorts that a migration opened for the people it takes in, `batch` (its UTC date). Only that
migration seats people there, so the people migrated on the 23rd stay one selection:
asia-kolkata-migrated-20261123-001.

A user and the counts on both sides change in one transaction, so a process killed half-way leaves nothing behind.
A process that seats somebody counts first, and so writes to the cohort: of two at once the later begins again with
what the other left. `members` is counted anew each time, never added up: an error in it does not outlive the next
count.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from astra_pipeline.errors import NotFound
from astra_pipeline.people.field_rules import METRICS
from astra_pipeline.people.person import Person
from astra_pipeline.people.place import Place, Recount
from astra_pipeline.settings import settings
from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import COHORTS, NOT_ERASED, USERS
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.updates import merged
from astra_pipeline.zones import canonical_zone, cohort_slug, is_zone

if TYPE_CHECKING:
    from pymongo.synchronous.client_session import ClientSession
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

T = TypeVar("T")

_WATCHED = ("timezone", "birth_timezone", "astra", "astra.cohort")
_READ = dict.fromkeys(("id", "timezone", "birth_timezone", "astra.cohort"), 1)
# The query for users without a cohort: None matches a missing field too. The index astra_members leads to these
# alone, past those who were erased, who get no seat before they talk again, and those who have no id yet.
WAITING = {"astra.cohort": None, "id": {"$type": "string"}} | NOT_ERASED
_FIRST_OPENED = [("opened", 1), ("_id", 1)]
# Users without a cohort whom one tick seats: a tick must end, the next one goes on.
_NEW_AT_ONCE = 5_000
# Users seated in one transaction: a few dozen milliseconds, in which writes of others to these users wait.
_SEATED_AT_ONCE = 200


def zones(db: Database[Document]) -> dict[str, str]:
    """Cohort key -> its IANA zone, of the cohorts in use, in the order they were opened.

    A retired cohort is left out. So is one whose zone this machine does not know: it stops nobody else.
    `unknown_zones` names it.
    """
    found = db[COHORTS].find({}, {"zone": 1, "members": 1}).sort(_FIRST_OPENED)
    used = {cohort["_id"]: str(cohort.get("zone")) for cohort in found if not is_retired(cohort)}
    return {key: zone for key, zone in used.items() if is_zone(zone)}


def zones_of_partitions(db: Database[Document]) -> dict[str, str]:
    """The same with retired cohorts: a range of partitions may lie across one."""
    return {key: zone for key, zone in _stored_zones(db).items() if is_zone(zone)}


def is_retired(cohort: Mapping[str, Any]) -> bool:
    """True for a stored cohort that has an old name of its zone and no members left."""
    zone = str(cohort.get("zone"))
    return canonical_zone(zone) != zone and not cohort.get("members")


def unknown_zones(db: Database[Document]) -> dict[str, str]:
    """Cohort key -> the zone it has, of the cohorts whose zone this machine does not know."""
    return {key: zone for key, zone in _stored_zones(db).items() if not is_zone(zone)}


def _stored_zones(db: Database[Document]) -> dict[str, str]:
    found = db[COHORTS].find({}, {"zone": 1}).sort(_FIRST_OPENED)
    return {cohort["_id"]: str(cohort.get("zone")) for cohort in found}


def place(db: Database[Document], user_id: str) -> str:
    """The key of the user's cohort. A user without a seat, or with one of another zone, gets a seat first.

    Raises NotFound for an unknown user, and for a user who was erased and has not talked since.
    """
    user = db[USERS].find_one({"id": user_id}, {"_id": 1})
    if user is not None:
        _seat(db, [user["_id"]])
        user = db[USERS].find_one({"_id": user["_id"]}, _READ)
    if user is None:
        raise NotFound(f"user has no {user_id!r}")
    if (key := Person.read(user).marks.cohort) is None:
        raise NotFound(f"{user_id!r} was erased; there is nothing to tell before they talk again")
    return key


def seat(db: Database[Document], users: Sequence[Any], *, batch: str) -> int:
    """Give users (`_id`) whom no migration seated yet a seat in a cohort of this migration; returns their number.

    `batch` is the migration's UTC date as YYYYMMDD. Users in an ordinary cohort move.
    """
    return _seat(db, users, batch)


@dataclass(frozen=True)
class Seats:
    """The seats that people would get."""

    seats: dict[str, str]
    """User -> cohort."""
    opened: tuple[str, ...]
    """Those of the cohorts that do not exist yet."""


def foresee(db: Database[Document], people: Sequence[Person], *, batch: str) -> Seats:
    """The cohorts in which people would sit if `seat` were called with them now, in this order. Reads only."""
    seats: dict[str, str] = {}
    opened: list[str] = []
    unseated: dict[str, list[str]] = {}
    own = _own_cohorts(db[COHORTS].find(), batch)
    for person in people:
        if (key := person.marks.cohort) is not None and _belongs(person, own):
            seats[person.id] = key
        else:
            unseated.setdefault(_zone(person), []).append(person.id)
    for zone, waiting in unseated.items():
        found = _foreseen_in(db, zone, batch, waiting)
        seats |= found.seats
        opened += found.opened
    return Seats(seats, tuple(opened))


def _foreseen_in(db: Database[Document], zone: str, batch: str, waiting: Sequence[str]) -> Seats:
    """The seats that users of one zone would get: free ones first, then those of new cohorts."""
    size = settings().astra_cohort_size
    with_room = db[COHORTS].find(_with_room(zone, batch), {"members": 1}).sort(_FIRST_OPENED)
    free = [cohort["_id"] for cohort in with_room for _ in range(size - cohort["members"])]
    taken = {cohort["_id"] for cohort in db[COHORTS].find(_alike(zone, batch), {"_id": 1})}
    opened: list[str] = []
    while len(free) < len(waiting):
        key = _next_key(zone, batch, taken)
        taken.add(key)
        opened.append(key)
        free += [key] * size
    return Seats(dict(zip(waiting, free, strict=False)), tuple(opened))


def follow(db: Database[Document], cursor: str | None) -> tuple[int, str]:
    """Seat users who changed zone since `cursor`, and users without a cohort; (their number, the next cursor).

    The cost follows the changes. Without a cursor, with one that cannot be read, when the change stream's position
    is lost, with another default zone, or with a cursor of earlier rules, everybody is compared once, some
    thousands at each call. Metrics that earlier rules counted become due with it. The members of cohorts are
    counted again where a seat may have become free unnoticed, some cohorts at each call. Safe to repeat and to
    race.
    """
    last = Place.read(cursor, settings().astra_default_timezone)
    found = changes.since(db, last.position, fields=_WATCHED)
    _have_counted_anew(db, found.unseen)
    movers, seats_left = _movers_among(db, found.users | dict.fromkeys(found.unseen, "unseen"))
    recount = _mend_counts(db, last.recount.begun() if seats_left or found.unseen else last.recount)
    seated = _seat(db, movers) + _seat(db, _without_cohort(db))
    return seated, Place(last.default_zone, found.cursor, recount).text


def _belongs(person: Person, opened: Mapping[str, str]) -> bool:
    """True when the person's cohort is one of their zone. `opened`: cohort key -> zone."""
    cohort = person.marks.cohort
    return cohort is not None and opened.get(cohort) == _zone(person)


def _zone(person: Person) -> str:
    """The canonical zone in whose cohorts the person sits."""
    return canonical_zone(person.zone(settings().astra_default_timezone))


def misplacement(group: Group, opened: Mapping[str, str]) -> str | None:
    """The reason for which a group's people are in the wrong cohort; None when they are not."""
    cohort = group.person.marks.cohort
    if _belongs(group.person, opened):
        return None
    if cohort is None or cohort not in opened:
        return "in a cohort astra_cohorts does not know"
    return f"their zone is {_zone(group.person)}, the cohort's is {opened[cohort]}"


@dataclass(frozen=True)
class Group:
    """Users of the same cohort whose stored zones are the same."""

    person: Person
    """One user of the cohort and the zones."""
    users: int
    """The number of users."""
    query: Mapping[str, Any]
    """The query for them."""


def groups(db: Database[Document], session: ClientSession | None = None) -> list[Group]:
    """Everybody who is in a cohort, by cohort and zones."""
    stages = [
        {"$match": {"astra.cohort": {"$ne": None}}},
        {
            "$group": {
                "_id": {"cohort": "$astra.cohort", "timezone": "$timezone", "birth_timezone": "$birth_timezone"},
                "users": {"$sum": 1},
            }
        },
    ]
    return [_group(row["_id"], row["users"]) for row in db[USERS].aggregate(stages, session=session)]


def _group(stored: Mapping[str, Any], users: int) -> Group:
    cohort, zone, birth_zone = (stored.get(field) for field in ("cohort", "timezone", "birth_timezone"))
    document = {"astra": {"cohort": cohort}, "timezone": zone, "birth_timezone": birth_zone}
    values = {"astra.cohort": cohort, "timezone": zone, "birth_timezone": birth_zone}
    return Group(Person.read(document), users, {path: {"$eq": value} for path, value in values.items()})


def _have_counted_anew(db: Database[Document], users: Sequence[Any]) -> None:
    """Make metrics due that were counted before a call's day was that of the place where it took place."""
    for chunk in chunks(users):
        counted_before = {METRICS: {"$type": "object"}, f"{METRICS}.last_conversation_day": {"$exists": False}}
        mark = [{"$set": {"astra": merged("astra", {"gamification_due": "$$NOW"})}}]
        db[USERS].update_many({"_id": {"$in": list(chunk)}} | counted_before | NOT_ERASED, mark)


def _movers_among(db: Database[Document], touched: Mapping[Any, str]) -> tuple[list[Any], bool]:
    """(users to move, whether an uncounted seat may be free), among the users whose documents changed."""
    opened = zones(db)
    movers: list[Any] = []
    left = not {"delete", "replace"}.isdisjoint(touched.values())
    for chunk in chunks(list(touched)):
        for user in db[USERS].find({"_id": {"$in": list(chunk)}}, _READ):
            if at_path(user, "astra.cohort") is None:
                left = left or touched[user["_id"]] != "insert"
            elif not _belongs(Person.read(user), opened):
                movers.append(user["_id"])
    return movers, left


def _without_cohort(db: Database[Document]) -> list[Any]:
    """Users without a cohort, in the order in which they joined."""
    found = db[USERS].find(WAITING, {"_id": 1}).limit(_NEW_AT_ONCE)
    return [user["_id"] for user in found]


def _seat(db: Database[Document], users: Sequence[Any], batch: str | None = None) -> int:
    """Give users (`_id`) without a seat, or with one of another zone, a seat; returns their number."""
    return sum(
        _at_once(db, lambda session, chunk=chunk: _seat_chunk(db, chunk, batch, session))
        for chunk in chunks(users, _SEATED_AT_ONCE)
    )


def _seat_chunk(db: Database[Document], chunk: Sequence[Any], batch: str | None, session: ClientSession) -> int:
    found = db[USERS].find({"_id": {"$in": chunk}} | NOT_ERASED, _READ, session=session)
    documents = {user["_id"]: user for user in found}
    people = {_id: Person.read(documents[_id]) for _id in chunk if _id in documents}
    keys = {person.marks.cohort for person in people.values()} - {None}
    present = list(db[COHORTS].find({"_id": {"$in": list(keys)}}, session=session))
    own = _own_cohorts(present, batch)
    unseated = {_id: person for _id, person in people.items() if not _belongs(person, own)}
    by_zone: dict[tuple[str, str | None], list[Any]] = {}
    for _id, person in unseated.items():
        migrated = _batch_kept(person, present) or batch
        by_zone.setdefault((_zone(person), migrated), []).append(_id)
    for (zone, migrated), waiting in by_zone.items():
        while waiting:
            key, free = _cohort_with_room(db, zone, migrated, session)
            _put(db, waiting[:free], key, session)
            _count(db, key, session)
            waiting = waiting[free:]
    for key in {cohort["_id"] for cohort in present} & {person.marks.cohort for person in unseated.values()}:
        _count(db, key, session)
    return len(unseated)


def _batch_kept(person: Person, cohorts: Iterable[Mapping[str, Any]]) -> str | None:
    """The batch of a person's migration, where only the name of their cohort's zone is an old one."""
    cohort = next((one for one in cohorts if one["_id"] == person.marks.cohort), {})
    return cohort.get("batch") if canonical_zone(str(cohort.get("zone"))) == _zone(person) else None


def _put(db: Database[Document], users: Sequence[Any], key: str, session: ClientSession) -> None:
    # Somebody with a streak who gets another seat lives by another calendar now. Each mark is another value.
    is_counted = {"$eq": [{"$type": "$user_overview.gamification"}, "object"]}
    due = {"$cond": [is_counted, {"gamification_due": "$$NOW"}, {}]}
    change = [{"$set": {"astra": merged("astra", {"cohort": key}, due)}}]
    db[USERS].update_many({"_id": {"$in": users}}, change, session=session)


def _own_cohorts(cohorts: Iterable[Mapping[str, Any]], batch: str | None) -> dict[str, str]:
    """Cohort key -> zone, of the cohorts whose members keep their seats.

    For a migration (`batch`) these are the cohorts that migrations opened, otherwise all.
    """
    return {cohort["_id"]: cohort["zone"] for cohort in cohorts if batch is None or cohort.get("batch")}


def _with_room(zone: str, batch: str | None) -> Document:
    """The query for the zone's cohorts with a free seat; None matches those that no migration opened."""
    return {"zone": zone, "batch": batch, "members": {"$lt": settings().astra_cohort_size}}


def _cohort_with_room(
    db: Database[Document], zone: str, batch: str | None, session: ClientSession
) -> tuple[str, int]:
    """(the first cohort with room, the number of its free seats); a cohort is opened when there is none."""
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
    """Count the cohort's members and store the number; returns it.

    The write always changes the document, so another process that counts the same cohort has to begin again.
    """
    members = db[USERS].count_documents({"astra.cohort": key}, session=session)
    db[COHORTS].update_one({"_id": key}, {"$set": {"members": members}, "$inc": {"counted": 1}}, session=session)
    return members


def _mend_counts(db: Database[Document], recount: Recount) -> Recount:
    """Count the next cohorts again, where `members` is wrong: a deleted user's seat is free again. Returns the rest
    of the recount."""
    if not recount.is_due:
        return recount
    cohorts, rest = recount.next_of(db[COHORTS].find({}, {"members": 1}).sort("_id", 1))
    # Read out of the index alone.
    in_these = {"$match": {"astra.cohort": {"$in": [cohort["_id"] for cohort in cohorts]}}}
    rows = db[USERS].aggregate([in_these, {"$group": {"_id": "$astra.cohort", "members": {"$sum": 1}}}])
    members = {row["_id"]: row["members"] for row in rows}
    for cohort in cohorts:
        if cohort["members"] != members.get(cohort["_id"], 0):
            _at_once(db, lambda session, key=cohort["_id"]: _count(db, key, session))
    return rest


def _at_once(db: Database[Document], work: Callable[[ClientSession], T]) -> T:
    """Do `work` as one transaction, again from its beginning when another transaction came between."""
    from pymongo.read_concern import ReadConcern
    from pymongo.write_concern import WriteConcern

    with db.client.start_session() as session:
        return session.with_transaction(
            work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
        )
