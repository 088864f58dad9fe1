import dagster as dg

from astra_pipeline.batches.cohort_dates import Cell
from astra_pipeline.orchestration.cohort_texts import contract_check, everyone_check
from astra_pipeline.orchestration.metadata import counted
from astra_pipeline.reports import rules
from astra_pipeline.reports import write as reports
from astra_pipeline.reports.task import WeeklyReportText
from astra_pipeline.store.documents import at_path
from astra_pipeline.store.mongo import REPORTS, USERS, MongoResource

_SAMPLE = 500

texts_keep_their_contract = contract_check("weekly_reports", REPORTS, WeeklyReportText)
everyone_has_one = everyone_check(
    "weekly_reports",
    lambda db, zones, at: reports.lacking(
        db, [Cell(week, key, zone) for key, zone in zones.items() if (week := rules.due_week(at, zone))]
    ),
)


@dg.asset_check(
    asset="weekly_reports",
    description=f"Of the {_SAMPLE} users served last: `weekly_reports` holds at most four, newest first, one a "
    "week, and `latest_weekly_report` is the first of them and not older than the newest stored.",
)
def newest_four_first(mongo: MongoResource) -> dg.AssetCheckResult:
    """Names users whose overview is out of order or went back in time."""
    newest = mongo.db[REPORTS].aggregate(
        [
            {"$sort": {"week_start": -1}},
            {"$limit": _SAMPLE},
            {"$group": {"_id": "$user_id", "week": {"$max": "$week_start"}}},
        ]
    )
    weeks = {found["_id"]: found["week"] for found in newest}
    fields = {
        "id": 1,
        "user_overview.weekly_reports.week_start": 1,
        "user_overview.latest_weekly_report.week_start": 1,
    }
    rows = [
        {"user": user["id"], "problem": problem}
        for user in mongo.db[USERS].find({"id": {"$in": list(weeks)}}, fields)
        if (problem := _problem(user, weeks[user["id"]]))
    ]
    return dg.AssetCheckResult(passed=not rows, metadata=counted("users_out_of_order", rows))


def _problem(user: dict[str, object], newest: str) -> str | None:
    listed = at_path(user, "user_overview.weekly_reports")
    weeks = [str(entry.get("week_start") or "") for entry in listed] if isinstance(listed, list) else []
    latest = at_path(user, "user_overview.latest_weekly_report.week_start")
    if len(weeks) > rules.KEPT_IN_OVERVIEW:
        return f"{len(weeks)} reports"
    if weeks != sorted(set(weeks), reverse=True):
        return "not one a week, newest first"
    if not weeks or latest != weeks[0] or weeks[0] < newest:
        return f"latest is of {latest}, the newest of {newest}"
    return None
