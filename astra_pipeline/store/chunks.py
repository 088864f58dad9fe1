"""Slices that keep single commands below MongoDB's limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_CHUNK = 5_000


def chunks(items: Sequence[str], size: int = _CHUNK) -> Iterable[Sequence[str]]:
    """`items` in slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
