"""A few items of a batch as a table, for an operator to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Preview:
    """Rows under their columns, and whole texts by person. Settings can switch previews off."""

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """The ids of the people and conversations that the preview shows."""
        ids = [number for number, column in enumerate(self.columns) if column in ("user", "conversation")]
        return {str(row[number]) for row in self.rows for number in ids} | set(self.texts)
