"""GET /api/tasks/weekly-report: a person's newest reports, or that of a week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request, Response

from astra_pipeline.api import caching, errors
from astra_pipeline.api.answers import WeeklyReport, WeeklyReportAnswer
from astra_pipeline.api.dates import plain
from astra_pipeline.api.door import CallerOf, Db, UserId, door
from astra_pipeline.api.parameters import LocalWeek
from astra_pipeline.people.reading import read_fields
from astra_pipeline.reports import reading
from astra_pipeline.store.documents import at_path, listed

router = door("read")

_LATEST, _LISTED = "user_overview.latest_weekly_report", "user_overview.weekly_reports"
WeekParameter = Annotated[
    LocalWeek | None,
    Query(description="A date of the local week, YYYY-MM-DD, or YYYY-Www. Absent: the newest four."),
]


@router.get("/api/tasks/weekly-report", response_model=WeeklyReportAnswer)
async def get_weekly_report(
    request: Request, caller: CallerOf, db: Db, user_id: UserId = None, week: WeekParameter = None
) -> Response:
    """A person's newest weekly reports, newest first; or the one of `week` alone."""
    person = caller.person(user_id)
    stored = await read_fields(db, person, [_LATEST, _LISTED] if week is None else ["id"])
    if stored is None:
        raise errors.not_found()
    if week is None:
        latest = _report(at_path(stored, _LATEST))
        reports = [report for one in listed(at_path(stored, _LISTED)) or [] if (report := _report(one))]
    else:
        latest = _report(await reading.of_week(db, person, week))
        reports = [latest] if latest else []
    answer = WeeklyReportAnswer(latest_report=latest, all_reports=reports, reports_count=len(reports))
    return caching.personal(request, person, answer)


def _report(stored: Any) -> WeeklyReport | None:
    return WeeklyReport.model_validate(plain(stored)) if isinstance(stored, Mapping) and stored else None
