"""The runs that a tick asks for on behalf of requests. Pure: requests and their places go in, run plans come out.

A run is a batch: all requests of a kind go into one. Requests that one run cannot serve (another date, `force`
beside none, days that lie far apart) wait for the next tick. The request that has waited longest is always served.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from astra_pipeline.requests.request import KINDS, Kind, TaskRequest

# The days of a run over conversations cost time each, whatever happened on them.
_LONGEST = dt.timedelta(days=31)


@dataclass(frozen=True)
class Place:
    """The partition in which a request's item is."""

    first_day: dt.date | None = None
    """Of a conversation: the first UTC day on which it may have ended. Of a text: its local date, or Monday."""
    last_day: dt.date | None = None
    cohort: str | None = None
    """Of a person, and of their text."""
    is_past: bool = False
    """The text's date is over: it is paid for out of the hour's budget for the past."""


@dataclass(frozen=True)
class RunPlan:
    """One run on behalf of requests of one kind."""

    kind: Kind
    key: str
    force: bool
    requests: tuple[TaskRequest, ...]
    first_day: dt.date | None
    last_day: dt.date | None
    cohorts: frozenset[str]
    is_past: bool

    @property
    def user_ids(self) -> list[str]:
        """The people whom the run names."""
        return sorted({request.user_id for request in self.requests})

    @property
    def conversation_ids(self) -> list[str]:
        """The conversations that the run names."""
        return sorted({request.item for request in self.requests if request.kind == "transcript"})


def plan_runs(
    waiting: Sequence[TaskRequest], places: Mapping[str, Place], *, busy: Collection[Kind], at_most: int
) -> list[RunPlan]:
    """At most one run a kind, with at most `at_most` requests. Kinds that are `busy` wait.

    `places` gives the place of each request, by id. A request without one waits.
    """
    plans = []
    for kind in KINDS:
        mine = [one for one in waiting if one.kind == kind and one.id in places]
        if mine and kind not in busy:
            mine.sort(key=lambda one: (one.requested_at, one.id))
            together = _together(mine, places)[:at_most]
            plans.append(_plan(together, places, _key(together)))
    return plans


def plan_again(requests: Sequence[TaskRequest], places: Mapping[str, Place]) -> RunPlan | None:
    """The run that these requests, marked with one key, were marked for and that never came; None when none of
    them has a place any more."""
    mine = [one for one in requests if one.id in places and one.asked]
    return _plan(mine, places, mine[0].asked.key) if mine and mine[0].asked else None


def _together(requests: Sequence[TaskRequest], places: Mapping[str, Place]) -> list[TaskRequest]:
    """The first of the requests, and those of the others that the same run can serve."""
    first, *others = requests
    found, span = [first], _days(places[first.id])
    for one in others:
        place = places[one.id]
        if one.force != first.force or place.is_past != places[first.id].is_past:
            continue
        widened = _widened(span, _days(place))
        if one.kind == "transcript":
            if widened is not None and widened[1] - widened[0] > _LONGEST:
                continue
        elif _days(place) != span:
            continue
        span = widened
        found.append(one)
    return found


def _plan(requests: Sequence[TaskRequest], places: Mapping[str, Place], key: str) -> RunPlan:
    span: tuple[dt.date, dt.date] | None = None
    for one in requests:
        span = _widened(span, _days(places[one.id]))
    return RunPlan(
        kind=requests[0].kind,
        key=key,
        force=requests[0].force,
        requests=tuple(requests),
        first_day=span[0] if span else None,
        last_day=span[1] if span else None,
        cohorts=frozenset(cohort for one in requests if (cohort := places[one.id].cohort)),
        is_past=places[requests[0].id].is_past,
    )


def _days(place: Place) -> tuple[dt.date, dt.date] | None:
    if place.first_day is None:
        return None
    return place.first_day, place.last_day or place.first_day


def _widened(
    span: tuple[dt.date, dt.date] | None, days: tuple[dt.date, dt.date] | None
) -> tuple[dt.date, dt.date] | None:
    if span is None or days is None:
        return span or days
    return min(span[0], days[0]), max(span[1], days[1])


def _key(requests: Sequence[TaskRequest]) -> str:
    """The key of the run: the same requests in the same state have the same, so that a tick that is repeated asks
    for no second run. Requests of a run that died have another key the next time."""
    digest = hashlib.sha256()
    for one in sorted(requests, key=lambda one: one.id):
        digest.update(f"{one.id}\0{one.asked.key if one.asked else ''}\n".encode())
    return f"{requests[0].kind}-{digest.hexdigest()[:24]}"
