"""Birth charts in `user_overview.birth_chart`: finding the people whose chart is due, computing and storing it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches.failures import Kind, Subject
from astra_pipeline.batches.result import BatchResult
from astra_pipeline.batches.scope import Scope
from astra_pipeline.batches.work import Stage, Work
from astra_pipeline.charts import birth_data
from astra_pipeline.errors import BadBirth
from astra_pipeline.people.room import make_room
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import NOT_ERASED, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

KIND: Kind = "birth_charts"
INCOMPLETE = "birth data incomplete"
OURS = "user_overview.birth_chart.engine"
READ = dict.fromkeys(
    (
        "id",
        *birth_data.FIELDS,
        "birth_day",
        "birth_month",
        "astra.cohort",
        "astra.chart_key",
        OURS,
    ),
    1,
)
_STORED_AT_ONCE = 20


def engine() -> str:
    """The engine that charts are computed by. Another version or another lunar node makes stored charts due."""
    from astra_pipeline.astrology.ephemeris import VERSION

    return f"{VERSION}-{settings().astra_lunar_node}"


async def compute(work: Work, scope: Scope) -> BatchResult:
    """Compute and store the charts that are due in the scope's cohorts: missing, of the old system, of other birth
    data or of another engine; all of them when forced. An item is a user."""
    due = await _users_due(work.db, scope)
    charts = await asyncio.to_thread(charts_of, list(due.users.values()), now=work.now)
    subjects = [Subject(user_id, user_id=user_id) for user_id in due.users]
    result = await work.through(
        _Storing(work, due.users, charts), subjects, scope, concurrency=_STORED_AT_ONCE, leased=False
    )
    result.skipped |= dict.fromkeys(due.incomplete, INCOMPLETE)
    result.unchanged += due.current
    return result


class _Storing(Stage):
    """The charts of a batch, computed together and stored one by one."""

    kind = KIND

    def __init__(
        self, work: Work, users: Mapping[str, dict[str, Any]], charts: Mapping[str, dict[str, Any] | BadBirth]
    ) -> None:
        self._work, self._users, self._charts = work, users, charts

    async def do(self, subject: Subject) -> bool:
        user, chart = self._users[subject.item], self._charts[subject.item]
        if isinstance(chart, BadBirth):
            await _withdraw(self._work.db, user)
            raise chart
        # False: the birth data changed since it was read, and the chart stays due.
        return await _store(self._work.db, user, chart, run_id=self._work.run_id)


@dataclass
class _Due:
    """The people of a batch."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    """User id -> document, of those whose chart is to be computed."""
    incomplete: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    """Those whose stored chart is of their present birth data."""


async def _users_due(db: AsyncDatabase[dict[str, Any]], scope: Scope) -> _Due:
    query: dict[str, Any] = {"astra.cohort": {"$in": list(scope.cohorts)}}
    if scope.user_ids:
        query["id"] = {"$in": list(scope.user_ids)}
    due, key = _Due(), engine()
    async for user in db[USERS].find(query, READ).sort("id", 1):
        if not birth_data.is_complete(user):
            due.incomplete.append(user["id"])
        elif not scope.force and birth_data.has_current_chart(user, engine=key):
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
        {"id": user["id"]} | {field: user.get(field) for field in birth_data.FIELDS} | NOT_ERASED,
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
        {"id": user["id"], OURS: {"$ne": None}} | {field: user.get(field) for field in birth_data.FIELDS},
        {"$unset": {"user_overview.birth_chart": ""}},
    )
