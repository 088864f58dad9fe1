"""A person's streak and number of conversations at a moment, now or long ago."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.gamification import rules
from astra_pipeline.gamification.read import frame_of_persons, no_topics, read_ends
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


@dataclass(frozen=True)
class Progress:
    """A person's streak and number of conversations at a moment."""

    streak_days: int
    total_conversations: int


def progress_of(
    db: Database[dict[str, Any]], persons: Sequence[Person], *, as_of: dt.datetime
) -> dict[str, Progress]:
    """User -> their streak and their number of conversations as of `as_of` (aware). Blocks."""
    default = settings().astra_default_timezone
    ids = [person.id for person in persons]
    ends = read_ends(db, {person.id: person.zone(default) for person in persons}, as_of)
    computed = rules.compute(
        ends[ends["ended_at"] <= as_of],
        frame_of_persons(persons),
        no_topics(),
        as_of=as_of,
        default_timezone=default,
    )
    numbers = zip(computed["streak_days"].tolist(), computed["total_conversations"].tolist(), strict=True)
    return {user_id: Progress(streak, total) for user_id, (streak, total) in zip(ids, numbers, strict=True)}
