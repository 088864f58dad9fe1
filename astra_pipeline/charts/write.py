"""Birth charts in `user_overview.birth_chart`: whose is due, computing a batch of them, storing one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import failures
from astra_pipeline.batches.failures import Subject
from astra_pipeline.charts import birth_data
from astra_pipeline.errors import BadBirth
from astra_pipeline.people.room import make_room
from astra_pipeline.settings import settings
from astra_pipeline.store import change_stream as changes
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.mongo import FAILURES, USERS
from astra_pipeline.store.queries import NOT_ERASED, chunks

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.synchronous.database import Database

KIND = "birth_charts"
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
_DUE_AT_ONCE = 5_000


def engine() -> str:
    """What charts are computed by: another version or another lunar node, and stored charts are due."""
    from astra_pipeline.astrology.ephemeris import VERSION

    return f"{VERSION}-{settings().astra_lunar_node}"


@dataclass
class Due:
    """The users of a batch."""

    subjects: list[Subject]
    users: dict[str, dict[str, Any]]
    skipped: dict[str, str]
    """User -> why there is nothing to compute."""
    current: int


async def users_due(
    db: AsyncDatabase[dict[str, Any]],
    cohorts: Sequence[str],
    *,
    user_ids: Sequence[str],
    force: bool,
) -> Due:
    """Users of the cohorts whose chart is missing, not ours, or of other birth data (all, when forced)."""
    query: dict[str, Any] = {"astra.cohort": {"$in": list(cohorts)}}
    if user_ids:
        query["id"] = {"$in": list(user_ids)}
    due = Due([], {}, {}, 0)
    key = engine()
    async for user in db[USERS].find(query, _READ).sort("id", 1):
        if not birth_data.is_complete(user):
            due.skipped[user["id"]] = INCOMPLETE
        elif not force and birth_data.has_current_chart(user, engine=key):
            due.current += 1
        else:
            due.subjects.append(Subject(user["id"], user_id=user["id"]))
            due.users[user["id"]] = user
    return due


def compute(users: Sequence[dict[str, Any]], *, now: dt.datetime) -> dict[str, dict[str, Any] | BadBirth]:
    """User id -> chart document, or why there is none; all charts in one pass."""
    from astra_pipeline.astrology.chart import charts

    births: dict[str, Any] = {}
    answers: dict[str, dict[str, Any] | BadBirth] = {}
    for user in users:
        try:
            births[user["id"]] = birth_data.birth_of(user, now=now)
        except BadBirth as error:
            answers[user["id"]] = error
    computed = charts(list(births.values()), now=now, true_node=settings().astra_lunar_node == "true")
    return answers | dict(zip(births, computed, strict=True))


async def store(
    db: AsyncDatabase[dict[str, Any]], user: dict[str, Any], chart: dict[str, Any], *, run_id: str
) -> bool:
    """Keep the chart, unless the birth data changed since it was read: then it stays due, and False."""
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


def due_by_cohort(db: Database[dict[str, Any]], *, now: dt.datetime) -> dict[str, list[str]]:
    """Cohort -> users whose chart is due and who are not set aside; what the sensor asks runs for.

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
    """Users with complete birth data, no chart of it and no failure that says why (a report, it looks at all)."""
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
    """What people said about their birth that could not be used: {user, field, reason}."""
    found = db[USERS].find({"astra.birth_rejected": {"$exists": True}}, {"id": 1, "astra.birth_rejected": 1})
    return [
        {"user": user["id"], "field": field, "reason": refused["reason"]}
        for user in found.limit(at_most)
        for field, refused in user["astra"]["birth_rejected"].items()
        if refused
    ]


def notice_changes(db: Database[dict[str, Any]], cursor: str | None) -> str:
    """Make the charts due of users whose birth data changed since `cursor`; returns the next cursor.

    Where the change stream's position is lost, every stored chart is compared once.
    """
    found = changes.since(db, cursor, fields=_WATCHED)
    if found.everybody:
        _reopen(db, {"astra.chart_key": {"$type": "string"}})
    for chunk in chunks(list(found.users)):
        _reopen(db, {"_id": {"$in": list(chunk)}})
    return found.cursor


async def withdraw(db: AsyncDatabase[dict[str, Any]], user: dict[str, Any]) -> None:
    """Take back our chart of a user from whose present birth data none can be computed: it is of other data. One of
    the old system stays, and so does ours when the data changed since it was read: then it is due."""
    await db[USERS].update_one(
        {"id": user["id"], _OURS: {"$ne": None}} | {field: user.get(field) for field in birth_data.FIELDS},
        {"$unset": {"user_overview.birth_chart": ""}},
    )


def _reopen(db: Database[dict[str, Any]], chosen: dict[str, Any]) -> None:
    """Of the users chosen, those whose chart is not of their data: due again, whatever failed before. Of data that
    is no longer complete our chart is taken back."""
    key = engine()
    for user in db[USERS].find(chosen | NOT_ERASED, _READ):
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
