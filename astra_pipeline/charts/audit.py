"""Checks that stored charts agree with their users' birth data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.charts import birth_data
from astra_pipeline.charts.write import engine
from astra_pipeline.people.birth import DECIDING, FIELDS, NIGHT
from astra_pipeline.people.person import Person
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database

_FIELDS = dict.fromkeys((*FIELDS, *DECIDING, NIGHT, "id", "astra.chart_key"), 1) | {
    "user_overview.birth_chart.engine": 1,
    "user_overview.birth_chart.input.flags": 1,
}


@dataclass(frozen=True)
class Charts:
    """The charts computed last, and their problems."""

    looked_at: int
    stale: list[str]
    """Users whose chart was computed from other birth data than their present one."""
    flagged: list[dict[str, str]]
    """{user, flag} of charts whose birth data leaves something open."""


def last_charts(db: Database[dict[str, Any]], *, sample: int) -> Charts:
    """Compare the last `sample` charts with their users' present birth data."""
    found = db[USERS].find({"astra.chart_key": {"$type": "string"}}, _FIELDS)
    found = found.sort("user_overview.birth_chart.calculated_at", -1).limit(sample)
    people = [Person.read(user) for user in found]
    current = engine()
    stale = [person.id for person in people if not birth_data.has_current_chart(person, engine=current)]
    flagged = [
        {"user": person.id, "flag": flag.partition(":")[0]}  # the rest quotes the place
        for person in people
        for flag in (person.chart.flags if person.chart else ())
    ]
    return Charts(len(people), stale, flagged)


def refused_statements(db: Database[dict[str, Any]], *, at_most: int) -> list[dict[str, str]]:
    """{user, field, reason} of statements about a birth that could not be used."""
    found = db[USERS].find({"astra.birth_rejected": {"$exists": True}}, {"id": 1, "astra.birth_rejected": 1})
    return [
        {"user": user["id"], "field": field, "reason": refused["reason"]}
        for user in found.limit(at_most)
        for field, refused in user["astra"]["birth_rejected"].items()
        if refused
    ]
