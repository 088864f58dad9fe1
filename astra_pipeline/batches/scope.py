"""The one selection of every run: the items a batch is about, and whether it does again what is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.batches.cohort_dates import CohortDate


@dataclass(frozen=True)
class Days:
    """Whole UTC days, from `start` up to but not including `end`."""

    start: dt.datetime
    end: dt.datetime

    @property
    def query(self) -> Mapping[str, dt.datetime]:
        """The condition on a date field that lies in these days."""
        return {"$gte": self.start, "$lt": self.end}


@dataclass(frozen=True)
class Scope:
    """The selection that a run is restricted to. An empty tuple means: no restriction by this field.

    A run over conversations has `days`, a run over cohorts has `cohorts`, a run over a grid of dates and cohorts
    has `cohort_dates`.
    """

    user_ids: tuple[str, ...] = ()
    conversation_ids: tuple[str, ...] = ()
    force: bool = False
    """Do again what exists already."""
    limit: int | None = None
    """At most so many items."""
    days: Days | None = None
    cohorts: tuple[str, ...] = ()
    cohort_dates: tuple[CohortDate, ...] = ()

    @property
    def overrides_backoff(self) -> bool:
        """True when the run names its items, or does everything again: neither backoff nor parking holds them then.

        A run over conversations that names people is a selection, not a request for these very conversations.
        """
        return self.force or bool(self.conversation_ids) or (self.days is None and bool(self.user_ids))

    @property
    def in_days(self) -> Mapping[str, dt.datetime]:
        """The condition on a date field that lies in the scope's days."""
        assert self.days is not None, "a scope of conversations has days"
        return self.days.query

    def chosen_conversations(self, id_field: str) -> dict[str, Any]:
        """The filter for the conversations named, `id_field` being their id. It is empty when none is named."""
        query: dict[str, Any] = {}
        if self.conversation_ids:
            query[id_field] = {"$in": list(self.conversation_ids)}
        if self.user_ids:
            query["user_id"] = {"$in": list(self.user_ids)}
        return query
