"""News about promises, each told once: a morning that will not fit, promises missed, a webhook gone silent.

A document of `astra_alerts` has the name of the news and the key of what was told last: the hour, the day, the last
event. News with another key are told again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from astra_pipeline.promises import morning, store
from astra_pipeline.promises.table import PROMISES
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import ALERTS, CONVERSATIONS, EVENTS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

Name = Literal["morning_does_not_fit", "promises_missed", "webhook_silent"]

SILENT_AFTER = dt.timedelta(hours=3)
"""A webhook without an event for so long is silent, if the reconciler closed calls that ended meanwhile."""
# In one message: more say nothing more.
_CALLS_COUNTED = 1_000


@dataclass(frozen=True)
class News:
    """Something that an operator should hear of once: sentences, and the key of this occurrence."""

    name: Name
    key: str
    lines: Sequence[str]


def untold(db: Database[Document], *, now: dt.datetime) -> list[News]:
    """The news that nobody was told of. Reads only."""
    found = [*_mornings(db, now), *_missed(db), *_silent(db, now)]
    told = {one["_id"]: one["key"] for one in db[ALERTS].find({"_id": {"$in": [news.name for news in found]}})}
    return [news for news in found if told.get(news.name) != news.key]


def note_told(db: Database[Document], told: Sequence[News], *, now: dt.datetime) -> None:
    """Note that a message about these news was taken."""
    for news in told:
        db[ALERTS].update_one({"_id": news.name}, {"$set": {"key": news.key, "told_at": now}}, upsert=True)


def _mornings(db: Database[Document], now: dt.datetime) -> list[News]:
    too_full = [one for one in morning.read(db, now=now) if not one.fits]
    if not too_full:
        return []
    lines = [
        f"At {one.hour:%Y-%m-%d %H:%M} UTC horoscopes of {one.people} people in {one.cohorts} cohorts are due; "
        f"they will take {one.seconds / 60:.0f} minutes and have {morning.ALLOWED.total_seconds() / 60:.0f}"
        for one in too_full
    ]
    # By the day of the fullest one: with the first of several as the key, each that is over would be told again.
    return [News("morning_does_not_fit", morning.worst(too_full).hour.date().isoformat(), lines)]


def _missed(db: Database[Document]) -> list[News]:
    measured = store.latest(db)
    if measured is None or not store.is_over(measured):
        return []
    missed = [
        f"{one.title}: {one.words(figure.value)}, promised {one.target_words} (of {figure.of} {one.of})"
        for one in PROMISES
        if (figure := measured.figures.get(one.name)) and figure.value is not None and not one.is_kept(figure.value)
    ]
    return [News("promises_missed", measured.day, missed)] if missed else []


def _silent(db: Database[Document], now: dt.datetime) -> list[News]:
    if not settings().webhook_secrets:
        return []
    last = db[EVENTS].find_one({}, {"last_received_at": 1}, sort=[("last_received_at", -1)])
    heard = last["last_received_at"] if last else None
    if heard is not None and now - heard < SILENT_AFTER:
        return []
    # Calls of the silent hours alone: of one that the webhook missed before its last event nothing follows for now.
    untold = {
        "status": "completed",
        "ended_at": {"$gte": now - SILENT_AFTER},
        "astra.closed_by": "reconciler",
    }
    calls = db[CONVERSATIONS].count_documents(untold, limit=_CALLS_COUNTED)
    if not calls:
        return []
    since = f"since {heard:%Y-%m-%d %H:%M} UTC" if heard else "for two weeks"
    line = f"No event came {since}, and the reconciler closed {calls} calls that it should have told"
    return [News("webhook_silent", heard.isoformat() if heard else "never", [line])]
