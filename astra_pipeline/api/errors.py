"""Every refusal of the API, and the body it has: `{error, ...}`, which names fields and never repeats a value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from astra_pipeline.errors import DatabaseAway, Erased, ServiceAway
from astra_pipeline.store.outages import is_outage

_RETRY_AFTER = {"Retry-After": "5"}
_REASONS = {404: "Not found", 405: "Method not allowed"}
# Kind of pydantic's error -> our words. None repeats the value, as pydantic's own sometimes do.
_PROBLEMS = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
_LONGEST_FIELD = 60


class Refused(HTTPException):
    """A request that is answered with `status_code` and `body`.

    FastAPI lets an HTTPException pass that comes while it reads a body; it makes another error of any other.
    """

    def __init__(self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, str(body.get("error")), headers)
        self.body = dict(body)

    def answer(self) -> JSONResponse:
        """The response."""
        return JSONResponse(self.body, self.status_code, {"Cache-Control": "no-store"} | dict(self.headers or {}))


def unauthorized() -> Refused:
    """The refusal of a caller without credentials, or with bad ones."""
    return Refused(401, {"error": "Unauthorized"})


def forbidden(message: str | None = None) -> Refused:
    """The refusal of a known caller who may not do this."""
    return Refused(403, {"error": "Forbidden"} | ({"message": message} if message else {}))


def not_found(what: str = "User") -> Refused:
    """The one refusal for what is not there and what is somebody else's."""
    return Refused(404, {"error": f"{what} not found"})


def unavailable(message: str | None = None) -> Refused:
    """The refusal while MongoDB is away. It is never a 401: a client that sees one signs people out."""
    return Refused(503, {"error": "Service unavailable"} | ({"message": message} if message else {}), _RETRY_AFTER)


def too_large() -> Refused:
    """The refusal of a body above the limit."""
    return Refused(413, {"error": "Payload too large", "message": "The body has more than 64 KiB"})


def unsupported_type() -> Refused:
    """The refusal of a body that is not JSON."""
    return Refused(415, {"error": "Unsupported media type", "message": "Content-Type must be application/json"})


def too_many(wait_seconds: float) -> Refused:
    """The refusal of a request above a rate; it may come again after `wait_seconds`."""
    wait = max(1, math.ceil(wait_seconds))
    message = f"Try again in {wait} second{'s' if wait > 1 else ''}"
    body = {"error": "Too many requests", "message": message, "retry_after": wait}
    return Refused(429, body, {"Retry-After": str(wait)})


def invalid(problems: Mapping[str, str]) -> Refused:
    """The refusal of a request with `problems`, field -> what is wrong with it."""
    fields = [{"field": field, "problem": problem} for field, problem in problems.items()]
    message = "; ".join(f"{field} {problem}" for field, problem in problems.items())
    return Refused(400, {"error": "Invalid request", "message": message, "fields": fields})


def refusal_of(error: BaseException) -> Refused:
    """The refusal an error is answered with; 500 for one that nobody foresaw."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid_of(error.errors())
    if isinstance(error, HTTPException):
        reason = _REASONS.get(error.status_code) or "Invalid request"
        return Refused(error.status_code, {"error": reason}, error.headers)
    if isinstance(error, Erased):
        return Refused(409, {"error": "Erased"})
    if isinstance(error, ServiceAway | DatabaseAway) or is_outage(error):
        return unavailable()
    return Refused(500, {"error": "Internal server error", "message": "The request could not be answered"})


def _invalid_of(found: Iterable[Mapping[str, Any]]) -> Refused:
    problems: dict[str, str] = {}
    for one in found:
        if one["type"] == "json_invalid":
            return Refused(400, {"error": "Invalid JSON payload"})
        problems.setdefault(_field(one["loc"]), _problem(one))
    return invalid(problems)


def _field(place: Iterable[object]) -> str:
    """The name of the field: `date` for ("query", "date"); "body" for the body itself."""
    where, *names = [str(part) for part in place]
    return ".".join(names)[:_LONGEST_FIELD] or where


def _problem(one: Mapping[str, Any]) -> str:
    kind, context = one["type"], one.get("ctx") or {}
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} characters"
    if kind.startswith("date"):
        return "must be a date such as 2026-11-23"
    return _PROBLEMS.get(kind, "is not valid")
