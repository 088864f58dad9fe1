"""The admin page: rendered here, without a script, without anything from elsewhere."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import jinja2
import orjson
import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from astra_pipeline.api import errors
from astra_pipeline.api.admin import actions
from astra_pipeline.api.admin.access import LOGIN, Admin, admin_of, asks_for_password
from astra_pipeline.api.admin.person import read_person
from astra_pipeline.api.admin.state import State, read_state
from astra_pipeline.api.admin.words import ago, moment, spark
from astra_pipeline.settings import settings
from astra_pipeline.store import clock

log = structlog.get_logger(__name__)

router = APIRouter(include_in_schema=False)

_HERE = Path(__file__).parent / "templates"
_REFRESH_SECONDS = 30
_FORM_BYTES = 4096
_FORM = "application/x-www-form-urlencoded"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; script-src 'none'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
_templates.filters |= {"ago": ago, "moment": moment, "spark": spark}


@router.get("/admin")
@router.get("/admin/")
async def overview(request: Request) -> Response:
    """The state of everything, the verdict first."""
    admin = await admin_of(request)
    state = await _state(request)
    outcome = actions.sentence(request.query_params.get("outcome"))
    return _page("overview.html", admin, state=state, outcome=outcome, refresh=_REFRESH_SECONDS)


@router.get("/admin/person")
async def person(request: Request) -> Response:
    """One person, by id."""
    admin = await admin_of(request)
    user_id = request.query_params.get("user_id", "").strip()
    found = await read_person(request.app.state.db, user_id) if user_id else None
    if found is not None:
        log.info("an admin reaches another person", admin=admin.id, user_id=user_id)
    outcome = actions.sentence(request.query_params.get("outcome"))
    return _page("person.html", admin, person=found, user_id=user_id, outcome=outcome, status=200 if found else 404)


@router.post("/admin/actions")
async def act(request: Request) -> Response:
    """Do what a form of the page asks for, and show the page again."""
    admin = await admin_of(request)
    form = await _form(request)
    if not admin.may_act(form.get("csrf", "")):
        raise errors.forbidden("The form is not of this session: load the page again")
    user_id = form.get("user_id", "").strip() or None
    outcome = await actions.known_action(form.get("action"))(request, admin, user_id)
    back = {"outcome": outcome} | ({"user_id": user_id} if user_id else {})
    return RedirectResponse(f"/admin{'/person' if user_id else '/'}?{urlencode(back)}", 303, _HEADERS)


@router.get("/admin/api/status")
async def status(request: Request) -> Response:
    """The same as `astra status --json`, with Dagster's state as its daemon noted it last."""
    await admin_of(request)
    state = await _state(request)
    found: dict[str, Any] = {"at": state.at, "exit_code": int(state.verdict), "status": state.verdict.words}
    found |= {"reasons": state.reasons, "holdings": asdict(state.holdings)} | asdict(state.dagster)
    body = orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
    return Response(body, headers=_HEADERS, media_type="application/json")


@router.get(LOGIN)
async def login(request: Request) -> Response:
    """The sign-in for who has ASTRA_ADMIN_TOKEN: the browser asks for it. Not there without such a token."""
    if not asks_for_password(request.app.state.configured):
        raise errors.not_found("Page")
    if "authorization" not in request.headers:
        challenge = {"WWW-Authenticate": 'Basic realm="astra admin", charset="UTF-8"'}
        return Response("The password is ASTRA_ADMIN_TOKEN.", 401, _HEADERS | challenge, media_type="text/plain")
    try:
        await admin_of(request)
    except errors.Refused as refused:
        if refused.status_code != 404:
            raise
        challenge = {"WWW-Authenticate": 'Basic realm="astra admin", charset="UTF-8"'}
        return Response("The password is ASTRA_ADMIN_TOKEN.", 401, _HEADERS | challenge, media_type="text/plain")
    return RedirectResponse("/admin/", 303, _HEADERS)


@router.get("/admin/style.css")
async def style(request: Request) -> Response:
    """The page's style."""
    await admin_of(request)
    return Response((_HERE / "style.css").read_text(), headers=_HEADERS, media_type="text/css")


async def _state(request: Request) -> State:
    return await asyncio.to_thread(read_state, request.app.state.sync_db(), now=clock.now())


def _page(template: str, admin: Admin, *, status: int = 200, **values: Any) -> HTMLResponse:
    shown = {
        "refresh": None,
        "admin": admin,
        "now": dt.datetime.now(dt.UTC),
        "dagster_url": settings().astra_dagster_url,
    }
    return HTMLResponse(_templates.get_template(template).render(shown | values), status, _HEADERS)


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form. Raises Refused: 415 for another body, 413 for a large one."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind != _FORM:
        raise errors.Refused(415, {"error": "Unsupported media type", "message": "The page sends a form"})
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _FORM_BYTES:
            raise errors.too_large()
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    return {name: values[-1] for name, values in fields.items()}
