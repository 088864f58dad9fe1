"""Stored values as JSON has them: moments as `YYYY-MM-DDTHH:MM:SS.mmmZ`, as `JSON.stringify` writes a `Date`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainSerializer


def written(at: dt.datetime) -> str:
    """A moment in UTC with milliseconds, always three digits; one without a zone is UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    utc = aware.astimezone(dt.UTC)
    return f"{utc.year:04d}-{utc:%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


# A moment of an answer.
Moment = Annotated[dt.datetime, PlainSerializer(written, return_type=str)]


def plain(value: object) -> Any:
    """A stored value as JSON can hold it.

    Numbers that JSON does not know are null, as are dates that no calendar knows; other types of MongoDB are texts.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.datetime):
        return written(value)
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if to_decimal := getattr(value, "to_decimal", None):  # bson.Decimal128, which a door does not import
        return plain(float(to_decimal()))
    # bson.datetime_ms.DatetimeMS: a date outside of the years 1 to 9999.
    return None if type(value).__name__ == "DatetimeMS" else str(value)
