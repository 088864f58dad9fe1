"""A cell of a grid: one local date, or the Monday of one local week, of one cohort. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    date: dt.date
    cohort: str
    zone: str
    """IANA zone of the cohort, in which the date is meant."""


@dataclass(frozen=True)
class Due:
    """A cell in which there is something to do now."""

    cell: Cell
    user_ids: tuple[str, ...] = ()
    """Only for these; empty: for everybody of the cohort."""


@dataclass(frozen=True)
class Chosen:
    """What a run over cells is restricted to."""

    user_ids: tuple[str, ...] = ()
    force: bool = False
    limit: int | None = None

    @property
    def insists(self) -> bool:
        """True when somebody asked for these very people: then neither backoff nor parking holds them."""
        return self.force or bool(self.user_ids)
