"""Reading nested documents whose shape nobody guarantees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from astra_pipeline.core.errors import BadDocument

Document = Mapping[str, Any]


def at_path(document: Document, path: str) -> Any:
    """The value at a dotted path; None where any part is missing or is no document."""
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def moment(value: object) -> dt.datetime | None:
    """A moment as the old system may have stored it, a datetime or ISO text, without a zone in UTC; None when it is
    neither."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, dt.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def mapping(value: object, field: str) -> Document:
    """`value` as a document, empty when it is null. Raises BadDocument naming the field."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadDocument(f"{field} is of type {type(value).__name__}, want a document")
    return value
