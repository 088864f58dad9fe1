"""The world as it ought to be known, from what the app did: people, calls and their words, erasures. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from astra_pipeline.overview.persona_due import ENOUGH_CONVERSATIONS
from bench.campaign.history import Event


@dataclass
class Call:
    """A conversation as the app knows it. `words` has one marker for each time it was completed."""

    call: str
    person: str
    words: list[str]
    dated: bool = True
    moved_later: int = 0
    """The number of times the app corrected its end to a later moment."""
    moved_earlier: bool = False
    erased: bool = False

    def version(self, text: str) -> int:
        """The number of its completions that a text knows of."""
        return sum(word in text for word in self.words)

    @property
    def payable(self) -> int:
        """The number of executions it may cost: one for each version of its words, and one for each later end,
        because the task is given the day of the call."""
        return len(self.words) + self.moved_later


@dataclass
class Person:
    """Somebody with an account. `erased_at` is what their document says, and goes when they talk again."""

    person: str
    name: str
    zone: str
    erased_at: dt.datetime | None = None
    erased_before: dt.datetime | None = None
    """The moment of their last erasure, also when they have talked since."""
    erasures: int = 0
    moved: bool = False
    """Whether they changed zone: a streak of before may have been counted otherwise."""


@dataclass
class World:
    """Everybody and every call, after some events."""

    people: dict[str, Person] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    ends: dict[str, dt.datetime] = field(default_factory=dict)

    def payable(self, item: str) -> int:
        """The number of executions that an item may cost: a call, a person's persona, or a text (one)."""
        if item in self.calls:
            return self.calls[item].payable
        if item in self.people:
            return sum(call.person == item for call in self.calls.values()) // ENOUGH_CONVERSATIONS
        return 1

    def calls_of(self, person: str, *, erased: bool = False) -> list[Call]:
        """The person's calls of after their last erasure, or those that were erased."""
        return [call for call in self.calls.values() if call.person == person and call.erased == erased]

    def apply(self, event: Event) -> None:
        """Learn one event; those of runs and faults change nothing."""
        match event.kind:
            case "joined":
                self.people[event["person"]] = Person(event["person"], event["name"], event["zone"])
            case "talked":
                self.calls[event["call"]] = Call(
                    event["call"], event["person"], [event["word"]], dated=event["dated"]
                )
                self.ends[event["call"]] = event["ended_at"]
                self._hear(event)
            case "completed_again":
                self.calls[event["call"]].words.append(event["word"])
                self._end(event)
            case "end_moved":
                self._end(event)
                if not event["later"]:
                    self.calls[event["call"]].moved_earlier = True
                else:
                    self.calls[event["call"]].moved_later += 1
            case "metadata_replaced":
                # Without a date of its own a call ends whenever the app writes.
                call = self.calls[event["call"]]
                call.moved_later += 0 if call.dated else 1
            case "zone_changed":
                person = self.people[event["person"]]
                person.zone, person.moved = event["zone"], True
            case "erased":
                self._erase(event)

    def _hear(self, event: Event) -> None:
        person = self.people[event["person"]]
        if person.erased_before is not None and event["ended_at"] <= person.erased_before:
            # Recorded late: it took place before the erasure and went with it, whatever they said since.
            self.calls[event["call"]].erased = True
        else:
            person.erased_at = None

    def _end(self, event: Event) -> None:
        self.ends[event["call"]] = event["ended_at"]

    def _erase(self, event: Event) -> None:
        person = self.people[event["person"]]
        person.erased_at = person.erased_before = event["erased_at"]
        person.erasures += 1
        for call in self.calls_of(person.person):
            call.erased = True


def world_of(events: Iterable[Event]) -> World:
    """The world after all of them."""
    world = World()
    for event in events:
        world.apply(event)
    return world
