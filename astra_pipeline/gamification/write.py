"""The service of metrics: a few reads, one vectorised computation and one bulk write for many users."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.gamification import rules
from astra_pipeline.gamification.due import any_due, lapsed, marked, usable, users_to_count
from astra_pipeline.gamification.read import (
    Counted,
    frame_of_users,
    read_ends,
    read_topics,
    read_users,
    without_erased,
)
from astra_pipeline.gamification.stored import unread_metrics
from astra_pipeline.people.field_rules import METRICS
from astra_pipeline.people.person import Person
from astra_pipeline.people.quarantine import room
from astra_pipeline.people.room import room_for
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import NOT_ERASED, USERS
from astra_pipeline.zones import person_zone

if TYPE_CHECKING:
    import pandas as pd
    from pymongo import UpdateOne
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

__all__ = ["Refreshed", "any_due", "lapsed", "refresh", "refresh_users", "users_to_count"]

_USERS_AT_ONCE = 10_000
_WRITE_ATTEMPTS = 5
_PREVIEW_ROWS = 15
_COMPUTED = (
    "streak_days",
    "best_streak",
    "total_conversations",
    "last_conversation_date",
    "last_conversation_day",
    "topics_explored",
    "chart_completion_percent",
    "milestones_unlocked",
    "milestones",
)
# User -> the milestones {id, title, emoji, unlocked_at} newly unlocked.
Celebrations = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Refreshed:
    """The outcome of a refresh: the batch's result, and the milestones newly unlocked by each user."""

    result: BatchResult = field(default_factory=BatchResult)
    celebrations: Celebrations = field(default_factory=dict)

    @property
    def milestones_unlocked(self) -> int:
        """The number of milestones that were unlocked."""
        return sum(map(len, self.celebrations.values()))

    async def preview(self, work: Work, done: Sequence[str]) -> Preview:
        """A few of the stored metrics, of people with something to celebrate first."""
        shown = sorted(done, key=lambda user_id: user_id not in self.celebrations)[:_PREVIEW_ROWS]
        users = work.db[USERS].find({"id": {"$in": shown}} | NOT_ERASED, {"id": 1, METRICS: 1})
        rows = [self._row(Person.read(user)) async for user in users]
        return Preview(("user", "streak", "best", "conversations", "newly unlocked"), rows)

    def _row(self, person: Person) -> tuple[object, ...]:
        stored = person.gamification
        unlocked = ", ".join(f"{m['emoji']} {m['title']}" for m in self.celebrations.get(person.id, []))
        return person.id, stored.streak_days, stored.best_streak, stored.total_conversations, unlocked


def refresh(
    work: Work,
    scope: Scope,
    *,
    whole_days: bool,
    also: Collection[str] = (),
    now: dt.datetime | None = None,
) -> Refreshed:
    """Compute and store the metrics of all users whose metrics may be out of date.

    `whole_days`: also of all users who completed a conversation in the scope's days. `also`: of these users, too.
    `now` is UTC, by default the moment in which the batch began.
    """
    now = now or work.now
    user_ids = users_to_count(work.sync, scope, now=now, whole_days=whole_days)
    user_ids = sorted({*user_ids, *usable(work.sync, set(also))})
    return Refreshed(*refresh_users(work.sync, user_ids[: scope.limit], now=now))


def refresh_marked(db: Db, *, also: Collection[str], now: dt.datetime) -> Refreshed:
    """Compute and store the metrics of the users that are marked as out of date, and of these."""
    return Refreshed(*refresh_users(db, sorted(usable(db, {*marked(db), *also})), now=now))


def refresh_users(db: Db, user_ids: Sequence[str], *, now: dt.datetime) -> tuple[BatchResult, Celebrations]:
    """Compute and store the metrics of `user_ids` as of `now` (UTC).

    Returns the batch result and, per user, the milestones newly unlocked. A user's metrics are written only
    if nobody wrote them since they were read; otherwise they are computed anew.
    """
    result, celebrations = BatchResult(), Celebrations()
    # One chunk is computed while MongoDB answers the other.
    with _without_collector(), ThreadPoolExecutor(max_workers=2) as pool:
        for part in pool.map(lambda chunk: _Chunk(db, chunk, now).refresh(), chunks(user_ids, _USERS_AT_ONCE)):
            result.done += part.result.done
            result.unchanged += part.result.unchanged
            result.skipped |= part.result.skipped
            celebrations |= part.celebrations
    return result, celebrations


