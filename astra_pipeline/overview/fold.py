"""Folding facts into `user_overview`: a pure projection, written path by path.

Facts are the insights of a person's conversations. Folding the same facts again changes nothing, and the order
in which they became known does not matter. What the old system or the web app wrote and no fact accounts for
is kept; what has to give way is quarantined under `astra.set_aside` (people/quarantine.py, entries.py).

Preferences are the one place where a conversation and the app both have a say. A conversation's statement is
applied once: `astra.applied` remembers what was, so a later change in the app stands until a newer
conversation says otherwise, and a topic removed in the app does not come back.

A conversation that is older than what the old system knew sets no value that was known (legacy.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from astra_pipeline.conversations.fact import Fact
from astra_pipeline.conversations.opening import careful, tongue_of_level
from astra_pipeline.conversations.portrait import together
from astra_pipeline.language.care import LEVELS
from astra_pipeline.overview import entries, legacy, life
from astra_pipeline.overview.birth_statements import birth_fold
from astra_pipeline.overview.care import PATH, care_of, day_of
from astra_pipeline.overview.entries import recent_entry
from astra_pipeline.overview.legacy import KINDS, NAME_PLACEHOLDER, OldKnowledge
from astra_pipeline.overview.stored import OLD_KNOWLEDGE, StoredOverview
from astra_pipeline.people import quarantine
from astra_pipeline.people.care import Care
from astra_pipeline.people.field_rules import is_read
from astra_pipeline.store.documents import Document, says_something, with_changes
from astra_pipeline.zones import place_zone

__all__ = ["fold", "recent_entry"]

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
    `processed_until`, the end (UTC) of the newest conversation that the old system processed, and `now`, after
    which nobody knew anything, into account.
    """
    if not facts:
        return {}
    ordered = sorted(facts, key=lambda fact: (fact.ended_at, fact.conversation_id))
    stored = StoredOverview.read(with_changes(user, quarantine.room(user)))
    remembered = legacy.remembered(stored)
    old = remembered or legacy.assessed(
        stored, ordered, processed_until=processed_until, now=now, default_zone=default_zone
    )
    settled = legacy.settled_kinds(stored, old)
    newer = legacy.newer(ordered, old)
    heard = {kind: newer if kind in settled else ordered for kind in KINDS}
    births = birth_fold(stored, _of_births(ordered, newer, settled))
    taken = [fact for fact in heard["birth_details"] if fact.conversation_id not in births.places_not_taken]
    care = care_of(ordered)
    wanted = {
        **_texts(heard, Care.read(care)),
        **_birth_place(taken),
        **_preferences(stored, heard),
        **_topics(stored, ordered),
        **births.changes,
        PATH: care,
        life.PATH: life.life_of(ordered),
        **_lists(stored, ordered, old),
    }
    changes = {path: value for path, value in wanted.items() if value != stored.at(path)}
    if remembered is None:
        changes[OLD_KNOWLEDGE] = old.as_stored()
    old_stamps = remembered is None and not old.ours_before and not stored.is_stamped
    return changes | _quarantined(stored, changes, old, [*_STAMPS] if old_stamps else [])


def _lists(stored: StoredOverview, facts: Sequence[Fact], old: OldKnowledge) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name in ("recent_conversations", "insights", "incident_map"):
        path = f"user_overview.{name}"
        place, quarantined = quarantine.quarantined_entries(stored.document, path)
        present = stored.entries(name)
        if name == "recent_conversations":
            shown, left = entries.recent(present, quarantined, facts, old_ids=old.ids[name], zone=old.zone)
        elif name == "insights":
            shown, left = entries.insights(present, quarantined, facts, old_ids=old.ids[name])
        else:
            shown, left = entries.incidents(present, quarantined, facts)
        changes[path] = shown
        if left or quarantined:
            changes[place] = left
    return changes


def _texts(heard: Mapping[str, Sequence[Fact]], care: Care) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if portrait := together([fact.insights.profile_summary for fact in heard["profile_summary"]]):
        changes["user_overview.profile_summary"] = portrait
    if opening := _opening(heard["first_message"], care):
        changes["user_overview.first_message"] = opening.replace("[USERNAME]", NAME_PLACEHOLDER)
    return changes


