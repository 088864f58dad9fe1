"""GET /api/tasks/chart: a person's birth chart."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request, Response

from astra_pipeline.api import caching, errors
from astra_pipeline.api.answers import ChartAnswer
from astra_pipeline.api.dates import plain
from astra_pipeline.api.door import CallerOf, Db, UserId, door
from astra_pipeline.people.reading import read_fields
from astra_pipeline.store.documents import at_path

router = door("read")

_CHART = "user_overview.birth_chart"


@router.get("/api/tasks/chart", response_model=ChartAnswer)
async def get_chart(request: Request, caller: CallerOf, db: Db, user_id: UserId = None) -> Response:
    """A person's birth chart, Vedic and Western."""
    person = caller.person(user_id)
    stored = await read_fields(db, person, [_CHART])
    if stored is None:
        raise errors.not_found()
    chart = at_path(stored, _CHART)
    has_chart = isinstance(chart, Mapping) and bool(chart)
    return caching.personal(
        request, person, ChartAnswer(chart=plain(chart) if has_chart else None, has_chart=has_chart)
    )
