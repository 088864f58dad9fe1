"""Erasing a person: everything that is kept of them goes, and nothing comes back.

Erased are: what our collections hold of them; in their user document the overview, their birth data, our notes, a
time zone of ours and the id of their Julep user; our summary in the app's records of their conversations; the Julep
user; with ASTRA_ERASE_ELEVENLABS the conversations at ElevenLabs; and what Dagster has of them. The account itself
(name, e-mail, the records that conversations took place) is the app's to delete. What Julep keeps of executions
goes by Julep's retention: its API deletes none.

The order is what makes it last. First the tombstone: `astra.erased_at`, by the server's clock, in the same update
that takes the overview out of the user document. From then on every writer of a person's data refuses, because its
write is conditional on it. Then every lease of the person is taken from its run: what was read before the tombstone
can neither be paid for nor written. Then everything is deleted, and the collections are emptied once more as the
last act. `sweep` does it again later, for a process that was stopped in between.

What stays is the tombstone, and a moment in the records of their conversations. By it they are left alone, and
conversations of before count nowhere, whatever the app writes into their records. When they talk again, the fold of
that conversation takes it from the user document: they are a person again, and begin anew.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog

from astra_pipeline.batches.work import Mongo
from astra_pipeline.conversations.elevenlabs import ElevenLabsClient
from astra_pipeline.errors import AstraError
from astra_pipeline.llm.julep import julep_client, julep_errors
from astra_pipeline.people.julep_user import julep_user_id
from astra_pipeline.personal_data import export_files, run_people, tombstone
from astra_pipeline.personal_data.holdings import empty
from astra_pipeline.personal_data.person_ids import is_uuid, recorded_of
from astra_pipeline.personal_data.tombstone import Tombstone
from astra_pipeline.settings import settings
from astra_pipeline.store.collections import USERS

if TYPE_CHECKING:
    import dagster as dg
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

log = structlog.get_logger(__name__)

_SWEPT_FOR = dt.timedelta(hours=2)
# Of one sweep: people, and seconds after which it begins no other person.
_SWEPT_AT_ONCE = 500
_SWEEP_SECONDS = 40.0


@dataclass
class Erased:
    """The number of what there was."""

    documents: Counter[str] = field(default_factory=Counter)
    """Collection -> documents deleted or cleared."""
    julep_user: str = ""
    """The fate of it, in words."""
    conversations_at_elevenlabs: int = 0
    runs: int = 0
    """Dagster runs that named the person."""
    runs_left: int = 0
    """Dagster runs and backfills that name the person and still work. The sensor `erasures` sees to them."""


async def erase(
    mongo: Mongo, instance: dg.DagsterInstance | None, user_id: str, *, run_id: str | None = None
) -> Erased:
    """Erase a person everywhere, `instance` being the Dagster that may name them, `run_id` the run that erases.

    A run that works on something of theirs goes on and writes nothing of it. Safe to repeat, also after an erasure
    that was killed. Raises NotFound when there is nothing of this id.
    """
    async with mongo.connect() as db:
        stone = await tombstone.bury(db, user_id)
        erased = Erased(Counter({USERS: 1 if stone.stands else 0}))
        erased.documents.update(await empty(db, stone))
        if settings().astra_erase_elevenlabs:
            erased.conversations_at_elevenlabs = await _erase_at_elevenlabs(await recorded_of(db, user_id))
        erased.julep_user = await _erase_julep_user(stone)
        await export_files.erase_of(db, user_id)
        if instance is not None:
            await _erase_in_dagster(db, instance, stone, erased, run_id=run_id)
        erased.documents.update(await empty(db, stone))
        await (tombstone.leave_to_sweep if erased.runs_left else tombstone.close)(db, stone)
    return erased


@dataclass
class Swept:
    """The outcome of a sweep."""

    people: int = 0
    found: Counter[str] = field(default_factory=Counter)
    """Collection -> documents that had come back."""
    failed: int = 0
    """People for whom a service was away. The next sweep sees to them."""
    left: int = 0
    """People whom the sweep had no time for."""


async def sweep(mongo: Mongo, instance: dg.DagsterInstance | None) -> Swept:
    """Erase once more what came back of everybody who was erased in the last two hours, or whose erasure did not
    come to its end: a process that was stopped in between may have gone on since."""
    swept, began = Swept(), time.monotonic()
    async with mongo.connect() as db:
        stones = await tombstone.recent(db, _SWEPT_FOR, at_most=_SWEPT_AT_ONCE)
        for stone in stones:
            if time.monotonic() - began > _SWEEP_SECONDS:
                swept.left = len(stones) - swept.people - swept.failed
                break
            try:
                swept.found.update(await _again(db, instance, stone))
                swept.people += 1
            except AstraError as error:
                log.warning("a person could not be swept", error=type(error).__name__)
                swept.failed += 1
    return swept


async def _again(db: Database, instance: dg.DagsterInstance | None, stone: Tombstone) -> Counter[str]:
    found = await empty(db, stone)
    erased = Erased()
    if stone.stands:
        await _erase_julep_user(stone)
    named = (await run_people.named(db, stone.names)).runs
    if instance is not None and (named or stone.unfinished):
        await _erase_in_dagster(db, instance, stone, erased, overwrite=False)
    if stone.unfinished and instance is not None and not erased.runs_left:
        await tombstone.close(db, stone)
    return found


async def _erase_at_elevenlabs(conversation_ids: list[str]) -> int:
    async with ElevenLabsClient() as elevenlabs:
        return sum([await elevenlabs.delete(one) for one in conversation_ids])


async def _erase_julep_user(stone: Tombstone) -> str:
    """The fate of the Julep user, in words. Runners other than Julep make none, but there may be one of before."""
    from julep import NotFoundError

    known, configured = stone.julep_user_id, settings()
    if configured.astra_task_runner != "julep" and configured.julep_api_key is None:
        return f"{known} is left at Julep, JULEP_API_KEY is not set" if is_uuid(known) else "not there"
    ids = {one for one in (known, julep_user_id(stone.user_id)) if one and is_uuid(one)}
    gone = 0
    async with julep_client() as client:
        for one in ids:
            with julep_errors(), suppress(NotFoundError):
                await client.users.delete(one)
                gone += 1
    odd = "; julep_user_id was no UUID" if known and not is_uuid(known) else ""
    return f"{'deleted' if gone else 'not there'}{odd}"


async def _erase_in_dagster(
    db: Database,
    instance: dg.DagsterInstance,
    stone: Tombstone,
    erased: Erased,
    *,
    run_id: str | None = None,
    overwrite: bool = True,
) -> None:
    from astra_pipeline.personal_data.dagster_traces import Traces

    named = await run_people.named(db, stone.names)
    gone = Traces(instance, stone.names, named=named, besides=run_id).erase(overwrite=overwrite)
    erased.runs, erased.runs_left = gone.runs, gone.left
    await run_people.forget(db, named.runs - gone.at_work)
