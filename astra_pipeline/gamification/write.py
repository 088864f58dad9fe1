"""Gamification metrics of many users at once: a few reads, one vectorised computation, one bulk write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.preview import Preview
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Work
from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.errors import BadDocument
from astra_pipeline.gamification.stored import unread_metrics
from astra_pipeline.people.person import Person
from astra_pipeline.people.quarantine import room
from astra_pipeline.people.room import room_for
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, NOT_ERASED, NOT_PROCESSED, USERS
from astra_pipeline.store.documents import at_path
from astra_pipeline.zones import person_zone

if TYPE_CHECKING:
    import pandas as pd
    from pymongo.synchronous.database import Database

_USERS_AT_ONCE = 10_000
_READ_AT_ONCE = 100_000
_WRITE_ATTEMPTS = 5
_PREVIEW_ROWS = 15
_STORED = "user_overview.gamification"
_PROFILE = ("timezone", "birth_timezone", "date_of_birth", "birth_time", "birth_location")
_METRICS = (
    "streak_days",
    "best_streak",
    "total_conversations",
    "last_conversation_date",
    "topics_explored",
    "chart_completion_percent",
    "milestones_unlocked",
    "milestones",
)


def users_to_count(db: Database[dict[str, Any]], scope: Scope, *, now: dt.datetime, whole_days: bool) -> list[str]:
    """The users whose metrics may be out of date, sorted.

    These are users just folded, users with a conversation of the scope's days that is not counted yet, and users
    whose streak has lapsed; with `whole_days` everybody who completed a conversation in these days.
    """
    if scope.user_ids:
        return sorted(set(scope.user_ids))
    completed = {"status": "completed", "ended_at": scope.in_days} | scope.chosen_conversations("conversation_id")
    # A conversation of nobody (its document is reported by `transcripts`) touches no user.
    completed = {"user_id": {"$type": "string"}} | completed | NOT_ERASED
    if whole_days or scope.force:
        # Not `distinct`, whose answer must fit into one document.
        users = db[CONVERSATIONS].aggregate([{"$match": completed}, {"$group": {"_id": "$user_id"}}])
        return sorted({*(user["_id"] for user in users), *_due(db), *lapsed(db, now=now)})
    waiting: dict[str, dt.datetime] = {}
    for conversation in db[CONVERSATIONS].find(completed | NOT_PROCESSED, {"user_id": 1, "ended_at": 1}):
        user_id, end = conversation["user_id"], conversation["ended_at"]
        waiting[user_id] = max(end, waiting.get(user_id, end))
    counted = {
        user["id"]: at_path(user, f"{_STORED}.last_conversation_date")
        for chunk in chunks(list(waiting))
        for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, f"{_STORED}.last_conversation_date": 1})
    }
    uncounted = {user_id for user_id, end in waiting.items() if counted.get(user_id) != end}
    return sorted({*uncounted, *_due(db), *lapsed(db, now=now)})


def _due(db: Database[dict[str, Any]]) -> Iterable[str]:
    due = {"astra.gamification_due": {"$exists": True}} | NOT_ERASED
    return (user["id"] for user in db[USERS].find(due, {"id": 1}))


def lapsed(db: Database[dict[str, Any]], *, now: dt.datetime) -> list[str]:
    """Users whose stored streak still runs although neither today nor yesterday, where they are, had a
    conversation. Reads only streaks that run and whose last conversation is a day old."""
    from astra_pipeline.gamification import rules as gamification

    candidates = db[USERS].find(
        {
            f"{_STORED}.streak_days": {"$gt": 0},
            f"{_STORED}.last_conversation_date": {"$lt": now - dt.timedelta(hours=24)},
        },
        {"id": 1, "timezone": 1, "birth_timezone": 1, _STORED: 1},
    )
    default = settings().astra_default_timezone
    return [
        user["id"]
        for user in candidates
        if gamification.lapsed(
            at_path(user, f"{_STORED}.streak_days"),
            at_path(user, f"{_STORED}.last_conversation_date"),
            person_zone(user, default),
            now,
        )
    ]


@dataclass(frozen=True)
class Standing:
    """A person's streak and number of conversations at a moment."""

    streak_days: int
    total_conversations: int


