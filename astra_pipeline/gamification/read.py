"""Reads the input of metrics: a few queries and a few frames for a whole batch of users."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations import conversation as conversations
from astra_pipeline.errors import BadDocument
from astra_pipeline.gamification.rules import CHART_FIELDS
from astra_pipeline.people.field_rules import METRICS, OVERVIEW
from astra_pipeline.people.person import Person
from astra_pipeline.store.collections import CONVERSATIONS, INSIGHTS, NOT_ERASED, TRANSCRIPTS, UNDATED, USERS
from astra_pipeline.zones import names_of_zone, place_zone

if TYPE_CHECKING:
    import pandas as pd
    from pymongo.synchronous.database import Database

    Db = Database[dict[str, Any]]

_READ_AT_ONCE = 100_000
_ZONES = ("timezone", "birth_timezone")
# The columns of `rules.compute`'s users besides `user_id`: zones, the fields of a chart, and the stored metrics.
_PROFILE = tuple(dict.fromkeys((*_ZONES, *CHART_FIELDS)))
_STORED = {
    "stored_best_streak": "best_streak",
    "stored_milestones": "milestones_unlocked",
    "stored_topics": "topics_explored",
    "stored_unlocked": "milestones",
}
_MARKS = ("astra.gamification_due", "astra.erased_before")
_FIELDS: dict[str, Any] = dict.fromkeys(("id", *_PROFILE, METRICS, *_MARKS), 1) | {
    "_id": 0,
    "overview_type": {"$type": f"${OVERVIEW}"},
    "metrics_type": {"$type": f"${METRICS}"},
}


@dataclass(frozen=True, slots=True)
class Counted:
    """The parts of a user document on which metrics depend, and the stored metrics."""

    profile: Mapping[str, Any]
    """The zones and the birth data, as stored."""
    stored: Mapping[str, Any]
    """The metrics as stored; empty for a value that is no document."""
    due: Any
    """The mark that the metrics are out of date; None without a mark."""
    has_room: bool
    """True when metrics can be set below `user_overview.gamification`."""
    erased_before: dt.datetime | None = None
    """The moment (UTC) of an erasure since which the person has talked: nothing of before it counts."""

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Counted:
        """The parts of a document that was read with `_FIELDS`."""
        overview, astra = document.get("user_overview"), document.get("astra")
        stored = overview.get("gamification") if isinstance(overview, Mapping) else None
        marks = astra if isinstance(astra, Mapping) else {}
        erased_before = marks.get("erased_before")
        return cls(
            profile=document,
            stored=stored if isinstance(stored, Mapping) else {},
            due=marks.get("gamification_due"),
            has_room=all(document[kind] in ("object", "missing") for kind in ("overview_type", "metrics_type")),
            erased_before=erased_before if isinstance(erased_before, dt.datetime) else None,
        )


def read_users(db: Db, user_ids: Sequence[str]) -> dict[str, Counted]:
    """User id -> the user's input. An erased person has no metrics until a fold makes them a person again."""
    found = db[USERS].find({"id": {"$in": list(user_ids)}} | NOT_ERASED, _FIELDS)
    return {user["id"]: Counted.read(user) for user in found}


def frame_of_users(users: Mapping[str, Counted]) -> pd.DataFrame:
    """The frame `users` of `rules.compute`."""
    import pandas as pd

    everybody = users.values()
    columns = {field: [user.profile.get(field) for user in everybody] for field in _PROFILE}
    stored = {column: [user.stored.get(name) for user in everybody] for column, name in _STORED.items()}
    return pd.DataFrame({"user_id": list(users), **columns, **stored}, dtype=object)


def frame_of_persons(persons: Sequence[Person]) -> pd.DataFrame:
    """The frame `users` of `rules.compute`, for streaks alone: without birth data and without stored metrics."""
    import pandas as pd

    columns: dict[str, Any] = dict.fromkeys((*_PROFILE, *_STORED), [None] * len(persons))
    columns |= {field: [getattr(person, field) for person in persons] for field in _ZONES}
    return pd.DataFrame({"user_id": [person.id for person in persons], **columns}, dtype=object)


def read_ends(db: Db, homes: Mapping[str, str], now: dt.datetime) -> pd.DataFrame:
    """Columns user_id, ended_at (UTC), timezone of every completed conversation that was not erased.

    `homes`: user -> the IANA zone in which their days are counted. `timezone` is the zone where a call took place,
    None for the user's own. Indexes alone answer for people who called from their own zone only. Conversations that
    `transcripts` refuses for their date do not count: a streak would never lapse.
    """
    import numpy as np
    import pandas as pd

    away = _away(db, homes)
    travellers = set(away.user_of.values())
    at_home = _ends_at_home(db, [user_id for user_id in homes if user_id not in travellers], now)
    at_home["timezone"] = np.full(len(at_home), None, dtype=object)
    if not travellers:
        return at_home
    rows = list(_ends_of_travellers(db, sorted(travellers), away, now))
    abroad = _long([user_id for user_id, _, _ in rows], [[end] for _, end, _ in rows])
    abroad["timezone"] = np.array([zone for _, _, zone in rows], dtype=object)
    frames = [frame.astype({"user_id": object}) for frame in (at_home, abroad)]
    return pd.concat(frames, ignore_index=True)


