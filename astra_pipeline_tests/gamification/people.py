"""People with conversations, and their metrics as the product computes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from astra_pipeline.gamification import rules as gamification

DEFAULT_ZONE = "Asia/Kolkata"
MILLISECOND = dt.timedelta(milliseconds=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@dataclass
class Person:
    """A user with their conversations, their insights and their stored metrics."""

    user_id: str = "user_asha"
    talks: list[dt.datetime] = field(default_factory=list)
    insights: list[tuple[dt.datetime, list[str]]] = field(default_factory=list)
    profile: dict[str, Any] = field(default_factory=dict)
    places: dict[dt.datetime, str] = field(default_factory=dict)
    """Conversation -> the zone where it took place, of those away from home."""
    best_streak: object = None
    milestones_unlocked: object = None
    milestones: object = None
    topics_explored: object = None

    def having(self, result: Mapping[str, Any]) -> Person:
        """The person after `result` was stored."""
        stored = ("best_streak", "milestones_unlocked", "milestones", "topics_explored")
        return replace(self, **{name: result[name] for name in stored})


def compute(people: Sequence[Person], as_of: dt.datetime, *, backwards: bool = False) -> list[dict[str, Any]]:
    """The product's metrics, one dict a person, in their order; `backwards` turns the input rows around."""
    step = -1 if backwards else 1
    talks = [(person.user_id, at, person.places.get(at)) for person in people for at in person.talks][::step]
    insights = [(person.user_id, at, topics) for person in people for at, topics in person.insights][::step]
    profile = ("timezone", "birth_timezone", *gamification.CHART_FIELDS)
    users = pd.DataFrame(
        {
            "user_id": [person.user_id for person in people],
            **{name: [person.profile.get(name) for person in people] for name in dict.fromkeys(profile)},
            "stored_best_streak": [person.best_streak for person in people],
            "stored_milestones": [person.milestones_unlocked for person in people],
            "stored_unlocked": [person.milestones for person in people],
            "stored_topics": [person.topics_explored for person in people],
        },
        dtype=object,
    )
    times = {"ended_at": "datetime64[ms, UTC]"}
    computed = gamification.compute(
        pd.DataFrame(talks, columns=["user_id", "ended_at", "timezone"]).astype({"timezone": object} | times),
        users,
        pd.DataFrame(insights, columns=["user_id", "ended_at", "topics"]).astype(times),
        as_of=as_of,
        default_timezone=DEFAULT_ZONE,
    )
    assert list(computed.index) == [person.user_id for person in people]
    columns = {str(name): computed[name].tolist() for name in computed.columns}
    return [{name: values[row] for name, values in columns.items()} for row in range(len(people))]


def compute_one(person: Person, as_of: dt.datetime) -> dict[str, Any]:
    return compute([person], as_of)[0]


def local(zone: str, *clock: int, **more: int) -> dt.datetime:
    """A moment by the clock on the wall in `zone`, as UTC."""
    return dt.datetime(*clock, **more, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)  # type: ignore[arg-type, misc]


def in_zone(zone: str, *talks: dt.datetime) -> Person:
    return Person(talks=list(talks), profile={"timezone": zone})
