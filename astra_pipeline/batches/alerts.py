"""Failures that a person should hear of, and the note that they did: each parked item is told once.

`told_at` is written into an item's failure after the message was taken, on the condition that the item is still
parked as it was. So neither an item that was written late nor a clock that is wrong is passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.retries import OUTAGE_WORTH_TELLING
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import FAILURES

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

# The query for items that wait for a service to come back.
_AWAY = {"outage_since": {"$gt": dt.datetime(1970, 1, 1, tzinfo=dt.UTC)}}
# Read at one tick; the next one goes on.
_AT_ONCE = 10_000


@dataclass(frozen=True)
class Outage:
    """A service away from one kind of items for longer than half an hour. `items` wait; `since` is in UTC."""

    kind: str
    error: str
    items: int
    since: dt.datetime
    is_told: bool


def parked_untold(db: Database[Document], *, shown: int) -> tuple[list[Document], list[str]]:
    """(the first `shown` parked items nobody was told of, the keys of all of them, at most 10,000)."""
    untold = {"parked_at": {"$ne": None}, "told_at": None}
    first = list(db[FAILURES].find(untold).sort("parked_at", 1).limit(shown))
    keys = [failure["_id"] for failure in db[FAILURES].find(untold, {"_id": 1}).limit(_AT_ONCE)]
    return first, list(dict.fromkeys([*(failure["_id"] for failure in first), *keys]))


def note_told(db: Database[Document], keys: Sequence[str]) -> None:
    """Note that a message about these parked items was taken."""
    for chunk in chunks(keys):
        db[FAILURES].update_many(
            {"_id": {"$in": list(chunk)}, "parked_at": {"$ne": None}, "told_at": None},
            [{"$set": {"told_at": "$$NOW"}}],
        )


def long_outages(db: Database[Document], *, now: dt.datetime) -> list[Outage]:
    """The outages that last and that nobody was told of, by kind of item.

    An outage goes on as long as an item of its kind waits for the service. It is told once.
    """
    _join(db)
    return [outage for outage in outages_since(db, now - OUTAGE_WORTH_TELLING) if not outage.is_told]


def outages_since(db: Database[Document], moment: dt.datetime) -> list[Outage]:
    """The outages that began before `moment` (UTC) and go on, by kind of item."""
    groups = db[FAILURES].aggregate(
        [
            {"$match": _AWAY},
            {
                "$group": {
                    "_id": "$kind",
                    "error": {"$first": "$error"},
                    "items": {"$sum": 1},
                    "since": {"$min": "$outage_since"},
                    "told": {"$max": {"$eq": ["$outage_told", True]}},
                }
            },
            {"$match": {"since": {"$lte": moment}}},
            {"$sort": {"_id": 1}},
        ]
    )
    return [Outage(group["_id"], group["error"], group["items"], group["since"], group["told"]) for group in groups]


def note_outages_told(db: Database[Document], kinds: Sequence[str]) -> None:
    """Note that a message about the outages of these kinds of items was taken."""
    if kinds:
        query = _AWAY | {"kind": {"$in": list(kinds)}, "outage_told": {"$ne": True}}
        db[FAILURES].update_many(query, {"$set": {"outage_told": True}})


def _join(db: Database[Document]) -> None:
    """Count items that met an outage after it was told among those it was told of. It ends with the last one."""
    note_outages_told(db, db[FAILURES].distinct("kind", _AWAY | {"outage_told": True}))
