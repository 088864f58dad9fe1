"""Checks that overviews show the newest stored weekly reports, in order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from astra_pipeline.people.person import Person
from astra_pipeline.reports.rules import KEPT_IN_OVERVIEW
from astra_pipeline.store.collections import REPORTS, USERS

if TYPE_CHECKING:
    from pymongo.synchronous.database import Database


def users_out_of_order(db: Database[dict[str, Any]], *, sample: int) -> list[dict[str, str]]:
    """{user, problem} of the people whose overview shows reports out of order, or older ones than their newest.

    Looks at the last `sample` reports by week.
    """
    newest = db[REPORTS].aggregate(
        [
            {"$sort": {"week_start": -1}},
            {"$limit": sample},
            {"$group": {"_id": "$user_id", "week": {"$max": "$week_start"}}},
        ]
    )
    weeks = {found["_id"]: found["week"] for found in newest}
    fields = {
        "id": 1,
        "user_overview.weekly_reports.week_start": 1,
        "user_overview.latest_weekly_report.week_start": 1,
    }
    return [
        {"user": person.id, "problem": problem}
        for person in map(Person.read, db[USERS].find({"id": {"$in": list(weeks)}}, fields))
        if (problem := _problem(person, dt.date.fromisoformat(weeks[person.id])))
    ]


def _problem(person: Person, newest: dt.date) -> str | None:
    starts, latest = person.report_starts, person.latest_report_start
    # Reports of the old system without a usable week come after the others.
    dated = [start for start in starts if start]
    if len(starts) > KEPT_IN_OVERVIEW:
        return f"{len(starts)} reports"
    if list(starts[: len(dated)]) != sorted(set(dated), reverse=True):
        return "not one a week, newest first"
    if not dated or latest != dated[0] or dated[0] < newest:
        return f"latest is of {latest}, the newest of {newest}"
    return None
