"""Laws about the order of writes, held against MongoDB's change stream. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.campaign.evidence import Evidence
from bench.campaign.history import CONVERSATIONS, PERSONAL, USERS, Write
from bench.campaign.model import Call, World


def nothing_is_written_for_the_erased(evidence: Evidence, world: World) -> tuple[int, list[str], dict[str, int]]:
    """Between `erased_at` and the person's next call nothing personal is written for them."""
    broken: list[str] = []
    marked: dict[str, dt.datetime] = {}
    # It stays in the user document until the first fold after the person talked again.
    known: dict[str, dt.datetime] = {}
    examined = 0
    for write in evidence.writes:
        if write.collection == CONVERSATIONS and write.operation == "insert" and _is_after(write, marked):
            marked.pop(write.person, None)
        if not write.person:
            continue
        if write.person in marked and write.is_personal:
            broken.append(f"{write.person}: {write.operation} in {write.collection} at {write.at:%H:%M:%S}")
        if write.collection != USERS:
            continue
        erased_at = write.document.get("erased_at")
        if erased_at is not None and known.get(write.person) != erased_at:
            marked[write.person] = known[write.person] = erased_at
            examined += 1
        elif erased_at is None and write.person in marked:
            broken.append(f"{write.person}: erased_at was taken away at {write.at:%H:%M:%S}")
            del marked[write.person]
    return examined, broken, {"erasures": examined, "writes": len(evidence.writes)}


def _is_after(call: Write, marked: Mapping[str, dt.datetime]) -> bool:
    """Whether a call took place after its person's erasure: a record may come late."""
    ended_at, erased_at = call.document.get("ended_at"), marked.get(call.person)
    return erased_at is None or ended_at is None or ended_at > erased_at


@dataclass
class _Newest:
    """The newest a person's documents showed so far."""

    entries: dict[str, tuple[int, dt.datetime]] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    applied: dict[str, dt.datetime] = field(default_factory=dict)
    best_streak: int = 0


def nothing_goes_back(evidence: Evidence, world: World) -> tuple[int, list[str], dict[str, int]]:
    """No value is replaced by one that was computed from something older."""
    broken: list[str] = []
    newest: dict[str, _Newest] = {}
    examined = 0
    for write in evidence.writes:
        seen = newest.setdefault(write.person, _Newest())
        if write.collection in PERSONAL:
            examined += 1
            broken += _older_fact(write, seen, world)
        elif write.collection == USERS:
            if write.document.get("erased_at"):
                newest[write.person] = _Newest()
                continue
            examined += 1
            broken += _older_overview(write, seen, world)
    return examined, broken, {"writes": examined}


def _older_fact(write: Write, seen: _Newest, world: World) -> list[str]:
    key = f"{write.collection}/{write.key}"
    call = world.calls.get(write.key)
    if call is None or write.operation == "delete":
        seen.facts.pop(key, None)
        return []
    version = call.version(str(write.document.get("text")))
    before = seen.facts.get(key, 0)
    seen.facts[key] = version
    return [f"{key}: completion {before} was replaced by {version}"] if version < before else []


def _older_overview(write: Write, seen: _Newest, world: World) -> list[str]:
    broken: list[str] = []
    entries: Mapping[str, Mapping[str, Any]] = write.document.get("entries") or {}
    for name, entry in entries.items():
        if (call := world.calls.get(name)) is not None:
            broken += _older_entry(write, call, entry, seen)
    moved = any(call.moved_earlier for call in world.calls.values() if call.person == write.person)
    for name, moment in (write.document.get("applied") or {}).items():
        if moment < seen.applied.get(name, moment) and not moved:
            broken.append(f"{write.person}: {name} is of an older call than before, at {write.at:%H:%M:%S}")
        seen.applied[name] = moment
    best = write.document.get("best_streak") or 0
    if best < seen.best_streak:
        broken.append(f"{write.person}: best_streak fell from {seen.best_streak} to {best}")
    seen.best_streak = best
    return broken


def _older_entry(write: Write, call: Call, entry: Mapping[str, Any], seen: _Newest) -> list[str]:
    version, date = call.version(str(entry.get("text"))), entry.get("date")
    before = seen.entries.get(call.call)
    if not isinstance(date, dt.datetime):
        return [f"{write.person}: the entry of {call.call} has no date"]
    seen.entries[call.call] = (version, date)
    if before is None:
        return []
    if version < before[0]:
        return [f"{write.person}: the entry of {call.call} went back to completion {version}"]
    if date < before[1] and not call.moved_earlier:
        return [f"{write.person}: the entry of {call.call} went back to an older end"]
    return []