@dataclass(frozen=True)
class _Away:
    """The conversations that took place in another zone than the user's own."""

    zone_of: Mapping[str, str]
    """Conversation -> zone."""
    user_of: Mapping[str, str]


def _away(db: Db, homes: Mapping[str, str]) -> _Away:
    """The conversations away from home, by what their transcripts tell, and their insights where a transcript is
    gone. The cost follows their number, not that of all: bounds of an index leave out those at home."""
    by_zone: dict[str, list[str]] = {}
    for user_id, zone in homes.items():
        by_zone.setdefault(zone, []).append(user_id)
    zone_of: dict[str, str] = {}
    user_of: dict[str, str] = {}
    for zone, user_ids in by_zone.items():
        elsewhere = {"$type": "string", "$nin": list(names_of_zone(zone))}
        query = {"user_id": {"$in": user_ids}, "timezone": elsewhere}
        for facts in (INSIGHTS, TRANSCRIPTS):
            for call in db[facts].find(query, {"user_id": 1, "timezone": 1}, batch_size=_READ_AT_ONCE):
                if (there := place_zone(call["timezone"])) is not None:
                    zone_of[call["_id"]], user_of[call["_id"]] = there, call["user_id"]
    return _Away(zone_of, user_of)


def _ends_of_travellers(
    db: Db, user_ids: Sequence[str], away: _Away, now: dt.datetime
) -> Iterator[tuple[str, float, str | None]]:
    """(user, end in milliseconds since 1970, zone where the call took place or None) of each conversation."""
    for document in db[CONVERSATIONS].find(_completed_of(user_ids), conversations.FIELDS):
        try:
            end = conversations.ended_at(document)
        except BadDocument:
            continue
        if end <= now + conversations.CLOCKS_DIFFER:
            zone = away.zone_of.get(str(document.get("conversation_id")))
            yield document["user_id"], end.timestamp() * 1000, zone


def _completed_of(user_ids: Sequence[str]) -> dict[str, Any]:
    # The types are those of the documents in the index.
    return {"user_id": {"$in": list(user_ids), "$type": "string"}, "status": "completed"} | NOT_ERASED


def _ends_at_home(db: Db, user_ids: Sequence[str], now: dt.datetime) -> pd.DataFrame:
    """Columns user_id, ended_at of the conversations of these users."""
    mine = _completed_of(user_ids)
    dated = {"$match": mine | {"ended_at": {"$type": "date", "$lte": now + conversations.CLOCKS_DIFFER}}}
    # Grouped by the server, as plain numbers: decoding one document and one date for each would take longer than
    # finding them.
    by_user = {"$group": {"_id": "$user_id", "ends": {"$push": {"$toDouble": "$ended_at"}}}}
    users: list[str] = []
    ends: list[list[float]] = []
    for group in db[CONVERSATIONS].aggregate([dated, by_user], batchSize=_READ_AT_ONCE):
        users.append(group["_id"])
        ends.append(group["ends"])
    for document in db[CONVERSATIONS].find(mine | UNDATED):
        try:
            end = conversations.ended_at(document)
        except BadDocument:
            continue  # reported as a failure of `transcripts`, where an operator sees it
        users.append(document["user_id"])
        ends.append([end.timestamp() * 1000])
    return _long(users, ends)


def without_erased(ends: pd.DataFrame, users: Mapping[str, Counted]) -> pd.DataFrame:
    """The rows of `read_ends` without calls of before an erasure: the app may record one after its person talked
    again, and its record has no mark then."""
    import pandas as pd

    erased = {user_id: user.erased_before for user_id, user in users.items() if user.erased_before is not None}
    if not erased:
        return ends
    since = pd.to_datetime(ends["user_id"].astype(object).map(erased), utc=True)
    return ends[~(ends["ended_at"] <= since)]


def read_topics(db: Db, user_ids: Sequence[str]) -> pd.DataFrame:
    """Columns user_id, ended_at (UTC), topics (list of str): one row for each insight that names a topic."""
    named = {"$match": {"user_id": {"$in": list(user_ids)}, "output.topics": {"$ne": []}}}
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


def no_topics() -> pd.DataFrame:
    """The frame of `read_topics` without a row."""
    import pandas as pd

    return pd.DataFrame({"user_id": [], "ended_at": pd.DatetimeIndex([], tz="UTC"), "topics": []})


def _long(users: list[str], ends: list[list[float]]) -> pd.DataFrame:
    """One row for each end (milliseconds since 1970, UTC), with its user."""
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
