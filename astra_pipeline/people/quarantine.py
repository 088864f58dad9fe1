"""The quarantine: a place in the user document for stored values that no rule reads. Pure.

A value that no rule reads (people/field_rules.py) is moved to `astra.set_aside` before its field is written. It is
kept there unchanged, under the field's path with underscores for dots; a second value of the same field gets a
number. So an odd value stops nobody's update, and a support person can still read it. Under the path of a list are
the entries that have no room in the list: entries of the old system that a conversation's fact replaced, and
entries that newer ones crowded out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count as numbers
from typing import Any

from astra_pipeline.people.field_rules import (
    BIRTH_DETAILS,
    LISTS,
    METRICS,
    OVERVIEW,
    PREFERENCES,
    REPLACED,
    WEEKLY_REPORTS,
    listed_reports,
)
from astra_pipeline.store.documents import Document, at_path, listed, says_something

QUARANTINE = "astra.set_aside"
# Documents in which single fields are written. A null there becomes an empty document; another value is
# quarantined.
DOCUMENTS = (
    "astra.applied",
    "astra.birth_rejected",
    "astra.birth_pending",
    "astra.birth_flags",
    "astra.old_knowledge",
    OVERVIEW,
    PREFERENCES,
    BIRTH_DETAILS,
    METRICS,
)


def key_of(path: str) -> str:
    """The name under which the values of a field are quarantined."""
    return path.replace(".", "_")


def quarantined(user: Document) -> Document:
    """The quarantined values of a person's document, by `key_of`."""
    held = at_path(user, QUARANTINE)
    return held if isinstance(held, Mapping) else {}


def quarantine_value(user: Document, path: str, value: object) -> dict[str, Any]:
    """The change that keeps a value of the field at `path`.

    None for a value that says nothing or is kept already.
    """
    if not says_something(value):
        return {}
    held = quarantined(user)
    for name in _names(path):
        if held.get(name) is None:
            return {f"{QUARANTINE}.{name}": value}
        if held[name] == value:
            return {}
    raise AssertionError("names do not end")


def quarantined_entries(user: Document, path: str) -> tuple[str, list[Any]]:
    """(path in the document, entries) of the quarantined entries of a list."""
    held = quarantined(user)
    name = next(name for name in _names(path) if held.get(name) is None or isinstance(held[name], list))
    return f"{QUARANTINE}.{name}", list(held.get(name) or [])


def _names(path: str) -> Iterable[str]:
    yield key_of(path)
    for number in numbers(2):
        yield f"{key_of(path)}_{number}"


def room(user: Document, also: Iterable[str] = ()) -> dict[str, Any]:
    """The changes (path -> new value) after which dotted paths of ours can be set.

    Nulls become empty documents, and values of another type are quarantined. Values at the paths of `also` are
    quarantined as well, and stay in their fields.
    """
    replaced: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for path in (*DOCUMENTS, *LISTS, WEEKLY_REPORTS, *REPLACED):
        present, value = _field(user, path, replaced)
        if present and (replacement := _replacement(path, value)):
            replaced[path], odd = replacement
            kept |= quarantine_value(user, path, odd)
    for path in also:
        kept |= quarantine_value(user, path, at_path(user, path))
    return _on_a_document(user, replaced, kept)


def _replacement(path: str, value: object) -> tuple[Any, Any] | None:
    """(the field's new value, the part of its value to quarantine); None for a value that stays."""
    if path in DOCUMENTS:
        return None if isinstance(value, Mapping) else ({}, value)
    if value is None:
        return None
    if path in REPLACED:
        return None if isinstance(value, Mapping) else (None, value)
    entries = listed_reports(value) if path == WEEKLY_REPORTS else listed(value)
    if entries is None:
        return [], value
    # The other lists keep entries that are no documents, while they have room.
    odd = [entry for entry in entries if not isinstance(entry, Mapping)] if path == WEEKLY_REPORTS else []
    if odd:
        return [entry for entry in entries if isinstance(entry, Mapping)], odd
    return None if entries is value else (entries, [])


def _field(user: Document, path: str, moved: Mapping[str, Any]) -> tuple[bool, Any]:
    """(whether the field exists, with a null too, and its document is not moved; its value)."""
    if any(path.startswith(f"{one}.") for one in moved):
        return False, None
    parent, _, leaf = path.rpartition(".")
    holder = at_path(user, parent) if parent else user
    return (True, holder[leaf]) if isinstance(holder, Mapping) and leaf in holder else (False, None)


def _on_a_document(user: Document, replaced: dict[str, Any], kept: dict[str, Any]) -> dict[str, Any]:
    """The changes, adapted to a document in which `astra` or its quarantine is no document."""
    for holder in ("astra", QUARANTINE):
        parent, _, leaf = holder.rpartition(".")
        holding = at_path(user, parent) if parent else user
        if not isinstance(holding, Mapping) or leaf not in holding or isinstance(holding[leaf], Mapping):
            continue
        kept |= quarantine_value({}, holder, holding[leaf])
        inside = {path.removeprefix(f"{QUARANTINE}."): value for path, value in kept.items()}
        whole = inside if holder == QUARANTINE else ({"set_aside": inside} if inside else {})
        beside = {path: value for path, value in replaced.items() if not path.startswith(f"{holder}.")}
        return beside | {holder: whole}
    return replaced | kept
