"""A person's birth chart, as it is stored in `user_overview.birth_chart`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Chart:
    """A stored birth chart. `document` is the chart as it was read."""

    document: Mapping[str, Any]

    @classmethod
    def read(cls, value: object) -> Chart | None:
        """The chart in a stored value; None for what is no document."""
        return cls(value) if isinstance(value, Mapping) else None
