"""The web app and its callers: does what the plan says at its time, and notes what was acknowledged."""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import httpx
from pymongo.errors import PyMongoError
from pymongo.synchronous.database import Database

from astra_pipeline.sandbox.process import Control
from bench.campaign import words
from bench.campaign.history import CONVERSATIONS, USERS, History
from bench.campaign.plan import Step
from bench.campaign.runs import Process, Processes

T = TypeVar("T")

_AGAIN_AFTER_SECONDS = 0.3
_ERASE_AGAIN_AFTER_SECONDS = 1.5
_BORN = {
    "date_of_birth": dt.datetime(1994, 3, 12, tzinfo=dt.UTC),
    "birth_time": "07:15",
    "birth_location": "Pune, India",
    "birth_timezone": "Asia/Kolkata",
}


class App:
    """Acts step by step. A person who asked to be erased does nothing until that is done."""

    def __init__(
        self, db: Database[dict[str, Any]], control: Control, processes: Processes, history: History
    ) -> None:
        self._db = db
        self._control = control
        self._processes = processes
        self._history = history
        self._words: dict[str, list[str]] = {}
        self._erasing: dict[str, _Erasure] = {}
        self._later: dict[str, deque[Step]] = {}
        self._reopened: list[tuple[float, Step]] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing was put off and no erasure is asked for."""
        return not self._erasing and not self._reopened

    def act(self, step: Step) -> None:
        """Do one step now, or when the person's erasure is done."""
        if step.person in self._erasing:
            self._later.setdefault(step.person, deque()).append(step)
        else:
            getattr(self, f"_{step.action}")(**step.fields)

    def look(self) -> None:
        """Go on with what takes time: calls that were taken up again, and erasures."""
        now = time.monotonic()
        due = [step for at, step in self._reopened if at <= now]
        self._reopened = [(at, step) for at, step in self._reopened if at > now]
        for step in due:
            self._close_again(step)
        for person, erasure in list(self._erasing.items()):
            if erasure.is_done(self._db):
                self._history.add("erased", person=person)
                del self._erasing[person]
                for step in self._later.pop(person, ()):
                    self.act(step)

    # -- what the app does

    def _join(self, person: str, name: str, zone: str, born: bool) -> None:
        now = _now()
        document = {
            "id": person,
            "name": name,
            "email": f"{name.lower()}@example.com",
            "createdAt": now,
            "updatedAt": now,
            "timezone": zone,
        } | (_BORN if born else {})
        _until_done(lambda: self._upsert(USERS, "id", document))
        self._history.add("joined", person=person, name=name, zone=zone)

    def _talk(self, person: str, call: str, word: str, ended_ago: float, dated: bool) -> None:
        now = _now()
        ended_at = _ago(now, ended_ago) if dated else now
        self._words[call] = [word]
        self._speak(person, call, ended_at)
        document = words.document(call, person, ended_at, now, dated=dated)
        _until_done(lambda: self._upsert(CONVERSATIONS, "conversation_id", document))
        _until_done(
            lambda: self._db[USERS].update_one({"id": person}, {"$addToSet": {"elevenlabs_conversations": call}})
        )
        self._history.add("talked", person=person, call=call, word=word, ended_at=ended_at, dated=dated)

    def _complete_again(self, person: str, call: str, word: str, active_seconds: float) -> None:
        if not self._set(call, {"status": "active"}):
            return
        self._words[call].append(word)
        # More is said while it is active; whoever asks ElevenLabs now gets it.
        self._speak(person, call, _now())
        step = Step(0.0, "complete_again", {"person": person, "call": call, "word": word})
        self._reopened.append((time.monotonic() + active_seconds, step))

    def _close_again(self, step: Step) -> None:
        now = _now()
        self._set(step.fields["call"], {"status": "completed", "ended_at": now})
        self._history.add("completed_again", **step.fields, ended_at=now)

    def _move_end(self, person: str, call: str, ended_ago: float) -> None:
        record = _until_done(lambda: self._db[CONVERSATIONS].find_one({"conversation_id": call}))
        ended_at = _ago(_now(), ended_ago)
        if record is None or record["status"] != "completed" or "ended_at" not in record:
            return
        self._set(call, {"ended_at": ended_at})
        later = ended_at > record["ended_at"]
        self._history.add("end_moved", person=person, call=call, ended_at=ended_at, later=later)

    def _replace_metadata(self, person: str, call: str) -> None:
        if self._set(call, {"metadata": {"source": "app", "replaced": True}}):
            self._history.add("metadata_replaced", person=person, call=call)

    def _change_zone(self, person: str, zone: str) -> None:
        change = {"$set": {"timezone": zone, "updatedAt": _now()}}
        _until_done(lambda: self._db[USERS].update_one({"id": person}, change))
        self._history.add("zone_changed", person=person, zone=zone)

    def _take_in(self, person: str) -> None:
        """An operator has Julep users made, which is a command that pays nothing and writes to Julep."""
        self._processes.command("users", "sync", "--only", person)

    def _erase(self, person: str) -> None:
        self._history.add("erasure_asked", person=person)
        self._erasing[person] = _Erasure(self._processes, person, _now())

    # -- how

    def _speak(self, person: str, call: str, ended_at: dt.datetime) -> None:
        spoken = words.call(call, person, self._words[call], ended_at)
        _until_done(lambda: self._control.add_conversations([spoken]))

    def _set(self, call: str, fields: dict[str, Any]) -> bool:
        """Change the app's record of a call that is completed or active; whether there is one."""
        change = {"$set": fields | {"updated_at": _now()}}
        written = _until_done(lambda: self._db[CONVERSATIONS].update_one({"conversation_id": call}, change))
        return written.matched_count == 1

    def _upsert(self, collection: str, key: str, document: dict[str, Any]) -> None:
        # An insert that can be repeated when nobody knows whether it was done.
        self._db[collection].update_one({key: document[key]}, {"$setOnInsert": document}, upsert=True)


class _Erasure:
    """`astra users erase`, until it was done: it refuses while a run works on something of the person."""

    def __init__(self, processes: Processes, person: str, asked_at: dt.datetime) -> None:
        self._processes = processes
        self._person = person
        self._asked_at = asked_at
        self._process: Process | None = None
        self._next = 0.0

    def is_done(self, db: Database[dict[str, Any]]) -> bool:
        """Whether it is; asks again when it was refused."""
        if self._process is None:
            if time.monotonic() >= self._next:
                self._process = self._processes.command("users", "erase", self._person, "--yes")
            return False
        if self._process.code is None:
            return False
        code, self._process = self._process.code, None
        self._next = time.monotonic() + _ERASE_AGAIN_AFTER_SECONDS
        return code == 0 and self._is_marked(db)

    def _is_marked(self, db: Database[dict[str, Any]]) -> bool:
        user = _until_done(lambda: db[USERS].find_one({"id": self._person}, {"astra.erased_at": 1}))
        erased_at = ((user or {}).get("astra") or {}).get("erased_at")
        return isinstance(erased_at, dt.datetime) and erased_at >= self._asked_at


def _until_done(write: Callable[[], T]) -> T:
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


__all__: Sequence[str] = ["App"]
