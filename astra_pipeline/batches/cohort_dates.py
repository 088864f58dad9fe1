"""A cell of a grid: one local date, or the Monday of one local week, of one cohort."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class CohortDate:
    """One date of one cohort. `zone` is the cohort's IANA zone, in which the date is meant."""

    date: dt.date
    cohort: str
    zone: str


@dataclass(frozen=True)
class DueDate:
    """A cohort's date on which there is something to do now.

    `user_ids` names the people it is due for. Empty: everybody of the cohort.
    """

    cohort_date: CohortDate
    user_ids: tuple[str, ...] = ()
