"""The app's doings and the faults of a campaign, drawn from a seed before anything runs. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.campaign.words import marker

ZONES = (
    "Asia/Kolkata",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Pacific/Auckland",
    "America/St_Johns",
    "Asia/Tokyo",
)
_APP_PAUSE_SECONDS = 2.0
_FAULT_PAUSE_SECONDS = 6.0
_FIRST_FAULT_SECONDS = 4.0
_DAY = 86_400
# Changes befall calls that may still be on their way, rarely old ones.
_NEWEST = 12

# What the app does, and how often beside the others.
_ACTIONS = {
    "talk": 46,
    "complete_again": 14,
    "move_end": 12,
    "replace_metadata": 12,
    "erase": 8,
    "change_zone": 5,
    "join": 3,
    "take_in": 3,
}
# What goes wrong.
_FAULTS = {
    "kill_run": 6,
    "pause_run": 6,
    "step_down": 3,
    "kill_primary": 2,
    "pause_primary": 2,
    "close_connections": 4,
    "lose_writes": 3,
    "lose_replies": 6,
    "refuse": 4,
    "hang": 2,
    "skew": 3,
}


@dataclass(frozen=True)
class Step:
    """At `at` seconds from the start, `action` with `fields`."""

    at: float
    action: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> str:
        """The user it befalls; empty for faults."""
        return self.fields.get("person", "")


@dataclass(frozen=True)
class Plan:
    """Both lists are in the order of time."""

    seed: int
    seconds: float
    app: list[Step]
    faults: list[Step]


def drawn(seed: int, seconds: float, *, people: int = 6, faults: bool = True) -> Plan:
    """The plan of `seed`: the same seed and length always give the same one."""
    app = [step for step in _AppPlan(random.Random(f"app {seed}"), people).steps(seconds) if step.at < seconds]
    app.sort(key=lambda step: step.at)
    wrong = list(_faults(random.Random(f"faults {seed}"), seconds)) if faults else []
    return Plan(seed, seconds, app, wrong)


class _AppPlan:
    """Knows who there is and which calls exist, so that every step befalls somebody."""

    def __init__(self, random: random.Random, people: int) -> None:
        self._random = random
        self._first = people
        self._people: list[str] = []
        self._calls: list[tuple[float, str, str]] = []
        self._number = 0

    def steps(self, seconds: float) -> Iterator[Step]:
        for _ in range(self._first):
            yield self._join(0.0)
        for person in list(self._people):
            yield self._talk(0.5, person)
        at = 1.0
        while (at := at + self._random.expovariate(1 / _APP_PAUSE_SECONDS)) < seconds:
            action = self._random.choices(list(_ACTIONS), list(_ACTIONS.values()))[0]
            yield from self._of(action, at)

    def _of(self, action: str, at: float) -> Iterator[Step]:
        person = self._random.choice(self._people)
        match action:
            case "talk":
                # Some come together: a run then has several in flight when it is killed.
                for _ in range(self._random.choice((1, 1, 2, 5))):
                    yield self._talk(at, self._random.choice(self._people))
            case "join":
                yield self._join(at)
            case "erase":
                # Most of them have talked a moment ago, so that something of theirs is on its way.
                for _ in range(self._random.choice((0, 1, 3))):
                    yield self._talk(at, person)
                at += self._random.uniform(0.5, 8.0)
                yield Step(at, "erase", {"person": person})
                self._calls = [one for one in self._calls if one[2] != person]
                chance = self._random.random()
                if chance < 0.6:
                    yield self._talk(at + self._random.uniform(2, 10), person)
                elif chance < 0.8:
                    yield self._recorded_late(at + self._random.uniform(2, 10), person)
            case "change_zone":
                yield Step(at, "change_zone", {"person": person, "zone": self._random.choice(ZONES)})
            case "take_in":
                yield Step(at, "take_in", {"person": person})
            case _ if begun := [one for one in self._calls if one[0] < at]:
                _, call, owner = self._random.choice(begun[-_NEWEST:])
                yield Step(at, action, {"person": owner, "call": call} | self._details(action))

    def _details(self, action: str) -> dict[str, Any]:
        if action == "complete_again":
            return {"word": marker(self._random), "active_seconds": round(self._random.uniform(0.2, 2.0), 2)}
        return {"ended_ago": self._moved()} if action == "move_end" else {}

    def _join(self, at: float) -> Step:
        person = f"user_{len(self._people):03d}"
        self._people.append(person)
        return Step(
            at,
            "join",
            {
                "person": person,
                "name": marker(self._random).title(),
                "zone": self._random.choice(ZONES),
                "born": self._random.random() < 0.4,
            },
        )

    def _recorded_late(self, at: float, person: str) -> Step:
        """A call of before the erasure whose record comes after it. Nothing else befalls it."""
        step = self._talk(at, person)
        self._calls.pop()
        return Step(at, "talk", {**step.fields, "ended_ago": 600.0, "dated": True, "late": True})

    def _talk(self, at: float, person: str) -> Step:
        self._number += 1
        call = f"conv_{self._number:05d}"
        self._calls.append((at, call, person))
        fields = {"person": person, "call": call, "word": marker(self._random), "ended_ago": self._ago()}
        return Step(at, "talk", fields | {"dated": self._random.random() < 0.9})

    def _ago(self) -> float:
        """Seconds since it ended: mostly just now, some yesterday, some of last week."""
        days = self._random.choices((0, 1, self._random.randint(2, 8)), (70, 15, 15))[0]
        return round(days * _DAY + self._random.uniform(5, 120), 1)

    def _moved(self) -> float:
        return round(self._random.choices((self._random.uniform(0, 5), _DAY + 60.0), (75, 25))[0], 1)


def _faults(random: random.Random, seconds: float) -> Iterator[Step]:
    at = _FIRST_FAULT_SECONDS
    while (at := at + random.expovariate(1 / _FAULT_PAUSE_SECONDS)) < seconds:
        name = random.choices(list(_FAULTS), list(_FAULTS.values()))[0]
        yield Step(at, name, _details(name, random))


def _details(name: str, random: random.Random) -> dict[str, Any]:
    service = random.choice(("julep", "julep", "elevenlabs"))
    match name:
        case "kill_run":
            return {"after": round(random.uniform(0.3, 4.0), 2)}
        case "pause_run":
            return {"after": round(random.uniform(0.5, 3.0), 2), "seconds": round(random.uniform(6, 10), 1)}
        case "step_down" | "kill_primary" | "pause_primary":
            return {"seconds": round(random.uniform(2, 6), 1)}
        case "close_connections" | "lose_writes":
            return {"times": random.randint(1, 4)}
        case "lose_replies" | "refuse":
            rate = round(random.uniform(0.3, 0.9), 2)
            return {"service": service, "rate": rate, "seconds": round(random.uniform(3, 8), 1)}
        case "hang":
            return {"seconds": round(random.uniform(3, 8), 1)}
        case _:
            return {"seconds": random.choice((-4200, -121, 121, 4200)), "runs": random.randint(1, 2)}