def _opening(facts: Sequence[Fact], care: Care) -> str | None:
    """The newest opening; one in a careful register where an earlier call of the same spell was heavier."""
    newest = next((fact for fact in reversed(facts) if fact.insights.first_message), None)
    if newest is None:
        return None
    level = care.at(max(day_of(fact) for fact in facts))
    own, preferences = newest.insights.care.level, newest.insights.preferences
    if LEVELS.index(level) <= LEVELS.index(own):
        return newest.insights.first_message
    tongue = tongue_of_level(preferences.hinglish_level or 0)
    is_polite = preferences.communication_style == "formal"
    return careful(level, tongue, polite=is_polite, seed=newest.conversation_id)


def _birth_place(facts: Sequence[Fact]) -> dict[str, Any]:
    return {
        f"user_overview.birth_details.{field}": value
        for fact in facts
        for field in _BIRTH_PLACE
        if (value := getattr(fact.insights.birth_details, field))
    }


def _of_births(facts: Sequence[Fact], newer: Sequence[Fact], settled: frozenset[str]) -> list[Fact]:
    """The facts, of which those that are not newer say nothing of a birth that is settled."""
    heard = {fact.conversation_id for fact in newer}
    return [fact if fact.conversation_id in heard else legacy.silent_on(fact, settled) for fact in facts]


def _preferences(stored: StoredOverview, heard: Mapping[str, Sequence[Fact]]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in (*_SCALAR_PREFERENCES, "timezone"):
        for fact in reversed(heard[field]):
            value = place_zone(fact.timezone) if field == "timezone" else getattr(fact.insights.preferences, field)
            if value is None or value == "":
                continue
            statement = {"conversation_id": fact.conversation_id, "ended_at": fact.ended_at, "value": value}
            if stored.applied.get(field) != statement:
                changes |= {KINDS[field][0]: value, f"astra.applied.{field}": statement}
            break
    return changes


def _topics(stored: StoredOverview, facts: Sequence[Fact]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for field in _LIST_PREFERENCES:
        named = _unique(value for fact in facts for value in getattr(fact.insights.preferences, field))
        if named:
            changes |= _topics_of(stored, field, named)
    return changes


def _topics_of(stored: StoredOverview, field: str, named: Sequence[str]) -> dict[str, Any]:
    """The changes of one list of topics: the app's, then those that conversations named and nobody removed."""
    path, applied = f"user_overview.preferences.{field}", f"astra.applied.{field}"
    present, ever = stored.texts(path), stored.texts(applied)
    ever_keys = {value.casefold() for value in ever}
    removed = ever_keys - {value.casefold() for value in present}
    ours = [value for value in named if value.casefold() not in removed]
    our_keys = {value.casefold() for value in ours}
    first_heard = {value for value in named if value.casefold() not in ever_keys}
    return {
        path: [*(value for value in present if value.casefold() not in our_keys), *ours],
        applied: sorted({*ever, *first_heard}, key=str.casefold),
    }


def _unique(values: Iterable[str]) -> list[str]:
    """Case-folded unique, in the order and spelling first seen."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(value.casefold(), value)
    return list(first.values())


def _quarantined(
    stored: StoredOverview, changes: Mapping[str, Any], old: OldKnowledge, also: Sequence[str]
) -> dict[str, Any]:
    """The changes that keep values which give way and which nobody could tell again: the old system's knowledge,
    and values that no rule reads."""
    kept: dict[str, Any] = {}
    held = quarantine.quarantined(stored.document)
    for kind, paths in KINDS.items():
        for path in paths:
            value = stored.at(path)
            if path not in changes or not says_something(value):
                continue
            was_known = kind in old.knew and path.startswith("user_overview.")
            if not is_read(path, value) or (was_known and quarantine.key_of(path) not in held):
                kept |= quarantine.quarantine_value(stored.document, path, value)
    for field in _LIST_PREFERENCES:
        path = f"user_overview.preferences.{field}"
        if path in changes and stored.has_more_than_texts(path):
            kept |= quarantine.quarantine_value(stored.document, path, stored.at(path))
    for path in also:
        kept |= quarantine.quarantine_value(stored.document, path, stored.at(path))
    return kept
