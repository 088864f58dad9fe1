"""Gathers, when a campaign is over, what the laws are held against."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from pymongo.synchronous.database import Database

from astra_pipeline.sandbox.process import SandboxProcess
from bench.campaign.evidence import Evidence, Execution, Trace
from bench.campaign.history import CONVERSATIONS, USERS, Event, Write
from bench.campaign.model import World, world_of

_PAGE = 1000


def collect(
    db: Database[dict[str, Any]],
    sandbox: SandboxProcess,
    *,
    events: Sequence[Event],
    writes: Sequence[Write] = (),
    dagster_home: Path | None = None,
    logs: Path | None = None,
) -> Evidence:
    """The evidence as it is now. Without the folders, nothing is searched there."""
    world = world_of(events)
    documents = {name: list(db[name].find()) for name in sorted(db.list_collection_names())}
    return Evidence(
        events=events,
        writes=writes,
        documents=documents,
        executions=list(_executions(sandbox)),
        traces_of_erased=[*_in_documents(documents, world), *_in_files(dagster_home, _of_erased(world))],
        traces_in_logs=list(_in_files(logs, _of_everybody(world))),
        julep_users=_julep_users(sandbox),
        checked_at=dt.datetime.now(dt.UTC),
    )


def _executions(sandbox: SandboxProcess) -> Iterator[Execution]:
    for item, made in sandbox.control.stats()["executions"].items():
        for one in made:
            at = dt.datetime.fromisoformat(one["created_at"])
            yield Execution(item, one["task"], at, spoilt=one["corrupted"] is not None)


def _julep_users(sandbox: SandboxProcess) -> list[dict[str, Any]]:
    with httpx.Client(
        base_url=sandbox.julep_url,
        headers={"Authorization": f"Bearer {sandbox.julep_api_key}"},
        trust_env=False,
        timeout=30,
    ) as client:
        answer = client.get("/users", params={"limit": _PAGE})
    answer.raise_for_status()
    return answer.json()["items"]


def _of_erased(world: World) -> dict[str, str]:
    """Word -> person: what was said in calls that were erased, and names of who did not come back."""
    said = {word: call.person for call in world.calls.values() if call.erased for word in call.words}
    return said | {person.name: person.person for person in world.people.values() if person.erased_at}


def _of_everybody(world: World) -> dict[str, str]:
    """Word -> person: everything anybody said, names and addresses."""
    said = {word: call.person for call in world.calls.values() for word in call.words}
    return said | {person.name: person.person for person in world.people.values()}


def _in_documents(documents: Mapping[str, Iterable[Mapping[str, Any]]], world: World) -> Iterator[Trace]:
    said = _pattern(_of_erased(world))
    if said is None:
        return
    words = _of_erased(world)
    for collection, found in documents.items():
        for document in found:
            # Name and address are the account's, which is the app's to delete.
            kept = {k: v for k, v in document.items() if collection != USERS or k not in ("name", "email")}
            for word in {match.group() for match in said.finditer(str(kept))}:
                if collection != CONVERSATIONS or word not in _names(world):
                    yield Trace(collection, words[word])


def _names(world: World) -> set[str]:
    return {person.name for person in world.people.values()}


def _in_files(folder: Path | None, words: Mapping[str, str]) -> Iterator[Trace]:
    """Files whose bytes hold one of the words. SQLite's are searched with the pages that it takes for free."""
    pattern = _pattern(words)
    if folder is None or pattern is None:
        return
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_bytes().decode(errors="replace")
            for person in {words[match.group()] for match in pattern.finditer(text)}:
                yield Trace(str(path.relative_to(folder)), person)


def _pattern(words: Mapping[str, str]) -> re.Pattern[str] | None:
    return re.compile("|".join(map(re.escape, words))) if words else None
