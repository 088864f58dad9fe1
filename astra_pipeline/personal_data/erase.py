"""Everything that is kept of one person: handed out as one document, or erased.

Erased are: what our collections hold of them; in their user document the overview, their birth data, our notes, a
time zone of ours and the id of their Julep user; our summary in the app's records of their conversations; the Julep
user; with ASTRA_ERASE_ELEVENLABS the conversations at ElevenLabs; and what Dagster has of them. The account itself
(name, e-mail, the records that conversations took place) is the app's to delete. What Julep keeps of executions
goes by Julep's retention: its API deletes none.

What stays is `astra.erased_at`, a moment, in their user document and in the records of their conversations. By it
they are left alone, and conversations of before count nowhere, whatever the app writes into their records. When
they talk again, the fold of that conversation takes it from the user document: they are a person again, and begin
anew.

The user document is changed last, so an erasure that was killed finds everything again when it is repeated.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.errors import InUse, NotFound
from astra_pipeline.llm.julep import julep_client, julep_errors
from astra_pipeline.people.birth import FIELDS
from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.people.person import Person
from astra_pipeline.settings import settings
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import (
    CONVERSATIONS,
    FAILURES,
    HOROSCOPES,
    INSIGHTS,
    LEASES,
    NOT_ERASED,
    REPORTS,
    TRANSCRIPTS,
    USERS,
)

if TYPE_CHECKING:
    import dagster as dg
    from pymongo.synchronous.database import Database

    Document = dict[str, Any]

_OF_PERSON = (TRANSCRIPTS, INSIGHTS, HOROSCOPES, REPORTS, FAILURES)
_BIRTH = (*FIELDS, "birth_day", "birth_month")
_ERASED = ("user_overview", "julep_user_id", "julep_project", "elevenlabs_conversations", *_BIRTH)


@dataclass
class Erased:
    """How much there was."""

    documents: dict[str, int] = field(default_factory=dict)
    """Collection -> documents deleted or cleared."""
    julep_user: str = ""
    """What became of it, in words."""
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
    """Erase a person everywhere, `instance` being the Dagster that may name them; the erasing run itself, `run_id`,
    keeps their id and nothing else.

    Safe to repeat, also after an erasure that was killed. Raises NotFound when there is nothing of this id, and
    before anything is erased InUse while a run works on something of theirs or names them.
    """
    from astra_pipeline.personal_data.dagster_tables import Traces

    user = db[USERS].find_one({"id": user_id})
    conversation_ids = _conversation_ids(user, export(db, user_id))
    _refuse_while_in_use(db, user_id, conversation_ids)
    traces = Traces(instance, [user_id, *conversation_ids], besides=run_id) if instance else None
    if traces:
        traces.look()
    erased = Erased()
    now = dt.datetime.now(dt.UTC)
    # First of all nothing may come back: a conversation that was erased waits for no run.
    of_person = {"user_id": user_id}
    done = {"$mergeObjects": [_document_at("metadata"), {"transcript_processed": True}]}
    ours = {"$mergeObjects": [_document_at("astra"), {"erased_at": now}]}
    told = [{"$set": {"metadata": done, "astra": ours}}, {"$unset": "metadata.conversation_summary"}]
    erased.documents[CONVERSATIONS] = db[CONVERSATIONS].update_many(of_person | NOT_ERASED, told).modified_count
    if settings().astra_erase_elevenlabs:
        erased.conversations_at_elevenlabs = await _erase_at_elevenlabs(conversation_ids)
    erased.julep_user = await _erase_julep_user(user_id, (user or {}).get("julep_user_id"))
    for collection in _OF_PERSON:
        erased.documents[collection] = db[collection].delete_many(of_person).deleted_count
    for chunk in chunks(conversation_ids):
        db[FAILURES].delete_many({"conversation_id": {"$in": list(chunk)}})
        db[LEASES].delete_many({"_id": {"$in": list(chunk)}})
    db[LEASES].delete_many({"_id": _of_items(user_id)})
    if traces:
        erased.runs = traces.erase()
    # Their zone may come from a call: then the app did not set it.
    person = Person.read(user or {})
    from_a_call = person.timezone is not None and person.timezone == person.marks.applied_timezone
    fields = [*_ERASED, *(["timezone"] if from_a_call else [])]
    left = {"$unset": dict.fromkeys(fields, ""), "$set": {"astra": {"erased_at": now}}}
    erased.documents[USERS] = db[USERS].update_one({"id": user_id}, left).modified_count
    return erased


def _document_at(field: str) -> Document:
    # It may be null, below which a dotted path cannot be set.
    return {"$cond": [{"$eq": [{"$type": f"${field}"}, "object"]}, f"${field}", {}]}


def _conversation_ids(user: Document | None, told: Document) -> list[str]:
    ids = [
        *_listed(user or {}),
        *(document.get("conversation_id") for document in told[CONVERSATIONS]),
        *(document["_id"] for document in (*told[TRANSCRIPTS], *told[INSIGHTS])),
    ]
    return list(dict.fromkeys(one for one in ids if isinstance(one, str) and one))


def _listed(user: Document) -> Iterator[object]:
    """The ids in the list the app keeps, of ids or of documents with one."""
    listed = user.get("elevenlabs_conversations")
    for entry in listed if isinstance(listed, list) else []:
        yield entry.get("conversation_id") if isinstance(entry, Mapping) else entry


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


async def _erase_julep_user(user_id: str, known: str | None) -> str:
    """What became of it, in words. The offline runner makes none, but there may be one of before."""
    from julep import NotFoundError

    made, configured = known or julep_user_id(user_id), settings()
    if configured.astra_task_runner == "offline" and configured.julep_api_key is None:
        return f"{known} is left at Julep, JULEP_API_KEY is not set" if known else "not there"
    async with julep_client() as client:
        with julep_errors():
            try:
                await client.users.delete(made)
            except NotFoundError:
                return "not there"
    return "deleted"
