"""What a stored field should hold, and the place where what no rule reads is kept. Pure.

A value that no rule reads is moved, before its field is written, to `astra.set_aside` under the field's path with
underscores for dots, as it was; a second one of the same field goes beside it, with a number. So nobody is held up
by an odd value, and a person can still read it. Under the path of a list stand the entries of it that have no room
in it: those of the old system that a conversation's fact tells now, and those that newer ones crowded out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count as numbers
from typing import Any

from astra_pipeline.gamification.milestones import MILESTONES
from astra_pipeline.store.documents import Document, at_path, count, listed, moment, readings, says_something, texts
from astra_pipeline.zones import is_zone

SHELF = "astra.set_aside"
_OVERVIEW = "user_overview"
_METRICS = f"{_OVERVIEW}.gamification"
_PREFERENCES = f"{_OVERVIEW}.preferences"
_IDS = frozenset(milestone.id for milestone in MILESTONES)
_ENTRY_OF_A_MILESTONE = frozenset({"id", "title", "emoji", "unlocked_at"})

DOCUMENTS = (
    "astra.applied",
    "astra.birth_rejected",
    "astra.old_knowledge",
    _OVERVIEW,
    _PREFERENCES,
    f"{_OVERVIEW}.birth_details",
    _METRICS,
)
"""Where we write below: a null there is made an empty document, anything else is set aside."""
LISTS = tuple(f"{_OVERVIEW}.{name}" for name in ("recent_conversations", "insights", "incident_map"))
REPORTS = f"{_OVERVIEW}.weekly_reports"
REPLACED = tuple(f"{_OVERVIEW}.{name}" for name in ("birth_chart", "latest_horoscope", "latest_weekly_report"))
"""Documents that we write as a whole."""


@dataclass(frozen=True)
class Rule:
    """What a field may hold, besides nothing."""

    reads: Callable[[Any], bool]
    want: str


def milestone_ids(value: object) -> tuple[list[str], bool]:
    """(the ids in a stored list of milestones, whether that is all there is in it). Text is read where it names
    milestones there are."""
    if isinstance(value, str):
        named, whole = texts(value)
        return (named, whole) if whole and _IDS.issuperset(named) else ([], not named and whole)
    entries = listed(value)
    if entries is None:
        return [], value is None
    named, whole = texts(entries)
    if whole:
        return named, True
    ids = [entry.get("id") if isinstance(entry, Mapping) else entry for entry in entries]
    return [name for name in ids if isinstance(name, str)], False


def _is_document(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return count(value) is not None


def _is_moment(value: object) -> bool:
    return isinstance(value, dt.datetime) or bool(readings(value))


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return isinstance(value, dt.datetime)
    try:
        return bool(dt.datetime.fromisoformat(value))
    except ValueError:
        return False


def _are_texts(value: object) -> bool:
    return texts(value)[1]


def _are_entries(value: object) -> bool:
    return listed(value) is not None


def _are_milestones(value: object) -> bool:
    if not isinstance(value, list):
        return False
    seen: set[str] = set()
    for entry in value:
        if not isinstance(entry, dict) or not _ENTRY_OF_A_MILESTONE.issuperset(entry):
            return False
        name, when = entry.get("id"), entry.get("unlocked_at")
        if not isinstance(name, str) or name in seen:
            return False
        seen.add(name)
        if not (when is None or isinstance(when, dt.datetime) or moment(when)):
            return False
        if not (isinstance(entry.get("title", ""), str) and isinstance(entry.get("emoji", ""), str)):
            return False
    return True


def _is_one_of(*words: str) -> Rule:
    return Rule(lambda value: value in words, " or ".join((", ".join(words[:-1]), words[-1])))


_DOCUMENT = Rule(_is_document, "a document")
_TEXT = Rule(_is_text, "text")
_COUNT = Rule(_is_count, "a number")
_MOMENT = Rule(_is_moment, "a date")
_TEXTS = Rule(_are_texts, "a list of texts")
_LIST = Rule(_are_entries, "a list")
METRICS: Mapping[str, Rule] = {
    "streak_days": _COUNT,
    "best_streak": _COUNT,
    "total_conversations": _COUNT,
    "chart_completion_percent": _COUNT,
    "last_conversation_date": _MOMENT,
    "topics_explored": _TEXTS,
    "milestones_unlocked": Rule(lambda value: milestone_ids(value)[1], "a list of ids"),
    "milestones": Rule(_are_milestones, "a list of milestones"),
}
"""By name below `user_overview.gamification`."""
RULES: Mapping[str, Rule] = {
    "name": _TEXT,
    "date_of_birth": Rule(_is_date, "a date"),
    "timezone": Rule(is_zone, "an IANA time zone"),
    **dict.fromkeys((_OVERVIEW, _PREFERENCES, f"{_OVERVIEW}.birth_details", _METRICS, *REPLACED), _DOCUMENT),
    **dict.fromkeys(LISTS, _LIST),
    REPORTS: Rule(lambda value: reports(value) is not None, "a list"),
    f"{_OVERVIEW}.profile_summary": _TEXT,
    f"{_OVERVIEW}.first_message": _TEXT,
    f"{_PREFERENCES}.communication_style": _is_one_of("casual", "balanced", "formal"),
    f"{_PREFERENCES}.astrology_system": _is_one_of("vedic", "western", "both"),
    f"{_PREFERENCES}.hinglish_level": _COUNT,
    f"{_PREFERENCES}.topics_of_interest": _TEXTS,
    f"{_PREFERENCES}.favorite_astro_topics": _TEXTS,
    **{f"{_OVERVIEW}.birth_details.{name}": _TEXT for name in ("city", "country", "place_text", "timezone")},
    **{f"{_METRICS}.{name}": rule for name, rule in METRICS.items()},
}
"""Path of a user document -> what it may hold. A path that is not here may hold anything."""


def is_read(path: str, value: object) -> bool:
    """Whether there is something that a rule reads."""
    return says_something(value) and (path not in RULES or RULES[path].reads(value))


def unread_metrics(metrics: Mapping[str, Any]) -> list[str]:
    """The paths of stored metrics that no rule reads in full."""
    return [
        f"{_METRICS}.{name}"
        for name, rule in METRICS.items()
        if (value := metrics.get(name)) is not None and not rule.reads(value)
    ]


def reports(value: object) -> list[Any] | None:
    """Weekly reports as a list, also those stored under their weeks ({"2025-01-06": {...}}); None for anything
    else."""
    entries = listed(value)
    if entries is None and isinstance(value, Mapping) and value:
        weeks = [(week, entry) for week, entry in value.items() if readings(week) and isinstance(entry, Mapping)]
        entries = [{"week_start": week, **entry} for week, entry in weeks] if len(weeks) == len(value) else None
    return entries


def key_of(path: str) -> str:
    """Under what name the values of a field are set aside."""
    return path.replace(".", "_")


def shelf(user: Document) -> Document:
    """What was set aside of a person's document, by `key_of`."""
    held = at_path(user, SHELF)
    return held if isinstance(held, Mapping) else {}


