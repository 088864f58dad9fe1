"""Birth charts in `user_overview.birth_chart`: finding the people whose chart is due, computing and storing it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Kind, Subject
from astra_pipeline.batches.leases import chunks
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.work import work_through
from astra_pipeline.charts import birth_data
from astra_pipeline.conversations.facts import NOT_ERASED
from astra_pipeline.errors import BadBirth
from astra_pipeline.settings import settings
from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.mongo import FAILURES, USERS, make_room

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

KIND: Kind = "birth_charts"
INCOMPLETE = "birth data incomplete"
_WATCHED = [*birth_data.FIELDS, "birth_day", "birth_month", "user_overview", "user_overview.birth_chart"]
_OURS = "user_overview.birth_chart.engine"
_READ = dict.fromkeys(
    (
        "id",
        *birth_data.FIELDS,
        "birth_day",
        "birth_month",
        "astra.cohort",
        "astra.chart_key",
        _OURS,
    ),
    1,
)
# People whom one run of the sensor is asked for at most.
_DUE_AT_ONCE = 5_000
_STORED_AT_ONCE = 20


def engine() -> str:
    """The engine that charts are computed by. Another version or another lunar node makes stored charts due."""
    from astra_pipeline.astrology.ephemeris import VERSION

    return f"{VERSION}-{settings().astra_lunar_node}"


async def compute(
    db: AsyncDatabase[dict[str, Any]],
    cohorts: Sequence[str],
    *,
    run_id: str,
    now: dt.datetime,
    user_ids: Sequence[str] = (),
    force: bool = False,
    limit: int | None = None,
) -> BatchResult:
    """Compute and store the charts that are due in the cohorts: missing, of the old system, of other birth data or
    of another engine; all of them when forced. An item is a user.

    `user_ids` restricts the batch to these people. `now` (aware) decides which dasha is current.
    """
    due = await _users_due(db, cohorts, user_ids=user_ids, force=force)
    charts = await asyncio.to_thread(charts_of, list(due.users.values()), now=now)
    result = await work_through(
        db,
        KIND,
        [Subject(user_id, user_id=user_id) for user_id in due.users],
        _ChartStage(db, due.users, charts, run_id).do,
        run_id=run_id,
        concurrency=_STORED_AT_ONCE,
        even_if_held=force or bool(user_ids),
        limit=limit,
        leased=False,
    )
    result.skipped |= dict.fromkeys(due.incomplete, INCOMPLETE)
    result.unchanged += due.current
    return result


@dataclass(frozen=True)
class _ChartStage:
    """The charts of a batch, computed together and stored one by one."""

    db: AsyncDatabase[dict[str, Any]]
    users: Mapping[str, dict[str, Any]]
    charts: Mapping[str, dict[str, Any] | BadBirth]
    run_id: str
    kind: Kind = KIND

    async def do(self, subject: Subject) -> bool:
        """Store the chart of one user. Raises BadBirth when none can be computed; False when the birth data changed
        since it was read."""
        user, chart = self.users[subject.item], self.charts[subject.item]
        if isinstance(chart, BadBirth):
            await _withdraw(self.db, user)
            raise chart
        return await _store(self.db, user, chart, run_id=self.run_id)


@dataclass
class _Due:
    """The people of a batch."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    """User id -> document, of those whose chart is to be computed."""
    incomplete: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    """Those whose stored chart is of their present birth data."""


async def _users_due(
    db: AsyncDatabase[dict[str, Any]], cohorts: Sequence[str], *, user_ids: Sequence[str], force: bool
) -> _Due:
    query: dict[str, Any] = {"astra.cohort": {"$in": list(cohorts)}}
    if user_ids:
        query["id"] = {"$in": list(user_ids)}
    due, key = _Due(), engine()
    async for user in db[USERS].find(query, _READ).sort("id", 1):
        if not birth_data.is_complete(user):
            due.incomplete.append(user["id"])
        elif not force and birth_data.has_current_chart(user, engine=key):
            due.current.append(user["id"])
        else:
            due.users[user["id"]] = user
    return due


def charts_of(users: Sequence[dict[str, Any]], *, now: dt.datetime) -> dict[str, dict[str, Any] | BadBirth]:
    """User id -> chart document, or the reason for which there is none; all charts in one pass."""
    from astra_pipeline.astrology.chart import charts

    births: dict[str, Any] = {}
    refused: dict[str, dict[str, Any] | BadBirth] = {}
    for user in users:
        try:
            births[user["id"]] = birth_data.birth_of(user, now=now)
        except BadBirth as error:
            refused[user["id"]] = error
    computed = charts(list(births.values()), now=now, true_node=settings().astra_lunar_node == "true")
    return refused | dict(zip(births, computed, strict=True))


async def _store(
    db: AsyncDatabase[dict[str, Any]], user: dict[str, Any], chart: dict[str, Any], *, run_id: str
) -> bool:
    """Store the chart. Returns False, and the chart stays due, when the birth data changed since it was read."""
    await make_room(db, user["id"])
    written = await db[USERS].update_one(
        {"id": user["id"]} | {field: user.get(field) for field in birth_data.FIELDS},
        {
            "$set": {
                "user_overview.birth_chart": chart,
                "user_overview.last_updated": chart["calculated_at"],
                "user_overview.updated_by": run_id,
                "astra.chart_key": birth_data.birth_key(user, engine=engine()),
            }
        },
    )
    return bool(written.matched_count)


async def _withdraw(db: AsyncDatabase[dict[str, Any]], user: dict[str, Any]) -> None:
    """Take back our chart of a user from whose present birth data no chart can be computed: it is of other data.

    A chart of the old system stays. So does ours when the birth data changed since it was read: it is due then.
    """
    await db[USERS].update_one(
        {"id": user["id"], _OURS: {"$ne": None}} | {field: user.get(field) for field in birth_data.FIELDS},
        {"$unset": {"user_overview.birth_chart": ""}},
    )


def due_by_cohort(db: Database[dict[str, Any]], *, now: dt.datetime) -> dict[str, list[str]]:
    """Cohort -> users whose chart is due and whose failures allow a try now: the sensor asks for runs over these.

    Reads the index on astra.chart_key: its bounds leave only users without a chart of this engine.
    """
    key = engine()
    held = failures.held_users(db, KIND, now=now)
    a_word = {"$regex": r"\S"}
    query = {
        "$or": [
            {"astra.chart_key": None},
            {"astra.chart_key": {"$lt": f"{key}:"}},
            {"astra.chart_key": {"$gte": f"{key};"}},
        ],
        "date_of_birth": {"$ne": None},
        "birth_time": {"$nin": [None, ""]},
        # Else people who never say where they were born would fill the limit.
        "$and": [{"$or": [{"birth_location": a_word}, {"birth_city": a_word}]}],
        "astra.cohort": {"$type": "string"},
        "id": {"$nin": held},
    }
    found: dict[str, list[str]] = {}
    for user in db[USERS].find(query, _READ).limit(_DUE_AT_ONCE):
        if birth_data.is_complete(user):
            found.setdefault(user["astra"]["cohort"], []).append(user["id"])
    return found


def still_due(db: Database[dict[str, Any]]) -> list[str]:
    """Users with complete birth data, no chart of it and no failure that says why. It reads every user."""
    key = engine()
    failed = {failure["user_id"] for failure in db[FAILURES].find({"kind": KIND}, {"user_id": 1})}
    return [
        user["id"]
        for user in db[USERS].find({}, _READ)
        if user["id"] not in failed
        and birth_data.is_complete(user)
        and not birth_data.has_current_chart(user, engine=key)
    ]


def refused_statements(db: Database[dict[str, Any]], *, at_most: int) -> list[dict[str, str]]:
    """{user, field, reason} of statements about a birth that could not be used."""
    found = db[USERS].find({"astra.birth_rejected": {"$exists": True}}, {"id": 1, "astra.birth_rejected": 1})
    return [
        {"user": user["id"], "field": field, "reason": refused["reason"]}
        for user in found.limit(at_most)
        for field, refused in user["astra"]["birth_rejected"].items()
        if refused
    ]


def notice_changes(db: Database[dict[str, Any]], cursor: str | None) -> str:
    """Make charts due where the birth data changed since `cursor`, a position in the change stream; returns the
    next position.

    Where the position is unknown, every stored chart is compared with its birth data once.
    """
    found = changes.since(db, cursor, fields=_WATCHED)
    if found.everybody:
        _reopen(db, {"astra.chart_key": {"$type": "string"}})
    for chunk in chunks(list(found.users)):
        _reopen(db, {"_id": {"$in": list(chunk)}})
    return found.cursor


def _reopen(db: Database[dict[str, Any]], query: dict[str, Any]) -> None:
    """Make the charts due again that are not of their user's present data, whatever failed before. Our chart is
    taken back where the data is no longer complete."""
    key = engine()
    for user in db[USERS].find(query | NOT_ERASED, _READ):
        if birth_data.has_current_chart(user, engine=key):
            continue
        failures.forget(db, KIND, user["id"])
        outdated = at_path(user, _OURS) is not None and not birth_data.is_complete(user)
        db[USERS].update_one(
            {"_id": user["_id"]},
            [
                {"$unset": ["astra.chart_key", *(["user_overview.birth_chart"] if outdated else [])]},
                # How complete the birth data is counts in the person's metrics.
                {"$set": {"astra": {"$mergeObjects": ["$astra", {"gamification_due": "birth data changed"}]}}},
            ],
        )