def standings(
    db: Database[dict[str, Any]], persons: Sequence[Person], *, as_of: dt.datetime
) -> dict[str, Standing]:
    """User -> their streak and their number of conversations at a moment, now or long ago."""
    import pandas as pd

    from astra_pipeline.gamification import rules as gamification

    ids = [person.id for person in persons]
    ends = _read_ends(db, ids, as_of)
    empty = dict.fromkeys(("stored_best_streak", "stored_milestones", "stored_topics", "stored_unlocked"))
    people = pd.DataFrame(
        [{"user_id": p.id, **{field: p.document.get(field) for field in _PROFILE}, **empty} for p in persons],
        columns=["user_id", *_PROFILE, *empty],
        dtype=object,
    )
    computed = gamification.compute(
        ends[ends["ended_at"] <= as_of],
        people,
        pd.DataFrame({"user_id": [], "ended_at": pd.DatetimeIndex([], tz="UTC"), "topics": []}),
        as_of=as_of,
        default_timezone=settings().astra_default_timezone,
    )
    numbers = zip(computed["streak_days"].tolist(), computed["total_conversations"].tolist(), strict=True)
    return {user_id: Standing(streak, total) for user_id, (streak, total) in zip(ids, numbers, strict=True)}


def any_due(db: Database[dict[str, Any]], *, now: dt.datetime) -> int:
    """How many users a rollover would bring up to date at `now`."""
    return len({*_due(db), *lapsed(db, now=now)})


@dataclass(frozen=True)
class Counted:
    """The outcome of a refresh: the batch's result, and the milestones newly unlocked by each user."""

    result: BatchResult
    celebrations: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def milestones_unlocked(self) -> int:
        """How many milestones were unlocked."""
        return sum(map(len, self.celebrations.values()))

    async def preview(self, work: Work, done: Sequence[str]) -> Preview:
        """A few of the metrics stored, of people with something to celebrate first."""
        fields = {"id": 1, _STORED: 1}
        shown = sorted(done, key=lambda user_id: user_id not in self.celebrations)[:_PREVIEW_ROWS]
        rows = []
        async for user in work.db[USERS].find({"id": {"$in": shown}}, fields):
            stored = user["user_overview"]["gamification"]
            unlocked = ", ".join(f"{m['emoji']} {m['title']}" for m in self.celebrations.get(user["id"], []))
            rows.append(
                (user["id"], stored["streak_days"], stored["best_streak"], stored["total_conversations"], unlocked)
            )
        return Preview(("user", "streak", "best", "conversations", "newly unlocked"), rows)


def refresh(work: Work, scope: Scope, *, whole_days: bool) -> Counted:
    """Compute and store the metrics of everybody whose metrics may be out of date.

    `whole_days`: also of everybody who completed a conversation in the scope's days.
    """
    user_ids = users_to_count(work.sync, scope, now=work.now, whole_days=whole_days)
    result, celebrations = refresh_users(work.sync, user_ids[: scope.limit], now=work.now)
    return Counted(result, celebrations)


