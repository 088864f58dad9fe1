"""The service of birth charts: finds the people whose chart is due, computes the charts and stores them."""

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
from astra_pipeline.people.birth import DECIDING, FIELDS, NIGHT
from astra_pipeline.people.person import Person
from astra_pipeline.people.room import make_room
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import NOT_ERASED, USERS

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

KIND: Kind = "birth_charts"
INCOMPLETE = "birth data incomplete"
OURS = "user_overview.birth_chart.engine"
CHARTLESS = "astra.chartless_key"
READ = dict.fromkeys(
    (
        "id",
        *FIELDS,
        *DECIDING,
        NIGHT,
        "astra.cohort",
        "astra.chart_key",
        CHARTLESS,
        OURS,
    ),
    1,
)
_STORED_AT_ONCE = 20


def engine() -> str:
    """The name of the engine: its version, that of the rules for places and clocks, and its lunar node.

    Stored charts of another engine are due.
    """
    from astra_pipeline.astrology.ephemeris import VERSION
    from astra_pipeline.charts.births import RULES

    return f"{VERSION}.{RULES}-{settings().astra_lunar_node}"


async def compute(work: Work, scope: Scope) -> BatchResult:
    """Compute and store the charts that are due in the scope's cohorts, all of them when forced. An item is a user.

    A chart is due when it is missing, of the old system, of other birth data or of another engine.
    """
    due = await _users_due(work.db, scope)
    charts = await asyncio.to_thread(charts_of, list(due.people.values()), now=work.now)
    subjects = [Subject(user_id, user_id=user_id) for user_id in due.people]
    result = await work.through(
        _Storing(work, due.people, charts), subjects, scope, concurrency=_STORED_AT_ONCE, leased=False
    )
    result.skipped |= dict.fromkeys(due.incomplete, INCOMPLETE)
    result.unchanged += due.current
    return result


class _Storing(Stage):
    """The stage that stores the charts of a batch, which were computed together."""

    kind = KIND

    def __init__(
        self, work: Work, people: Mapping[str, Person], charts: Mapping[str, dict[str, Any] | BadBirth]
    ) -> None:
        self._work, self._people, self._charts = work, people, charts

    async def do(self, subject: Subject) -> bool:
        person, chart = self._people[subject.item], self._charts[subject.item]
        if isinstance(chart, BadBirth):
            await _withdraw(self._work.db, person)
            raise chart
        # False: the birth data changed since it was read, and the chart stays due.
        return await _store(self._work.db, person, chart, run_id=self._work.run_id)


@dataclass
class _Due:
    """The people of a batch, by the state of their chart."""

    people: dict[str, Person] = field(default_factory=dict)
    """User id -> person whose chart is to be computed."""
    incomplete: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    """Users whose stored chart is of their present birth data."""


async def _users_due(db: AsyncDatabase[dict[str, Any]], scope: Scope) -> _Due:
    query: dict[str, Any] = {"astra.cohort": {"$in": list(scope.cohorts)}}
    if scope.user_ids:
        query["id"] = {"$in": list(scope.user_ids)}
    due, key = _Due(), engine()
    async for user in db[USERS].find(query, READ).sort("id", 1):
        person = Person.read(user)
        if not person.birth.is_complete:
            due.incomplete.append(person.id)
        elif not scope.force and birth_data.has_current_chart(person, engine=key):
            due.current.append(person.id)
        else:
            due.people[person.id] = person
    return due


def charts_of(people: Sequence[Person], *, now: dt.datetime) -> dict[str, dict[str, Any] | BadBirth]:
    """User id -> chart document, or the error for birth data without one; all charts in one pass."""
    from astra_pipeline.astrology.chart import charts

    births: dict[str, Any] = {}
    refused: dict[str, dict[str, Any] | BadBirth] = {}
    for person in people:
        try:
            births[person.id] = birth_data.birth_of(person.birth, now=now)
        except BadBirth as error:
            refused[person.id] = error
    computed = charts(list(births.values()), now=now, true_node=settings().astra_lunar_node == "true")
    return refused | dict(zip(births, computed, strict=True))


async def _store(db: AsyncDatabase[dict[str, Any]], person: Person, chart: dict[str, Any], *, run_id: str) -> bool:
    """Store the chart. Returns False, and the chart stays due, when the birth data changed since it was read."""
    await make_room(db, person.id)
    written = await db[USERS].update_one(
        {"id": person.id} | person.birth.unchanged() | NOT_ERASED,
        {
            "$set": {
                "user_overview.birth_chart": chart,
                "user_overview.last_updated": chart["calculated_at"],
                "user_overview.updated_by": run_id,
                "astra.chart_key": birth_data.birth_key(person.birth, engine=engine()),
            },
            "$unset": {CHARTLESS: ""},
        },
    )
    return bool(written.matched_count)


async def _withdraw(db: AsyncDatabase[dict[str, Any]], person: Person) -> None:
    """Remove our chart of a person whose present birth data gives none: the stored chart is of other data.

    A chart of the old system stays. So does ours when the birth data changed since it was read: it is due then.
    """
    await db[USERS].update_one(
        {"id": person.id, OURS: {"$ne": None}} | person.birth.unchanged(),
        {"$unset": {"user_overview.birth_chart": ""}},
    )
