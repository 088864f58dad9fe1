"""GET /api/tasks/horoscope: a person's newest horoscope, or that of a date; and what they think of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import Field

from astra_pipeline.api import caching, errors
from astra_pipeline.api.answers import WRITE_PROBLEMS, Horoscope, HoroscopeAnswer
from astra_pipeline.api.dates import plain
from astra_pipeline.api.door import CallerOf, Db, UserId, door
from astra_pipeline.api.parameters import Body, LocalDate
from astra_pipeline.counters import FEEDBACK, count
from astra_pipeline.errors import NotFound
from astra_pipeline.horoscopes import feedback, reading
from astra_pipeline.people.reading import read_fields
from astra_pipeline.store import clock
from astra_pipeline.store.documents import at_path
from astra_pipeline.zones import local_date, person_zone

reads, ratings = door("read"), door("feedback")

_LATEST = "user_overview.latest_horoscope"
DateParameter = Annotated[LocalDate | None, Query(description="A local date, YYYY-MM-DD. Absent: the newest.")]


@reads.get("/api/tasks/horoscope", response_model=HoroscopeAnswer)
async def get_horoscope(
    request: Request, caller: CallerOf, db: Db, user_id: UserId = None, date: DateParameter = None
) -> Response:
    """A person's newest horoscope, or that of `date`."""
    person = caller.person(user_id)
    stored = await read_fields(db, person, ["timezone", "birth_timezone", _LATEST])
    if stored is None:
        raise errors.not_found()
    horoscope = at_path(stored, _LATEST)
    if not isinstance(horoscope, Mapping) or not horoscope:
        horoscope = None
    if date is not None:
        horoscope = await reading.of_date(db, person, date) or _of(horoscope, date)
    zone = person_zone(stored, request.app.state.configured.astra_default_timezone)
    today = local_date(clock.now(), zone)
    answer = HoroscopeAnswer(
        horoscope=None if horoscope is None else Horoscope.model_validate(plain(horoscope)),
        has_horoscope=horoscope is not None,
        is_today=_of(horoscope, today) is not None,
        local_date=today,
        timezone=zone,
    )
    return caching.personal(request, person, answer)


def _of(horoscope: Mapping[str, Any] | None, date: dt.date) -> Mapping[str, Any] | None:
    """The horoscope if it is of the date."""
    return horoscope if horoscope is not None and horoscope.get("date") == date.isoformat() else None


class Feedback(Body):
    """A person's opinion of a horoscope."""

    date: LocalDate
    rating: Literal["up", "down"]
    comment: Annotated[str, Field(max_length=feedback.LONGEST_COMMENT)] | None = None


@ratings.post("/api/tasks/horoscope/feedback", status_code=204, responses=WRITE_PROBLEMS)
async def post_feedback(caller: CallerOf, db: Db, body: Feedback) -> Response:
    """Note a person's opinion of their horoscope of a date. The newest one counts."""
    person = caller.person(body.user_id)
    try:
        await feedback.rate(db, person, body.date, rating=body.rating, comment=body.comment)
    except NotFound:
        raise errors.not_found("Horoscope") from None
    count(FEEDBACK, rating=body.rating)
    return Response(status_code=204, headers={"Cache-Control": "no-store"})
