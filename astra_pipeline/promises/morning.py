"""Whether the coming mornings fit: people who are due a horoscope at one hour, by how fast the LLM can write them.

A horoscope counts as late an hour after 06:00 where the person is. The cohorts whose 06:00 is in the same hour
(UTC) share the LLM's slots, so their people times the time of an execution, by the slots, must be less than that.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.slots import limit
from astra_pipeline.counters import EXECUTION_SECONDS, Count
from astra_pipeline.people.cohorts import zones
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import COHORTS
from astra_pipeline.store.counters import read_days
from astra_pipeline.zones import at_local, local_date

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

ALLOWED = dt.timedelta(hours=1)
"""The time that a morning has: the patience of the check `everyone_has_one`."""
WRITER, JUDGE = "horoscope-refresher", "text-judge"
_DUE_AT = dt.time(6)
# Before anything was measured an execution is taken to last so long.
_UNKNOWN_SECONDS = 10.0
# Slots that live conversations always find are not the morning's.
_SHARE_OF_SLOTS = 0.9
_DAYS_MEASURED = 7


@dataclass(frozen=True)
class Morning:
    """The people whose horoscope is due in one hour (UTC), and the time that writing them takes."""

    hour: dt.datetime
    people: int
    cohorts: int
    seconds: float

    @property
    def fits(self) -> bool:
        """Whether all are served before anybody's horoscope is late."""
        return self.seconds <= ALLOWED.total_seconds()


def read(db: Database[Document], *, now: dt.datetime) -> list[Morning]:
    """The mornings of the next 24 hours, the next one first. Reads a document a cohort, and the week's counters."""
    members = {one["_id"]: int(one.get("members") or 0) for one in db[COHORTS].find({}, {"members": 1})}
    timed = read_days(db, (now - dt.timedelta(days=_DAYS_MEASURED)).date(), now.date())
    return foresee(
        {key: (zone, members.get(key, 0)) for key, zone in zones(db).items()},
        seconds_each=seconds_each(timed, runner=settings().astra_task_runner, judged=settings().judged_share),
        slots=limit(),
        now=now,
    )


def seconds_each(timed: Mapping[tuple[str, ...], Count], *, runner: str, judged: float) -> float:
    """The seconds that a slot is held for one horoscope: writing it and, where it is judged, reading it."""

    def mean(task: str) -> float:
        found = timed.get((EXECUTION_SECONDS.name, task, runner), Count())
        return found.sum / found.value if found.value else _UNKNOWN_SECONDS

    return 0.0 if runner == "offline" else mean(WRITER) + judged * mean(JUDGE)


def foresee(
    cohorts: Mapping[str, tuple[str, int]], *, seconds_each: float, slots: int, now: dt.datetime
) -> list[Morning]:
    """The mornings of the next 24 hours. `cohorts`: key -> (zone, members)."""
    people: Counter[dt.datetime] = Counter()
    count: Counter[dt.datetime] = Counter()
    for zone, members in cohorts.values():
        hour = _next_due(zone, now).replace(minute=0, second=0, microsecond=0)
        people[hour] += members
        count[hour] += 1
    usable = max(slots * _SHARE_OF_SLOTS, 1.0)
    return [
        Morning(hour, people[hour], count[hour], people[hour] * seconds_each / usable) for hour in sorted(people)
    ]


def worst(mornings: list[Morning]) -> Morning:
    """The morning that takes longest; one of nobody when there is none."""
    nobody = Morning(dt.datetime(1970, 1, 1, tzinfo=dt.UTC), 0, 0, 0.0)
    return max(mornings, key=lambda one: one.seconds, default=nobody)


def _next_due(zone: str, now: dt.datetime) -> dt.datetime:
    """The next 06:00 in the zone, in UTC."""
    today = local_date(now, zone)
    for date in (today, today + dt.timedelta(days=1), today + dt.timedelta(days=2)):
        moment = at_local(date, _DUE_AT, zone).astimezone(dt.UTC)
        if moment > now:
            return moment
    raise AssertionError("one of three days has a 06:00 to come")
