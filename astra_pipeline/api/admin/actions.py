"""The actions of the admin page: try again what is parked, bring a person up to date, learn their persona.

Each is logged with ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from starlette.requests import Request

from astra_pipeline.api import asking, errors
from astra_pipeline.api.admin.access import Admin
from astra_pipeline.batches import failures
from astra_pipeline.requests import standing, store
from astra_pipeline.requests.request import Requester
from astra_pipeline.requests.standing import MayBeAsked, Standing
from astra_pipeline.store import clock

log = structlog.get_logger(__name__)

# Outcome -> the sentence that the page shows.
SENTENCES: Mapping[str, str] = {
    "retried": "What was parked is due now. The sensor takes it up at its next tick.",
    "nothing": "Nothing was parked.",
    "asked": "Chart, horoscope and report were asked for, as far as they can be had. Runs begin in a moment.",
    "cannot": "Nothing could be asked for: birth data or conversations are missing.",
    "persona_asked": "The persona was asked for. A run begins in a moment.",
    "no_persona": "No persona can be had: it is switched off, or there are fewer than 5 conversations.",
    "erased": "The person was erased.",
    "unknown": "No person has this id.",
}


async def retry_parked(request: Request, admin: Admin, user_id: str | None) -> str:
    """Make everything that is parked due now; of one person, when one is named. Returns the outcome."""
    database = request.app.state.sync_db()
    ids = (user_id,) if user_id else ()
    count = await asyncio.to_thread(failures.retry_now, database, ids)
    log.info("an admin has parked items tried again", admin=admin.id, user_id=user_id, items=count)
    return "retried" if count else "nothing"


async def refresh_person(request: Request, admin: Admin, user_id: str | None) -> str:
    """Ask for a person's chart, horoscope and weekly report anew, as requests. Returns the outcome."""
    db = request.app.state.db
    try:
        who = await asking.asker(db, user_id or "")
    except errors.Refused as refused:
        return "erased" if refused.status_code == 409 else "unknown"
    now = clock.now()
    wishes: list[Standing] = [
        await standing.chart(db, who, force=True),
        await standing.horoscope(db, who, force=True, now=now),
        await standing.weekly_report(db, who, force=True, now=now),
    ]
    by = Requester(kind="admin", id=admin.id)
    asked = [
        (await store.ask(db, how.wish, by, asking.trace_of(request))).request.kind
        for how in wishes
        if isinstance(how, MayBeAsked)
    ]
    log.info("an admin asks for a person's texts", admin=admin.id, user_id=user_id, kinds=asked)
    return "asked" if asked else "cannot"


async def learn_persona(request: Request, admin: Admin, user_id: str | None) -> str:
    """Ask for a person's persona anew, as a request. Returns the outcome."""
    db = request.app.state.db
    try:
        who = await asking.asker(db, user_id or "")
    except errors.Refused as refused:
        return "erased" if refused.status_code == 409 else "unknown"
    how = await standing.persona(db, who, force=True)
    if not isinstance(how, MayBeAsked):
        return "no_persona"
    await store.ask(db, how.wish, Requester(kind="admin", id=admin.id), asking.trace_of(request))
    log.info("an admin asks for a person's persona", admin=admin.id, user_id=user_id)
    return "persona_asked"


Action = Callable[[Request, Admin, str | None], Awaitable[str]]
ACTIONS: dict[str, Action] = {
    "retry_parked": retry_parked,
    "refresh_person": refresh_person,
    "learn_persona": learn_persona,
}


def sentence(outcome: str | None) -> str | None:
    """The sentence for an outcome; None for none, and for a word that is no outcome."""
    return SENTENCES.get(outcome or "")


def known_action(name: Any) -> Action:
    """The action of that name. Raises Refused (400)."""
    if (action := ACTIONS.get(str(name))) is None:
        raise errors.invalid({"action": f"must be one of {', '.join(ACTIONS)}"})
    return action