def aside(user: Document, path: str, value: object) -> dict[str, Any]:
    """The change that keeps a value of the field at `path`: none for what says nothing or is kept already."""
    if not says_something(value):
        return {}
    held = shelf(user)
    for name in _names(path):
        if held.get(name) is None:
            return {f"{SHELF}.{name}": value}
        if held[name] == value:
            return {}
    raise AssertionError("names do not end")


def entries_aside(user: Document, path: str) -> tuple[str, list[Any]]:
    """(path in the document, entries) of what is set aside of a list."""
    held = shelf(user)
    name = next(name for name in _names(path) if held.get(name) is None or isinstance(held[name], list))
    return f"{SHELF}.{name}", list(held.get(name) or [])


def _names(path: str) -> Iterable[str]:
    yield key_of(path)
    for number in numbers(2):
        yield f"{key_of(path)}_{number}"


def room(user: Document, also: Iterable[str] = ()) -> dict[str, Any]:
    """The paths that must change, with their new values, so that our dotted paths can be set: nulls become empty
    documents, values of another type are set aside. Values at the paths of `also` are set aside as well, and stay
    where they are.
    """
    made: dict[str, Any] = {}
    kept: dict[str, Any] = {}

    def move(path: str, instead: Any, value: Any) -> None:
        made[path] = instead
        kept.update(aside(user, path, value))

    for path in DOCUMENTS:
        there, value = _look(user, path, made)
        if there and not isinstance(value, Mapping):
            move(path, {}, value)
    for path in (*LISTS, REPORTS):
        there, value = _look(user, path, made)
        if not there or value is None:
            continue
        entries = reports(value) if path == REPORTS else listed(value)
        if entries is None:
            move(path, [], value)
            continue
        # The other lists keep what is no document, while there is room.
        odd = [entry for entry in entries if not isinstance(entry, Mapping)] if path == REPORTS else []
        if odd or entries is not value:
            move(path, [entry for entry in entries if isinstance(entry, Mapping) or not odd], odd)
    for path in REPLACED:
        there, value = _look(user, path, made)
        if there and value is not None and not isinstance(value, Mapping):
            move(path, None, value)
    for path in also:
        kept.update(aside(user, path, at_path(user, path)))
    return _on_a_document(user, made, kept)


def _look(user: Document, path: str, made: Mapping[str, Any]) -> tuple[bool, Any]:
    """(whether there is anything, a null included, at a path that is not moved with what holds it; what)."""
    if any(path.startswith(f"{moved}.") for moved in made):
        return False, None
    parent, _, leaf = path.rpartition(".")
    holder = at_path(user, parent) if parent else user
    return (True, holder[leaf]) if isinstance(holder, Mapping) and leaf in holder else (False, None)


def _on_a_document(user: Document, made: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """The changes, where `astra` itself, or what it set aside, may be no document."""
    for holder in ("astra", SHELF):
        parent, _, leaf = holder.rpartition(".")
        place = at_path(user, parent) if parent else user
        if not isinstance(place, Mapping) or leaf not in place or isinstance(place[leaf], Mapping):
            continue
        kept |= aside({}, holder, place[leaf])
        inside = {path.removeprefix(f"{SHELF}."): value for path, value in kept.items()}
        whole = inside if holder == SHELF else ({"set_aside": inside} if inside else {})
        return {path: value for path, value in made.items() if not path.startswith("astra.")} | {holder: whole}
    return made | kept
