"""The migration of people of the old system: their Julep user, and the unreadable parts of their document. Pure."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from astra_pipeline.gamification import stored as stored_metrics
from astra_pipeline.people import field_rules
from astra_pipeline.people.person import Person
from astra_pipeline.people.quarantine import key_of, quarantined
from astra_pipeline.store.documents import Document, at_path, moment, readings, says_something

_TEXT = (lambda value: isinstance(value, str)), "no text"
_DATE = (lambda value: bool(readings(value))), "no date"
_ONE_DATE = (lambda value: moment(value) is not None), "no date"
_ENTRIES: Mapping[str, Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    # List -> field of its entries -> (its reader, the problem of a value that it does not read).
    "user_overview.recent_conversations": {"conversation_id": _TEXT, "date": _DATE},
    "user_overview.insights": {"conversation_id": _TEXT, "content": _TEXT},
    "user_overview.incident_map": {"title": _TEXT, "description": _TEXT},
    "user_overview.weekly_reports": {"week_start": _ONE_DATE},
}
# Path of a user document -> its rule, those about metrics included.
RULES: Mapping[str, field_rules.Rule] = {**field_rules.RULES, **stored_metrics.RULES}
_PATHS = {key_of(path): path for path in RULES}
_NUMBER = re.compile(r"_\d+$")
USUAL_LLM_SECONDS = 5.0
"""The seconds of one LLM call in an estimate."""
REPORTS = 4
"""The number of past weeks on which a migrated person gets reports."""


def julep_profile(person: Person) -> dict[str, Any]:
    """Name, about, metadata and project of the Julep user. It holds nothing that the person said."""
    return {
        "name": person.first_name or "friend",
        "about": "",
        "metadata": {"user_id": person.id},
        "project": "astra",
    }


def unreadable(user: Document) -> list[str]:
    """Fields of an old document that no rule of ours reads, each with its problem; values are not repeated.

    The fields stay as they are until we write to them. Then their values are quarantined, which is reported, too.
    """
    found: list[str] = []
    for path, rule in RULES.items():
        value = at_path(user, path)
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if not rule.reads(value):
            found.append(f"{path} is of type {_kind(value)}, want {rule.want}")
        elif path in _ENTRIES:
            found += [f"{path}: {problem}" for problem in _odd_entries(value, _ENTRIES[path])]
    for name, value in quarantined(user).items():
        path = _PATHS.get(_NUMBER.sub("", name)) or _PATHS.get(name)
        if path is None:
            continue
        if path in _ENTRIES and isinstance(value, list):
            found += [f"{path}: {problem}; quarantined" for problem in _odd_entries(value, _ENTRIES[path])]
        elif not RULES[path].reads(value):
            found.append(f"{path} was of type {_kind(value)}, want {RULES[path].want}; quarantined")
    return found


def _odd_entries(value: object, fields: Mapping[str, tuple[Callable[[Any], bool], str]]) -> list[str]:
    """The problems of a list's entries, each with the number of entries that have it."""
    entries = field_rules.listed_reports(value) or []
    documents = [entry for entry in entries if isinstance(entry, Mapping)]
    problems = {"are no documents": len(entries) - len(documents)} | {
        f"have a {field} that is {no}": sum(
            says_something(entry.get(field)) and not reads(entry[field]) for entry in documents
        )
        for field, (reads, no) in fields.items()
    }
    return [f"{odd} of {len(entries)} entries {what}" for what, odd in problems.items() if odd]


@dataclass(frozen=True)
class Plan:
    """The work of a migration and of the backfill that follows it, in numbers."""

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
    """User -> the fields of their document that no rule reads."""
    unusable: int = 0
    """Documents without an id, which cannot be taken in."""

    @property
    def cohorts(self) -> dict[str, int]:
        """Cohort -> the number of these users it would have."""
        return dict(sorted(Counter(self.seats.values()).items()))

    @property
    def llm_calls(self) -> int:
        """The most LLM calls: conversations in which nobody spoke cost none."""
        return self.conversations + self.horoscopes + self.reports

    def judge_calls(self, share: float) -> int:
        """The most LLM calls of judges beside these, when they read that share (0 to 1) of the texts."""
        return math.ceil(self.llm_calls * share)

    def duration(
        self,
        *,
        users_per_second: float,
        calls_per_hour: int | None,
        concurrency: int,
        judged_share: float = 0.0,
    ) -> dt.timedelta | None:
        """The estimated time of sync and backfill, one after the other; None when no calls are allowed."""
        if calls_per_hour == 0 and self.llm_calls:
            return None
        syncing = self.without_julep_user / users_per_second
        calls = self.llm_calls + self.judge_calls(judged_share)
        calling = calls * USUAL_LLM_SECONDS / concurrency
        if calls_per_hour:
            calling = max(calling, calls / calls_per_hour * 3600)
        return dt.timedelta(seconds=round(syncing + calling))


def _kind(value: object) -> str:
    return type(value).__name__
