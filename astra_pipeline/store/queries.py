"""Pieces of MongoDB queries that every collection shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

# People and conversations that were not erased; in words an index can answer, which None is not.
NOT_ERASED: dict[str, Any] = {"astra.erased_at": {"$not": {"$gt": dt.datetime(1970, 1, 1, tzinfo=dt.UTC)}}}
_CHUNK = 5_000


def chunks(items: Sequence[str], size: int = _CHUNK) -> Iterable[Sequence[str]]:
    """`items` in slices of at most `size`, to keep single commands below MongoDB's limits."""
    return (items[start : start + size] for start in range(0, len(items), size))
