"""POST chart, horoscope, weekly-report and persona: what is made for a person when they ask for it."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import JSONResponse

from astra_pipeline.api import asking
from astra_pipeline.api.answers import WRITE_PROBLEMS
from astra_pipeline.api.asked_answers import ACCEPTED, ChartDone, HoroscopeDone, PersonaDone, WeeklyReportDone
from astra_pipeline.api.door import CallerOf, Db, door
from astra_pipeline.api.parameters import Body
from astra_pipeline.requests import standing
from astra_pipeline.store import clock

charts, horoscopes = door("chart"), door("horoscope")
weekly_reports, personas = door("weekly-report"), door("persona")
_RESPONSES = WRITE_PROBLEMS | ACCEPTED


class ChartBody(Body):
    """The body of POST chart."""

    force_recalculate: bool = False


class TextBody(Body):
    """The body of POST horoscope and POST weekly-report."""

    force_regenerate: bool = False


class PersonaBody(Body):
    """The body of POST persona."""

    force_analyze: bool = False


@charts.post("/api/tasks/chart", response_model=ChartDone, responses=_RESPONSES)
async def post_chart(request: Request, caller: CallerOf, db: Db, body: ChartBody) -> JSONResponse:
    """Ask for the birth chart."""
    who = await asking.asker(db, caller.person(body.user_id))
    how = await standing.chart(db, who, force=body.force_recalculate)
    return await asking.answer(request, db, caller, "chart", how, forced="force-chart")


@horoscopes.post("/api/tasks/horoscope", response_model=HoroscopeDone, responses=_RESPONSES)
async def post_horoscope(request: Request, caller: CallerOf, db: Db, body: TextBody) -> JSONResponse:
    """Ask for today's horoscope, by the person's own date."""
    who = await asking.asker(db, caller.person(body.user_id))
    how = await standing.horoscope(db, who, force=body.force_regenerate, now=clock.now())
    return await asking.answer(request, db, caller, "horoscope", how, forced="force-horoscope")


@weekly_reports.post("/api/tasks/weekly-report", response_model=WeeklyReportDone, responses=_RESPONSES)
async def post_weekly_report(request: Request, caller: CallerOf, db: Db, body: TextBody) -> JSONResponse:
    """Ask for the report on the last week that is over where the person is."""
    who = await asking.asker(db, caller.person(body.user_id))
    how = await standing.weekly_report(db, who, force=body.force_regenerate, now=clock.now())
    return await asking.answer(request, db, caller, "weekly-report", how, forced="force-weekly-report")


@personas.post("/api/tasks/persona", response_model=PersonaDone, responses=_RESPONSES)
async def post_persona(request: Request, caller: CallerOf, db: Db, body: PersonaBody) -> JSONResponse:
    """Ask for the persona, which is learnt from at least five conversations."""
    who = await asking.asker(db, caller.person(body.user_id))
    how = await standing.persona(db, who, force=body.force_analyze)
    if isinstance(how, dict):
        return asking.json_answer(200, how)
    return await asking.answer(request, db, caller, "persona", how, forced="force-persona")
