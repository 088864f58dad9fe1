"""Writes of a person's data: one transaction an item, while the lease is held and the person not erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from astra_pipeline.batches import leases
from astra_pipeline.batches.leases import Lease
from astra_pipeline.errors import Erased
from astra_pipeline.store.chunks import chunks
from astra_pipeline.store.collections import USERS
from astra_pipeline.store.documents import at_path

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]

# The fields of a user with the moment of an erasure: one that stands, and one since which the person has talked.
ERASURES = {"astra.erased_at": 1, "astra.erased_before": 1}


@dataclass(frozen=True)
class Write:
    """One update of one document. `otherwise` is tried when the query matches nothing."""

    collection: str
    query: Mapping[str, Any]
    update: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    upsert: bool = False
    replaces: bool = False
    """The update is the whole document."""
    otherwise: Write | None = None


@dataclass(frozen=True)
class Owner:
    """The person whose data is written, and the moment it is of."""

    user_id: str | None
    since: dt.datetime | None = None
    """When the conversation ended that the data is of (UTC): what a person said after they were erased is theirs
    again. None: nothing is written for somebody who was erased."""


async def write(
    db: Database, writes: Sequence[Write], *, owner: Owner, lease: Lease | None, settled: bool = False
) -> None:
    """Make the writes, all or none. `settled`: they store the answer that was paid for on the item's behalf.

    Raises LeaseLost when another run took the item over, and Erased when the person was erased meanwhile. A write
    that meets another one at the same document is tried again.
    """

    async def transaction(session: AsyncClientSession) -> None:
        if lease is not None:
            await leases.touch(db, lease, session, settled=settled)
        await _refuse_erased(db, owner, session)
        for one in writes:
            await _make(db, one, session)

    async with db.client.start_session() as session:
        await session.with_transaction(transaction)


async def _refuse_erased(db: Database, owner: Owner, session: AsyncClientSession) -> None:
    user = await db[USERS].find_one({"id": owner.user_id}, ERASURES, session=session) or {}
    if owner.since is None:
        refused = isinstance(at_path(user, "astra.erased_at"), dt.datetime)
    else:
        erased_at = last_erasure(user)
        refused = erased_at is not None and owner.since <= erased_at
    if refused:
        raise Erased("the person was erased")


def last_erasure(user: Mapping[str, Any]) -> dt.datetime | None:
    """The moment (UTC) of the person's last erasure, also when they have talked since; None without one.

    `user` was read with the fields of `ERASURES`.
    """
    moments = (at_path(user, path) for path in ERASURES)
    return max((moment for moment in moments if isinstance(moment, dt.datetime)), default=None)


async def erased(db: Database, user_ids: Sequence[str]) -> set[str]:
    """Those of the people who were erased and have not talked since."""
    return {
        user["id"]
        for chunk in chunks(user_ids)
        async for user in db[USERS].find(
            {"id": {"$in": list(chunk)}, "astra.erased_at": {"$type": "date"}}, {"id": 1}
        )
    }


async def _make(db: Database, one: Write, session: AsyncClientSession) -> None:
    collection = db[one.collection]
    if one.replaces:
        assert isinstance(one.update, Mapping)
        result = await collection.replace_one(one.query, one.update, upsert=one.upsert, session=session)
    else:
        update = one.update if isinstance(one.update, Mapping) else list(one.update)
        result = await collection.update_one(one.query, update, upsert=one.upsert, session=session)
    if one.otherwise is not None and not result.matched_count:
        await _make(db, one.otherwise, session)
