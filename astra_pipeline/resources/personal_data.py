"""Everything that is kept of one person: handed out as one document, or erased.

Erased are: what our collections hold of them; in their user document the overview, their birth data, our notes and
the id of their Julep user; our summary in the app's records of their conversations; the Julep user; with
ASTRA_ERASE_ELEVENLABS the conversations at ElevenLabs; Dagster runs whose events name them. The account itself
(name, e-mail, the records that conversations took place) is the app's to delete. What Julep keeps of executions
goes by Julep's retention: its API deletes none.

The user document is changed last, so an erasure that was killed finds everything again when it is repeated.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astra_pipeline.core import birth_data
from astra_pipeline.core.errors import InUse, NotFound
from astra_pipeline.core.migration import julep_user_id
from astra_pipeline.resources.elevenlabs import ElevenLabsClient
from astra_pipeline.resources.leases import chunks
from astra_pipeline.resources.mongo import (
    CONVERSATIONS,
    FAILURES,
    HOROSCOPES,
    INSIGHTS,
    LEASES,
    REPORTS,
    TRANSCRIPTS,
    USERS,
)
from astra_pipeline.resources.runners import julep_client, julep_errors
from astra_pipeline.settings import settings

if TYPE_CHECKING:
    import dagster as dg
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

_OF_PERSON = (TRANSCRIPTS, INSIGHTS, HOROSCOPES, REPORTS, FAILURES)
_BIRTH = (*birth_data.FIELDS, "birth_day", "birth_month")
_ERASED = ("user_overview", "astra", "julep_user_id", "julep_project", "elevenlabs_conversations", *_BIRTH)


@dataclass
class Erased:
    """How much there was."""

    documents: dict[str, int] = field(default_factory=dict)
    """Collection -> documents deleted or cleared."""
    julep_user: bool = False
    conversations_at_elevenlabs: int = 0
    runs: int = 0
    """Dagster runs that named the person."""


def export(db: Database[Document], user_id: str) -> Document:
    """Everything stored about a person, by collection. Raises NotFound when there is nothing."""
    user = db[USERS].find_one({"id": user_id}, {"_id": 0})
    found = {collection: list(db[collection].find({"user_id": user_id})) for collection in _OF_PERSON}
    found[CONVERSATIONS] = list(db[CONVERSATIONS].find({"user_id": user_id}, {"_id": 0}))
    if user is None and not any(found.values()):
        raise NotFound(f"nothing is stored of {user_id!r}")
    return {"exported_at": dt.datetime.now(dt.UTC), USERS: user, **found}


def write(known: Document, path: Path) -> int:
    """Write an export as JSON; returns its size in bytes."""
    text = as_json(known)
    path.write_bytes(text)
    return len(text)


def as_json(known: Document) -> bytes:
    """An export as JSON: moments in UTC, ids as text."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(known, default=str, option=options)


async def erase(
    db: Database[Document], instance: dg.DagsterInstance | None, user_id: str, *, run_id: str | None = None
) -> Erased:
    """Erase a person everywhere, `instance` being the Dagster whose runs may name them; the erasing run itself,
    `run_id`, keeps their id and nothing else.

    Safe to repeat, also after an erasure that was killed. Raises NotFound when there is nothing of this id, InUse
    while a run works on something of theirs.
    """
    user = db[USERS].find_one({"id": user_id})
    conversation_ids = _conversation_ids(user, export(db, user_id))
    _refuse_while_in_use(db, user_id, conversation_ids)
    erased = Erased()
    # First of all nothing may come back: a conversation that is processed waits for no run.
    of_person = {"user_id": user_id}
    done = {"$mergeObjects": [_document_at("metadata"), {"transcript_processed": True}]}
    ours = {"$mergeObjects": [_document_at("astra"), {"erased_at": dt.datetime.now(dt.UTC)}]}
    told = [{"$set": {"metadata": done, "astra": ours}}, {"$unset": "metadata.conversation_summary"}]
    cleared = db[CONVERSATIONS].update_many({"user_id": user_id, "astra.erased_at": None}, told)
    erased.documents[CONVERSATIONS] = cleared.modified_count
    if settings().astra_erase_elevenlabs:
        erased.conversations_at_elevenlabs = await _erase_at_elevenlabs(conversation_ids)
    erased.julep_user = await _erase_julep_user((user or {}).get("julep_user_id") or julep_user_id(user_id))
    for collection in _OF_PERSON:
        erased.documents[collection] = db[collection].delete_many(of_person).deleted_count
    for chunk in chunks(conversation_ids):
        db[FAILURES].delete_many({"conversation_id": {"$in": list(chunk)}})
        db[LEASES].delete_many({"_id": {"$in": list(chunk)}})
    db[LEASES].delete_many({"_id": _of_items(user_id)})
    if instance is not None:
        erased.runs = forget_in_dagster(instance, [user_id, *conversation_ids], besides=run_id)
    person = db[USERS].update_one({"id": user_id}, {"$unset": dict.fromkeys(_ERASED, "")})
    erased.documents[USERS] = person.modified_count
    return erased


