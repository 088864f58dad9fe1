"""Agreement of the overview with the stored weekly reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from astra_pipeline.reports.rules import KEPT_IN_OVERVIEW
from astra_pipeline.store.collections import REPORTS, USERS
from astra_pipeline.store.documents import at_path

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
        {"user": user["id"], "problem": problem}
        for user in db[USERS].find({"id": {"$in": list(weeks)}}, fields)
        if (problem := _problem(user, weeks[user["id"]]))
    ]


def _problem(user: Mapping[str, Any], newest: str) -> str | None:
    listed = at_path(user, "user_overview.weekly_reports")
    weeks = [str(entry.get("week_start") or "") for entry in listed] if isinstance(listed, list) else []
    latest = at_path(user, "user_overview.latest_weekly_report.week_start")
    if len(weeks) > KEPT_IN_OVERVIEW:
        return f"{len(weeks)} reports"
    if weeks != sorted(set(weeks), reverse=True):
        return "not one a week, newest first"
    if not weeks or latest != weeks[0] or weeks[0] < newest:
        return f"latest is of {latest}, the newest of {newest}"
    return None
