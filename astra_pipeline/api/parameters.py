"""Values of requests that several routes take."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from astra_pipeline.zones import week_of

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WEEK = re.compile(r"(\d{4}-W\d{2})(?:-\d)?", re.ASCII)


# An id that somebody sends: of a person, a conversation, an event.
Id = Annotated[str, StringConstraints(max_length=256)]


class Body(BaseModel):
    """The body of a request. Types are not coerced: the text "false" is no boolean. Other fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    user_id: Id | None = None
    """The person. Absent or empty: the caller. A service must say it."""


def _date(value: object) -> Any:
    if isinstance(value, dt.date):
        return value
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("date_written", "no date")


def _monday(value: object) -> Any:
    found = _WEEK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return week_of(_date(value))
    try:
        return dt.date.fromisoformat(f"{found[1]}-1")
    except ValueError:
        raise PydanticCustomError("date_written", "no week") from None


# A local date, YYYY-MM-DD.
LocalDate = Annotated[dt.date, BeforeValidator(_date)]
# The Monday of a local week, from any date of it or from YYYY-Www.
LocalWeek = Annotated[dt.date, BeforeValidator(_monday, json_schema_input_type=str)]