def forget_in_dagster(instance: dg.DagsterInstance, ids: Iterable[str], *, besides: str | None = None) -> int:
    """Delete the finished runs whose events, tags or configuration name one of the ids; returns how many.

    Partitions they materialised stay materialised, by an event that says no more than that. Raises InUse when a run
    that is not finished names one.
    """
    import dagster as dg

    named = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, ids)) + r")(?![\w-])")
    count = 0
    for run in instance.get_runs():
        if run.run_id == besides or not _names(instance, run, named):
            continue
        if not run.is_finished:
            raise InUse(f"run {run.run_id} names the person and is not finished: repeat it then")
        materialised = {
            (event.asset_key, event.partition)
            for event in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
            if event.dagster_event and event.dagster_event.asset_key
            for event in [event.dagster_event]
        }
        instance.delete_run(run.run_id)
        instance.compute_log_manager.delete_logs(prefix=[run.run_id])
        # The storage keeps each asset's last event apart from its run: another takes its place.
        for asset_key, partition in materialised:
            if asset_key is not None:
                instance.report_runless_asset_event(
                    dg.AssetMaterialization(asset_key, partition=partition, description="The run was erased.")
                )
        count += 1
    return count


def _names(instance: dg.DagsterInstance, run: dg.DagsterRun, named: re.Pattern[str]) -> bool:
    from dagster._serdes import serialize_value

    return bool(named.search(serialize_value(run))) or any(
        named.search(serialize_value(event)) for event in instance.all_logs(run.run_id)
    )


def _document_at(field: str) -> Document:
    # It may be null, below which a dotted path cannot be set.
    return {"$cond": [{"$eq": [{"$type": f"${field}"}, "object"]}, f"${field}", {}]}


def _conversation_ids(user: Document | None, told: Document) -> list[str]:
    listed = (user or {}).get("elevenlabs_conversations")
    ids = [
        *(listed if isinstance(listed, list) else []),
        *(document.get("conversation_id") for document in told[CONVERSATIONS]),
        *(document["_id"] for document in (*told[TRANSCRIPTS], *told[INSIGHTS])),
    ]
    return list(dict.fromkeys(one for one in ids if isinstance(one, str) and one))


def _refuse_while_in_use(db: Database[Document], user_id: str, conversation_ids: list[str]) -> None:
    held = {"claimed_until": {"$gt": dt.datetime.now(dt.UTC)}}
    mine = [{"_id": {"$in": list(chunk)}} for chunk in chunks(conversation_ids)]
    lease = db[LEASES].find_one(held | {"$or": [*mine, {"_id": _of_items(user_id)}]})
    if lease is not None:
        raise InUse(f"run {lease['run_id']} works on something of {user_id!r}: repeat it when that is done")


def _of_items(user_id: str) -> Document:
    """Ids of their horoscopes and reports, and their own."""
    return {"$regex": f"^{re.escape(user_id)}(@|$)"}


async def _erase_at_elevenlabs(conversation_ids: list[str]) -> int:
    async with ElevenLabsClient() as elevenlabs:
        return sum([await elevenlabs.delete(one) for one in conversation_ids])


async def _erase_julep_user(made: str) -> bool:
    """False when there is none. With the offline runner nobody was made."""
    from julep import NotFoundError

    if settings().astra_task_runner == "offline":
        return False
    async with julep_client() as client:
        with julep_errors():
            try:
                await client.users.delete(made)
            except NotFoundError:
                return False
    return True
