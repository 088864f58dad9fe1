"""Folding facts into `user_overview`: a pure projection, written path by path.

Facts are the insights of a person's conversations. Folding the same facts again changes nothing, and the order
in which they became known does not matter. What the old system or the web app wrote and no fact accounts for
is kept; what has to give way is set aside under `astra.set_aside` (set_aside, entries).

Preferences are the one place where a conversation and the app both have a say. A conversation's statement is
applied once: `astra.applied` remembers what was, so a later change in the app stands until a newer
conversation says otherwise, and a topic removed in the app does not come back.

A conversation that is older than what the old system knew sets no value that was known (old_knowledge).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.overview import entries
from astra_pipeline.overview import legacy as old_knowledge
from astra_pipeline.overview.birth_statements import birth_changes
from astra_pipeline.overview.entries import recent_entry
from astra_pipeline.overview.legacy import KINDS, NAME_PLACEHOLDER, OldKnowledge
from astra_pipeline.people import quarantine
from astra_pipeline.people.field_rules import is_read
from astra_pipeline.store.documents import Document, at_path, listed, says_something, texts, with_changes

__all__ = ["fold", "guards", "recent_entry"]

_SCALAR_PREFERENCES = ("communication_style", "hinglish_level", "astrology_system")
_LIST_PREFERENCES = ("topics_of_interest", "favorite_astro_topics")
_BIRTH_PLACE = ("city", "country", "place_text")
_STAMPS = ("user_overview.last_updated", "user_overview.updated_by")


def fold(
    user: Document,
    facts: Sequence[Fact],
    *,
    processed_until: dt.datetime | None = None,
    now: dt.datetime | None = None,
    default_zone: str = "UTC",
) -> dict[str, Any]:
    """The paths of the user document that must change, with their new values; empty when all is as it should.

    The changes are those of a document in which there is room (`quarantine.room`). The first fold takes
    `processed_until`, when the newest conversation ended that the old system processed, and `now`, after which
    nobody knew anything, into account.
    """
    if not facts:
        return {}
    ordered = sorted(facts, key=lambda fact: (fact.ended_at, fact.conversation_id))
    user = with_changes(user, quarantine.room(user))
    recalled = old_knowledge.recalled(user)
    old = recalled or old_knowledge.assessed(
        user, ordered, processed_until=processed_until, now=now, default_zone=default_zone
    )
    standing = old_knowledge.standing(user, old)
    newer = old_knowledge.newer(ordered, old)
    heard = {kind: newer if kind in standing else ordered for kind in KINDS}
    wanted = {
        **_texts(heard),
        **_birth_place(heard["birth_details"]),
        **_preferences(user, heard),
        **_topics(user, ordered),
        **birth_changes(user, _of_births(ordered, newer, standing)),
        **_lists(user, ordered, old),
    }
    changes = {path: value for path, value in wanted.items() if value != at_path(user, path)}
    if recalled is None:
        changes[old_knowledge.PATH] = old.as_stored()
    theirs = recalled is None and not old.ours_before and not old_knowledge.is_stamped(user)
    return changes | _set_aside(user, changes, old, [*_STAMPS] if theirs else [])


def guards(user: Document, changes: Iterable[str]) -> dict[str, Any]:
    """A filter that matches only while every path in `changes` still holds what it held in `user`."""
    return {path: {"$eq": at_path(user, path)} for path in changes}


def _lists(user: Document, facts: Sequence[Fact], old: OldKnowledge) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in ("recent_conversations", "insights", "incident_map"):
        path = f"user_overview.{name}"
        shelf, aside = quarantine.quarantined_entries(user, path)
        there = listed(at_path(user, path)) or []
        if name == "recent_conversations":
            shown, left = entries.recent(there, aside, facts, old_ids=old.ids[name], zone=old.zone)
        elif name == "insights":
            shown, left = entries.insights(there, aside, facts, old_ids=old.ids[name])
        else:
            shown, left = entries.incidents(there, aside, facts)
        changes[path] = shown
        if left or aside:
            changes[shelf] = left
    return changes


def _texts(heard: Mapping[str, Sequence[Fact]]) -> dict[str, Any]:
    portraits = [fact.insights.profile_summary for fact in heard["profile_summary"]]
    openings = [fact.insights.first_message for fact in heard["first_message"]]
    changes: dict[str, Any] = {}
    if portrait := _last(portraits):
        changes["user_overview.profile_summary"] = portrait
    if opening := _last(openings):
        changes["user_overview.first_message"] = opening.replace("[USERNAME]", NAME_PLACEHOLDER)
    return changes


def _last(said: Sequence[str | None]) -> str | None:
    return next((text for text in reversed(said) if text), None)


def _birth_place(facts: Sequence[Fact]) -> dict[str, Any]:
    return {
        f"user_overview.birth_details.{field}": value
        for fact in facts
        for field in _BIRTH_PLACE
        if (value := getattr(fact.insights.birth_details, field))
    }


def _of_births(facts: Sequence[Fact], newer: Sequence[Fact], standing: frozenset[str]) -> list[Fact]:
    heard = {fact.conversation_id for fact in newer}
    return [fact if fact.conversation_id in heard else old_knowledge.silent_on(fact, standing) for fact in facts]


def _preferences(user: Document, heard: Mapping[str, Sequence[Fact]]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in (*_SCALAR_PREFERENCES, "timezone"):
        for fact in reversed(heard[field]):
            value = fact.timezone if field == "timezone" else getattr(fact.insights.preferences, field)
            if value is None or value == "":
                continue
            statement = {"conversation_id": fact.conversation_id, "ended_at": fact.ended_at, "value": value}
            if at_path(user, f"astra.applied.{field}") != statement:
                changes |= {KINDS[field][0]: value, f"astra.applied.{field}": statement}
            break
    return changes


def _topics(user: Document, facts: Sequence[Fact]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in _LIST_PREFERENCES:
        named = _unique(value for fact in facts for value in getattr(fact.insights.preferences, field))
        if not named:
            continue
        path, told = f"user_overview.preferences.{field}", f"astra.applied.{field}"
        present, _ = texts(at_path(user, path))
        ever, _ = texts(at_path(user, told))
        in_app = {value.casefold() for value in present}
        removed = {value.casefold() for value in ever} - in_app
        ours = [value for value in named if value.casefold() not in removed]
        not_theirs = {value.casefold() for value in ours}
        changes[path] = [*(value for value in present if value.casefold() not in not_theirs), *ours]
        ever_keys = {value.casefold() for value in ever}
        changes[told] = sorted(
            {*ever, *(value for value in named if value.casefold() not in ever_keys)}, key=str.casefold
        )
    return changes


def _unique(values: Iterable[str]) -> list[str]:
    """Case-folded unique, in the order and spelling first seen."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(value.casefold(), value)
    return list(first.values())


def _set_aside(
    user: Document, changes: Mapping[str, Any], old: OldKnowledge, also: Sequence[str]
) -> dict[str, Any]:
    """What the changes replace and nobody could tell again: what the old system knew, and what no rule reads."""
    kept: dict[str, Any] = {}
    shelf = quarantine.quarantined(user)
    for kind, paths in KINDS.items():
        for path in paths:
            stored = at_path(user, path)
            if path not in changes or not says_something(stored):
                continue
            known = kind in old.knew and path.startswith("user_overview.")
            if not is_read(path, stored) or (known and quarantine.key_of(path) not in shelf):
                kept |= quarantine.quarantine_value(user, path, stored)
    for field in _LIST_PREFERENCES:
        path = f"user_overview.preferences.{field}"
        if path in changes and not texts(at_path(user, path))[1]:
            kept |= quarantine.quarantine_value(user, path, at_path(user, path))
    for path in also:
        kept |= quarantine.quarantine_value(user, path, at_path(user, path))
    return kept