@contextmanager
def _without_collector() -> Iterator[None]:
    """Stop the search for reference cycles.

    Documents have none, and walking them again and again takes as long as all other work on them.
    """
    import gc

    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Chunk:
    """The users whose metrics are computed together."""

    def __init__(self, db: Db, user_ids: Sequence[str], now: dt.datetime) -> None:
        self._db, self._user_ids, self._now = db, user_ids, now
        self._skipped: dict[str, str] = {}
        self._changed: Celebrations = {}

    def refresh(self) -> Refreshed:
        """Compute and store the metrics, again for users whose metrics were written meanwhile."""
        pending = list(self._user_ids)
        for _ in range(_WRITE_ATTEMPTS):
            pending = self._attempt(pending)
            if not pending:
                break
        self._skipped |= dict.fromkeys(pending, "written by others all the time; the next rollover sees to it")
        result = BatchResult()
        result.skipped |= self._skipped
        result.done += self._changed
        result.unchanged += [u for u in self._user_ids if u not in self._changed and u not in self._skipped]
        return Refreshed(result, {user_id: entries for user_id, entries in self._changed.items() if entries})

    def _attempt(self, pending: Sequence[str]) -> list[str]:
        """Compute and store once; returns the users to do again."""
        users = self._read(pending)
        if not users:
            return []
        operations, changes = _operations(users, _compute(self._db, users, self._now), self._now)
        self._changed |= changes
        # A bulk write counts its matches but does not name them. When one is missing, another writer came between:
        # computing all of them again costs no write for the users whose metrics are right.
        if not operations:
            return []
        written = self._db[USERS].bulk_write(operations, ordered=False)
        return [] if written.matched_count == len(operations) else list(users)

    def _read(self, pending: Sequence[str]) -> dict[str, Counted]:
        """The input of the users, after room was made for their metrics."""
        users = read_users(self._db, pending)
        nobody = f"`{USERS}` has nobody of this id, or they were erased"
        self._skipped |= {user_id: nobody for user_id in pending if user_id not in users}
        unread = {user_id: unread_metrics(user.stored) for user_id, user in users.items()}
        if odd := {user_id: paths for user_id, paths in unread.items() if paths or not users[user_id].has_room}:
            _make_room(self._db, odd)
            users |= read_users(self._db, list(odd))
            for user_id in [u for u in odd if not users[u].has_room]:
                del users[user_id]
                self._skipped[user_id] = "user_overview is no document, and others keep writing it"
        return users


def _make_room(db: Db, odd: Mapping[str, Sequence[str]]) -> None:
    """Quarantine stored metrics that no rule reads. `odd`: user -> the paths of these metrics."""
    # A dotted path cannot be set below a null, a text or a list; documents of the old system hold such values.
    from pymongo import UpdateOne

    for chunk in chunks(list(odd)):
        updates = [
            UpdateOne(*room_for(user["id"], user, changes))
            for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, "user_overview": 1, "astra": 1})
            if (changes := room(user, also=odd[user["id"]]))
        ]
        if updates:
            db[USERS].bulk_write(updates, ordered=False)


def _compute(db: Db, users: Mapping[str, Counted], now: dt.datetime) -> pd.DataFrame:
    default = settings().astra_default_timezone
    homes = {user_id: person_zone(user.profile, default) for user_id, user in users.items()}
    return rules.compute(
        without_erased(read_ends(db, homes, now), users),
        frame_of_users(users),
        read_topics(db, list(users)),
        as_of=now,
        default_timezone=default,
    )


def _operations(
    users: Mapping[str, Counted], computed: pd.DataFrame, now: dt.datetime
) -> tuple[list[UpdateOne], Celebrations]:
    """(the needed updates, the newly unlocked milestones of all users whose metrics change)."""
    operations: list[UpdateOne] = []
    changed: Celebrations = {}
    columns = {name: computed[name].tolist() for name in _COMPUTED}
    newly = computed["newly_unlocked"].tolist()
    for row, user_id in enumerate(computed.index):
        user = users[user_id]
        fresh = {name: _plain(values[row]) for name, values in columns.items()}
        differs = any(name not in user.stored or user.stored[name] != value for name, value in fresh.items())
        if differs:
            changed[user_id] = [entry for entry in fresh["milestones"] if entry.get("id") in set(newly[row])]
        if differs or user.due is not None:
            operations.append(_operation(user_id, user, fresh if differs else {}, now))
    return operations, changed


def _operation(user_id: str, user: Counted, fresh: Mapping[str, Any], now: dt.datetime) -> UpdateOne:
    """The update that stores the metrics and removes the mark, unless the metrics were written meanwhile."""
    from pymongo import UpdateOne

    guard = {"id": user_id, f"{METRICS}.last_updated": user.stored.get("last_updated")} | NOT_ERASED
    update: dict[str, Any] = {}
    if fresh:
        update["$set"] = {f"{METRICS}.{name}": value for name, value in fresh.items()}
        update["$set"][f"{METRICS}.last_updated"] = now
    if user.due is not None:
        guard["astra.gamification_due"] = user.due
        update["$unset"] = {"astra.gamification_due": ""}
    return UpdateOne(guard, update)


def _plain(value: Any) -> Any:
    """A pandas scalar as a BSON value: whole milliseconds of UTC, None for a missing date."""
    if hasattr(value, "to_pydatetime"):
        return None if value != value else value.to_pydatetime()
    return value
