"""Every route of the application, and what each kind of caller gets from it when it is about Asha.

A row says how the route is asked and with which status it answers. A new route needs its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.routing import Route

DATE = "2026-10-05"
TALK = "conv_of_asha"
REQUEST = "req_0199f3a0-7a55-7cc4-a7bb-3f1c1f6f0e11"
# Whom a request names; None: nobody.
Named = Literal["user_asha", "user_bela", "user_gone", "user_of_nobody"] | None


@dataclass(frozen=True)
class Row:
    """A route, and the statuses of its answers."""

    allowed: int
    """To Asha, to an admin and to a service that names her."""
    to_another: int
    """To somebody else who names nobody: what is theirs, or nothing where the route is about a thing of Asha's."""
    to_erased: int
    """To somebody who was erased and asks for themselves."""
    body: Mapping[str, Any] | None = None
    query: Mapping[str, str] | None = None
    names_people: bool = True
    """Whether a request may name a person. Otherwise it is about a thing, whose owner the service knows."""


_READ = Row(allowed=200, to_another=200, to_erased=200)
_ASKED: Mapping[str, Any] = {}
# What needs a person: (method, path) -> row.
PERSONAL: dict[tuple[str, str], Row] = {
    ("GET", "/api/tasks/gamification"): _READ,
    ("GET", "/api/tasks/chart"): _READ,
    ("GET", "/api/tasks/horoscope"): _READ,
    ("GET", "/api/tasks/weekly-report"): _READ,
    ("GET", "/api/tasks/persona"): _READ,
    ("GET", "/api/tasks/requests/{request_id}"): Row(200, 404, 404, names_people=False),
    ("GET", "/api/tasks/transcript"): Row(200, 404, 404, query={"execution_id": REQUEST}, names_people=False),
    ("POST", "/api/tasks/transcript"): Row(202, 404, 404, body={"conversation_id": TALK}),
    ("POST", "/api/tasks/gamification"): Row(200, 200, 409, body=_ASKED),
    ("POST", "/api/tasks/chart"): Row(202, 202, 409, body={"force_recalculate": True}),
    ("POST", "/api/tasks/horoscope"): Row(202, 202, 409, body={"force_regenerate": True}),
    ("POST", "/api/tasks/weekly-report"): Row(400, 400, 409, body=_ASKED),
    ("POST", "/api/tasks/persona"): Row(400, 400, 409, body=_ASKED),
    ("POST", "/api/tasks/horoscope/feedback"): Row(204, 204, 404, body={"date": DATE, "rating": "up"}),
}
# What is about nobody: (method, path) -> the one status that everybody gets.
PUBLIC: dict[tuple[str, str], int] = {
    ("GET", "/api/tasks/openapi.json"): 200,
    ("GET", "/api/tasks/docs"): 200,
    ("GET", "/healthz"): 200,
    ("GET", "/readyz"): 200,
    # ElevenLabs signs; no cookie and no token stands in for a signature.
    ("POST", "/webhooks/elevenlabs/post-call"): 400,
}


@dataclass(frozen=True)
class Case:
    """A kind of caller, the person they name, and the status they get; None: what the row allows."""

    caller: str
    names: Named
    status: int | None


CASES = (
    Case("nobody", "user_asha", 401),
    Case("nobody", None, 401),
    Case("a false token", "user_asha", 401),
    Case("a false cookie", "user_asha", 401),
    Case("somebody else", "user_asha", 403),
    Case("somebody else", "user_of_nobody", 403),
    Case("an erased person", "user_asha", 403),
    Case("asha", "user_asha", None),
    Case("asha", None, None),
    Case("asha", "user_bela", 403),
    Case("a service", "user_asha", None),
    Case("a service", None, 400),
    Case("a service", "user_of_nobody", 404),
    Case("an admin", "user_asha", None),
    Case("an admin", "user_of_nobody", 404),
)


def cases_of(row: Row) -> Iterator[Case]:
    """The cases of a row, and what those get who name nobody and mean themselves."""
    yield Case("somebody else", None, row.to_another)
    # An admin sees every thing.
    yield Case("an admin", None, row.to_another if row.names_people else None)
    yield Case("an erased person", None, row.to_erased)
    for case in CASES:
        if row.names_people:
            yield case
        elif case.names is None:
            # A service sees every thing, and names nobody for it.
            yield Case(case.caller, None, None if case.caller == "a service" else case.status)
    if row.names_people:
        # A service that means the wrong person gets nothing of Asha's.
        yield Case("a service", "user_bela", row.to_another)
        yield Case("a service", "user_gone", row.to_erased)


def routes_of(routes: Any) -> Iterator[tuple[str, str]]:
    """(method, path) of every route, those of included routers too. Raises TypeError for one of another kind."""
    for route in routes:
        if (router := getattr(route, "original_router", None)) is not None:
            yield from routes_of(router.routes)
        elif isinstance(route, Route):
            yield from ((method, route.path) for method in sorted((route.methods or set()) - {"HEAD"}))
        else:
            raise TypeError(f"a route of the kind {type(route).__name__} is not walked yet")
