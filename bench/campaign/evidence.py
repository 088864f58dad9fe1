"""Everything the laws are held against, as values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bench.campaign.history import CONVERSATIONS, USERS, Event, Write

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Execution:
    """One execution Julep was asked for. `item` is what it was for; `spoilt` when a fault took its answer."""

    item: str
    task: str
    created_at: dt.datetime
    spoilt: bool = False


@dataclass(frozen=True)
class Trace:
    """Words of somebody, found where they must not be."""

    place: str
    person: str


@dataclass(frozen=True)
class Held:
    """An item that waits: parked for a person, or due again at a moment, with the reason it failed for."""

    item: str
    state: Literal["parked", "due"]
    reason: str
    due_at: dt.datetime | None = None


@dataclass(frozen=True)
class Evidence:
    """The record of a campaign, and the documents that were there when it was over."""

    events: Sequence[Event] = ()
    writes: Sequence[Write] = ()
    documents: Mapping[str, Sequence[Document]] = field(default_factory=dict)
    """Collection -> its documents in the end."""
    executions: Sequence[Execution] = ()
    traces_of_erased: Sequence[Trace] = ()
    traces_in_logs: Sequence[Trace] = ()
    julep_users: Sequence[Document] = ()
    """Users at Julep: `id`, `name`, `metadata`."""
    checked_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def of(self, collection: str) -> Sequence[Document]:
        """The collection's documents in the end."""
        return self.documents.get(collection, ())

    def users(self) -> dict[str, Document]:
        """User id -> document."""
        return {user["id"]: user for user in self.of(USERS) if "id" in user}

    def conversations(self) -> dict[str, Document]:
        """Conversation id -> document."""
        return {one["conversation_id"]: one for one in self.of(CONVERSATIONS)}

    def facts(self, collection: str) -> dict[str, Document]:
        """Conversation id -> transcript, or insights."""
        return {str(one["_id"]): one for one in self.of(collection)}

    def held(self) -> dict[str, Held]:
        """Conversation, or user -> what it waits for, by the documents an operator sees (`astra_failures`)."""
        found: dict[str, Held] = {}
        for failure in self.of("astra_failures"):
            parked, upcoming = failure.get("parked_at"), failure.get("next_attempt_at")
            if parked is None and upcoming is None:
                continue
            names = {failure.get("conversation_id"), failure.get("item")}
            names |= {failure.get("user_id")} if failure.get("kind") == "user_overviews" else set()
            for name in names - {None}:
                state = "parked" if parked is not None else "due"
                found[str(name)] = Held(str(name), state, str(failure.get("error") or ""), upcoming)
        return found


def recent_entries(user: Document) -> list[Document]:
    """`recent_conversations` of a user document; empty when it is no list."""
    listed = _overview(user).get("recent_conversations")
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def noted_insights(user: Document) -> list[Document]:
    """`insights` of a user document; empty when it is no list."""
    listed = _overview(user).get("insights")
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def metrics_of(user: Document) -> Document:
    """The stored gamification; empty when there is none."""
    stored = _overview(user).get("gamification")
    return stored if isinstance(stored, Mapping) else {}


def _overview(user: Document) -> Document:
    overview = user.get("user_overview")
    return overview if isinstance(overview, Mapping) else {}
