"""The web app's writes and its callers' words, acknowledged and noted."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from pymongo.errors import PyMongoError
from pymongo.synchronous.database import Database

from astra_pipeline.sandbox.process import Control
from bench.campaign import words
from bench.campaign.history import CONVERSATIONS, USERS, History

T = TypeVar("T")

_AGAIN_AFTER_SECONDS = 0.3
_BORN = {
    "date_of_birth": dt.datetime(1994, 3, 12, tzinfo=dt.UTC),
    "birth_time": "07:15",
    "birth_location": "Pune, India",
    "birth_timezone": "Asia/Kolkata",
}


class Records:
    """The app's own documents, and the words of calls at ElevenLabs."""

    def __init__(self, db: Database[dict[str, Any]], control: Control, history: History) -> None:
        self._db = db
        self._control = control
        self._history = history
        self._words: dict[str, list[str]] = {}
        self._erased_at: dict[str, dt.datetime] = {}
        # Calls recorded after their person's erasure that took place before it: they stay as they are.
        self._late: set[str] = set()

    def join(self, person: str, name: str, zone: str, born: bool) -> None:
        """Somebody signs up; with `born` they have told when and where they were born."""
        now = _now()
        document = {
            "id": person,
            "name": name,
            "email": f"{name.lower()}@example.com",
            "createdAt": now,
            "updatedAt": now,
            "timezone": zone,
        } | (_BORN if born else {})
        until_done(lambda: self._upsert(USERS, "id", document))
        self._history.add("joined", person=person, name=name, zone=zone)

    def talk(self, person: str, call: str, word: str, ended_ago: float, dated: bool, *, late: bool = False) -> None:
        """A call that ended so many seconds ago is over and recorded. Without `dated` it has no dates.

        It ended after the person's last erasure, unless it is recorded `late`.
        """
        now = _now()
        ended_at = _ago(now, ended_ago) if dated else now
        if not late:
            ended_at = self._after_erasure(person, ended_at)
        self._words[call] = [word]
        if late:
            self._late.add(call)
        self._speak(person, call, ended_at)
        document = words.document(call, person, ended_at, now, dated=dated)
        until_done(lambda: self._upsert(CONVERSATIONS, "conversation_id", document))
        until_done(
            lambda: self._db[USERS].update_one({"id": person}, {"$addToSet": {"elevenlabs_conversations": call}})
        )
        self._history.add("talked", person=person, call=call, word=word, ended_at=ended_at, dated=dated)

    def take_up_again(self, person: str, call: str, word: str) -> None:
        """The call is active once more, and more is said in it. Whoever asks ElevenLabs now gets that."""
        if call in self._late:
            return
        self._set(call, {"status": "active"})
        self._words[call].append(word)
        self._speak(person, call, _now())

    def close_again(self, person: str, call: str, word: str) -> None:
        """The call that was taken up again is over."""
        now = _now()
        if call in self._late:
            return
        self._set(call, {"status": "completed", "ended_at": now})
        self._history.add("completed_again", person=person, call=call, word=word, ended_at=now)

    def move_end(self, person: str, call: str, ended_ago: float) -> None:
        """The app corrects when a completed call ended."""
        record = until_done(lambda: self._db[CONVERSATIONS].find_one({"conversation_id": call}))
        ended_at = self._after_erasure(person, _ago(_now(), ended_ago))
        if call in self._late or record is None or record["status"] != "completed" or "ended_at" not in record:
            return
        self._set(call, {"ended_at": ended_at})
        later = ended_at > record["ended_at"]
        self._history.add("end_moved", person=person, call=call, ended_at=ended_at, later=later)

    def replace_metadata(self, person: str, call: str) -> None:
        """The app writes its own `metadata` and what we noted in it is gone."""
        if self._set(call, {"metadata": {"source": "app", "replaced": True}}):
            self._history.add("metadata_replaced", person=person, call=call)

    def change_zone(self, person: str, zone: str) -> None:
        """The person moves, and says so in the app."""
        change = {"$set": {"timezone": zone, "updatedAt": _now()}}
        until_done(lambda: self._db[USERS].update_one({"id": person}, change))
        self._history.add("zone_changed", person=person, zone=zone)

    def was_erased_since(self, person: str, asked_at: dt.datetime) -> bool:
        """Whether the person's document says that they were erased after they asked; noted when it does."""
        user = until_done(lambda: self._db[USERS].find_one({"id": person}, {"astra.erased_at": 1}))
        erased_at = ((user or {}).get("astra") or {}).get("erased_at")
        # MongoDB keeps whole milliseconds.
        if not isinstance(erased_at, dt.datetime) or erased_at < asked_at - dt.timedelta(milliseconds=1):
            return False
        self._erased_at[person] = erased_at
        self._history.add("erased", person=person, erased_at=erased_at)
        return True

    # -- how

    def _after_erasure(self, person: str, moment: dt.datetime) -> dt.datetime:
        erased_at = self._erased_at.get(person)
        return moment if erased_at is None else max(moment, erased_at + dt.timedelta(milliseconds=1))

    def _speak(self, person: str, call: str, ended_at: dt.datetime) -> None:
        spoken = words.call(call, person, self._words[call], ended_at)
        until_done(lambda: self._control.add_conversations([spoken]))

    def _set(self, call: str, fields: dict[str, Any]) -> bool:
        """Change the app's record of a call that is completed or active; whether there is one."""
        change = {"$set": fields | {"updated_at": _now()}}
        written = until_done(lambda: self._db[CONVERSATIONS].update_one({"conversation_id": call}, change))
        return written.matched_count == 1

    def _upsert(self, collection: str, key: str, document: dict[str, Any]) -> None:
        # An insert that can be repeated when nobody knows whether it was done.
        self._db[collection].update_one({key: document[key]}, {"$setOnInsert": document}, upsert=True)


def until_done(write: Callable[[], T]) -> T:
    """The app repeats what was not acknowledged; all its writes can be repeated."""
    while True:
        try:
            return write()
        except (PyMongoError, httpx.TransportError):
            time.sleep(_AGAIN_AFTER_SECONDS)


def _now() -> dt.datetime:
    now = dt.datetime.now(dt.UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _ago(now: dt.datetime, seconds: float) -> dt.datetime:
    return now - dt.timedelta(seconds=seconds)
