"""The figures of one day, read from counters and documents. One pass over people and the ends of their calls.

Whoever was erased is in none of them. The days are UTC's; "within 7 days" counts the days where the person is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.retry_marks import PARKED, RETRY_AT
from astra_pipeline.counters import EXECUTION_SECONDS, HTTP, HTTP_SECONDS, ITEMS, TO_OVERVIEW, WRITES, Count
from astra_pipeline.promises.table import BY_NAME, Figure, Measured, quantile, share
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import CONVERSATIONS, FEEDBACK, NOT_ERASED, USERS
from astra_pipeline.store.counters import Series, read_days
from astra_pipeline.store.documents import at_path
from astra_pipeline.zones import local_date, person_zone

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]
    Counted = dict[Series, Count]

_DAY = dt.timedelta(days=1)
_WEEK_DAYS = 7
_WEBHOOK = "/webhooks/"
_API = "/api/"
# A POST that prefers to wait is meant to take long, so of the API reads are measured, as in Prometheus' rule.
_HTTP = {_API: ("GET",), _WEBHOOK: ("POST",)}
_CHART = "user_overview.birth_chart"
_BEST = "user_overview.gamification.best_streak"
_REPORTS = "preferences.notification_preferences.weekly_report"


def measure(db: Database[Document], day: dt.date, *, now: dt.datetime) -> Measured:
    """The figures of the day, each over the days that its promise looks back on. Reads only.

    Streaks, charts and preferences are those of this moment: nobody keeps what they were on a day that is over.
    """
    counted = read_days(db, day - (_WEEK_DAYS - 1) * _DAY, day)
    figures, assets = _of_counters(counted)
    figures["failed_transcripts"] = _failed_transcripts(db, day)
    figures["feedback_positive"] = _feedback(db, day)
    figures |= _of_people(db, day)
    return Measured(day.isoformat(), now, {name: figures[name] for name in BY_NAME}, assets)


def _of_counters(counted: Counted) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """(the figures that counters give, the share of tasks that succeed of each asset)."""
    items: dict[str, dict[str, float]] = {}
    for (_, asset, outcome), count in _of(counted, ITEMS.name):
        items.setdefault(asset, {})[outcome] = count.value
    assets = {
        asset: share(found.get("done", 0), found.get("done", 0) + found.get("parked", 0))
        for asset, found in sorted(items.items())
    }
    done, parked = (sum(found.get(outcome, 0) for found in items.values()) for outcome in ("done", "parked"))
    writes = {outcome: count.value for (_, outcome), count in _of(counted, WRITES.name)}
    executed = Count()
    for _, count in _of(counted, EXECUTION_SECONDS.name):
        executed.add(count)
    overview = sum_of(counted, TO_OVERVIEW.name)
    http = {begin: _http(counted, begin, methods) for begin, methods in _HTTP.items()}
    figures = {
        "task_success": share(done, done + parked),
        "execution_mean": Figure(executed.sum / executed.value if executed.value else None, int(executed.value)),
        "overview_p50": quantile(TO_OVERVIEW.buckets, overview.buckets, 0.5),
        "overview_p95": quantile(TO_OVERVIEW.buckets, overview.buckets, 0.95),
        "sync": share(writes.get("landed", 0), sum(writes.values())),
        "api_p95": quantile(HTTP_SECONDS, http[_API].buckets, 0.95),
        "webhook_p95": quantile(HTTP_SECONDS, http[_WEBHOOK].buckets, 0.95),
    }
    return figures, assets


def sum_of(counted: Counted, name: str) -> Count:
    """All series of a counter together."""
    whole = Count()
    for _, count in _of(counted, name):
        whole.add(count)
    return whole


def _of(counted: Counted, name: str) -> Iterator[tuple[Series, Count]]:
    return ((series, count) for series, count in counted.items() if series[0] == name)


def _http(counted: Counted, begins: str, methods: Collection[str]) -> Count:
    """The requests with these methods to the routes that begin so."""
    whole = Count()
    for (_, method, route, _), count in _of(counted, HTTP.name):
        if method in methods and route.startswith(begins):
            whole.add(count)
    return whole


def _failed_transcripts(db: Database[Document], day: dt.date) -> Figure:
    ended = {"status": "completed", "ended_at": _days(day, _WEEK_DAYS)}
    parked = db[CONVERSATIONS].count_documents(ended | {RETRY_AT: PARKED})
    return share(parked, db[CONVERSATIONS].count_documents(ended))


def _feedback(db: Database[Document], day: dt.date) -> Figure:
    stages = [
        {"$match": {"at": _days(day, BY_NAME["feedback_positive"].days)}},
        {"$group": {"_id": "$rating", "opinions": {"$sum": 1}}},
    ]
    opinions = {row["_id"]: row["opinions"] for row in db[FEEDBACK].aggregate(stages)}
    return share(opinions.get("up", 0), sum(opinions.values()))


def _of_people(db: Database[Document], day: dt.date) -> dict[str, Figure]:
    """The figures that need each person's calls: returning, streaks, reports, charts, calls a month, leaving."""
    people = _People(day)
    fields = {
        "_id": 0,
        "id": 1,
        "timezone": 1,
        "birth_timezone": 1,
        _BEST: 1,
        _REPORTS: 1,
        f"{_CHART}.vedic.sun_sign": 1,
    }
    fields[f"{_CHART}.western.sun_sign"] = 1
    known = {
        user["id"]: _Person.read(user) for user in db[USERS].find({"id": {"$type": "string"}} | NOT_ERASED, fields)
    }
    until = _midnight(day + _DAY)
    stages = [
        {
            "$match": {
                "status": "completed",
                "user_id": {"$type": "string"},
                "ended_at": {"$type": "date", "$lt": until},
            }
        },
        {"$sort": {"user_id": 1, "ended_at": 1}},
        {"$group": {"_id": "$user_id", "ends": {"$push": "$ended_at"}}},
    ]
    for row in db[CONVERSATIONS].aggregate(stages, allowDiskUse=True):
        if (person := known.get(row["_id"])) is not None:
            people.add(person, row["ends"])
    return people.figures()


