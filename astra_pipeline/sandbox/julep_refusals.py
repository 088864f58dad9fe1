"""The refusals of Julep: their status codes and the shape of their bodies, as FastAPI writes them."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from starlette.responses import JSONResponse, Response


def problem(place: tuple[str | int, ...], message: str, kind: str) -> dict[str, Any]:
    """One entry of the `detail` of a 422: the field's place, a message and the kind of error."""
    return {"loc": list(place), "msg": message, "type": kind}


def refusal(status: int, detail: object) -> Response:
    """An answer of that status with `detail` as its body."""
    return JSONResponse({"detail": detail}, status)


def not_found(what: str) -> Response:
    """404; `what` is the kind of thing that is missing, such as "User"."""
    return refusal(404, f"{what} not found")


def not_a_uuid(name: str) -> Response:
    """422 for the path parameter `name`, which has to be a UUID."""
    return refusal(422, [problem(("path", name), "Input should be a valid UUID", "uuid_parsing")])


def unprocessable(place: str, error: ValidationError) -> Response:
    """422 with every field of the body or the query that does not fit; `place` is "body" or "query"."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    return refusal(422, [problem((place, *one["loc"]), one["msg"], one["type"]) for one in problems])
