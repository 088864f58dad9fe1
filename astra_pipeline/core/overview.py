"""Folding facts into `user_overview`: a pure projection, written path by path.

Facts are the insights of a person's conversations. Folding the same facts again changes nothing, and the order
in which they became known does not matter. What the old system or the web app wrote and no fact accounts for
is kept.

Preferences are the one place where a conversation and the app both have a say. A conversation's statement is
applied once: `astra.applied` remembers what was, so a later change in the app stands until a newer
conversation says otherwise, and a topic removed in the app does not come back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from astra_pipeline.core.birth_statements import birth_changes
from astra_pipeline.core.documents import Document, at_path, mapping, moment
from astra_pipeline.core.errors import BadDocument
from astra_pipeline.core.facts import Fact

RECENT_CONVERSATIONS = 10
INCIDENTS = 10
EMPTY_SUMMARY = "ended before any transcript was captured"
_NAME_PLACEHOLDER = "{{user_name}}"
_SCALAR_PREFERENCES = ("communication_style", "hinglish_level", "astrology_system")
_LIST_PREFERENCES = ("topics_of_interest", "favorite_astro_topics")
_BIRTH_PLACE = ("city", "country", "place_text")
SAME_CALL = dt.timedelta(minutes=10)
"""An entry of the old system without an id is about the conversation that ended within this of its date."""


def fold(user: Document, facts: Sequence[Fact]) -> dict[str, Any]:
    """The paths of the user document that must change, with their new values; empty when all is as it should.

    Raises BadDocument naming a field of the stored overview that has an impossible type.
    """
    ordered = sorted(facts, key=lambda fact: (fact.ended_at, fact.conversation_id))
    overview = mapping(user.get("user_overview"), "user_overview")
    wanted = {
        "user_overview.recent_conversations": _recent(overview, ordered),
        "user_overview.insights": _insights(overview, ordered),
        "user_overview.incident_map": _incidents(overview, ordered),
        **_latest_texts(ordered),
        **_birth_place(ordered),
        **_preferences(user, overview, ordered),
        **birth_changes(user, ordered),
    }
    return {path: value for path, value in wanted.items() if value != at_path(user, path)}


def guards(user: Document, changes: Iterable[str]) -> dict[str, Any]:
    """A filter that matches only while every path in `changes` still holds what it held in `user`."""
    return {path: at_path(user, path) for path in changes}


def recent_entry(fact: Fact) -> dict[str, Any]:
    """The fact as an entry of `recent_conversations`."""
    told = fact.insights
    return {
        "conversation_id": fact.conversation_id,
        "date": fact.ended_at,
        "topics": list(told.topics),
        "summary": told.summary,
        "key_insights": list(told.key_insights),
        "questions_asked": list(told.questions_asked),
        "emotional_tone": told.emotional_tone,
        "follow_up_actions": list(told.follow_up_actions),
    }


def _recent(overview: Document, facts: Sequence[Fact]) -> list[Any]:
    known = {fact.conversation_id for fact in facts}
    kept = [
        entry
        for entry in _entries(overview, "recent_conversations")
        if entry.get("conversation_id") not in known and not _is_retold(entry, facts)
    ]
    entries = [*kept, *map(recent_entry, facts)]
    # Stable: entries of the old system without a usable date stay first, in the order they have.
    entries.sort(key=lambda entry: moment(entry.get("date")) or dt.datetime.min.replace(tzinfo=dt.UTC))
    return [*_odd(overview, "recent_conversations"), *entries][-RECENT_CONVERSATIONS:]


def _is_retold(entry: Document, facts: Sequence[Fact]) -> bool:
    """True for an entry of the old system, without an id, of a conversation we now have facts of."""
    if entry.get("conversation_id"):
        return False
    date = moment(entry.get("date"))
    return any(
        (date is not None and abs(date - fact.ended_at) <= SAME_CALL)
        or entry.get("summary") == fact.insights.summary
        for fact in facts
    )


def _insights(overview: Document, facts: Sequence[Fact]) -> list[Any]:
    known = {fact.conversation_id for fact in facts}
    contents = {_plain(insight.content) for fact in facts for insight in fact.insights.insights}
    kept = [
        entry
        for entry in _entries(overview, "insights")
        if entry.get("conversation_id") not in known
        # The old system noted no ids; what it says in the same words is told by a fact now.
        and (entry.get("conversation_id") or _plain(entry.get("content")) not in contents)
    ]
    told = [
        {"type": insight.type, "content": insight.content, "generated_at": fact.created_at}
        | ({} if insight.confidence is None else {"confidence": insight.confidence})
        | {"conversation_id": fact.conversation_id}
        for fact in facts
        for insight in fact.insights.insights
    ]
    said_now = [entry for entry in _odd(overview, "insights") if _plain(entry) not in contents]
    return [*said_now, *kept, *told]


def _incidents(overview: Document, facts: Sequence[Fact]) -> list[Any]:
    told = {
        (incident.title, incident.description): incident.model_dump()
        for fact in facts
        for incident in fact.insights.incidents
    }
    kept = [
        entry
        for entry in _entries(overview, "incident_map")
        if (entry.get("title"), entry.get("description")) not in told
    ]
    return [*_odd(overview, "incident_map"), *kept, *told.values()][-INCIDENTS:]


def _latest_texts(facts: Sequence[Fact]) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for fact in facts:
        if fact.insights.profile_summary:
            texts["user_overview.profile_summary"] = fact.insights.profile_summary
        if fact.insights.first_message:
            texts["user_overview.first_message"] = fact.insights.first_message.replace(
                "[USERNAME]", _NAME_PLACEHOLDER
            )
    return texts


def _birth_place(facts: Sequence[Fact]) -> dict[str, Any]:
    return {
        f"user_overview.birth_details.{field}": value
        for fact in facts
        for field in _BIRTH_PLACE
        if (value := getattr(fact.insights.birth_details, field))
    }


def _preferences(user: Document, overview: Document, facts: Sequence[Fact]) -> dict[str, Any]:
    stored = mapping(overview.get("preferences"), "user_overview.preferences")
    applied = mapping(at_path(user, "astra.applied"), "astra.applied")
    changes: dict[str, Any] = {}

    statements: dict[str, tuple[Fact, Any]] = {}
    for fact in facts:
        for field in _SCALAR_PREFERENCES:
            if (value := getattr(fact.insights.preferences, field)) is not None:
                statements[field] = (fact, value)
        if fact.timezone:
            statements["timezone"] = (fact, fact.timezone)
    for field, (fact, value) in statements.items():
        statement = {"conversation_id": fact.conversation_id, "ended_at": fact.ended_at, "value": value}
        if applied.get(field) != statement:
            target = "timezone" if field == "timezone" else f"user_overview.preferences.{field}"
            changes |= {target: value, f"astra.applied.{field}": statement}

    for field in _LIST_PREFERENCES:
        named = _unique(value for fact in facts for value in getattr(fact.insights.preferences, field))
        before = stored.get(field)
        present = [value for value in before if isinstance(value, str)] if isinstance(before, list) else []
        ever = [value for value in applied.get(field) or [] if isinstance(value, str)]
        in_app = {value.casefold() for value in present}
        removed = {value.casefold() for value in ever} - in_app
        ours = [value for value in named if value.casefold() not in removed]
        if not named:
            continue
        not_ours = {value.casefold() for value in ours}
        theirs = [value for value in present if value.casefold() not in not_ours]
        changes[f"user_overview.preferences.{field}"] = [*theirs, *ours]
        ever_keys = {value.casefold() for value in ever}
        changes[f"astra.applied.{field}"] = sorted(
            {*ever, *(value for value in named if value.casefold() not in ever_keys)}, key=str.casefold
        )
    return changes


def _unique(values: Iterable[str]) -> list[str]:
    """Case-folded unique, in the order and spelling first seen."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(value.casefold(), value)
    return list(first.values())


def _entries(overview: Document, field: str) -> list[dict[str, Any]]:
    value = overview.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadDocument(f"user_overview.{field} is of type {type(value).__name__}, want a list")
    return [entry for entry in value if isinstance(entry, dict)]


def _odd(overview: Document, field: str) -> list[Any]:
    """Entries of the old system that are no documents: kept, since a person may read in them what no rule does."""
    value = overview.get(field)
    return [entry for entry in value if not isinstance(entry, dict)] if isinstance(value, list) else []


def _plain(text: object) -> str | None:
    return " ".join(text.split()).casefold().rstrip(".") if isinstance(text, str) else None
