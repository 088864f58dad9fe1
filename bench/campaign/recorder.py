"""Follows MongoDB's change stream and keeps every write as a value."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from bench.campaign.history import CONVERSATIONS, PERSONAL, USERS, Write, digest

_WATCHED = (USERS, CONVERSATIONS, *PERSONAL)
_MARKS = "campaign_marks"
_BEGIN_SECONDS, _CATCH_UP_SECONDS = 300.0, 300.0

Client = MongoClient[dict[str, Any]]


class Recorder:
    """Records from the moment the `with` block begins; `writes` is complete after `finish`."""

    def __init__(self, client: Client, database: str) -> None:
        self._db = client[database]
        self._writes: list[Write] = []
        self._seen: set[str] = set()
        self._ending = threading.Event()
        self._watching = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="recorder", daemon=True)
        self.trouble: str | None = None
        """Why writes may be missing; None while none are."""

    def __enter__(self) -> Recorder:
        for name in (*_WATCHED, _MARKS):
            self._db.create_collection(name, changeStreamPreAndPostImages={"enabled": True})
        self._thread.start()
        if not self._watching.wait(_BEGIN_SECONDS):
            raise TimeoutError("the change stream did not begin")
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(10)

    def finish(self) -> list[Write]:
        """Every write up to now, in order. Raises TimeoutError when the stream does not get there."""
        mark = f"mark {time.monotonic_ns()}"
        self._db[_MARKS].insert_one({"_id": mark})
        deadline = time.monotonic() + _CATCH_UP_SECONDS
        while mark not in self._seen:
            if time.monotonic() > deadline or self.trouble:
                raise TimeoutError(f"the change stream did not catch up: {self.trouble or 'too slow'}")
            time.sleep(0.05)
        return list(self._writes)

    def _follow(self) -> None:
        token = None
        while not self._ending.is_set():
            try:
                with self._db.watch(
                    full_document="whenAvailable", resume_after=token, max_await_time_ms=500
                ) as stream:
                    self._watching.set()
                    while not self._ending.is_set():
                        change = stream.try_next()
                        token = stream.resume_token
                        if change is not None:
                            self._note(change)
            except PyMongoError as error:
                if not error.has_error_label("ResumableChangeStreamError") and not error.timeout:
                    self.trouble = None if token else f"{type(error).__name__}"
                time.sleep(0.2)

    def _note(self, change: dict[str, Any]) -> None:
        collection, operation = change["ns"]["coll"], change["operationType"]
        if collection == _MARKS and operation == "insert":
            self._seen.add(change["documentKey"]["_id"])
        if collection not in _WATCHED or operation not in ("insert", "update", "replace", "delete"):
            return
        document = change.get("fullDocument")
        described = change.get("updateDescription") or {}
        key = str((document or {}).get("conversation_id") or change["documentKey"]["_id"])
        person = (document or {}).get("id" if collection == USERS else "user_id")
        moment = change.get("wallTime") or dt.datetime.now(dt.UTC)
        self._writes.append(
            Write(
                at=moment,
                collection=collection,
                operation=operation,
                key=key,
                person=person if isinstance(person, str) else "",
                document=digest(collection, document),
                paths=tuple(described.get("updatedFields") or ()),
            )
        )