def refresh_users(
    db: Database[dict[str, Any]], user_ids: Sequence[str], *, now: dt.datetime
) -> tuple[BatchResult, dict[str, list[dict[str, Any]]]]:
    """Compute and store the metrics of `user_ids` as of `now` (UTC).

    Returns the batch result and, per user, the milestones newly unlocked. A user's metrics are written only
    if nobody wrote them since they were read; otherwise they are computed anew.
    """
    result = BatchResult()
    celebrations: dict[str, list[dict[str, Any]]] = {}
    # One chunk is computed while MongoDB answers the other.
    with _without_collector(), ThreadPoolExecutor(max_workers=2) as pool:
        for part, unlocked in pool.map(
            lambda chunk: _refresh_chunk(db, chunk, now), chunks(user_ids, _USERS_AT_ONCE)
        ):
            result.done += part.done
            result.unchanged += part.unchanged
            result.skipped |= part.skipped
            celebrations |= unlocked
    return result, celebrations


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for reference cycles: documents have none, and walking all of them again and again takes as long
    as everything else this process does with them."""
    import gc

    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _refresh_chunk(
    db: Database[dict[str, Any]], wanted: Sequence[str], now: dt.datetime
) -> tuple[BatchResult, dict[str, list[dict[str, Any]]]]:
    result = BatchResult()
    pending = list(wanted)
    changed: dict[str, list[dict[str, Any]]] = {}
    for _ in range(_WRITE_ATTEMPTS):
        users = _read_users(db, pending)
        nobody = f"`{USERS}` has nobody of this id, or they were erased"
        result.skipped |= {user_id: nobody for user_id in pending if user_id not in users}
        if odd := {user_id: unread for user_id, user in users.items() if (unread := _unread(user)) is not None}:
            _make_room(db, odd)
            users |= _read_users(db, list(odd))
            for user_id in [u for u in odd if not _has_room(users[u])]:
                del users[user_id]
                result.skipped[user_id] = "user_overview is no document, and others keep writing it"
        if not users:
            pending = []
            break
        operations, changes = _operations(users, _compute(db, users, now), now)
        changed |= changes
        # A bulk write counts its matches but does not say which. When one missed, somebody else wrote
        # meanwhile: computing all of them again costs no write for those that are as they should be.
        if not operations or db[USERS].bulk_write(operations, ordered=False).matched_count == len(operations):
            pending = []
            break
        pending = list(users)
    result.skipped |= dict.fromkeys(pending, "written by others all the time; the next rollover sees to it")
    result.done += changed
    result.unchanged += [user_id for user_id in wanted if user_id not in changed and user_id not in result.skipped]
    return result, {user_id: milestones for user_id, milestones in changed.items() if milestones}


def _has_room(user: Mapping[str, Any]) -> bool:
    return all(user[kind] in ("object", "missing") for kind in ("overview_type", "metrics_type"))


def _unread(user: Mapping[str, Any]) -> list[str] | None:
    """Paths of stored metrics that no rule reads; None when there is nothing to set aside or to make room for."""
    unread = unread_metrics(_stored(user))
    return unread if unread or not _has_room(user) else None


def _make_room(db: Database[dict[str, Any]], odd: Mapping[str, Sequence[str]]) -> None:
    # A dotted path cannot be set below a null, a text or a list, which documents of the old system hold.
    from pymongo import UpdateOne

    for chunk in chunks(list(odd)):
        updates = [
            UpdateOne(*room_for(user["id"], user, changes))
            for user in db[USERS].find({"id": {"$in": list(chunk)}}, {"id": 1, "user_overview": 1, "astra": 1})
            if (changes := room(user, also=odd[user["id"]]))
        ]
        if updates:
            db[USERS].bulk_write(updates, ordered=False)


def _read_users(db: Database[dict[str, Any]], user_ids: list[str]) -> dict[str, dict[str, Any]]:
    """id -> what metrics depend on; `overview_type` and `metrics_type` name the BSON types of what holds them."""
    fields: dict[str, Any] = dict.fromkeys(("id", *_PROFILE, _STORED, "astra.gamification_due"), 1) | {"_id": 0}
    fields |= {"overview_type": {"$type": "$user_overview"}, "metrics_type": {"$type": f"${_STORED}"}}
    # Who was erased has no metrics, whoever asks for them, until a fold makes them a person again.
    return {user["id"]: user for user in db[USERS].find({"id": {"$in": user_ids}} | NOT_ERASED, fields)}


def _stored(user: Mapping[str, Any]) -> Mapping[str, Any]:
    metrics = at_path(user, _STORED)
    return metrics if isinstance(metrics, Mapping) else {}


def _compute(db: Database[dict[str, Any]], users: Mapping[str, dict[str, Any]], now: dt.datetime) -> pd.DataFrame:
    import pandas as pd

    from astra_pipeline.gamification import rules as gamification

    ids = list(users)
    stored = [_stored(user) for user in users.values()]
    people = pd.DataFrame(
        {
            "user_id": ids,
            **{field: [user.get(field) for user in users.values()] for field in _PROFILE},
            "stored_best_streak": [metrics.get("best_streak") for metrics in stored],
            "stored_milestones": [metrics.get("milestones_unlocked") for metrics in stored],
            "stored_topics": [metrics.get("topics_explored") for metrics in stored],
            "stored_unlocked": [metrics.get("milestones") for metrics in stored],
        },
        dtype=object,
    )
    return gamification.compute(
        _read_ends(db, ids, now),
        people,
        _read_topics(db, ids),
        as_of=now,
        default_timezone=settings().astra_default_timezone,
    )


def _read_ends(db: Database[dict[str, Any]], user_ids: list[str], now: dt.datetime) -> pd.DataFrame:
    """Columns user_id, ended_at (UTC) of every completed conversation that was not erased; answered from an index
    alone.

    Those that `transcripts` refuses for their date are not counted either: a streak would never lapse.
    """
    mine = {"user_id": {"$in": user_ids}, "status": "completed"} | NOT_ERASED
    dated = {"$match": mine | {"ended_at": {"$type": "date", "$lte": now + conversations.CLOCKS_DIFFER}}}
    # Grouped by the server, as plain numbers: a document each, and a date each, would take longer to decode
    # than to find.
    by_user = {"$group": {"_id": "$user_id", "ends": {"$push": {"$toDouble": "$ended_at"}}}}
    users: list[str] = []
    ends: list[list[float]] = []
    for group in db[CONVERSATIONS].aggregate([dated, by_user], batchSize=_READ_AT_ONCE):
        users.append(group["_id"])
        ends.append(group["ends"])
    for document in db[CONVERSATIONS].find(mine | {"ended_at": {"$not": {"$type": "date"}}}):
        try:
            end = conversations.ended_at(document)
        except BadDocument:
            continue  # reported as a failure of `transcripts`, where an operator sees it
        users.append(document["user_id"])
        ends.append([end.timestamp() * 1000])
    return _long(users, ends)


def _read_topics(db: Database[dict[str, Any]], user_ids: list[str]) -> pd.DataFrame:
    """Columns user_id, ended_at (UTC), topics (list of str), one row per insight that names a topic."""
    named = {"$match": {"user_id": {"$in": user_ids}, "output.topics": {"$ne": []}}}
    by_user = {
        "$group": {
            "_id": "$user_id",
            "ends": {"$push": {"$toDouble": "$ended_at"}},
            "topics": {"$push": "$output.topics"},
        }
    }
    users: list[str] = []
    ends: list[list[float]] = []
    topics: list[list[str]] = []
    for group in db[INSIGHTS].aggregate([named, by_user], batchSize=_READ_AT_ONCE):
        users.append(group["_id"])
        ends.append(group["ends"])
        topics += group["topics"]
    frame = _long(users, ends)
    frame["topics"] = topics
    return frame


def _long(users: list[str], ends: list[list[float]]) -> pd.DataFrame:
    """A row per end (milliseconds since 1970, UTC), with whose it is."""
    import numpy as np
    import pandas as pd

    counts = np.fromiter(map(len, ends), dtype=np.int64, count=len(ends))
    times = np.fromiter(chain.from_iterable(ends), dtype=np.float64, count=int(counts.sum()))
    names, whose = np.unique(np.array(users, dtype=object), return_inverse=True)
    return pd.DataFrame(
        {
            "user_id": pd.Categorical.from_codes(
                np.repeat(whose, counts), categories=pd.Index(names, dtype=object)
            ),
            "ended_at": pd.DatetimeIndex(times.astype("datetime64[ms]"), tz="UTC"),
        }
    )


def _operations(
    users: Mapping[str, dict[str, Any]], computed: pd.DataFrame, now: dt.datetime
) -> tuple[list[Any], dict[str, list[dict[str, Any]]]]:
    """The updates that are needed, and user_id -> newly unlocked milestones of those whose metrics change."""
    from pymongo import UpdateOne

    operations: list[Any] = []
    changed: dict[str, list[dict[str, Any]]] = {}
    columns = {name: computed[name].tolist() for name in _METRICS}
    newly = computed["newly_unlocked"].tolist()
    for row, user_id in enumerate(computed.index):
        user = users[user_id]
        stored = _stored(user)
        fresh = {name: _plain(values[row]) for name, values in columns.items()}
        update: dict[str, Any] = {}
        if any(name not in stored or stored[name] != value for name, value in fresh.items()):
            update["$set"] = {f"{_STORED}.{name}": value for name, value in fresh.items()}
            update["$set"][f"{_STORED}.last_updated"] = now
            changed[user_id] = [m for m in fresh["milestones"] if m.get("id") in set(newly[row])]
        due = at_path(user, "astra.gamification_due")
        if due is not None:
            update["$unset"] = {"astra.gamification_due": ""}
        if update:
            guard = {"id": user_id, f"{_STORED}.last_updated": stored.get("last_updated")}
            if due is not None:
                guard["astra.gamification_due"] = due
            operations.append(UpdateOne(guard, update))
    return operations, changed


def _plain(value: Any) -> Any:
    """A pandas scalar as BSON knows it: whole milliseconds of UTC, None for a missing date."""
    if hasattr(value, "to_pydatetime"):
        return None if value != value else value.to_pydatetime()
    return value