class _Person:
    """The parts of a person that figures need."""

    __slots__ = ("best_streak", "has_chart", "takes_reports", "zone")

    def __init__(self, zone: str, best_streak: int, *, has_chart: bool, takes_reports: bool) -> None:
        self.zone, self.best_streak = zone, best_streak
        self.has_chart, self.takes_reports = has_chart, takes_reports

    @classmethod
    def read(cls, user: Document) -> _Person:
        best = at_path(user, _BEST)
        return cls(
            person_zone(user, settings().astra_default_timezone),
            int(best) if isinstance(best, int | float) and best == best else 0,
            has_chart=bool(
                at_path(user, f"{_CHART}.vedic.sun_sign") and at_path(user, f"{_CHART}.western.sun_sign")
            ),
            takes_reports=at_path(user, _REPORTS) is True,
        )


class _People:
    """The counts over people, one after the other."""

    def __init__(self, day: dt.date) -> None:
        self._day = day
        self._starts = {days: _midnight(day - (days - 1) * _DAY) for days in (28, 30, 60)}
        self._talked = self._streaks = self._charts = 0
        self._active = self._reports = self._calls = self._active_month = 0
        self._first_calls = self._returned = self._before = self._left = 0

    def add(self, person: _Person, ends: list[dt.datetime]) -> None:
        """Count a person whose calls ended at these moments, in order."""
        self._talked += 1
        self._streaks += person.best_streak >= 3
        self._charts += person.has_chart
        if ends[-1] >= self._starts[28]:
            self._active += 1
            self._reports += person.takes_reports
        lately = sum(1 for end in ends if end >= self._starts[30])
        if lately:
            self._active_month += 1
            self._calls += lately
        if any(self._starts[60] <= end < self._starts[30] for end in ends):
            self._before += 1
            self._left += not lately
        first = local_date(ends[0], person.zone)
        if _WEEK_DAYS <= (self._day - first).days <= BY_NAME["return_7d"].days:
            self._first_calls += 1
            second = local_date(ends[1], person.zone) if len(ends) > 1 else None
            self._returned += second is not None and (second - first).days <= _WEEK_DAYS

    def figures(self) -> dict[str, Figure]:
        """The figures over all of them."""
        return {
            "return_7d": share(self._returned, self._first_calls),
            "streak_3": share(self._streaks, self._talked),
            "weekly_reports_on": share(self._reports, self._active),
            "chart_complete": share(self._charts, self._talked),
            "conversations_a_month": share(self._calls, self._active_month),
            "churn": share(self._left, self._before),
        }


def _days(day: dt.date, days: int) -> Document:
    """The query for moments of so many days (UTC), `day` being the last."""
    return {"$gte": _midnight(day - (days - 1) * _DAY), "$lt": _midnight(day + _DAY)}


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC)
