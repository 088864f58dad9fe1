"""Taking in people of the old system: their Julep user, and what of their document nobody can read. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from astra_pipeline.core.documents import Document, at_path
from astra_pipeline.core.names import called

_NAMESPACE = uuid.UUID("6f1d6d0e-52a5-5d0c-9c43-0a7c8e5f1b20")
_LISTS = ("recent_conversations", "insights", "incident_map", "weekly_reports")
_DOCUMENTS = ("preferences", "birth_details", "gamification", "birth_chart", "latest_horoscope")
USUAL_LLM_SECONDS = 5.0
"""What an estimate takes an LLM call for."""
REPORTS = 4
"""How many weeks back a migrated person gets reports."""


def julep_user_id(user_id: str) -> str:
    """The id of a person's Julep user: the same whenever it is asked for, so that no repeat makes a second."""
    return str(uuid.uuid5(_NAMESPACE, user_id))


def julep_profile(user: Document) -> dict[str, Any]:
    """Name, about, metadata and project of the Julep user. Nothing a person said goes in."""
    return {
        "name": called(user.get("name")) or "friend",
        "about": "",
        "metadata": {"user_id": user["id"]},
        "project": "astra",
    }


def unreadable(user: Document) -> list[str]:
    """Fields of an old document that no rule of ours understands, each with what is wrong; values are not
    repeated. They are left as they are."""
    found: list[str] = []
    name = user.get("name")
    if name is not None and not isinstance(name, str):
        found.append(f"name is of type {_kind(name)}, want text")
    born = user.get("date_of_birth")
    if born is not None and not (isinstance(born, dt.datetime) or _is_date(born)):
        found.append("date_of_birth is no date")
    overview = user.get("user_overview")
    if overview is None:
        return found
    if not isinstance(overview, Mapping):
        return [*found, f"user_overview is of type {_kind(overview)}, want a document"]
    for path in _DOCUMENTS:
        value = overview.get(path)
        if value is not None and not isinstance(value, Mapping):
            found.append(f"user_overview.{path} is of type {_kind(value)}, want a document")
    for path in _LISTS:
        value = overview.get(path)
        if value is None:
            continue
        if not isinstance(value, list):
            found.append(f"user_overview.{path} is of type {_kind(value)}, want a list")
        elif odd := sum(not isinstance(entry, Mapping) for entry in value):
            found.append(f"user_overview.{path}: {odd} of {len(value)} entries are no documents")
    level = at_path(overview, "preferences.hinglish_level")
    if level is not None and not _is_number(level):
        found.append(f"user_overview.preferences.hinglish_level is {_kind(level)} and no number")
    return found


@dataclass(frozen=True)
class Plan:
    """What a migration would do, and what backfill would follow."""

    users: int = 0
    synced_already: int = 0
    without_julep_user: int = 0
    seats: dict[str, str] = field(default_factory=dict)
    """User -> the cohort they would be in."""
    opened: tuple[str, ...] = ()
    """Cohorts that do not exist yet."""
    conversations: int = 0
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    before_start: int = 0
    """Conversations before ASTRA_START_DATE, which have no partition."""
    charts: int = 0
    horoscopes: int = 0
    reports: int = 0
    unreadable: dict[str, list[str]] = field(default_factory=dict)
    """User -> what of their document is left as it is."""
    unusable: int = 0
    """Documents without an id, which cannot be taken in."""

    @property
    def cohorts(self) -> dict[str, int]:
        """Cohort -> how many of these users it would have."""
        return dict(sorted(Counter(self.seats.values()).items()))

    @property
    def llm_calls(self) -> int:
        """At most: conversations nobody spoke in cost nothing."""
        return self.conversations + self.horoscopes + self.reports

    def duration(
        self, *, users_per_second: float, calls_per_hour: int | None, concurrency: int
    ) -> dt.timedelta | None:
        """About how long sync and backfill take, one after the other; None when no calls are allowed."""
        if calls_per_hour == 0 and self.llm_calls:
            return None
        syncing = self.without_julep_user / users_per_second
        calling = self.llm_calls * USUAL_LLM_SECONDS / concurrency
        if calls_per_hour:
            calling = max(calling, self.llm_calls / calls_per_hour * 3600)
        return dt.timedelta(seconds=round(syncing + calling))


def _kind(value: object) -> str:
    return type(value).__name__


def _is_date(value: object) -> bool:
    try:
        dt.datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().isdigit()
    return isinstance(value, int | float) and not isinstance(value, bool)
