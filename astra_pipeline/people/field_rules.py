"""Rules for the values that a stored field of a person may hold. Pure.

A value that no rule reads is quarantined (people/quarantine.py) before its field is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from astra_pipeline.people import birth_date
from astra_pipeline.store.documents import count, listed, readings, says_something, texts
from astra_pipeline.zones import place_zone

OVERVIEW = "user_overview"
METRICS = f"{OVERVIEW}.gamification"
PREFERENCES = f"{OVERVIEW}.preferences"
BIRTH_DETAILS = f"{OVERVIEW}.birth_details"
LISTS = tuple(f"{OVERVIEW}.{name}" for name in ("recent_conversations", "insights", "incident_map"))
WEEKLY_REPORTS = f"{OVERVIEW}.weekly_reports"
# Documents that are written as a whole.
REPLACED = tuple(f"{OVERVIEW}.{name}" for name in ("birth_chart", "latest_horoscope", "latest_weekly_report"))


@dataclass(frozen=True)
class Rule:
    """The rule of one field: `reads` accepts its values besides nothing, `want` says in words which those are."""

    reads: Callable[[Any], bool]
    want: str


def _is_document(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return count(value) is not None


def _is_moment(value: object) -> bool:
    return isinstance(value, dt.datetime) or bool(readings(value))


def _is_zone(value: object) -> bool:
    return place_zone(value) is not None


def _are_texts(value: object) -> bool:
    return texts(value)[1]


def _are_entries(value: object) -> bool:
    return listed(value) is not None


def _are_reports(value: object) -> bool:
    return listed_reports(value) is not None


def _is_one_of(*words: str) -> Rule:
    return Rule(lambda value: value in words, " or ".join((", ".join(words[:-1]), words[-1])))


DOCUMENT = Rule(_is_document, "a document")
TEXT = Rule(_is_text, "text")
COUNT = Rule(_is_count, "a number")
MOMENT = Rule(_is_moment, "a date")
TEXTS = Rule(_are_texts, "a list of texts")
LIST = Rule(_are_entries, "a list")

# Path of a user document -> its rule. A path without a rule may hold anything; the rules about what is inside the
# metrics are those of the product that computes them (gamification/stored.py).
RULES: Mapping[str, Rule] = {
    "name": TEXT,
    "date_of_birth": Rule(birth_date.is_date, "a date"),
    "timezone": Rule(_is_zone, "the IANA time zone of a place"),
    **dict.fromkeys((OVERVIEW, PREFERENCES, BIRTH_DETAILS, METRICS, *REPLACED), DOCUMENT),
    **dict.fromkeys(LISTS, LIST),
    WEEKLY_REPORTS: Rule(_are_reports, "a list"),
    f"{OVERVIEW}.profile_summary": TEXT,
    f"{OVERVIEW}.first_message": TEXT,
    f"{PREFERENCES}.communication_style": _is_one_of("casual", "balanced", "formal"),
    f"{PREFERENCES}.astrology_system": _is_one_of("vedic", "western", "both"),
    f"{PREFERENCES}.hinglish_level": COUNT,
    f"{PREFERENCES}.topics_of_interest": TEXTS,
    f"{PREFERENCES}.favorite_astro_topics": TEXTS,
    **{f"{BIRTH_DETAILS}.{name}": TEXT for name in ("city", "country", "place_text", "timezone")},
}


def is_read(path: str, value: object) -> bool:
    """True when the field at `path` holds a value that its rule reads."""
    return says_something(value) and (path not in RULES or RULES[path].reads(value))


def listed_reports(value: object) -> list[Any] | None:
    """Weekly reports as a list, also those stored under their weeks ({"2025-01-06": {...}}).

    None for other values.
    """
    entries = listed(value)
    if entries is None and isinstance(value, Mapping) and value:
        weeks = [(week, entry) for week, entry in value.items() if readings(week) and isinstance(entry, Mapping)]
        entries = [{"week_start": week, **entry} for week, entry in weeks] if len(weeks) == len(value) else None
    return entries
