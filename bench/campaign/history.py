"""The history of a campaign as values: events of the app, of runs and of faults, and writes of MongoDB."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

USERS = "user"
CONVERSATIONS = "elevenlabs_conversations"
PERSONAL = (
    "astra_transcripts",
    "astra_insights",
    "astra_horoscopes",
    "astra_weekly_reports",
    "astra_personas",
)
"""Our collections that hold what a person said or was written; their documents name the person in `user_id`."""

# A date for ourselves in a document that is there: it says nothing of the person.
_MARKS = frozenset({"folded_at"})
_PERSONAL_PATHS = ("user_overview", "julep_user_id", "birth_", "date_of_birth")


@dataclass(frozen=True)
class Event:
    """`kind` is what happened, after it was acknowledged: joined, talked, completed_again, end_moved,
    metadata_replaced, zone_changed, erasure_asked, erased, run_started, run_ended, killed, fault, settled."""

    at: dt.datetime
    kind: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]


@dataclass(frozen=True)
class Write:
    """One write as MongoDB's change stream reports it, in the order all members agree on.

    `document` is the digest of the document after it (empty after a delete), `paths` what an update set.
    """

    at: dt.datetime
    collection: str
    operation: str
    key: str
    person: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    paths: tuple[str, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether it put something about its person there."""
        if self.collection in PERSONAL:
            return self.operation != "delete" and not (self.paths and _MARKS.issuperset(self.paths))
        return self.collection == USERS and any(path.startswith(_PERSONAL_PATHS) for path in self.paths)


class History:
    """Events of several threads, in the order in which they were added."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._lock = threading.Lock()

    def add(self, kind: str, **fields: Any) -> Event:
        """Note that something happened now."""
        with self._lock:
            event = Event(dt.datetime.now(dt.UTC), kind, fields)
            self._events.append(event)
        return event

    @property
    def events(self) -> list[Event]:
        with self._lock:
            return list(self._events)


def digest(collection: str, document: Mapping[str, Any] | None) -> dict[str, Any]:
    """Of a document after a write, what the laws look at: a campaign makes thousands of them."""
    if document is None:
        return {}
    if collection == USERS:
        return _of_user(document)
    if collection == CONVERSATIONS:
        return {name: document.get(name) for name in ("user_id", "status", "ended_at")}
    return {"ended_at": document.get("ended_at"), "text": _text(collection, document)}


def _of_user(user: Mapping[str, Any]) -> dict[str, Any]:
    overview, ours = _mapping(user.get("user_overview")), _mapping(user.get("astra"))
    recent = overview.get("recent_conversations")
    applied = _mapping(ours.get("applied"))
    return {
        "erased_at": ours.get("erased_at"),
        "entries": {
            entry.get("conversation_id"): {
                "date": entry.get("date"),
                "text": " ".join(map(str, [entry.get("summary"), *(entry.get("questions_asked") or [])])),
            }
            for entry in (recent if isinstance(recent, list) else [])
            if isinstance(entry, Mapping)
        },
        "applied": {
            name: statement["ended_at"]
            for name, statement in applied.items()
            if isinstance(statement, Mapping) and isinstance(statement.get("ended_at"), dt.datetime)
        },
        "best_streak": _mapping(overview.get("gamification")).get("best_streak"),
    }


def _text(collection: str, document: Mapping[str, Any]) -> str:
    if collection == "astra_transcripts":
        turns = document.get("turns")
        return " ".join(str(turn.get("message")) for turn in (turns if isinstance(turns, list) else []))
    output = _mapping(document.get("output"))
    return " ".join(map(str, [output.get("summary"), *(output.get("questions_asked") or [])]))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
